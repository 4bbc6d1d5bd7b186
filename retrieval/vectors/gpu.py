"""Exact candidates on a GPU, through the package faiss-gpu-cu12 in place of faiss-cpu.

The same answers as the CPU's: candidates are scored again with the exact vectors, wherever they come from.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Collection

import numpy as np

from retrieval.vectors.base import Ids, Vectors, as_ids, combine
from retrieval.vectors.exact import found
from retrieval.vectors.pairs import Pairs

DRIVER = "libcuda.so.1"
# FAISS returns no more than this from a GPU.
MAX_CANDIDATES = 2048


def gpu_missing(driver: str = DRIVER) -> str:
    """Return why no GPU can be used, or an empty text.

    The driver library is asked before FAISS: its ``get_num_gpus`` ends the process where there is no driver.
    """
    try:
        cuda = ctypes.CDLL(driver)
    except OSError:
        return f"no NVIDIA driver ({driver}) is installed"
    count = ctypes.c_int(0)
    if cuda.cuInit(0) != 0 or cuda.cuDeviceGetCount(ctypes.byref(count)) != 0 or count.value < 1:
        return "the NVIDIA driver finds no GPU"
    import faiss

    if not hasattr(faiss, "StandardGpuResources"):
        return "FAISS is built without GPU support: install faiss-gpu-cu12 in place of faiss-cpu"
    return ""


class OnGpu:
    """All vectors in the memory of the first GPU as float16; those that are removed stay there and are not returned."""

    kind = "exact on GPU"

    def __init__(self, pairs: Pairs, dimension: int) -> None:
        import faiss

        self._resources = faiss.StandardGpuResources()
        config = faiss.GpuIndexFlatConfig()
        config.useFloat16 = True
        self._faiss = faiss.GpuIndexFlatIP(self._resources, dimension, config)
        self._ids = np.zeros(0, np.int64)
        # FAISS's resources of a GPU must not be used by two threads at once.
        self._lock = threading.Lock()
        for ids, rows in pairs.blocks():
            self.add(ids, combine(rows))

    def add(self, ids: Ids, rows: Vectors) -> None:
        """Add combined vectors under new ids."""
        self._faiss.add(rows)
        self._ids = np.concatenate([self._ids, ids])

    def remove(self, ids: Ids) -> None:
        """Remove the vectors of these ids."""
        self._ids = np.where(np.isin(self._ids, ids), -1, self._ids)

    def candidates(self, query: Vectors, count: int, allowed: Collection[int] | None) -> Ids:
        """Return the nearest ids, best first; with ``allowed`` fewer than there are, as a GPU searches without it."""
        removed = int((self._ids == -1).sum())
        wanted = count + removed if allowed is None else MAX_CANDIDATES
        with self._lock:
            _, at = self._faiss.search(query, min(wanted, MAX_CANDIDATES, len(self._ids)))
        ids: Ids = self._ids[found(at)]
        kept = ids != -1 if allowed is None else np.isin(ids, as_ids(allowed))
        nearest: Ids = ids[kept][:count]
        return nearest
