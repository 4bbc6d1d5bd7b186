"""Runs a sentence encoder through ONNX Runtime, on the GPU where its CUDA provider is installed.

Batches texts of like length. Does not know where a model comes from.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from retrieval.errors import EmbedderUnavailable, RetrievalError

log = logging.getLogger(__name__)

Vectors = npt.NDArray[np.float32]
Tokenize = Callable[[Sequence[str]], list[list[int]]]
Progress = Callable[[int], None]

# Tokens of one run, padding included: the activations of so many still fit the cache that is next to a core. More
# (32 texts at a time) is a tenth slower on CPU; a GPU wants more to do at once.
CPU_TOKENS, GPU_TOKENS = 256, 8192


@dataclass(frozen=True)
class Prompts:
    """What a model expects in front of each text; most expect nothing."""

    query: str = ""
    passage: str = ""


@dataclass(frozen=True)
class Model:
    """A model that is ready to be loaded: its files, tokenizer and what tells its vectors from others'."""

    name: str
    path: Path
    tokenize: Tokenize
    fingerprint: str
    prompts: Prompts = Prompts()
    int8: bool = False


class Encoder:
    """What every backend shares: prompts, batches and their order. Subclasses run one batch."""

    batch_tokens = CPU_TOKENS
    dimension: int
    runs_on: str

    def __init__(self, model: Model) -> None:
        self.name = model.name
        self.fingerprint = model.fingerprint
        self._tokenize = model.tokenize
        self._prompts = model.prompts

    def embed(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        """Return float32 [len(texts), dimension], rows of unit length."""
        return self._embed(texts, self._prompts.passage, progress)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Return the same for questions; models that are trained on two kinds of text tell them apart."""
        return self._embed(texts, self._prompts.query, None)

    def _embed(self, texts: Sequence[str], prompt: str, progress: Progress | None) -> Vectors:
        rows = self._tokenize([prompt + (text.strip() or " ") for text in texts])
        out = np.zeros((len(texts), self.dimension), dtype=np.float32)
        done = 0
        for chosen in batches([len(row) for row in rows], self.batch_tokens):
            out[chosen] = pooled(*self._run(*padded([rows[at] for at in chosen])))
            done += len(chosen)
            if progress is not None:
                progress(done)
        return out

    def _run(self, ids: npt.NDArray[np.int64], mask: npt.NDArray[np.int64]) -> tuple[Vectors, npt.NDArray[np.int64]]:
        """Return sentence vectors [n, d] or token vectors [n, tokens, d], and the mask."""
        raise NotImplementedError


class OnnxEmbedder(Encoder):
    """Sentence embeddings through ONNX Runtime. Safe to call from several threads."""

    def __init__(self, model: Model, threads: int) -> None:
        super().__init__(model)
        self._session = open_session(model.path, threads, cpu_only=model.int8)
        self._types = {item.name: np.int64 if "int64" in item.type else np.int32 for item in self._session.get_inputs()}
        self.dimension = int(self._session.get_outputs()[0].shape[-1])
        on_gpu = self._session.get_providers()[0] == "CUDAExecutionProvider"
        self.batch_tokens = GPU_TOKENS if on_gpu else CPU_TOKENS
        self.runs_on = f"ONNX Runtime {'int8' if model.int8 else 'float32'} on {'GPU' if on_gpu else 'CPU'}"
        log.info("embedder %s: %s, %d threads", self.name, self.runs_on, threads)

    def _run(self, ids: npt.NDArray[np.int64], mask: npt.NDArray[np.int64]) -> tuple[Vectors, npt.NDArray[np.int64]]:
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        output = self._session.run(None, {name: feed[name].astype(kind) for name, kind in self._types.items()})[0]
        return np.asarray(output, dtype=np.float32), mask


def batches(lengths: Sequence[int], most: int) -> Iterator[list[int]]:
    """Yield the places of texts of like length together, so that little is computed on padding.

    The length of the longest text times the number of texts stays within ``most``, except for one text alone.
    """
    chosen: list[int] = []
    for at in sorted(range(len(lengths)), key=lambda at: lengths[at]):
        if chosen and (len(chosen) + 1) * lengths[at] > most:
            yield chosen
            chosen = []
        chosen.append(at)
    if chosen:
        yield chosen


def padded(rows: Sequence[Sequence[int]]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return token ids filled up to one width, and the mask of what is not filling."""
    ids = np.zeros((len(rows), max(map(len, rows))), dtype=np.int64)
    mask = np.zeros_like(ids)
    for at, row in enumerate(rows):
        ids[at, : len(row)] = row
        mask[at, : len(row)] = 1
    return ids, mask


def pooled(output: Vectors, mask: npt.NDArray[np.int64]) -> Vectors:
    """Return unit rows: the graph's own sentence vectors, or the mean of token vectors [n, tokens, d]."""
    if output.ndim == 3:
        output = (output * mask[:, :, None]).sum(axis=1)
    lengths = np.maximum(np.linalg.norm(output, axis=1, keepdims=True), 1e-9)
    return np.asarray(output / lengths, dtype=np.float32)


def gpu_is_usable() -> bool:
    """Tell whether this build of ONNX Runtime can use a GPU at all."""
    import onnxruntime

    return "CUDAExecutionProvider" in onnxruntime.get_available_providers()


def open_session(
    path: Path, threads: int, *, cpu_only: bool, unavailable: type[RetrievalError] = EmbedderUnavailable
) -> Any:
    """Open a graph in ONNX Runtime, on the GPU where one can be used.

    Raises:
        RetrievalError: of the kind ``unavailable``, when the file cannot be loaded.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # A waiting thread that spins takes the core from the other processes: 1.7 times the processor time for nothing.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    providers = ["CUDAExecutionProvider"] if gpu_is_usable() and not cpu_only else []
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=[*providers, "CPUExecutionProvider"])
    except Exception as exc:  # noqa: BLE001 - ONNX Runtime raises classes of its own that share no base
        raise unavailable(f"{path} cannot be loaded: {exc}. Delete the file and start again.") from exc
    if providers and session.get_providers()[0] not in providers:
        log.warning("the GPU cannot be used by ONNX Runtime; %s runs on CPU with the same results", path.name)
    return session
