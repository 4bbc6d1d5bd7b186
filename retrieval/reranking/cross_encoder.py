"""Runs a network that reads two texts at once: the reranker's on question and ticket, others on other pairs.

Does not know what the texts are nor what the logit means.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from retrieval.embedding.runtime import CPU_TOKENS, batches, open_session
from retrieval.errors import RetrievalError

log = logging.getLogger(__name__)

# Word pieces of a pair. What is read is cut by words before, so few pairs reach it.
MAX_TOKENS = 192
INPUTS = ("input_ids", "attention_mask", "token_type_ids")


class CrossEncoder:
    """A network over pairs through ONNX Runtime. Safe to call from several threads."""

    def __init__(
        self, name: str, model: Path, tokenizer: Path, *, threads: int, unavailable: type[RetrievalError]
    ) -> None:
        self._tokenizer = opened_tokenizer(tokenizer)
        self._session = open_session(model, threads, cpu_only=False, unavailable=unavailable)
        log.info("%s runs on %s with %d threads", name, self._session.get_providers()[0], threads)
        self._types = {item.name: np.int64 if "int64" in item.type else np.int32 for item in self._session.get_inputs()}

    def logits(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """Return one logit per pair; the same call gives the same values."""
        if not pairs:
            return []
        encoded = self._tokenizer.encode_batch(list(pairs))
        out = np.zeros(len(encoded), dtype=np.float32)
        for chosen in batches([len(pair.ids) for pair in encoded], CPU_TOKENS):
            out[chosen] = self._run([encoded[at] for at in chosen])
        return [float(value) for value in out]

    def _run(self, pairs: list[Any]) -> npt.NDArray[np.float32]:
        width = max(len(pair.ids) for pair in pairs)
        feed = {name: np.zeros((len(pairs), width), dtype=np.int64) for name in INPUTS}
        for at, pair in enumerate(pairs):
            for name, values in zip(INPUTS, (pair.ids, pair.attention_mask, pair.type_ids), strict=True):
                feed[name][at, : len(values)] = values
        output = self._session.run(None, {name: feed[name].astype(kind) for name, kind in self._types.items()})[0]
        return np.asarray(output, dtype=np.float32).reshape(len(pairs), -1)[:, -1]


def opened_tokenizer(path: Path) -> Any:
    """Return the tokenizer of a file, set to what these networks read."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    # A customer who writes "[SEP]" writes a word, not a mark between the two texts.
    tokenizer.encode_special_tokens = True
    # One side may be a "word" of hundreds of pieces (a link, Chinese); then both sides are cut.
    tokenizer.enable_truncation(MAX_TOKENS, strategy="longest_first")
    tokenizer.no_padding()
    return tokenizer
