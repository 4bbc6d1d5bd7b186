"""Draws the held-out loss of a training, one line for each source.

Run: python -m benchmarks.generator.curves FOLDER OUT.png (FOLDER is that of benchmarks.generator.train).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

NAMES = {"cards": "fact cards kept apart", "replies": "hotel FAQs kept apart", "own": "demo shop, calibration split"}


def main() -> None:
    """Write the plot."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    log = json.loads((options.folder / "log.json").read_text(encoding="utf-8"))
    figure, axes = pyplot.subplots(figsize=(6, 3.4), dpi=150)
    steps = [line["step"] for line in log]
    for name in log[0]["held_out"]:
        axes.plot(
            steps, [line["held_out"][name] for line in log], marker="o", markersize=3, label=NAMES.get(name, name)
        )
    axes.set_xlabel("steps of 32 examples")
    axes.set_ylabel("loss of a token (nats)")
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(str(options.out))


if __name__ == "__main__":
    main()
