"""Writes the pairs that the support scorer is trained and measured on.

Run: python -m benchmarks.support.mine OUT [--cards training_data/generator]. Public sets are read below FRONTDESK_DATA.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from pathlib import Path

from benchmarks.reranker.mine import public_folder
from benchmarks.support import cards, public
from benchmarks.support.pairs import write

CARDS = Path(__file__).resolve().parents[2] / "training_data" / "generator"


def main() -> None:
    """Write ``train.jsonl``, ``dev.jsonl`` and ``test.jsonl`` and print what they hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--cards", type=Path, default=CARDS)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    picked = random.Random(options.seed)
    folder = public_folder() / "generator"
    found = [*public.nli(folder), *public.claims(folder), *public.replies(folder), *public.agents(folder, picked)]
    found += cards.pairs(cards.load(options.cards), picked)
    options.out.mkdir(parents=True, exist_ok=True)
    for part in ("train", "dev", "test"):
        write([pair for pair in found if pair.part == part], options.out / f"{part}.jsonl")
    for (part, source), count in sorted(Counter((pair.part, pair.source) for pair in found).items()):
        right = sum(pair.supported for pair in found if (pair.part, pair.source) == (part, source))
        print(f"{part:6} {source:10} {count:6} supported {right / count:.2f}")


if __name__ == "__main__":
    main()
