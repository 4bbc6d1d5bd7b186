"""Writes the generator as it is before any training, warm-started from MiniLM: a peer for quality.py.

Run where torch is installed: python -m benchmarks.generator.untuned FOLDER --model MINILM --out UNTUNED.safetensors.
FOLDER is one that benchmarks.generator.train has worked in (its list of common words); MINILM the embedder's folder.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from bot.answering.small.network import stored

SEED = 7


def main() -> None:
    """Build the network, copy MiniLM's layers into it and write it in the form of the shipped one."""
    import torch
    from safetensors.numpy import load_file, save_file

    from bot.answering.training.network import Network, warm_start

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    torch.manual_seed(SEED)
    network = Network(torch.tensor(json.loads((options.folder / "common.json").read_text())))
    warm_start(network, load_file(str(options.model / "model.safetensors")))
    weights = {name: value.numpy() for name, value in network.state_dict().items() if name != "words.weight"}
    save_file(stored(weights), str(options.out))
    print(f"{options.out}: {options.out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
