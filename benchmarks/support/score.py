"""Scores held-out pairs with a checkpoint in float32, to compare with what the product runs in int8.

Run where torch is installed: python -m benchmarks.support.score CHECKPOINT PAIRS OUT --model MINILM [--most 300].
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from pathlib import Path

from benchmarks.support.pairs import Pair, read


def chosen(pairs: list[Pair], most: int) -> list[Pair]:
    """Return at most so many pairs of each set, and four times as many of our own cards, always the same ones."""
    seen: Counter[str] = Counter()
    kept = []
    for pair in random.Random(7).sample(pairs, len(pairs)):
        seen[pair.source] += 1
        if seen[pair.source] <= (4 * most if pair.source == "cards" else most):
            kept.append(pair)
    return kept


def main() -> None:
    """Write one logit per pair."""
    import torch

    from benchmarks.reranker.model import Network, batch_of
    from retrieval.reranking.cross_encoder import opened_tokenizer

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--model", required=True, help="folder of the packaged MiniLM")
    parser.add_argument("--most", type=int, default=300)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    network = Network(options.model, layers=6)
    network.load_state_dict(torch.load(options.checkpoint))
    network.eval()
    tokenizer = opened_tokenizer(Path(options.model) / "tokenizer.json")
    pairs = chosen(read(options.pairs), options.most)
    logits: list[float] = []
    with torch.no_grad():
        for at in range(0, len(pairs), 32):
            texts = [(pair.evidence, pair.sentence) for pair in pairs[at : at + 32]]
            logits += network(*batch_of(tokenizer.encode_batch(texts))).tolist()
    options.out.write_text(json.dumps(logits))


if __name__ == "__main__":
    main()
