"""The float16 rows of a file, read where they stand.

Some rows are read, many are mapped while they are copied: a mapping that stayed would count each page that was ever
touched to this process, and a file that was cut off meanwhile would end the process instead of raising an error. Both
go by the file that was opened: its name is gone once a newer release is published.
"""

from __future__ import annotations

import mmap
import os
import weakref
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import IndexMismatch
from retrieval.vectors.base import REMEDY

Stored = NDArray[np.float16]
Rows = NDArray[np.intp]

# Rows up to which single reads are faster than a mapping.
FEW = 1000


class KeptRows:
    """Rows [count, width] of one file, copied out by position. Threads may share it."""

    def __init__(self, path: Path, count: int, width: int) -> None:
        self.shape = (count, width)
        self._path = path
        self._bytes = width * np.float16().itemsize
        self._file = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._file)
        size = os.fstat(self._file).st_size
        if size != count * self._bytes:
            raise ValueError(f"{size} bytes of pairs for {count} ids of {width} values")

    def __getitem__(self, at: Rows | slice) -> Stored:
        if isinstance(at, slice):
            start, stop, _ = at.indices(self.shape[0])
            return self._read(start, max(0, stop - start))
        if len(at) > FEW:
            return np.take(self._mapped(), at, axis=0)
        return np.concatenate([np.zeros((0, self.shape[1]), np.float16), *(self._read(int(row), 1) for row in at)])

    def _read(self, start: int, count: int) -> Stored:
        content = os.pread(self._file, count * self._bytes, start * self._bytes)
        if len(content) != count * self._bytes:
            raise self._cut_off()
        return np.frombuffer(content, np.float16).reshape(count, self.shape[1])

    def _mapped(self) -> Stored:
        try:
            content = mmap.mmap(self._file, self.shape[0] * self._bytes, access=mmap.ACCESS_READ)
        except ValueError as exc:
            raise self._cut_off() from exc
        return np.frombuffer(content, np.float16).reshape(self.shape)

    def _cut_off(self) -> IndexMismatch:
        return IndexMismatch(f"{self._path} was cut off while it was in use. {REMEDY}")
