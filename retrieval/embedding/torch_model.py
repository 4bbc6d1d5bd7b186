"""Runs a sentence encoder through torch and transformers, where they are installed; on the GPU if torch sees one.

They are no dependency of this project. Vectors are those of the float32 ONNX graph, to rounding.
"""

from __future__ import annotations

import logging
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt

from retrieval.embedding.runtime import CPU_TOKENS, GPU_TOKENS, Encoder, Model, Vectors
from retrieval.errors import EmbedderUnavailable

log = logging.getLogger(__name__)


def is_installed() -> bool:
    """Tell whether torch and transformers are there, without importing them."""
    return all(find_spec(name) is not None for name in ("torch", "transformers"))


class TorchEmbedder(Encoder):
    """Sentence embeddings through torch; ``model.path`` is a folder in transformers' form. Threads may share it."""

    def __init__(self, model: Model, threads: int) -> None:
        import torch
        from transformers import AutoModel

        super().__init__(model)
        try:
            network: Any = AutoModel.from_pretrained(str(model.path), local_files_only=True)
        except (OSError, ValueError) as exc:
            raise EmbedderUnavailable(f"{model.path} cannot be loaded by transformers: {exc}") from exc
        self._torch = torch
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._network = network.to(self._device).eval()
        if self._device == "cpu":
            torch.set_num_threads(threads)
        self.dimension = int(network.config.hidden_size)
        self.batch_tokens = GPU_TOKENS if self._device == "cuda" else CPU_TOKENS
        self.runs_on = f"torch float32 on {'GPU' if self._device == 'cuda' else 'CPU'}"
        log.info("embedder %s: %s, %d threads", self.name, self.runs_on, threads)

    def _run(self, ids: npt.NDArray[np.int64], mask: npt.NDArray[np.int64]) -> tuple[Vectors, npt.NDArray[np.int64]]:
        torch = self._torch
        with torch.inference_mode():
            inputs = {"input_ids": ids, "attention_mask": mask}
            feed = {name: torch.from_numpy(value).to(self._device) for name, value in inputs.items()}
            output = self._network(**feed).last_hidden_state
        return np.asarray(output.float().cpu().numpy(), dtype=np.float32), mask
