"""Words and pieces of words as a sparse unit vector: what a sentence vector blurs, such as a name or a mistyped word.

Features are hashed, so there is no vocabulary to keep; how rare each one is was counted on the training texts.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

Rarity = npt.NDArray[np.float32]

# Hash buckets of each half; 10,000 questions of a bank hold some 40,000 pieces of words.
BUCKETS = 1 << 18
PIECES = range(2, 6)  # characters of a piece, the space at a word's edge counted
WORD = re.compile(r"\w+")


def rarities(texts: Sequence[str]) -> Rarity:
    """Return the weight of each bucket, [2 x BUCKETS]: the smoothed logarithm of how few of ``texts`` hold it."""
    holds = np.zeros(2 * BUCKETS, dtype=np.int32)
    for text in texts:
        for half in (_words(text), _pieces(text)):
            holds[list(set(half))] += 1
    return np.asarray(np.log((1 + len(texts)) / (1 + holds)) + 1, dtype=np.float32)


def lexical_rows(texts: Sequence[str], rarity: Rarity) -> csr_matrix:
    """Return [len(texts), 2 x BUCKETS] float32: half of each row's squared length from words, half from pieces.

    Rows have unit length, except those of texts without a letter, which are empty.
    """
    columns: list[npt.NDArray[np.int64]] = []
    values: list[npt.NDArray[np.float32]] = []
    ends = [0]
    for text in texts:
        for half in (_words(text), _pieces(text)):
            places, counts = np.unique(np.fromiter(half, dtype=np.int64), return_counts=True)
            weights = (1 + np.log(counts)) * rarity[places]
            columns.append(places)
            values.append((weights / max(np.linalg.norm(weights) * np.sqrt(2), 1e-9)).astype(np.float32))
        ends.append(ends[-1] + len(columns[-2]) + len(columns[-1]))
    joined = (np.concatenate(values), np.concatenate(columns)) if texts else (np.zeros(0), np.zeros(0))
    return csr_matrix((*joined, ends), shape=(len(texts), 2 * BUCKETS), dtype=np.float32)


def spoken(intent: str) -> str:
    """Return an intent's name as words: ``faq/card_arrival`` says something of its examples."""
    return " ".join(intent.replace("/", " ").replace("_", " ").split())


def _words(text: str) -> Iterator[int]:
    """Yield the buckets of single words and of pairs of neighbours."""
    words = WORD.findall(text.lower())
    for word in (*words, *(" ".join(pair) for pair in pairwise(words))):
        yield zlib.crc32(word.encode()) % BUCKETS


def _pieces(text: str) -> Iterator[int]:
    """Yield the buckets of the pieces of each word, spaces at its edges included."""
    for word in text.lower().split():
        edged = f" {word} ".encode("utf-32-le")
        for length in PIECES:
            for start in range(0, len(edged) - 4 * length + 1, 4):
                yield BUCKETS + zlib.crc32(edged[start : start + 4 * length]) % BUCKETS
