"""Tells how surely a text states a sentence, with a network that reads both at once.

Like the reranker it is made of the packaged MiniLM's word vectors and layers of our own, trained on labelled pairs of
evidence and sentence (``benchmarks/support``; data, figures and limits in the card beside the weights). Numbers, names
and links are checked elsewhere, exactly: see ``claims.py``. English only.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from pathlib import Path

from retrieval.embedding.minilm import packaged_folder
from retrieval.errors import RetrievalError
from retrieval.reranking import network
from retrieval.reranking.cross_encoder import CrossEncoder

NAME = "minilm-support"
WEIGHTS = Path(__file__).with_name(f"{NAME}.safetensors")

_lock = threading.Lock()
_loaded: dict[tuple[Path, int], PackagedScorer] = {}  # one at most: a process has one folder


class ScorerUnavailable(RetrievalError):
    """The support scorer's network cannot be loaded."""


class PackagedScorer:
    """The network that comes with this package; threads may share it."""

    def __init__(self, model: Path, threads: int) -> None:
        self.name = NAME
        tokenizer = packaged_folder() / "tokenizer.json"
        self._network = CrossEncoder(NAME, model, tokenizer, threads=threads, unavailable=ScorerUnavailable)

    def scores(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """Return for each (evidence text, sentence) the probability that the evidence states it, 0..1."""
        return [1.0 / (1.0 + math.exp(-max(-50.0, logit))) for logit in self._network.logits(pairs)]


def load_scorer(folder: Path, threads: int) -> PackagedScorer:
    """Return the scorer, loaded once for each process.

    Args:
        folder: where the network's ONNX file is kept once made.
        threads: CPU threads of one call.

    Raises:
        ScorerUnavailable: the file cannot be loaded.
    """
    with _lock:
        if (folder, threads) not in _loaded:
            model = folder / f"support-{network.fingerprint(WEIGHTS)[:16]}.onnx"
            if not model.exists():
                network.write_onnx(network.read_layers(WEIGHTS), model, NAME)
            opened = PackagedScorer(model, threads)
            _loaded.clear()
            _loaded[folder, threads] = opened
        return _loaded[folder, threads]
