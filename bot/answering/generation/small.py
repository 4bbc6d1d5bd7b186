"""The default generator: our own small network, on the CPU, without torch.

Reads the sentences of the evidence nearest to the question and writes one to three sentences. Values and rare words are
copied, never spelled; where it finds no answer in what it reads it says so, and nothing is drafted. What is drafted is
held to the evidence's own sentences (anchors.py): the network chooses, the evidence speaks.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.answering.evidence import Evidence
from bot.answering.reading import Reader
from bot.answering.sentences import split
from bot.answering.small import network
from bot.answering.small.anchors import anchored
from bot.answering.small.decoding import BEAMS, Decoder, Written
from bot.answering.small.reading import Source, Tokens
from bot.answering.small.selection import selected
from bot.answering.small.writing import text_of

log = logging.getLogger(__name__)

# Probability of "not enough" above which nothing is drafted. Chosen on the calibration questions.
NOT_ENOUGH = 0.5
TEAM = "generator.safetensors"


@dataclass(frozen=True)
class Loaded:
    """A weight file that is ready to be used; threads may share it."""

    digest: str
    session: Any
    tokens: Tokens
    decoder: Decoder


_lock = threading.Lock()
_loaded: dict[tuple[int, bool], Loaded] = {}


def load(weights: Path, cache: Path, threads: int, *, int8: bool = True) -> Loaded:
    """Return a weight file loaded, once for each process: each release of the index opens its generator anew.

    The graph made of the weights is kept in ``cache``.

    Raises:
        GenerationError: the weights cannot be read.
    """
    from retrieval.embedding.runtime import open_session

    digest = network.fingerprint(weights) if weights.exists() else ""
    with _lock:
        known = _loaded.get((threads, int8))
        if known is None or known.digest != digest:
            parts, words, tokens = network.read(weights), network.word_vectors(), Tokens.packaged()
            graph = cache / f"generator-{digest[:16]}{'' if int8 else '-float32'}.onnx"
            if not graph.exists():
                network.write_onnx(parts, words, graph, int8=int8)
            session = open_session(graph, threads, cpu_only=True)
            known = _loaded[threads, int8] = Loaded(digest, session, tokens, Decoder(parts, words, tokens))
            log.info("generator small:%s: %s", digest[:12], weights)
        return known


class SmallGenerator:
    """Writes with the weights that ``frontdesk generator train`` installed, else with the shipped ones."""

    def __init__(
        self,
        weights: Path,
        cache: Path,
        reader: Reader | None,
        *,
        threads: int = 2,
        seconds: float = 3.0,
        int8: bool = True,
        beams: int = BEAMS,
    ) -> None:
        """Open a weight file, see ``load``; the reader is what compares sentences with the question."""
        loaded = load(weights, cache, threads, int8=int8)
        self.name = f"small:{loaded.digest[:12]}"
        self._session, self._tokens, self._decoder = loaded.session, loaded.tokens, loaded.decoder
        self._reader = reader
        self._seconds, self._beams = seconds, beams

    @classmethod
    def open(cls, var: Path, reader: Reader, *, threads: int = 2, seconds: float = 3.0) -> SmallGenerator:
        """Open the weights in use: those under ``var``/generator, else the shipped ones."""
        team = var / "generator" / TEAM
        return cls(team if team.exists() else network.SHIPPED, var / "models", reader, threads=threads, seconds=seconds)

    def compose(self, question: str, evidence: Sequence[Evidence]) -> tuple[str, ...]:
        """Return sentences of the evidence, chosen by the network's draft; nothing when there is no answer."""
        passages = self.passages(question, evidence)
        draft = self.draft(question, passages) if passages else ()
        return self.held(question, draft, evidence)

    def held(self, question: str, draft: Sequence[str], evidence: Sequence[Evidence]) -> tuple[str, ...]:
        """Return what the evidence says in place of a draft."""
        assert self._reader is not None
        return anchored(question, draft, evidence, self._reader)

    def passages(self, question: str, evidence: Sequence[Evidence]) -> list[str]:
        """Return what the network reads of the evidence."""
        assert self._reader is not None
        return selected(question, evidence, self._reader)

    def draft(self, question: str, passages: Sequence[str]) -> tuple[str, ...]:
        """Return the sentences that the network writes, in its own words."""
        source, written = self.write(question, passages)
        if written.not_enough > NOT_ENOUGH or not written.tokens:
            return ()
        return tuple(split(text_of(written.tokens, source, self._tokens, passages)))

    def write(self, question: str, passages: Sequence[str]) -> tuple[Source, Written]:
        """Return what was read and what was written."""
        source = self._tokens.source(question, passages)
        memory = self._read(source)
        return source, self._decoder.write(source, memory, time.monotonic() + self._seconds, self._beams)

    def _read(self, source: Source) -> NDArray[np.float32]:
        ids, kinds = (np.array([row], dtype=np.int32) for row in (source.ids, source.kinds))
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": kinds}
        hidden: NDArray[np.float32] = self._session.run(None, feed)[0][0]
        return hidden
