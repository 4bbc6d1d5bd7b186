"""Turns texts into unit vectors.

The default runs the packaged all-MiniLM-L6-v2 through ONNX Runtime; a folder with ``model.onnx`` and
``tokenizer.json`` (the form sentence-transformers exports) can stand in its place. Knows nothing of tickets.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from retrieval import minilm
from retrieval.errors import EmbedderUnavailable

log = logging.getLogger(__name__)

Vectors = npt.NDArray[np.float32]

PACKAGED = "all-MiniLM-L6-v2"
MAX_TOKENS = 256  # all-MiniLM-L6-v2 was trained on at most this many word pieces
BATCH = 32

_lock = threading.Lock()
_loaded: dict[tuple[str, Path, int], OnnxEmbedder] = {}


class Embedder(Protocol):
    """Anything that maps texts to unit vectors of one dimension."""

    name: str
    dimension: int
    fingerprint: str

    def embed(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> Vectors:
        """Return float32 [len(texts), dimension], rows of unit length; ``progress`` gets the texts done so far."""
        ...


class OnnxEmbedder:
    """Sentence embeddings through ONNX Runtime, on the GPU where its CUDA provider is installed.

    Safe to call from several threads.
    """

    def __init__(self, name: str, model: Path, tokenizer: Path, *, threads: int, fingerprint: str) -> None:
        from tokenizers import Tokenizer

        self.name = name
        self.fingerprint = fingerprint
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.no_padding()
        self._session = _session(model, threads)
        self._types = {item.name: np.int64 if "int64" in item.type else np.int32 for item in self._session.get_inputs()}
        self.dimension = int(self._session.get_outputs()[0].shape[-1])

    def embed(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> Vectors:
        """Return float32 [len(texts), dimension], rows of unit length."""
        encoded = self._tokenizer.encode_batch([text or " " for text in texts])
        # Texts of like length share a batch, so that little is computed on padding.
        order = sorted(range(len(texts)), key=lambda at: len(encoded[at].ids))
        out = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            out[chosen] = self._run([encoded[at].ids for at in chosen])
            if progress is not None:
                progress(start + len(chosen))
        return out

    def _run(self, rows: list[list[int]]) -> Vectors:
        width = max(map(len, rows))
        ids = np.zeros((len(rows), width), dtype=np.int64)
        mask = np.zeros_like(ids)
        for at, row in enumerate(rows):
            ids[at, : len(row)] = row
            mask[at, : len(row)] = 1
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        output = self._session.run(None, {name: feed[name].astype(kind) for name, kind in self._types.items()})[0]
        return _pooled(np.asarray(output, dtype=np.float32), mask)


def _pooled(output: Vectors, mask: npt.NDArray[np.int64]) -> Vectors:
    """Return unit rows: the graph's own sentence vectors, or the mean of token vectors [n, tokens, d]."""
    if output.ndim == 3:
        output = (output * mask[:, :, None]).sum(axis=1)
    lengths = np.maximum(np.linalg.norm(output, axis=1, keepdims=True), 1e-9)
    return np.asarray(output / lengths, dtype=np.float32)


def _session(model: Path, threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    providers = [name for name in ("CUDAExecutionProvider",) if name in onnxruntime.get_available_providers()]
    try:
        session = onnxruntime.InferenceSession(str(model), options, providers=[*providers, "CPUExecutionProvider"])
    except Exception as exc:  # noqa: BLE001 - ONNX Runtime raises classes of its own that share no base
        raise EmbedderUnavailable(f"{model} cannot be loaded: {exc}. Delete the file and start again.") from exc
    log.info("embedder runs on %s with %d threads", session.get_providers()[0], threads)
    return session


def load_embedder(name: str, folder: Path, threads: int) -> Embedder:
    """Return the embedder called ``name``: the packaged model, or a folder with model.onnx and tokenizer.json.

    Args:
        name: ``all-MiniLM-L6-v2`` or the path of a folder.
        folder: where the packaged model's ONNX file is kept once made.
        threads: CPU threads of one call.

    Raises:
        EmbedderUnavailable: the model is not there or cannot be loaded.
    """
    key = (name, folder, threads)
    with _lock:
        if key not in _loaded:
            _loaded[key] = _load_packaged(folder, threads) if name == PACKAGED else _load_folder(name, threads)
        return _loaded[key]


def _load_packaged(folder: Path, threads: int) -> OnnxEmbedder:
    source = minilm.packaged_folder()
    # A new version of the graph below needs a new name here, or old files would be reused.
    model = folder / f"{PACKAGED}.v1.onnx"
    if not model.exists():
        minilm.write_onnx(minilm.read_weights(source), model)
    return OnnxEmbedder(PACKAGED, model, source / "tokenizer.json", threads=threads, fingerprint=minilm.WEIGHTS_SHA256)


def _load_folder(name: str, threads: int) -> OnnxEmbedder:
    folder = Path(name).expanduser()
    model, tokenizer = folder / "model.onnx", folder / "tokenizer.json"
    for path in (model, tokenizer):
        if not path.exists():
            raise EmbedderUnavailable(
                f"The embedder {name!r} needs {path}, which does not exist. Use {PACKAGED} or a folder with both files."
            )
    digest = hashlib.sha256(model.read_bytes()).hexdigest()
    return OnnxEmbedder(folder.name, model, tokenizer, threads=threads, fingerprint=digest)
