"""Opens what settings name: embedder, index, retriever and ladder, for the service, commands and benchmarks."""

from __future__ import annotations

import functools
import logging
from dataclasses import dataclass

from bot.answering.chinese import LANGUAGE, ChineseAnswers
from bot.answering.confidence import load_confidence
from bot.answering.generation.opening import open_generator
from bot.answering.generator import Generator
from bot.answering.grounding import Grounder
from bot.answering.ladder import Ladder
from bot.answering.reading import Reader
from bot.answering.search import Search
from bot.answering.support.scorer import load_scorer
from bot.answering.tone import Tone
from bot.settings import Settings
from retrieval.embedder import MULTILINGUAL, Embedder, load_embedder
from retrieval.errors import EmbedderUnavailable
from retrieval.reranker import Reranker, load_reranker
from retrieval.retriever import Retriever
from retrieval.store import TicketStore
from retrieval.vectors.options import IndexOptions

log = logging.getLogger(__name__)

# No probability reaches it.
NOTHING = 1.01


@dataclass(frozen=True)
class Opened:
    """One release of the index with everything that searches and answers with it."""

    release: str
    tickets: int
    indexed: int
    embedder: Embedder
    retriever: Retriever
    ladder: Ladder


def open_ladder(
    settings: Settings, store: TicketStore, generator: Generator | None = None, embedder: Embedder | None = None
) -> Opened:
    """Open the index in use on a store that is open already; an embedder handed in takes the place of the named one.

    Raises:
        RetrievalError: there is no index, it does not fit, or the embedder cannot be loaded.
        SettingsError: the confidence model cannot be read.
    """
    from retrieval.index import load_index
    from retrieval.release import current_release

    # The name first: if a newer release appears in between, the next look finds another name and loads again.
    name = current_release(settings.index_dir).name
    embedder = embedder or embedder_of(settings)
    index = load_index(settings.index_dir, embedder, options=index_options(settings))
    retriever = Retriever(store, index, embedder, reranker=reranker_of(settings))
    ladder = make_ladder(settings, retriever, embedder, generator)
    return Opened(name, store.count(), len(index), embedder, retriever, ladder)


def make_ladder(settings: Settings, search: Search, embedder: Embedder, generator: Generator | None) -> Ladder:
    """Return the ladder with the threshold that settings name, or the one calibrated for the share of wrong answers."""
    reader = Reader(embedder)
    named = settings.answers.evidence_threshold
    confidence = load_confidence().allowing(settings.answers.allowed_wrong)
    if named < 0 and (said := miscalibrated(settings, embedder.name)):
        log.warning("%s", said)
        named = NOTHING
    return Ladder(
        search,
        reader,
        generator or open_generator(settings, reader),
        confidence,
        grounder=grounder_of(settings),
        tone=Tone(settings.tone),
        threshold=named if named >= 0 else None,
        top_k=settings.answers.top_k,
        chinese=ChineseAnswers(search, lambda: _chinese_reader(settings)),
    )


@functools.lru_cache(maxsize=1)
def _chinese_reader(settings: Settings) -> Reader:
    """Return the reader for Chinese tickets; int8 keeps its memory small."""
    named = settings.answers
    return Reader(load_embedder(MULTILINGUAL, settings.embedder_dir, named.threads, "onnx-int8"))


def warm_chinese(settings: Settings, store: TicketStore) -> None:
    """Load what reads Chinese where there are Chinese tickets: the first such question would wait seconds for it."""
    if LANGUAGE not in store.stats()["languages"]:
        return
    try:
        _chinese_reader(settings).asked("你好")
    except EmbedderUnavailable as exc:
        log.warning("Chinese tickets cannot be read: %s", exc)


def miscalibrated(settings: Settings, embedder: str) -> str:
    """Return why the confidence cannot be trusted with these models and the remedy, empty if it can."""
    if load_confidence().fitted_on(embedder, settings.answers.reranker):
        return ""
    return (
        f"The confidence was not fitted on scores of {embedder} with the reranker {settings.answers.reranker!r}: "
        "every question is handed to a person. Run: python benchmarks/calibrate_answers.py --write, with questions of "
        "your own, or set answers.evidence_threshold"
    )


def embedder_of(settings: Settings) -> Embedder:
    """Return the embedder that settings name; loaded once for each process."""
    named = settings.answers
    return load_embedder(named.embedder, settings.embedder_dir, named.threads, named.backend)


def reranker_of(settings: Settings) -> Reranker | None:
    """Return the reranker that settings name, None for ``off``; loaded once for each process."""
    named = settings.answers
    return load_reranker(named.reranker, settings.embedder_dir, named.threads)


def grounder_of(settings: Settings) -> Grounder:
    """Return what ties drafts to the evidence; the extractive composer only quotes, which needs no scorer."""
    if settings.generator.backend == "extractive":
        return Grounder()
    return Grounder(load_scorer(settings.embedder_dir, settings.answers.threads))


def index_options(settings: Settings) -> IndexOptions:
    """Return what settings say of the index."""
    named = settings.index
    return IndexOptions(
        engine=named.engine,
        exact_up_to=named.exact_up_to,
        recall=named.recall,
        device=named.device,
        milvus_uri=named.milvus_uri or str(settings.var / "milvus.db"),
        milvus_prefix=named.milvus_prefix,
        milvus_token=settings.secrets.milvus_token,
    )
