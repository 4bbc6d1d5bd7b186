"""Everything that retrieval raises on purpose, branched by what the caller can do.

RetrievalError
├── TicketNotFound   ask for another ticket
├── IndexMissing     build the index
├── IndexMismatch    build the index again, or name the embedder it was built with
├── ImportRefused    fix the file or the mapping; nothing of it was stored
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


class EmbedderUnavailable(RetrievalError):
    """The embedder's model cannot be found, or is not the published one."""


class ImportRefused(RetrievalError):
    """A file or a column mapping cannot be imported at all."""


class DatasetInvalid(RetrievalError):
    """An evaluation folder does not have the documented form."""
