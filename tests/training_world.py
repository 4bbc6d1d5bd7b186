"""A small team with solved tickets, for the tests of training: every thing of its shop has its own ticket."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from fakes import KeywordEmbedder

from bot.answering.confidence import load_confidence
from bot.answering.extractive import ExtractiveComposer
from bot.answering.grounding import Grounder
from bot.answering.ladder import Ladder
from bot.answering.reading import Reader
from bot.answering.training.book import Book
from bot.answering.training.installing import Shelf
from bot.answering.training.pairs import PairMaker
from bot.answering.training.parts import Parts
from bot.answering.training.splits import Side, Vectors, sides, vectors_of
from bot.settings import Settings
from retrieval.index import index_in_memory
from retrieval.retriever import Retriever
from retrieval.store import TicketStore
from retrieval.tickets import Ticket

THINGS = [f"{first}{second}" for first in ("tent", "lamp", "mat", "stove", "boot", "rope") for second in "abcdefghij"]


def ticket(number: int, thing: str, **changes: Any) -> Ticket:
    """One solved ticket; the higher the number, the newer it is."""
    named: dict[str, Any] = {
        "id": f"T-{number:03}",
        "question": f"Can I return a {thing} that I bought?",
        "answer": f"Hello, a {thing} can be returned within {10 + number} days. The label for it is free. Kind regards",
        "created_at": f"2026-{1 + number // 28:02}-{1 + number % 28:02}T10:00:00Z",
        "topic": thing,
        "csat": 5,
    }
    return Ticket(**(named | changes))


def tickets(count: int = 60) -> list[Ticket]:
    """Tickets about different things, the oldest first."""
    return [ticket(number, thing) for number, thing in enumerate(THINGS[:count])]


class World:
    """All that makes pairs, opened on some tickets."""

    def __init__(self, store: TicketStore) -> None:
        self.store = store
        self.embedder = KeywordEmbedder(*THINGS)
        self.reader = Reader(self.embedder)
        self.book = Book(store)
        index, _ = index_in_memory(store, self.embedder)
        search = Retriever(store, index, self.embedder)
        self.ladder = Ladder(search, self.reader, ExtractiveComposer(self.reader), load_confidence())

    def vectors(self) -> Vectors:
        """The vectors of all tickets, the oldest first."""
        ids = [one.id for one in sorted(self.store.tickets(), key=lambda one: one.created_at)]
        return vectors_of(self.store, self.embedder.fingerprint, ids)

    def maker(self, seed: int = 7) -> tuple[PairMaker, dict[str, Side]]:
        """What makes pairs, and the side of each ticket."""
        vectors = self.vectors()
        parted, _ = sides(vectors)
        return PairMaker(self.ladder, self.reader, self.book, vectors, parted, seed), parted


@contextmanager
def world(known: Sequence[Ticket]) -> Iterator[World]:
    """Open a store with some tickets."""
    with TicketStore(":memory:") as store:
        store.upsert(known)
        yield World(store)


def parts_of(made: World, settings: Settings) -> Parts:
    """What a training needs, without models."""
    shelf = Shelf(settings.var / "generator")
    return Parts(settings, made.store, made.embedder, made.reader, made.ladder, made.book, Grounder(), shelf)


class Quiet:
    """A screen that shows nothing and remembers what was said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)

    @contextmanager
    def bar(self, what: str, total: int, unit: str) -> Iterator[Callable[[int], None]]:
        self.said.append(what)
        yield lambda done: None
