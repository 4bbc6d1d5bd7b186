"""Turns texts into unit vectors: the one place where a name and a backend become an embedder.

The default is the packaged all-MiniLM-L6-v2, for English; the packaged multilingual-e5-small reads a hundred
languages. Models in a folder or on the model hub can stand in their place. Knows nothing of tickets.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from retrieval.embedding import e5, minilm, sources, torch_model
from retrieval.embedding.runtime import Model, OnnxEmbedder, Vectors, gpu_is_usable
from retrieval.errors import EmbedderUnavailable

__all__ = ["BACKENDS", "MULTILINGUAL", "PACKAGED", "Embedder", "Vectors", "load_embedder"]

log = logging.getLogger(__name__)

PACKAGED = minilm.NAME
MULTILINGUAL = e5.NAME
# ``auto`` is int8 on CPU for packaged models, whose ranking was measured, and float32 for all others and on a GPU.
BACKENDS = ("auto", "onnx", "onnx-int8", "torch")

_lock = threading.Lock()
_loaded: dict[tuple[str, Path, int, str], Embedder] = {}


class Embedder(Protocol):
    """Anything that maps texts to unit vectors of one dimension."""

    name: str
    dimension: int
    fingerprint: str

    def embed(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> Vectors:
        """Return float32 [len(texts), dimension], rows of unit length; ``progress`` gets the texts done so far."""
        ...

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Return the same for questions, which some models embed otherwise than what is searched."""
        ...


def load_embedder(name: str, folder: Path, threads: int, backend: str = "onnx") -> Embedder:
    """Return the embedder called ``name``, loaded once for each process.

    Args:
        name: ``all-MiniLM-L6-v2``, ``multilingual-e5-small``, the path of a folder, or ``owner/model`` on the hub.
        folder: where the files that are made or fetched are kept.
        threads: CPU threads of one call.
        backend: one of BACKENDS. Vectors of int8 have a fingerprint of their own; those of torch and of onnx are the
            same for packaged models.

    Raises:
        EmbedderUnavailable: the model is not there or cannot be loaded.
    """
    if backend not in BACKENDS:
        raise EmbedderUnavailable(f"There is no backend {backend!r}; allowed: {', '.join(BACKENDS)}")
    key = (name, folder, threads, backend)
    with _lock:
        if key not in _loaded:
            _loaded[key] = _load(name, folder, threads, _usable(backend))
        return _loaded[key]


def _usable(backend: str) -> str:
    """Return the backend, or the nearest one where it is not installed."""
    if backend == "torch" and not torch_model.is_installed():
        log.warning("torch and transformers are not both installed; the embedder runs through onnx instead")
        return "onnx"
    return backend


def _load(name: str, folder: Path, threads: int, backend: str) -> Embedder:
    if backend == "torch":
        return torch_model.TorchEmbedder(_torch_source(name, folder), threads)
    if name in (PACKAGED, MULTILINGUAL):
        int8 = backend == "onnx-int8" or (backend == "auto" and not gpu_is_usable())
        make = sources.packaged_minilm if name == PACKAGED else sources.packaged_e5
        return OnnxEmbedder(make(folder, int8=int8), threads)
    model = sources.model_in_folder(_folder(name, folder, torch=False), name)
    return OnnxEmbedder(sources.quantised_copy(model, folder) if backend == "onnx-int8" else model, threads)


def _torch_source(name: str, folder: Path) -> Model:
    if name == PACKAGED:
        return sources.torch_minilm()
    if name == MULTILINGUAL:
        raise EmbedderUnavailable(
            f"The packaged {MULTILINGUAL} runs through onnx only. "
            f"For torch set answers.embedder: intfloat/{MULTILINGUAL}"
        )
    return sources.torch_model_in_folder(_folder(name, folder, torch=True), name)


def _folder(name: str, cache: Path, *, torch: bool) -> Path:
    """Return the folder that a name stands for; one slash and no such folder means the model hub."""
    path = Path(name).expanduser()
    if not path.exists() and name.count("/") == 1 and not name.startswith((".", "~", "/")):
        return sources.from_hub(name, cache / "hub", torch=torch)
    return path
