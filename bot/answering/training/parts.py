"""Opens what a training needs of an installation: tickets, search, embedder, support scorer; and gathers the pairs.

Does not train.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from bot.answering.extractive import ExtractiveComposer
from bot.answering.grounding import Grounder
from bot.answering.ladder import Ladder
from bot.answering.opening import embedder_of, open_ladder
from bot.answering.reading import Reader
from bot.answering.support.scorer import load_scorer
from bot.answering.training.book import Book
from bot.answering.training.candidates import candidates
from bot.answering.training.corpus import Corpus, key_of, make_corpus, refuse_if_too_few
from bot.answering.training.installing import Shelf
from bot.answering.training.measuring import Measure, questions_of
from bot.answering.training.pairs import PairMaker
from bot.answering.training.splits import SIDES, Side, sides, vectors_of
from bot.errors import TrainingError
from bot.settings import Settings
from retrieval.embedder import Embedder
from retrieval.store import TicketStore

# Tickets that tell when to stop, and those that judge: more would change little and cost minutes.
MOST_OF: dict[Side, int] = {"check": 200, "held out": 200}
FORM = 1  # of the file of pairs; another one is made anew


class Screen(Protocol):
    """Where progress is shown."""

    def say(self, text: str) -> None:
        """Show a line."""
        ...

    def bar(self, what: str, total: int, unit: str) -> AbstractContextManager[Callable[[int], None]]:
        """Show how far some work is; what is yielded takes the number done so far."""
        ...


@dataclass(frozen=True)
class Wish:
    """What the person who trains asked for."""

    minutes: float = 30.0
    pairs: int = 5000
    seed: int = 7
    force: bool = False


@dataclass(frozen=True)
class Parts:
    """What is open."""

    settings: Settings
    store: TicketStore
    embedder: Embedder
    reader: Reader
    ladder: Ladder
    book: Book
    grounder: Grounder
    shelf: Shelf

    def gather(
        self,
        wish: Wish,
        screen: Screen,
        *,
        languages: Sequence[str] = (),
        only: Sequence[Side] = SIDES,
        path: Path | None = None,
    ) -> Corpus:
        """Return the pairs of the newest tickets; what a kill left in ``path`` is gone on with.

        Raises:
            TrainingError: there are too few tickets.
        """
        with screen.bar("reading tickets", self.store.count(), "ticket") as done:
            wanted = candidates(self.store, self.book, wish.pairs, languages, done)
        refuse_if_too_few(len(wanted.ids), wanted.left_out)
        vectors = vectors_of(self.store, self.embedder.fingerprint, wanted.ids)
        parted, moved = sides(vectors)
        screen.say(_parted(parted, moved))
        maker = PairMaker(self.ladder, self.reader, self.book, vectors, parted, wish.seed)
        names = thinned(wanted.ids, parted, only)
        named = self.settings.answers
        search = (self.embedder.fingerprint, named.reranker, named.top_k)
        key = key_of(FORM, wanted.digest, search, wish.seed, wish.pairs, languages)
        with screen.bar("searching", len(names), "ticket") as done:
            found = make_corpus(replace(wanted, ids=names), maker, parted, path, key, done)
        found.moved = moved
        (found.refuse_if_too_small if len(only) == len(SIDES) else found.refuse_if_unjudged)()
        return found

    def measure(self, corpus: Corpus) -> Measure:
        """Return what puts the held-out questions to generators."""
        pairs = corpus.pairs["held out"]
        return Measure(questions_of(pairs, self.book, len(pairs)), self.reader, self.grounder)


@contextmanager
def opened(settings: Settings) -> Iterator[Parts]:
    """Open all parts.

    Raises:
        RetrievalError: there is no index, or it does not fit, or a model cannot be loaded.
        TrainingError: no tickets were imported yet.
    """
    if not settings.tickets_db.exists():
        raise TrainingError("There are no tickets yet. Run: frontdesk tickets import FILE, then frontdesk index build")
    embedder = embedder_of(settings)
    reader = Reader(embedder)
    with TicketStore(settings.tickets_db) as store:
        ladder = open_ladder(settings, store, ExtractiveComposer(reader), embedder).ladder
        grounder = Grounder(load_scorer(settings.embedder_dir, settings.answers.threads))
        shelf = Shelf(settings.var / "generator")
        yield Parts(settings, store, embedder, reader, ladder, Book(store), grounder, shelf)


def thinned(ids: Sequence[str], parted: dict[str, Side], only: Sequence[Side]) -> tuple[str, ...]:
    """Return the ids of the sides wanted; where a side has more than is used of it, some spread evenly over it."""
    kept: set[str] = {name for name in ids if name not in parted}
    for side in only:
        names = [name for name in ids if parted.get(name) == side]
        step = max(len(names) / MOST_OF.get(side, len(names) or 1), 1.0)
        kept |= {names[int(at * step)] for at in range(int(len(names) / step))}
    return tuple(name for name in ids if name in kept)


def _parted(parted: dict[str, Side], moved: int) -> str:
    counts = {side: sum(found == side for found in parted.values()) for side in SIDES}
    return (
        f"{counts['training']} tickets to learn from, {counts['check']} newer ones to stop by, the newest "
        f"{counts['held out']} to judge by ({moved} near-duplicates moved to an older side)"
    )
