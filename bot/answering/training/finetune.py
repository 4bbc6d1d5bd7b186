"""Trains the small generator on for one team: from the weights in use, on the team's own pairs, all layers, low rates.

Killed, it goes on from its last checkpoint. Needs torch. Does not decide what becomes of the result.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import torch

from bot.answering.small.network import read, stored, word_vectors
from bot.answering.small.reading import Tokens
from bot.answering.training.network import Network
from bot.answering.training.rehearsal import SHARE, Card, Rehearsal
from bot.answering.training.rows import Example, Examples, Row
from bot.answering.training.trained import Trained
from bot.answering.training.trainer import Plan, Trainer
from bot.errors import TrainingError

# Rates of decoder and encoder, a third of those that the shipped weights were trained with.
RATE, ENCODER_RATE = 1e-4, 3e-5
WARM_UP = 30  # steps
BATCH = 32
# Times that every pair is seen at most; early stopping ends most trainings before.
EPOCHS = 12
CHECK_SECONDS, PATIENCE = 30.0, 5
CHECKED, REHEARSED = 200, 80  # examples that tell when to stop, and rows of cards beside them
# Share of readings whose passages are put in another order, so that the first one is not always right.
SHUFFLED = 0.5
# Examples below which nothing can be learned, and below which a group is not measured apart.
LEAST, LEAST_GROUP = 30, 10

Said = Callable[[dict[str, Any]], None]


def finetune(
    weights: Path,
    training: Sequence[Row],
    check: Sequence[Row],
    folder: Path,
    *,
    seconds: float,
    seed: int = 7,
    threads: int = 2,
    said: Said = lambda line: None,
    steps: int | None = None,
    cards: Sequence[Card] = (),
) -> Trained:
    """Train and return what came of it; a training that was killed in this folder goes on.

    Args:
        weights: the file to begin with.
        training: rows to learn from.
        check: rows to stop by.
        folder: checkpoints and log.
        seconds: longest training; measuring comes on top.
        seed: of all that is drawn by chance.
        threads: of the CPU.
        said: gets lines of progress.
        steps: most steps; None for EPOCHS rounds.
        cards: rehearsed beside the rows; training is also stopped by those of them that are held out.

    Raises:
        TrainingError: hardly any row can be learned from.
        GenerationError: the weights cannot be read.
    """
    torch.manual_seed(seed)
    network = network_from(weights)
    tokens, common = Tokens.packaged(), network.common.tolist()
    fixed = Examples(tokens, common)
    usable = [row for row in training if fixed.one(row) is not None]
    checked = [example for row in check[:CHECKED] if (example := fixed.one(row)) is not None]
    if len(usable) < LEAST or not checked:
        raise TrainingError(
            f"Of {len(training)} rows {len(usable)} fit the small generator ({LEAST} are needed), as do "
            f"{len(checked)} of {len(check)} to stop by: the answers of the others are too long or say "
            "what was not read. Import more solved tickets: frontdesk tickets import FILE"
        )
    kept = _groups(checked)
    if measured := Rehearsal(cards, seed, held_out=True):
        kept |= _groups(list(fixed.of(islice(measured, REHEARSED))))
    share = SHARE if Rehearsal(cards, seed) else 0.0
    most = steps or max(round(EPOCHS * len(usable) / BATCH / (1 - share)), 1)
    plan = Plan(seconds, most, BATCH, RATE, ENCODER_RATE, WARM_UP, CHECK_SECONDS, PATIENCE, threads)
    trainer = Trainer(network, folder, plan)
    if not trainer.resume():
        trainer.check(kept, said)
    if trainer.state.worse < PATIENCE and trainer.state.step < most:
        again = seed + trainer.state.step  # not the same rows again
        picked = random.Random(again)
        rows = mixed(endless(usable, picked), iter(Rehearsal(cards, again)), share, picked)
        trainer.train(Examples(tokens, common, picked).of(rows), kept, said)
    return _trained(trainer, len(usable), len(training) - len(usable))


def _trained(trainer: Trainer, usable: int, left_out: int) -> Trained:
    state, best = trainer.state, trainer.folder / "best.pt"
    losses = [line["mean"] for line in state.log]
    return Trained(best, state.step, state.spent, usable, left_out, losses[0], min(losses), state.log)


def network_from(weights: Path) -> Network:
    """Return the network with the weights of a file.

    Raises:
        GenerationError: the file holds none that fit.
    """
    parts = read(weights)
    network = Network(torch.from_numpy(parts["common"]).long())
    values = {name: torch.from_numpy(value) for name, value in parts.items() if name != "common"}
    try:
        network.load_state_dict(values | {"words.weight": torch.from_numpy(word_vectors()), "common": network.common})
    except RuntimeError as exc:
        raise TrainingError(f"{weights} is of another form than this version trains: {exc}") from exc
    return network


def export(checkpoint: Path, to: Path) -> None:
    """Write the weights of a checkpoint as the product reads them, the layers in int8."""
    from safetensors.numpy import save_file

    kept = torch.load(checkpoint, map_location="cpu", weights_only=True)
    save_file(stored({name: value.numpy() for name, value in kept.items()}), str(to))


def endless(rows: Sequence[Row], picked: random.Random) -> Iterator[Row]:
    """Yield all rows in random order, then in another one, for ever."""
    order = list(rows)
    while True:
        picked.shuffle(order)
        for row in order:
            passages = list(row.passages)
            if picked.random() < SHUFFLED:
                picked.shuffle(passages)
            yield Row(row.question, tuple(passages), row.answer, row.group)


def mixed(own: Iterator[Row], rehearsed: Iterator[Row], share: float, picked: random.Random) -> Iterator[Row]:
    """Yield rows of both; ``share`` of them are rehearsed."""
    while True:
        yield next(rehearsed if picked.random() < share else own)


def _groups(examples: Sequence[Example]) -> dict[str, list[Example]]:
    """Return the examples by group, each of which counts the same; too small a one would only add noise."""
    found: dict[str, list[Example]] = {}
    for example in examples:
        found.setdefault(example.group, []).append(example)
    return found if all(len(some) >= LEAST_GROUP for some in found.values()) else {"all": list(examples)}
