"""Writes a checkpoint of the training as the file that the product ships, the layers alone in int8.

The card beside it gets its hash.

Run where torch is installed: python -m benchmarks.reranker.export CHECKPOINT [--out FILE].
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

from retrieval.reranking.network import WEIGHTS, WORDS, compressed

# Positions beyond the longest pair are never looked up.
POSITIONS = "embeddings.position_embeddings.weight"


def main() -> None:
    """Read the checkpoint, leave out what the package holds, and write the rest."""
    import torch
    from safetensors.numpy import save_file

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    stored = {}
    for name, value in torch.load(options.checkpoint, map_location="cpu").items():
        short = name.removeprefix("bert.")
        if short == WORDS or short.startswith("base.") or "position_ids" in short:
            continue
        array = value.float().numpy()
        stored |= compressed(short, array[:192] if short == POSITIONS else array)
    save_file(stored, str(options.out))
    card = options.out.with_suffix(".json")
    if card.exists():
        known = json.loads(card.read_text()) | {"sha256": hashlib.sha256(options.out.read_bytes()).hexdigest()}
        card.write_text(json.dumps(known, indent=2, ensure_ascii=False) + "\n")
    print(f"{options.out}: {options.out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
