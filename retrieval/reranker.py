"""Scores candidates once more by reading question and ticket together, which two separate vectors cannot.

The packaged network is small enough for two cores. A folder with ``model.onnx`` and ``tokenizer.json`` (a cross-encoder
as its authors export it) or the name of one on the model hub can stand in its place. Does not search, nor does it know
the figures of the search: see ``retrieval.ranking`` for how both are put together.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from retrieval.embedding.minilm import packaged_folder
from retrieval.embedding.runtime import CPU_TOKENS, batches, open_session
from retrieval.errors import RetrievalError
from retrieval.reranking import network
from retrieval.reranking.reading import read
from retrieval.tickets import Ticket

log = logging.getLogger(__name__)

PACKAGED, OFF = "packaged", "off"
# Candidates worth reading: below them a right ticket is rare, and each costs the same time.
CANDIDATES = 8
# Word pieces of a pair. What is read is cut by words before, so few pairs reach it.
MAX_TOKENS = 192
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
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
        from tokenizers import Tokenizer

        self.name = name
        self.fingerprint = fingerprint
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        # A customer who writes "[SEP]" writes a word, not a mark between question and ticket.
        self._tokenizer.encode_special_tokens = True
        # A question may be one "word" of hundreds of pieces (a link, Chinese); then both sides are cut.
        self._tokenizer.enable_truncation(MAX_TOKENS, strategy="longest_first")
        self._tokenizer.no_padding()
        self._session = open_session(model, threads, cpu_only=False, unavailable=RerankerUnavailable)
        log.info("reranker runs on %s with %d threads", self._session.get_providers()[0], threads)
        self._types = {item.name: np.int64 if "int64" in item.type else np.int32 for item in self._session.get_inputs()}

    def scores(self, query: str, tickets: Sequence[Ticket], context: Sequence[str] = ()) -> list[float]:
        """Return one logit per ticket, higher is better; the same call gives the same values."""
        reading = read(query, context, tickets)
        return self.logits(reading.asked, reading.tickets)

    def logits(self, asked: str, texts: Sequence[str]) -> list[float]:
        """Return one logit per text, as it is; see ``reading`` for what the network was trained to see."""
        if not texts:
            return []
        encoded = self._tokenizer.encode_batch([(asked, text) for text in texts])
        out = np.zeros(len(encoded), dtype=np.float32)
        for chosen in batches([len(pair.ids) for pair in encoded], CPU_TOKENS):
            out[chosen] = self._run([encoded[at] for at in chosen])
        return [float(value) for value in out]

    def _run(self, pairs: list[Any]) -> npt.NDArray[np.float32]:
        width = max(len(pair.ids) for pair in pairs)
        feed = {name: np.zeros((len(pairs), width), dtype=np.int64) for name in INPUTS}
        for at, pair in enumerate(pairs):
            for name, values in zip(INPUTS, (pair.ids, pair.attention_mask, pair.type_ids), strict=True):
                feed[name][at, : len(values)] = values
        output = self._session.run(None, {name: feed[name].astype(kind) for name, kind in self._types.items()})[0]
        return np.asarray(output, dtype=np.float32).reshape(len(pairs), -1)[:, -1]


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
