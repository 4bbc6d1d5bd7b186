"""Opens what settings name: embedder, index, retriever and ladder, for the service, commands and benchmarks."""

from __future__ import annotations

from dataclasses import dataclass

from bot.answering.confidence import load_confidence
from bot.answering.generator import ExtractiveComposer, Generator
from bot.answering.ladder import Ladder, Search
from bot.answering.reading import Reader
from bot.settings import Settings
from retrieval.embedder import Embedder, load_embedder
from retrieval.retriever import Retriever
from retrieval.store import TicketStore


@dataclass(frozen=True)
class Opened:
    """One release of the index with everything that searches and answers with it."""

    release: str
    tickets: int
    indexed: int
    embedder: Embedder
    retriever: Retriever
    ladder: Ladder


def open_ladder(settings: Settings, store: TicketStore, generator: Generator | None = None) -> Opened:
    """Open the index in use on a store that is open already.

    Raises:
        RetrievalError: there is no index, it does not fit, or the embedder cannot be loaded.
        SettingsError: the confidence model cannot be read.
    """
    from retrieval.index import load_index
    from retrieval.release import current_release

    # The name first: if a newer release appears in between, the next look finds another name and loads again.
    name = current_release(settings.index_dir).name
    embedder = embedder_of(settings)
    index = load_index(settings.index_dir, embedder)
    retriever = Retriever(store, index, embedder)
    ladder = make_ladder(settings, retriever, embedder, generator)
    return Opened(name, store.count(), len(index), embedder, retriever, ladder)


def make_ladder(settings: Settings, search: Search, embedder: Embedder, generator: Generator | None) -> Ladder:
    """Return the ladder with the threshold that settings name, or the calibrated one when they name none (below 0)."""
    reader = Reader(embedder)
    named = settings.answers.evidence_threshold
    return Ladder(
        search,
        reader,
        generator or ExtractiveComposer(reader),
        load_confidence(),
        threshold=named if named >= 0 else None,
        top_k=settings.answers.top_k,
    )


def embedder_of(settings: Settings) -> Embedder:
    """Return the embedder that settings name; loaded once for each process."""
    return load_embedder(settings.answers.embedder, settings.embedder_dir, settings.answers.threads)
