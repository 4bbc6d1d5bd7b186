"""One example for the support scorer: evidence, a sentence, and whether the evidence states it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Pair:
    """``kind`` says how it was made; ``part`` is ``train``, ``dev`` (thresholds are chosen on it) or ``test``.

    ``origin`` is the card that it was made from, empty for other sets.
    """

    evidence: str
    sentence: str
    supported: bool
    source: str
    kind: str
    part: str = "train"
    origin: str = ""


def write(pairs: Iterable[Pair], path: Path) -> int:
    """Write the pairs as JSON lines and return how many."""
    lines = [json.dumps(asdict(pair), ensure_ascii=False) for pair in pairs]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(lines)


def read(path: Path) -> list[Pair]:
    """Return the pairs of a file."""
    return [Pair(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines() if line]


def untokenised(text: str) -> str:
    """Return a text of a tokenised set as people write it."""
    for mark, plain in (("-LRB-", "("), ("-RRB-", ")"), ("``", '"'), ("''", '"'), (" -- ", " - ")):
        text = text.replace(mark, plain)
    text = re.sub(r"\s+([.,;:!?)%]|n't\b|'(?:s|re|ve|ll|m|d)\b)", r"\1", text)
    text = re.sub(r"\b(\w+) ' (s|t|re|ve|ll|m|d)\b", r"\1'\2", text)
    return re.sub(r"\s+", " ", text.replace("( ", "(")).strip()
