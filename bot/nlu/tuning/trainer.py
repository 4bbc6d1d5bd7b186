"""The training loop: batches, dropout, rates, threads. The same seed gives the same weights.

Does not read a project's data and does not store anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.nlu.tuning.encoder import TunableEncoder
from bot.nlu.tuning.layer import Array, Values
from bot.nlu.tuning.objective import Prototypes
from bot.nlu.tuning.optimizer import AdamW, share_of_rate

Rows = Sequence[Sequence[int]]
Progress = Callable[[int], None]

PROTOTYPE_RATE = 1e-3
DECAY = 0.01


@dataclass(frozen=True)
class Recipe:
    """How long and how fast to train."""

    epochs: int
    rate: float = 1e-4
    batch: int = 32
    dropout: float = 0.1
    scale: float = 20.0
    smoothing: float = 0.0
    seed: int = 7
    threads: int = 1


@dataclass(frozen=True)
class Part:
    """What one thread computes of a batch."""

    hidden: list[Array]
    intents: npt.NDArray[np.int64]
    share: float
    rng: np.random.Generator


class Trainer:
    """Trains the upper layers of an encoder and one prototype for each intent."""

    def __init__(self, encoder: TunableEncoder, rows: Rows, intents: npt.NDArray[np.int64], recipe: Recipe) -> None:
        self._rows, self._intents, self._recipe = rows, intents, recipe
        self._encoders = [encoder, *(encoder.twin() for _ in range(recipe.threads - 1))]
        self._rng = np.random.default_rng(recipe.seed)
        self._lower: list[Array] = [np.zeros(0, dtype=np.float32)] * len(rows)
        self.prototypes = Prototypes(self._first_pass(), intents, recipe.scale, recipe.smoothing)
        layers = [layer.values for layer in encoder.upper]
        arrays = [*(array for values in layers for array in values.values()), self.prototypes.directions]
        count = len(arrays) - 1
        rates, decays = [recipe.rate] * count + [PROTOTYPE_RATE], [DECAY] * count + [0.0]
        self._names = [list(values) for values in layers]
        self._optimizer = AdamW(arrays, rates, decays)

    def _first_pass(self) -> Array:
        """Return the vectors before training, and keep what the layers that stay as they are say of each text."""
        encoder, size = self._encoders[0], self._recipe.batch
        by_length = sorted(range(len(self._rows)), key=lambda at: len(self._rows[at]))
        vectors: list[Array] = [np.zeros(0, dtype=np.float32)] * len(by_length)
        for start in range(0, len(by_length), size):
            places = by_length[start : start + size]
            lengths = [len(self._rows[at]) for at in places]
            hidden = encoder.lower([self._rows[at] for at in places])
            found = encoder.forward(hidden, lengths)
            for at, vector, tokens in zip(places, found, np.split(hidden, np.cumsum(lengths)[:-1]), strict=True):
                vectors[at], self._lower[at] = vector, tokens.astype(np.float16)
        return np.stack(vectors)

    def run(self, progress: Progress = lambda done: None) -> list[float]:
        """Train and return the mean loss of each epoch; ``progress`` gets the examples done so far."""
        from threadpoolctl import threadpool_limits

        losses, done, step = [], 0, 0
        batches = -(-len(self._rows) // self._recipe.batch)
        # Each thread computes its part of a batch with its own products; threads inside of these would only get in
        # each other's way.
        with threadpool_limits(1), ThreadPoolExecutor(self._recipe.threads) as pool:
            for _ in range(self._recipe.epochs):
                total = 0.0
                for chosen in self._batches():
                    share = share_of_rate(step, batches * self._recipe.epochs)
                    total += self._step(chosen, share, pool) * len(chosen)
                    step, done = step + 1, done + len(chosen)
                    progress(done)
                losses.append(total / len(self._rows))
        return losses

    def _batches(self) -> Iterator[npt.NDArray[np.int64]]:
        order = self._rng.permutation(len(self._rows))
        for start in range(0, len(order), self._recipe.batch):
            yield order[start : start + self._recipe.batch]

    def _step(self, chosen: npt.NDArray[np.int64], share_of_rate: float, pool: Executor) -> float:
        parts = list(self._parts(chosen))
        results = list(pool.map(self._part, self._encoders, parts))
        sums = results[0][1]
        for _, grads in results[1:]:
            for mine, other in zip(sums, grads, strict=True):
                mine += other
        self._optimizer.step(sums, share_of_rate)
        return sum(loss for loss, _ in results)

    def _parts(self, chosen: npt.NDArray[np.int64]) -> Iterator[Part]:
        """Yield one part for each thread, all of about as many tokens."""
        by_length = sorted(chosen, key=lambda at: len(self._rows[at]))
        count = min(len(self._encoders), len(by_length))
        rngs = [np.random.default_rng(seed) for seed in self._rng.integers(1 << 62, size=count)]
        for number, rng in enumerate(rngs):
            mine = np.asarray(by_length[number::count])
            yield Part([self._lower[at] for at in mine], self._intents[mine], len(mine) / len(chosen), rng)

    def _part(self, encoder: TunableEncoder, part: Part) -> tuple[float, list[Array]]:
        hidden = np.concatenate(part.hidden).astype(np.float32)
        vectors = encoder.forward(hidden, [len(one) for one in part.hidden], self._recipe.dropout, part.rng)
        loss, by_vector, by_direction = self.prototypes.loss(vectors, part.intents, part.share)
        found = self._in_order(encoder.backward(by_vector))
        return loss, [*found, by_direction]

    def _in_order(self, layers: list[Values]) -> list[Array]:
        return [grads[name] for grads, names in zip(layers, self._names, strict=True) for name in names]
