"""What answers need of search, whoever does it; ``retrieval.retriever.Retriever`` does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from retrieval.filters import Filters
from retrieval.tickets import Hit

Mode = Literal["hybrid", "dense", "keyword"]


class Search(Protocol):
    """Anything that finds solved tickets."""

    def search(
        self,
        query: str,
        top_k: int = 10,
        mode: Mode = "hybrid",
        context: Sequence[str] = (),
        filters: Filters | None = None,
    ) -> list[Hit]:
        """Return the best hits first; ``context`` holds earlier turns, oldest first; hits must meet ``filters``."""
        ...
