"""Trains the support scorer's network from the packaged MiniLM: the reranker's network, read as (evidence, sentence).

Run where torch and transformers are installed: python -m benchmarks.support.train FOLDER --model MINILM --out OUT.
Reads ``train.jsonl`` and ``dev.jsonl`` of the mining, writes checkpoints and a log. The public sets come first, replies
and cards towards the end: each set's share of a batch goes from a first to a last value. The loss is the cross-entropy.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.reranker.model import LIKENESS, Network, batch_of
from benchmarks.support.pairs import Pair, read
from bot.answering.calibration import auroc
from retrieval.reranking.cross_encoder import opened_tokenizer

# Shares of the sets at the start and at the end of the training.
MIX = {
    "mnli": (2.0, 0.2), "cad": (0.8, 0.1), "fm2": (1.0, 0.4), "fever": (0.5, 0.2), "begin": (0.5, 0.5),
    "faithdial": (0.3, 0.3), "q2": (0.2, 0.2), "dstc9": (1.0, 1.5), "cards": (1.5, 5.0),
}  # fmt: skip
WARM_UP = 0.06
# Batches whose pairs are sorted by length together, so that little is computed on padding.
TOGETHER = 24
SHOWN = 300  # pairs of a set that checkpoints are measured on


class Mix:
    """Draws pairs from the sets by their shares; each set is shown once before any of it is shown again."""

    def __init__(self, pairs: list[Pair], picked: random.Random) -> None:
        self._sets: dict[str, list[Pair]] = defaultdict(list)
        for pair in pairs:
            self._sets[pair.source].append(pair)
        self._picked = picked
        self._left: dict[str, list[Pair]] = defaultdict(list)

    def batches(self, progress: float, size: int) -> list[list[Pair]]:
        """Return the next batches, each of like length; ``progress`` is the share of the training done, 0..1."""
        names = [name for name in MIX if name in self._sets]
        shares = [MIX[name][0] + progress * (MIX[name][1] - MIX[name][0]) for name in names]
        chosen = [self._next(name) for name in self._picked.choices(names, shares, k=size * TOGETHER)]
        chosen.sort(key=lambda pair: len(pair.evidence) + len(pair.sentence))
        found = [chosen[at : at + size] for at in range(0, len(chosen), size)]
        self._picked.shuffle(found)
        return found

    def _next(self, name: str) -> Pair:
        if not self._left[name]:
            self._left[name] = self._picked.sample(self._sets[name], len(self._sets[name]))
        return self._left[name].pop()


def logits_of(network: Network, tokenizer: Any, pairs: list[Pair]) -> Tensor:
    """Return one logit per pair, computed in bfloat16 where the weights matter."""
    with torch.autocast("cpu", torch.bfloat16):
        return network(*batch_of(tokenizer.encode_batch([(pair.evidence, pair.sentence) for pair in pairs])))


@torch.no_grad()
def evaluate(network: Network, tokenizer: Any, pairs: list[Pair]) -> dict[str, float]:
    """Return the area under the ROC curve by set."""
    network.eval()
    sets: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        sets[pair.source].append(pair)
    found = {}
    for name, some in sets.items():
        some = some[:SHOWN]
        values = [
            value for at in range(0, len(some), 32) for value in logits_of(network, tokenizer, some[at : at + 32])
        ]
        found[name] = round(auroc([float(value) for value in values], [pair.supported for pair in some]), 4)
    network.train()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", required=True, help="folder of the packaged MiniLM")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--alone-after", type=float, default=0, help="minutes after which one thread is used (0 = never)"
    )
    parser.add_argument("--start", type=Path, help="checkpoint to go on from")
    parser.add_argument("--first", type=float, default=0.0, help="share of the training that the sets begin at, 0..1")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    picked = random.Random(options.seed)
    held_out = [pair for part in ("dev", "test") for pair in read(options.folder / f"{part}.jsonl")]
    picked.shuffle(held_out)
    mix = Mix(read(options.folder / "train.jsonl"), picked)
    network = Network(options.model, layers=6)
    if options.start:
        network.load_state_dict(torch.load(options.start))
    else:
        # Two texts of one subject have a cosine around this: so the first losses are small.
        nn.init.constant_(network.head.bias, -0.7 * LIKENESS)
    train(network, opened_tokenizer(Path(options.model) / "tokenizer.json"), mix, held_out, options)


def train(network: Network, tokenizer: Any, mix: Mix, held_out: list[Pair], options: Any) -> None:
    """Train for the minutes asked for; a third of the way, two thirds, and the end are kept."""
    body = [value for name, value in network.named_parameters() if value.requires_grad and not name.startswith("base")]
    optimizer = torch.optim.AdamW(body, lr=options.rate, weight_decay=0.01)
    options.out.mkdir(parents=True, exist_ok=True)
    total, started, step, kept, spent = options.minutes * 60, time.time(), 0, 0, 0.0
    losses: list[float] = []
    batches: list[list[Pair]] = []
    while spent < total:
        progress = spent / total
        factor = min(progress / WARM_UP, (1 - progress) / (1 - WARM_UP)) if step else 0.01
        optimizer.param_groups[0]["lr"] = options.rate * max(factor, 0.01)
        batches = batches or mix.batches(options.first + (1 - options.first) * progress, options.batch)
        began = time.time()
        losses.append(step_of(network, tokenizer, batches.pop(), optimizer))
        step, spent = step + 1, spent + time.time() - began
        if step % 50 == 0:
            print(f"step {step} loss {sum(losses[-50:]) / 50:.4f} seconds {spent:.0f}", flush=True)
        if int(3 * spent / total) > kept or spent >= total:
            kept = int(3 * spent / total)
            torch.save(network.state_dict(), options.out / f"at{kept}.pt")
            print(json.dumps({"step": step, "auroc": evaluate(network, tokenizer, held_out)}), flush=True)
    print(f"done: {step} steps of {options.batch}, {time.time() - started:.0f} s", flush=True)


def step_of(network: Network, tokenizer: Any, pairs: list[Pair], optimizer: Any) -> float:
    wanted = torch.tensor([float(pair.supported) for pair in pairs])
    loss = nn.functional.binary_cross_entropy_with_logits(logits_of(network, tokenizer, pairs), wanted)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimizer.step()
    return float(loss.detach())


if __name__ == "__main__":
    main()
