"""Everything that retrieval raises on purpose, branched by what the caller can do.

RetrievalError
├── TicketNotFound   ask for another ticket
├── IndexMissing     build the index
├── IndexMismatch    build the index again, or name the embedder it was built with
├── FilterInvalid    fix the condition
├── IndexNotWritten  free some space and build the index again; the former one is still in use
├── ImportRefused    fix the file or the mapping; what was read before is stored
├── StorageFailed    free space on the disk, and start again
└── DatasetInvalid   fix the evaluation folder
"""

from __future__ import annotations


class RetrievalError(Exception):
    """Base of all errors that retrieval raises on purpose."""


class TicketNotFound(RetrievalError):
    """No ticket of this id is stored."""


class IndexMissing(RetrievalError):
    """No complete index release exists in the index folder."""


class IndexMismatch(RetrievalError):
    """An index, its manifest and the embedder do not belong together."""


class IndexNotWritten(RetrievalError):
    """A release of the index cannot be written; the one in use is as it was."""


class EmbedderUnavailable(RetrievalError):
    """The embedder's model cannot be found, or is not the published one."""


class FilterInvalid(RetrievalError):
    """A condition of a search is not of the documented form."""


class ImportRefused(RetrievalError):
    """A file or a column mapping cannot be imported at all."""


class StorageFailed(RetrievalError):
    """The disk would not take what is to be stored; what was committed before is there."""


class DatasetInvalid(RetrievalError):
    """An evaluation folder does not have the documented form."""
