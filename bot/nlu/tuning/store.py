"""What fine-tuning changed, as a file: the difference to the published weights in int8, one scale for each column.

The differences are small, so that a 127th of the largest in a column is far below what a sentence vector shows. Six
layers take 11 MB instead of 43.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.errors import TuningError
from retrieval.embedding.bert import quantised

Weights = dict[str, npt.NDArray[Any]]

BASE = "base"  # array of the letters of the fingerprint of the weights that the differences are added to


def write_changes(path: Path, tuned: Mapping[str, npt.NDArray[Any]], base: Weights, fingerprint: str) -> None:
    """Write what distinguishes the tuned weights from those they began as; ``fingerprint`` names the latter."""
    from safetensors.numpy import save_file

    arrays: Weights = {}
    for name, value in tuned.items():
        change = np.asarray(value, dtype=np.float32) - base[name]
        arrays[name], arrays[f"{name}.scale"] = quantised(np.atleast_2d(change))
    arrays[BASE] = np.frombuffer(fingerprint.encode(), dtype=np.uint8)
    save_file({name: np.ascontiguousarray(value) for name, value in arrays.items()}, path)


def with_changes(path: Path, base: Weights, fingerprint: str) -> Weights:
    """Return the published weights with the changes of a file added.

    Raises:
        TuningError: the file belongs to other weights.
    """
    from safetensors.numpy import load_file

    arrays = load_file(path)
    belongs = arrays.pop(BASE).tobytes().decode()
    if belongs != fingerprint:
        raise TuningError(f"{path} was tuned from weights {belongs}, but {fingerprint} are installed. Train again.")
    weights = dict(base)
    for name in base:
        if name in arrays:
            change = arrays[name].astype(np.float32) * arrays[f"{name}.scale"]
            weights[name] = base[name] + change.reshape(base[name].shape)
    return weights


def fingerprint_of(path: Path, base: str) -> str:
    """Return a hash that tells vectors of these changes from all others."""
    return hashlib.sha256(base.encode() + path.read_bytes()).hexdigest()
