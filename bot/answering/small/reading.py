"""What the small generator reads: the question and pieces of evidence as token ids, with placeholders for values.

Text is data here by construction: the network knows no instructions, and special tokens that somebody writes into a
ticket are cut into ordinary pieces.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bot.answering.small import values
from bot.answering.small.values import Slots, Value

CLS, SEP = 101, 102  # of the packaged MiniLM's vocabulary; also begin and end of an answer
VOCABULARY = 30522
NOT_ENOUGH = VOCABULARY  # first token of an answer when the evidence has none
FIRST_VALUE = VOCABULARY + 1
TOKENS = FIRST_VALUE + values.COUNT  # all ids: words, "not enough", placeholders
QUESTION, EVIDENCE = 0, 1  # kinds of source tokens
MAX_QUESTION, MAX_SOURCE = 64, 288  # tokens


@dataclass(frozen=True)
class Source:
    """One reading; ``ids`` and ``kinds`` are of one length, ``slots`` turn placeholders back into text."""

    ids: list[int]
    kinds: list[int]
    slots: Slots

    @cached_property
    def proven(self) -> frozenset[int]:
        """The placeholders that stand in the evidence; those of the question alone prove nothing."""
        pairs = zip(self.ids, self.kinds, strict=True)
        return frozenset(token for token, kind in pairs if kind == EVIDENCE and token >= FIRST_VALUE)


class Tokens:
    """Text to token ids and back to pieces; the tokenizer is that of the packaged MiniLM."""

    def __init__(self, tokenizer: Any) -> None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
        # Without this, "[SEP]" in a ticket would end the evidence.
        tokenizer.encode_special_tokens = True
        self._tokenizer = tokenizer

    @classmethod
    def packaged(cls) -> Tokens:
        """Open the packaged tokenizer."""
        from tokenizers import Tokenizer

        from retrieval.embedding.minilm import packaged_folder

        return cls(Tokenizer.from_file(str(packaged_folder() / "tokenizer.json")))

    def source(self, question: str, passages: Sequence[str], shuffled: random.Random | None = None) -> Source:
        """Return the reading of a question and its evidence; what does not fit is cut off at the end."""
        slots = Slots(shuffled)
        # The evidence first: its spelling of a value is the one that is quoted.
        read = [self.ids(passage, slots) for passage in passages]
        asked = self.ids(question, slots)[: MAX_QUESTION - 2]
        ids = [CLS, *asked, SEP]
        kinds = [QUESTION] * len(ids)
        for passage in read:
            room = MAX_SOURCE - len(ids) - 1
            if room < 1:
                break
            ids += [*passage[:room], SEP]
            kinds += [EVIDENCE] * (len(ids) - len(kinds))
        return Source(ids, kinds, slots)

    def ids(self, text: str, slots: Slots) -> list[int]:
        """Return the tokens of a text; a value for which no placeholder is left is spelled out."""
        found: list[int] = []
        for piece in values.pieces(text):
            number = slots.place(piece) if isinstance(piece, Value) else None
            if number is None:
                found += self._plain(piece.text if isinstance(piece, Value) else piece)
            else:
                found.append(FIRST_VALUE + number)
        return found

    def answer(self, text: str, source: Source) -> list[int] | None:
        """Return the tokens of an answer to learn, nothing when it holds a value that its evidence does not."""
        found: list[int] = []
        for piece in values.pieces(text):
            if isinstance(piece, str):
                found += self._plain(piece)
            elif (number := source.slots.known(piece)) is not None and FIRST_VALUE + number in source.proven:
                found.append(FIRST_VALUE + number)
            else:
                return None
        return found

    def word(self, token: int) -> str:
        """Return the piece of a word token, with its leading ``##`` where it continues a word."""
        return str(self._tokenizer.id_to_token(token) or "")

    def _plain(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)
