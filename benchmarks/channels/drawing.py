"""The picture of a run: what the gateway added to each message, over time and as a distribution."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

AIM = 10.0


def draw(path: Path, points: Sequence[tuple[float, float]], connections: int, rate: float) -> None:
    """Write a PNG; ``points`` are seconds and milliseconds."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), gridspec_kw={"width_ratios": (2, 1)}, sharey=True)
    left.scatter([when for when, _ in points], [value for _, value in points], s=5, alpha=0.35, linewidths=0)
    left.axhline(AIM, color="black", linewidth=0.8, linestyle=":")
    left.set_xlabel("seconds")
    left.set_ylabel("added by the gateway, ms")
    left.set_title(f"{connections} open widgets, {rate:.0f} messages a second")
    ordered = sorted(value for _, value in points)
    right.plot([100 * (place + 1) / len(ordered) for place in range(len(ordered))], ordered)
    right.axhline(AIM, color="black", linewidth=0.8, linestyle=":")
    for share in (50, 95, 99):
        value = ordered[min(len(ordered) - 1, int(share / 100 * len(ordered)))]
        right.plot([share], [value], "o", color="black", markersize=3)
        right.annotate(f"p{share} {value:.1f} ms", (share, value), textcoords="offset points", xytext=(-62, 6))
    right.set_xlabel("% of messages at most so much")
    left.set_yscale("log")
    left.set_yticks([2, 5, 10, 20, 50, 100], ["2", "5", "10", "20", "50", "100"])
    left.minorticks_off()
    figure.tight_layout()
    figure.savefig(path, dpi=110)
