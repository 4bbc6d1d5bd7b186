"""Progress bars for long work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tqdm import tqdm


def advance(bar: tqdm[Any]) -> Callable[[int], None]:
    """Return a progress callback that takes the number done so far."""

    def to(done: int) -> None:
        bar.update(done - bar.n)

    return to
