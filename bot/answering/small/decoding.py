"""The decoder of the small generator, in numpy: one word after the other, by beam search.

A step multiplies some nine million weights, a few milliseconds on one core; a second runtime would cost more to start
than it saves. Keys and values of earlier words are kept. Rules that no network can break stand here: a value is copied
from the evidence or not written at all.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.answering.small.reading import FIRST_VALUE, NOT_ENOUGH, SEP, VOCABULARY, Source, Tokens

Floats = NDArray[np.float32]

HEADS, EPSILON = 12, 1e-12
LONGEST = 90  # tokens of an answer
BEAMS = 3
LENGTH = 1.0  # exponent of the length that a beam's score is divided by (Wu et al. 2016, arXiv:1609.08144)
REPEATED = 4  # so many tokens in a row are never written twice
NEVER = -1e9


@dataclass(frozen=True)
class Written:
    """An answer in tokens, its mean log probability, and the probability that the evidence has no answer."""

    tokens: tuple[int, ...]
    score: float
    not_enough: float


@dataclass
class Beams:
    """Answers under way: tokens, summed log probabilities, and each layer's keys and values [beam, written, width]."""

    tokens: list[list[int]]
    scores: Floats
    keys: list[Floats] = field(default_factory=list)
    values: list[Floats] = field(default_factory=list)

    def chosen(self, rows: Sequence[int], tokens: Sequence[int], scores: Floats) -> Beams:
        """Return the beams that go on: each a former one and its next token."""
        picked = np.array(rows)
        lines = [[*self.tokens[row], token] for row, token in zip(rows, tokens, strict=True)]
        return Beams(lines, scores, [key[picked] for key in self.keys], [value[picked] for value in self.values])


class Decoder:
    """Writes answers; ``weights`` are those of decoder and heads, by the names of training. Threads may share it."""

    def __init__(self, weights: Mapping[str, Floats], words: Floats, tokens: Tokens) -> None:
        self._weights = {
            name: np.ascontiguousarray(value.T if name.endswith(".weight") and value.ndim == 2 else value)
            for name, value in weights.items()
            if name != "common"
        }
        self._words, self._special = words, np.asarray(weights["special.weight"])
        self._places = np.asarray(weights["write_places.weight"])
        self._common = np.asarray(weights["common"]).astype(np.int64)
        self._layers = 1 + max(int(name.split(".")[1]) for name in weights if name.startswith("decoder."))
        self._tokens = tokens

    def write(self, source: Source, memory: Floats, deadline: float, beams: int = BEAMS) -> Written:
        """Return the best answer to what was read; ``memory`` is the encoder's output [source, width].

        Stops at ``deadline`` (time.monotonic) with what ended until then.
        """
        paper = Paper(self, source, memory)
        running = Beams([[SEP]], np.zeros(1, dtype=np.float32))
        ended: list[tuple[float, tuple[int, ...]]] = []
        not_enough = 0.0
        for length in range(1, LONGEST):
            odds = paper.odds(running)
            if length == 1:
                not_enough = float(np.exp(odds[0, paper.place[NOT_ENOUGH]]))
                odds[:, [paper.place[NOT_ENOUGH], paper.place[SEP]]] = NEVER
            paper.forbid_repeats(odds, running.tokens)
            total = running.scores[:, None] + odds
            flat = np.argpartition(-total, 2 * beams, axis=None)[: 2 * beams]
            flat = flat[np.argsort(-total.ravel()[flat])]
            rows, places = np.unravel_index(flat, total.shape)
            going: list[int] = []
            for at, (row, place) in enumerate(zip(rows, places, strict=True)):
                if paper.ids[place] == SEP:
                    ended.append((float(total[row, place]) / length**LENGTH, tuple(running.tokens[row][1:])))
                elif len(going) < beams:
                    going.append(at)
            running = running.chosen(
                [int(rows[at]) for at in going],
                [int(paper.ids[places[at]]) for at in going],
                total[rows[going], places[going]],
            )
            best = max((score for score, _ in ended), default=-math.inf)
            if (
                len(ended) >= beams and best > float(running.scores.max()) / length**LENGTH
            ) or time.monotonic() > deadline:
                break
        score, tokens = max(ended, default=(-math.inf, ()))
        return Written(tokens, score, not_enough)

    def vectors(self, tokens: Sequence[int]) -> Floats:
        """Return the vectors of words and placeholders."""
        rows = [self._words[at] if at < VOCABULARY else self._special[at - VOCABULARY] for at in tokens]
        return np.array(rows, dtype=np.float32)

    def linear(self, value: Floats, name: str) -> Floats:
        """Return the product with a weight and its bias."""
        result: Floats = value @ self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]
        return result

    def normed(self, value: Floats, name: str) -> Floats:
        """Return the value with mean 0 and variance 1, scaled and moved as learned."""
        centred = value - value.mean(-1, keepdims=True)
        centred /= np.sqrt((centred * centred).mean(-1, keepdims=True) + EPSILON)
        result: Floats = centred * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]
        return result


class Paper:
    """One answer being written: what was read, prepared for every step."""

    def __init__(self, decoder: Decoder, source: Source, memory: Floats) -> None:
        self._decoder = decoder
        self._memory = memory
        layers = range(decoder._layers)
        self._keys = [decoder.linear(memory, f"decoder.{at}.cross.key")[None] for at in layers]
        self._values = [decoder.linear(memory, f"decoder.{at}.cross.value")[None] for at in layers]
        self._copy_keys = decoder.linear(memory, "copy_key")
        common = decoder._common
        known = set(common.tolist())
        read = [token for token in dict.fromkeys(source.ids) if token not in known]
        self.ids = np.concatenate([common, np.array(read, dtype=np.int64)])
        self.place = {int(token): at for at, token in enumerate(self.ids)}
        self._copied_to = np.array([self.place[token] for token in source.ids])
        self._forbidden = np.array([_is_forbidden(int(token), source, decoder._tokens) for token in self.ids])

    def odds(self, beams: Beams) -> Floats:
        """Return log probabilities [beam, ids] of the next token, and keep the step's keys and values."""
        decoder = self._decoder
        place = len(beams.tokens[0]) - 1
        hidden = decoder.vectors([tokens[-1] for tokens in beams.tokens]) + decoder._places[place]
        hidden = decoder.normed(hidden, "write_norm")
        for at in range(decoder._layers):
            hidden = self._layer(hidden, at, beams)
        shaped = decoder.normed(_gelu(decoder.linear(hidden, "transform")), "transform_norm")
        common = _softmax(decoder.linear(shaped, "output"))
        copied = _softmax(decoder.linear(hidden, "copy_query") @ self._copy_keys.T / math.sqrt(hidden.shape[1]))
        gate = _sigmoid(decoder.linear(np.concatenate([hidden, copied @ self._memory], axis=1), "gate"))
        chances = np.zeros((len(hidden), len(self.ids)), dtype=np.float32)
        chances[:, : common.shape[1]] = (1 - gate) * common
        for row, shares in enumerate(gate * copied):
            np.add.at(chances[row], self._copied_to, shares)
        chances[:, self._forbidden] = 0.0
        found: Floats = np.log(chances + 1e-12)
        return found

    def forbid_repeats(self, odds: Floats, written: Sequence[Sequence[int]]) -> None:
        """Make tokens impossible that would repeat what was written already, and words said twice in a row."""
        for row, tokens in enumerate(written):
            odds[row, self.place[tokens[-1]]] = NEVER
            tail = tuple(tokens[1 - REPEATED :])
            for at in range(len(tokens) - REPEATED + 1):
                if tuple(tokens[at : at + REPEATED - 1]) == tail:
                    odds[row, self.place[tokens[at + REPEATED - 1]]] = NEVER

    def _layer(self, hidden: Floats, at: int, beams: Beams) -> Floats:
        decoder, name = self._decoder, f"decoder.{at}"
        key, value = (decoder.linear(hidden, f"{name}.attention.{part}")[:, None] for part in ("key", "value"))
        if at < len(beams.keys):
            key, value = np.concatenate([beams.keys[at], key], 1), np.concatenate([beams.values[at], value], 1)
            beams.keys[at], beams.values[at] = key, value
        else:
            beams.keys.append(key)
            beams.values.append(value)
        seen = _attended(decoder.linear(hidden, f"{name}.attention.query"), key, value)
        hidden = decoder.normed(hidden + decoder.linear(seen, f"{name}.attention.out"), f"{name}.attended")
        seen = _attended(decoder.linear(hidden, f"{name}.cross.query"), self._keys[at], self._values[at])
        hidden = decoder.normed(hidden + decoder.linear(seen, f"{name}.cross.out"), f"{name}.crossed")
        wide = _gelu(decoder.linear(hidden, f"{name}.wide"))
        return decoder.normed(hidden + decoder.linear(wide, f"{name}.narrow"), f"{name}.norm")


def _is_forbidden(token: int, source: Source, tokens: Tokens) -> bool:
    """Return whether a token may never be written: a value that only the question has, and digits spelled out."""
    if token >= FIRST_VALUE:
        return token not in source.proven
    return any(map(str.isdigit, tokens.word(token)))


def _attended(query: Floats, keys: Floats, values: Floats) -> Floats:
    """Return the attention of one position: query [beam, width], keys and values [beam or 1, length, width]."""
    beams, width = query.shape
    asked = query.reshape(beams, 1, HEADS, -1).transpose(0, 2, 1, 3)
    key = keys.reshape(*keys.shape[:2], HEADS, -1).transpose(0, 2, 3, 1)
    value = values.reshape(*values.shape[:2], HEADS, -1).transpose(0, 2, 1, 3)
    weights = _softmax(asked @ key / math.sqrt(width // HEADS))
    result: Floats = (weights @ value).transpose(0, 2, 1, 3).reshape(beams, width)
    return result


def _softmax(value: Floats) -> Floats:
    raised = np.exp(value - value.max(-1, keepdims=True))
    result: Floats = raised / raised.sum(-1, keepdims=True)
    return result


def _sigmoid(value: Floats) -> Floats:
    result: Floats = 1 / (1 + np.exp(-value))
    return result


def _gelu(value: Floats) -> Any:
    """Return the tanh form of GELU, which differs from the exact one by less than 0.001."""
    return 0.5 * value * (1 + np.tanh(0.7978845608 * (value + 0.044715 * value**3)))
