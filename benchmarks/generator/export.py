"""Writes a checkpoint of the training as the file that the product ships, the layers alone in int8.

Run where torch is installed: python -m benchmarks.generator.export CHECKPOINT [--out FILE].
"""

from __future__ import annotations

import argparse
from pathlib import Path

from bot.answering.small.network import SHIPPED, stored


def main() -> None:
    """Read the checkpoint and write the rest of it."""
    import torch
    from safetensors.numpy import save_file

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--out", type=Path, default=SHIPPED)
    parser.add_argument("--plain", action="store_true", help="keep float32, to compare with")
    options = parser.parse_args()
    kept = torch.load(options.checkpoint, map_location="cpu", weights_only=True)
    weights = {name: value.numpy() for name, value in kept.get("network", kept).items()}
    plain = {name: value for name, value in weights.items() if name != "words.weight"}
    save_file(plain if options.plain else stored(weights), str(options.out))
    print(f"{options.out}: {options.out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
