"""Trains the generator that the product ships. Resumes where it was ended.

Run where torch is installed: python -m benchmarks.generator.train FOLDER --own OWN.jsonl [--minutes 75] (OWN.jsonl is
written by benchmarks.generator.own, without torch). Data: FRONTDESK_DATA, by default ../shared/data.
"""

from __future__ import annotations

import argparse
import json
import os
import random
from pathlib import Path

import torch
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from benchmarks.generator.mix import Mix, common_words, held_out
from bot.answering.small.reading import Tokens
from bot.answering.training.network import Network, warm_start
from bot.answering.training.rows import Examples
from bot.answering.training.trainer import Plan, Trainer

DATA = Path(os.environ.get("FRONTDESK_DATA", "../shared/data"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--own", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True, help="folder of the packaged MiniLM")
    parser.add_argument("--minutes", type=float, default=75)
    parser.add_argument("--check", type=float, default=10, help="minutes between measurements")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    tokens = Tokens(Tokenizer.from_file(str(options.model / "tokenizer.json")))
    options.folder.mkdir(parents=True, exist_ok=True)
    common = common_of(options.folder / "common.json", tokens, options)
    network = Network(torch.tensor(common))
    warm_start(network, load_file(str(options.model / "model.safetensors")))
    plan = Plan(seconds=options.minutes * 60, check_every=options.check * 60, threads=options.threads)
    trainer = Trainer(network, options.folder, plan)
    resumed = trainer.resume()
    seed = options.seed + trainer.state.step  # not the same rows again
    examples = Examples(tokens, common, random.Random(seed))
    fixed = Examples(tokens, common)
    kept = {name: list(fixed.of(rows)) for name, rows in held_out(DATA, options.own, options.seed).items()}
    print(
        f"{'resumed' if resumed else 'started'}; held out: { {name: len(rows) for name, rows in kept.items()} }",
        flush=True,
    )
    state = trainer.train(
        examples.of(Mix(DATA, options.own, seed)), kept, lambda line: print(json.dumps(line), flush=True)
    )
    print(f"{state.step} steps, {examples.taken} examples, {examples.left_out} rows left out", flush=True)


def common_of(path: Path, tokens: Tokens, options: argparse.Namespace) -> list[int]:
    """Return the common words; counted once, so that a resumed training keeps them."""
    if not path.exists():
        path.write_text(json.dumps(common_words(iter(Mix(DATA, options.own, options.seed)), tokens)))
    return list(json.loads(path.read_text()))


if __name__ == "__main__":
    main()
