"""Trains the small generator: batches of like length, warm-up, checkpoints to resume from, a log, early stopping.

The same loop makes the shipped model and a team's own. Needs torch; uses a GPU if torch sees one.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from bot.answering.training.network import Batch, Network, batch_of
from bot.answering.training.rows import Example

POOL = 24  # batches whose examples are sorted by length together


@dataclass(frozen=True)
class Plan:
    """How to train; ``seconds`` and ``steps`` are limits, whichever comes first ends the training."""

    seconds: float
    steps: int = 10**9
    batch: int = 32
    rate: float = 3e-4  # of decoder and heads
    encoder_rate: float = 1e-4
    warm_up: int = 150  # steps
    check_every: float = 600.0  # seconds
    patience: int = 3  # checks without a better loss before it ends
    threads: int = 2


@dataclass
class State:
    """Where a training stands."""

    step: int = 0
    spent: float = 0.0  # seconds
    best: float = float("inf")
    worse: int = 0
    log: list[dict[str, Any]] = field(default_factory=list)

    def noted(self, losses: Mapping[str, float], said: Callable[[dict[str, Any]], None]) -> bool:
        """Write a measurement into the log, say it, and return whether its mean is the best so far."""
        mean = sum(losses.values()) / max(len(losses), 1)
        line = {"step": self.step, "seconds": round(self.spent), "held_out": dict(losses), "mean": round(mean, 4)}
        self.log.append(line)
        said(line)
        better = mean < self.best
        self.best, self.worse = (mean, 0) if better else (self.best, self.worse + 1)
        return better


class Trainer:
    """Trains one network; everything that is needed to go on stands in ``folder``."""

    def __init__(self, network: Network, folder: Path, plan: Plan) -> None:
        torch.set_num_threads(plan.threads)
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.network, self.folder, self.plan = network.to(self.device), folder, plan
        folder.mkdir(parents=True, exist_ok=True)
        groups: dict[bool, list[nn.Parameter]] = {True: [], False: []}
        for name, value in network.named_parameters():
            if value.requires_grad:
                groups[name.startswith(("encoder.", "read_norm", "kinds", "places"))].append(value)
        rates = [(groups[True], plan.encoder_rate), (groups[False], plan.rate)]
        self.optimizer = torch.optim.AdamW(
            [{"params": values, "lr": rate, "peak": rate} for values, rate in rates], weight_decay=0.01
        )
        self.state = State()

    def resume(self) -> bool:
        """Go on from the last checkpoint if there is one."""
        path = self.folder / "last.pt"
        if not path.exists():
            return False
        kept = torch.load(path, map_location=self.device, weights_only=True)
        self.network.load_state_dict(kept["network"], strict=False)
        self.optimizer.load_state_dict(kept["optimizer"])
        self.state = State(**kept["state"])
        return True

    def train(
        self,
        examples: Iterator[Example],
        held_out: Mapping[str, Sequence[Example]],
        said: Callable[[dict[str, Any]], None] = lambda line: None,
    ) -> State:
        """Train until a limit is reached or the held-out loss no longer falls; the best weights are in best.pt."""
        batches = batched(examples, self.plan.batch)
        checked = self.state.spent
        while self.state.spent < self.plan.seconds and self.state.step < self.plan.steps:
            began = time.monotonic()
            batch = next(batches, None)
            if batch is None:
                break
            loss = self.step(on(batch, self.device))
            self.state.step += 1
            self.state.spent += time.monotonic() - began
            if self.state.step % 25 == 0:
                said({"step": self.state.step, "seconds": round(self.state.spent), "loss": round(loss, 4)})
            if self.state.spent - checked >= self.plan.check_every:
                checked = self.state.spent
                if self.check(held_out, said):
                    break
        self.check(held_out, said)
        return self.state

    def step(self, batch: Batch) -> float:
        """Take one step and return the loss before it."""
        progress = max(self.state.spent / self.plan.seconds, self.state.step / self.plan.steps)
        factor = min((self.state.step + 1) / self.plan.warm_up, max(1.0 - progress, 0.03))
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak"] * factor
        with self.halved():
            loss = self.network(batch)
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        return float(loss.detach())

    def halved(self) -> AbstractContextManager[Any]:
        """Return the context in which matrices are multiplied in bfloat16; weights stay in float32."""
        halved: AbstractContextManager[Any] = torch.autocast(self.device, torch.bfloat16)
        return halved

    def check(self, held_out: Mapping[str, Sequence[Example]], said: Callable[[dict[str, Any]], None]) -> bool:
        """Measure, keep the weights, and return whether it is time to stop."""
        losses = self.losses(held_out)
        better = self.state.noted(losses, said)
        self._keep("last.pt", everything=True)
        if better:
            self._keep("best.pt", everything=False)
        return self.state.worse >= self.plan.patience

    @torch.no_grad()
    def losses(self, held_out: Mapping[str, Sequence[Example]]) -> dict[str, float]:
        """Return the mean loss of each held-out group."""
        self.network.eval()
        found: dict[str, list[float]] = defaultdict(list)
        for name, examples in held_out.items():
            for at in range(0, len(examples), self.plan.batch):
                with self.halved():
                    loss = self.network(on(made(examples[at : at + self.plan.batch]), self.device))
                found[name].append(float(loss))
        self.network.train()
        return {name: round(sum(values) / len(values), 4) for name, values in found.items()}

    def _keep(self, name: str, *, everything: bool) -> None:
        weights = {key: value for key, value in self.network.state_dict().items() if key != "words.weight"}
        kept = weights
        if everything:
            kept = {"network": weights, "optimizer": self.optimizer.state_dict(), "state": asdict(self.state)}
        staged = self.folder / f"{name}.new"
        torch.save(kept, staged)
        os.replace(staged, self.folder / name)
        (self.folder / "log.json").write_text(json.dumps(self.state.log, indent=1) + "\n", encoding="utf-8")


def batched(examples: Iterator[Example], size: int, seed: int = 0) -> Iterator[Batch]:
    """Yield batches whose sources are of like length, in random order."""
    picked, pool = random.Random(seed), []
    for example in examples:
        pool.append(example)
        if len(pool) == POOL * size:
            yield from _poured(pool, size, picked)
            pool = []
    yield from _poured(pool, size, picked)


def _poured(pool: list[Example], size: int, picked: random.Random) -> Iterator[Batch]:
    pool = sorted(pool, key=lambda example: (len(example.ids) // 8, len(example.answer)))
    parts = [pool[at : at + size] for at in range(0, len(pool), size)]
    picked.shuffle(parts)
    yield from map(made, parts)


def made(examples: Sequence[Example]) -> Batch:
    """Return the batch of some examples."""
    return batch_of([(one.ids, one.kinds) for one in examples], [one.answer for one in examples])


def on(batch: Batch, device: str) -> Batch:
    """Return the batch on a device."""
    return Batch(*(getattr(batch, name).to(device) for name in Batch.__dataclass_fields__))
