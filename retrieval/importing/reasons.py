"""Why a row is left out: in words that show no personal data and fit on a line.

Does not decide what is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from retrieval.redact import redact

MAX_QUOTED = 40
# Redacted before it is cut, so that no half of an address is left; what stands behind this is never shown.
MAX_REDACTED = 1000


class RowRefused(ValueError):
    """A row that cannot become a ticket; the message is the reason that is reported."""


@contextmanager
def one_row() -> Iterator[None]:
    """Turn whatever the code of a form stumbles over in a row into a refusal of this row.

    Raises:
        RowRefused: the row is refused already, or has another shape than its form.
    """
    try:
        yield
    except RowRefused:
        raise
    except RecursionError:
        raise RowRefused("values stand inside of each other too deep") from None
    except (TypeError, AttributeError, KeyError, ValueError, OverflowError) as exc:
        raise RowRefused(f"a value is not of the form's shape: {type(exc).__name__} {quoted(str(exc))}") from exc


@lru_cache(maxsize=1024)
def quoted(written: str) -> str:
    """Return a text as a reason shows it: without personal data, cut, in quotation marks."""
    return repr(redact(written[:MAX_REDACTED]).text[:MAX_QUOTED])
