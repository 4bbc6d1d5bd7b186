"""Tuning for one project: which examples, how long, and what a network says of examples it has not seen."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.nlu.tuning.embedder import tokenizer
from bot.nlu.tuning.encoder import TunableEncoder, bert_weights
from bot.nlu.tuning.layer import Array
from bot.nlu.tuning.objective import Prototypes
from bot.nlu.tuning.store import write_changes
from bot.nlu.tuning.trainer import Recipe, Trainer
from retrieval.embedding.minilm import ENCODER, WEIGHTS_SHA256, packaged_folder, read_weights

Places = npt.NDArray[np.int64]
Begin = Callable[[int], Callable[[int], None]]

# Examples to be seen in all; few examples are seen more often, within these bounds.
SEEN, FEWEST, MOST = 40_000, 4, 10
ALONE = -1  # the half of an example that is the only one of its intent: both networks learn it, neither is asked
AT_ONCE = 64  # texts


@dataclass(frozen=True)
class Tuned:
    """A tuned encoder and the directions of the intents."""

    encoder: TunableEncoder
    prototypes: Prototypes

    def logits(self, texts: Sequence[str]) -> Array:
        """Return what the directions say of ``texts``, [texts, intents]."""
        rows = tokenizer()(texts)
        parts = [self.encoder.embed(rows[start : start + AT_ONCE]) for start in range(0, len(rows), AT_ONCE)]
        return self.prototypes.logits(np.concatenate(parts))

    def write(self, path: Path) -> None:
        """Write what distinguishes the encoder from the published one."""
        changed: dict[str, Any] = {}
        for number, layer in enumerate(self.encoder.upper, start=ENCODER.layers - len(self.encoder.upper)):
            changed.update(bert_weights(layer.values, number))
        write_changes(path, changed, read_weights(packaged_folder()), WEIGHTS_SHA256)


def tuned(texts: Sequence[str], intents: Places, config: Mapping[str, Any], begin: Begin) -> Tuned:
    """Return the packaged model tuned on these texts.

    Args:
        texts: the examples, none empty.
        intents: the place of each example's intent; every place up to the highest has one.
        config: ``epochs``, ``rate``, ``layers``, ``seed`` and ``threads`` as the classifier has them.
        begin: takes the number of examples that will be seen, returns what takes the number seen so far.
    """
    frozen = ENCODER.layers - int(config["layers"])
    encoder = TunableEncoder(read_weights(packaged_folder()), ENCODER.layers, ENCODER.heads, frozen)
    recipe = Recipe(
        epochs=int(config["epochs"]) or epochs_for(len(texts)),
        rate=float(config["rate"]),
        seed=int(config["seed"]),
        threads=int(config["threads"]) or os.cpu_count() or 1,
    )
    trainer = Trainer(encoder, tokenizer()(texts), intents, recipe)
    trainer.run(begin(recipe.epochs * len(texts)))
    return Tuned(encoder, trainer.prototypes)


def unseen_logits(
    texts: Sequence[str], intents: Places, config: Mapping[str, Any], begin: Begin
) -> tuple[Places, Array]:
    """Return the places of the examples that can be judged unseen, and what is said of each, [places, intents].

    Each half of the examples is judged by a network that was tuned on the other half.
    """
    half = halves(intents, int(config["seed"]))
    places, found = [], []
    for number in (0, 1):
        learned, judged = np.flatnonzero(half != number), np.flatnonzero(half == number)
        if len(judged):
            network = tuned([texts[at] for at in learned], intents[learned], config, begin)
            places.append(judged)
            found.append(network.logits([texts[at] for at in judged]))
    if not places:
        return np.zeros(0, dtype=np.int64), np.zeros((0, int(intents.max()) + 1), dtype=np.float32)
    return np.concatenate(places), np.concatenate(found)


def halves(intents: Places, seed: int) -> Places:
    """Return the half of each example, 0 or 1, such that each intent is in both; ALONE where that cannot be."""
    rng = np.random.default_rng(seed)
    found = np.full(len(intents), ALONE)
    for intent in np.unique(intents):
        places = rng.permutation(np.flatnonzero(intents == intent))
        if len(places) > 1:
            found[places] = np.arange(len(places)) % 2
    return found


def epochs_for(examples: int) -> int:
    """Return how often each of so many examples is seen."""
    return max(FEWEST, min(MOST, round(SEEN / max(1, examples))))
