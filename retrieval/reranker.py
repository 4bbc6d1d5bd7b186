"""Scores candidates once more by reading question and ticket together, which two separate vectors cannot.

The packaged network is small enough for two cores. A folder with ``model.onnx`` and ``tokenizer.json`` (a cross-encoder
as its authors export it) or the name of one on the model hub can stand in its place. Does not search, nor does it know
the figures of the search: see ``retrieval.ranking`` for how both are put together.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from retrieval.embedding.minilm import packaged_folder
from retrieval.errors import RetrievalError
from retrieval.reranking import network
from retrieval.reranking.cross_encoder import CrossEncoder
from retrieval.reranking.reading import read
from retrieval.tickets import Ticket

PACKAGED, OFF = "packaged", "off"
# Candidates worth reading: below them a right ticket is rare, and each costs the same time.
CANDIDATES = 8
HUB_FILES = ("onnx/model.onnx", "tokenizer.json")

_lock = threading.Lock()
_loaded: dict[tuple[str, Path, int], OnnxReranker] = {}


class RerankerUnavailable(RetrievalError):
    """The reranker's model cannot be found or loaded."""


class Reranker(Protocol):
    """Anything that tells how well tickets answer a query."""

    name: str

    def scores(self, query: str, tickets: Sequence[Ticket], context: Sequence[str] = ()) -> list[float]:
        """Return one logit per ticket, higher is better; ``context`` holds earlier turns, oldest first."""
        ...


class OnnxReranker:
    """A cross-encoder through ONNX Runtime. Safe to call from several threads."""

    def __init__(self, name: str, model: Path, tokenizer: Path, *, threads: int, fingerprint: str) -> None:
        self.name = name
        self.fingerprint = fingerprint
        self._network = CrossEncoder("reranker", model, tokenizer, threads=threads, unavailable=RerankerUnavailable)

    def scores(self, query: str, tickets: Sequence[Ticket], context: Sequence[str] = ()) -> list[float]:
        """Return one logit per ticket, higher is better; the same call gives the same values."""
        reading = read(query, context, tickets)
        return self.logits(reading.asked, reading.tickets)

    def logits(self, asked: str, texts: Sequence[str]) -> list[float]:
        """Return one logit per text, as it is; see ``reading`` for what the network was trained to see."""
        return self._network.logits([(asked, text) for text in texts])


def load_reranker(name: str, folder: Path, threads: int) -> Reranker | None:
    """Return the reranker called ``name``, None for ``off``.

    Args:
        name: ``packaged``, ``off``, a folder with model.onnx and tokenizer.json, or a name on the model hub.
        folder: where the packaged network's ONNX file is kept once made.
        threads: CPU threads of one call.

    Raises:
        RerankerUnavailable: the model is not there or cannot be loaded.
    """
    if name == OFF:
        return None
    key = (name, folder, threads)
    with _lock:
        if key not in _loaded:
            _loaded[key] = _load_packaged(folder, threads) if name == PACKAGED else _load_named(name, threads)
        return _loaded[key]


def _load_packaged(folder: Path, threads: int) -> OnnxReranker:
    digest = network.fingerprint()
    model = folder / f"reranker-{digest[:16]}.onnx"
    if not model.exists():
        network.write_onnx(network.read_layers(), model)
    tokenizer = packaged_folder() / "tokenizer.json"
    return OnnxReranker(network.NAME, model, tokenizer, threads=threads, fingerprint=digest)


def _load_named(name: str, threads: int) -> OnnxReranker:
    folder = Path(name).expanduser()
    if folder.is_dir():
        model, tokenizer = folder / "model.onnx", folder / "tokenizer.json"
        missing = [str(path) for path in (model, tokenizer) if not path.exists()]
        if missing:
            raise RerankerUnavailable(f"The reranker {name!r} needs {' and '.join(missing)}. Export the model to ONNX")
    else:
        model, tokenizer = _from_hub(name)
    digest = hashlib.sha256(model.read_bytes()).hexdigest()
    return OnnxReranker(name, model, tokenizer, threads=threads, fingerprint=digest)


def _from_hub(name: str) -> tuple[Path, Path]:
    """Fetch the two files of a cross-encoder that its authors exported, or take them from the hub's cache."""
    try:
        from huggingface_hub import hf_hub_download

        model, tokenizer = (Path(hf_hub_download(name, file)) for file in HUB_FILES)
    except Exception as exc:  # noqa: BLE001 - the hub's client raises classes of its own and of three HTTP libraries
        raise RerankerUnavailable(
            f"The reranker {name!r} is no folder, and the model hub gave no {' and '.join(HUB_FILES)} of it: {exc}. "
            f"Name {PACKAGED}, {OFF}, a folder with model.onnx and tokenizer.json, or connect this machine."
        ) from exc
    return model, tokenizer
