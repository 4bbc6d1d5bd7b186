"""Trains the reranker's network from the packaged MiniLM on mined candidates.

Run where torch and transformers are installed: python -m benchmarks.reranker.train FOLDER --model MINILM --out OUT.
Reads ``train.jsonl`` and ``held_out.jsonl`` of the mining, writes checkpoints and a log. The network learns what the
figures of the search leave open: its logit is added to a linear score of them, which is learnt too and left out for a
part of the lists, so that the logit also ranks alone. The loss is the listwise softmax, any right ticket on top.
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

from benchmarks.reranker.model import FIGURES, Encoder, Network, Row, batch_of

LIST = 6
LEFT_OUT = 0.25
WARM_UP = 0.06
# How often a list of a set is shown in an epoch, 1 where nothing is said.
SHOWN = {"own": 5.0, "policies": 0.4, "chats": 0.3, "answers": 0.7, "faqs": 0.8, "more_intents": 0.7}
# Lists whose first candidate is right by this margin teach little; a part of them is shown.
EASY_MARGIN, EASY_SHOWN = 0.08, 0.3


def chosen_of(row: Row, picked: random.Random) -> list[int]:
    """Return places of at most two right candidates and of wrong ones, those near the top more often."""
    right = [at for at, one in enumerate(row["candidates"]) if one["right"]]
    wrong = [at for at, one in enumerate(row["candidates"]) if not one["right"]]
    right = picked.sample(right, min(2, len(right)))
    keys = {at: picked.random() ** (at + 4.0) for at in wrong}
    return right + sorted(wrong, key=lambda at: -keys[at])[: LIST - len(right)]


def loss_of(logits: Tensor, right: Tensor, listed: Tensor) -> Tensor:
    """Listwise softmax: the share of probability on right candidates; all [lists, candidates]."""
    logits = logits.masked_fill(~listed, -1e4)
    return (logits.logsumexp(1) - logits.masked_fill(~right, -1e4).logsumexp(1)).mean()


def read_rows(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text().splitlines(keepends=True) if line.endswith("\n")]


def tensors(rows: list[Row], chosen: list[list[int]]) -> tuple[Tensor, Tensor, Tensor]:
    """Return figures, right and listed, padded to the longest list."""
    width = max(map(len, chosen))
    figures = torch.zeros(len(rows), width, FIGURES)
    right, listed = torch.zeros(len(rows), width, dtype=torch.bool), torch.zeros(len(rows), width, dtype=torch.bool)
    for i, (row, places) in enumerate(zip(rows, chosen, strict=True)):
        for j, at in enumerate(places):
            figures[i, j] = torch.tensor(row["candidates"][at]["figures"])
            right[i, j], listed[i, j] = row["candidates"][at]["right"], True
    return figures, right, listed


def fit_base(rows: list[Row], picked: random.Random) -> Tensor:
    """Return the best weights of the search's figures alone."""
    rows = [row for row in rows if any(one["right"] for one in row["candidates"])]
    figures, right, listed = tensors(rows, [list(range(len(row["candidates"]))) for row in rows])
    weights = torch.zeros(FIGURES, requires_grad=True)
    solver = torch.optim.LBFGS([weights], max_iter=60)

    def closure() -> Tensor:
        solver.zero_grad()
        loss = loss_of(figures @ weights, right, listed) + 1e-4 * weights.square().sum()
        loss.backward()
        return loss

    solver.step(closure)
    return weights.detach()


def schedule(rows: list[Row], picked: random.Random, lists: int) -> list[list[Row]]:
    """Return batches of one epoch: lists of like length together, batches in random order."""
    pool = [row for row in rows for _ in range(int(_shown(row) + picked.random()))]
    picked.shuffle(pool)
    batches = []
    for start in range(0, len(pool), lists * 16):
        part = sorted(
            pool[start : start + lists * 16], key=lambda row: sum(len(c["text"]) for c in row["candidates"][:8])
        )
        batches += [part[at : at + lists] for at in range(0, len(part), lists)]
    picked.shuffle(batches)
    return batches


def _shown(row: Row) -> float:
    first, *others = row["candidates"]
    wrong = max((one["figures"][0] for one in others if not one["right"]), default=0.0)
    easy = first["right"] and first["figures"][0] - wrong > EASY_MARGIN
    return SHOWN.get(row["set"], 1.0) * (EASY_SHOWN if easy else 1.0)


@torch.no_grad()
def evaluate(network: Network, encoder: Encoder, rows: list[Row], shown: int = 16) -> dict[str, Any]:
    """Return hit@1 and MRR by set: hybrid order, network alone, both."""
    network.eval()
    found: dict[str, list[list[float]]] = defaultdict(list)
    for row in rows:
        places = list(range(min(shown, len(row["candidates"]))))
        with torch.autocast("cpu", torch.bfloat16):
            logit = network(*batch_of(encoder.pairs(row, places)))
        figures = torch.tensor([row["candidates"][at]["figures"] for at in places])
        both = logit + network.base(figures)[:, 0]
        right = [row["candidates"][at]["right"] for at in places]
        values = []
        for order in (
            places,
            logit.argsort(descending=True, stable=True).tolist(),
            both.argsort(descending=True, stable=True).tolist(),
        ):
            rank = next((r for r, at in enumerate(order, 1) if right[at]), 0)
            values += [float(rank == 1), 1 / rank if rank else 0.0]
        found[row["set"]].append(values)
    network.train()
    return {name: [round(sum(x) / len(values), 3) for x in zip(*values, strict=True)] for name, values in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", required=True, help="folder of the packaged MiniLM")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--minutes", type=float, default=16)
    parser.add_argument("--lists", type=int, default=16)
    parser.add_argument("--rate", type=float, default=5e-5)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--start", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(2)
    torch.manual_seed(options.seed)
    picked = random.Random(options.seed)
    rows, held_out = read_rows(options.folder / "train.jsonl"), read_rows(options.folder / "held_out.jsonl")
    by_set: dict[str, list[Row]] = defaultdict(list)
    for row in held_out:
        by_set[row["set"]].append(row)
    held_out = [row for found in by_set.values() for row in found[:40]]
    network, encoder = Network(options.model, options.layers), Encoder(options.model)
    network.base.weight.data[0] = fit_base(rows, picked)
    if options.start:
        network.load_state_dict(torch.load(options.start))
    print("base", network.base.weight.data.tolist(), {name: len(found) for name, found in by_set.items()}, flush=True)
    train(network, encoder, rows, held_out, options, picked)


def train(
    network: Network, encoder: Encoder, rows: list[Row], held_out: list[Row], options: Any, picked: random.Random
) -> None:
    body = [
        weight for name, weight in network.named_parameters() if weight.requires_grad and not name.startswith("base")
    ]
    optimizer = torch.optim.AdamW(
        [{"params": body, "lr": options.rate}, {"params": network.base.parameters(), "lr": 5e-3}], weight_decay=0.01
    )
    peaks = [group["lr"] for group in optimizer.param_groups]
    options.out.mkdir(parents=True, exist_ok=True)
    started, spent, step, losses = time.time(), 0.0, 0, []
    total, checked = options.minutes * 60, 0
    batches: list[list[Row]] = []
    while spent < total:
        # The mining may still be adding rows.
        batches = batches or schedule(read_rows(options.folder / "train.jsonl"), picked, options.lists)
        progress = spent / total
        factor = min(progress / WARM_UP, (1 - progress) / (1 - WARM_UP)) if step else 0.01
        for group, peak in zip(optimizer.param_groups, peaks, strict=True):
            group["lr"] = peak * max(factor, 0.01)
        began = time.time()
        losses.append(step_of(network, encoder, batches.pop(), optimizer, picked))
        step += 1
        spent += time.time() - began
        if step % 20 == 0:
            print(
                f"step {step} lists {step * options.lists} loss {sum(losses[-20:]) / 20:.4f} seconds {spent:.0f}",
                flush=True,
            )
        if int(3 * spent / total) > checked or spent >= total:
            checked = int(3 * spent / total)
            torch.save(network.state_dict(), options.out / f"at{checked}.pt")
            print(
                json.dumps(
                    {
                        "step": step,
                        "held_out": evaluate(network, encoder, held_out),
                        "base": network.base.weight.tolist(),
                    }
                ),
                flush=True,
            )
    print(f"done: {step} steps, {time.time() - started:.0f} s", flush=True)


def step_of(network: Network, encoder: Encoder, rows: list[Row], optimizer: Any, picked: random.Random) -> float:
    chosen = [chosen_of(row, picked) for row in rows]
    encoded = [one for row, places in zip(rows, chosen, strict=True) for one in encoder.pairs(row, places)]
    figures, right, listed = tensors(rows, chosen)
    with torch.autocast("cpu", torch.bfloat16):
        logits = network(*batch_of(encoded))
    filled = torch.zeros(listed.shape).masked_scatter(listed, logits)
    alone = torch.tensor([picked.random() < LEFT_OUT for _ in rows])
    base = network.base(figures)[..., 0].masked_fill(alone[:, None], 0.0)
    loss = loss_of(filled + base, right, listed)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimizer.step()
    return float(loss.detach())


if __name__ == "__main__":
    main()
