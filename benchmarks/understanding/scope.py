"""Measures how well messages from outside the scope are told, without any example of them, and draws the curves.

Run: python -m benchmarks.understanding.scope [--plot FILE]. BANKING77-OOS: 50 intents are taught and 27 near ones of
the same bank are asked, too; HINT3 (sofmattress): real traffic, two fifths of it outside. The first two scores come
from one model: that of our ScopeDetector, and the highest confidence, which is what Rasa's FallbackClassifier looks at.
The third is the highest confidence of Rasa's LogisticRegressionClassifier.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.machine import describe
from benchmarks.understanding.intents import (
    OURS,
    PEER,
    Example,
    data_folder,
    read_csv,
    start,
    train,
    understood,
)
from bot.answering.calibration import auroc

FALSE_ALARMS = 0.05
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Scored:
    """Scores of one system: ``inside`` and ``outside`` are those of messages within and without the scope."""

    name: str
    inside: Numbers
    outside: Numbers


def main() -> None:
    """Print a Markdown table and draw the curves."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plot", type=Path, default=Path("docs/plots/scope.png"))
    options = parser.parse_args()
    start()
    print(describe())
    print("\n| set | score | AUROC | outside found at 5 % false alarms | as configured: false alarms | outside found |")
    print("|---|---|---|---|---|---|")
    curves = {name: measure(name, *read()) for name, read in (("BANKING77-OOS", banking), ("HINT3", mattress))}
    draw(curves, options.plot)


def measure(name: str, known: list[Example], inside: list[Example], outside: list[Example]) -> list[Scored]:
    """Train both pipelines and return the scores, highest for what is surely within the scope."""
    found: list[Scored] = []
    for pipeline in (OURS, PEER):
        with tempfile.TemporaryDirectory() as folder:
            model, _ = train(pipeline, known, Path(folder) / "project")
            parsed = understood(model, [example.text for example in inside + outside])
        scores = {f"{pipeline}: highest confidence": [confidence(item) for item in parsed]}
        if pipeline == OURS:
            scores = {f"{pipeline}: scope": [item["scope"]["score"] for item in parsed], **scores}
        refused = np.array([item["intent"]["name"] == "nlu_fallback" for item in parsed])
        for label, values in scores.items():
            scored = Scored(label, np.array(values[: len(inside)]), np.array(values[len(inside) :]))
            found.append(scored)
            own = label.endswith("scope") or pipeline == PEER
            print(row(name, scored, refused if own else None), flush=True)
    return found


def row(name: str, scored: Scored, refused: npt.NDArray[np.bool_] | None) -> str:
    """Return one line of the table; ``refused`` is what the pipeline decided by itself."""
    values = np.concatenate([scored.inside, scored.outside])
    area = auroc(list(values), [True] * len(scored.inside) + [False] * len(scored.outside))
    recall = (scored.outside < np.quantile(scored.inside, FALSE_ALARMS)).mean()
    cut = len(scored.inside)
    decided = "| |" if refused is None else f"{refused[:cut].mean():.1%} | {refused[cut:].mean():.1%} |"
    return f"| {name} | {scored.name} | {area:.3f} | {recall:.1%} | {decided}"


def confidence(parsed: dict[str, Any]) -> float:
    """Return the confidence of the best intent that is not the fallback."""
    named = [item for item in parsed["intent_ranking"] if item["name"] != "nlu_fallback"]
    return float(named[0]["confidence"])


def banking() -> tuple[list[Example], list[Example], list[Example]]:
    """Return training examples, test messages within the scope and test messages outside."""
    folder = data_folder() / "banking77_oos"
    return _lines(folder / "train"), _lines(folder / "test"), _lines(folder / "id-oos" / "test")


def _lines(folder: Path) -> list[Example]:
    texts, intents = ((folder / name).read_text("utf-8").splitlines() for name in ("seq.in", "label"))
    rows = zip(texts, intents, strict=True)
    return [Example(" ".join(text.split()), intent.strip()) for text, intent in rows if text.strip()]


def mattress() -> tuple[list[Example], list[Example], list[Example]]:
    """Return the same for HINT3's sofmattress."""
    folder = data_folder() / "hint3" / "v1"
    known = read_csv(folder / "train" / "sofmattress_train.csv", "sentence", "label")
    asked = read_csv(folder / "test" / "sofmattress_test.csv", "sentence", "label")
    outside = [example for example in asked if example.intent == "NO_NODES_DETECTED"]
    return known, [example for example in asked if example not in outside], outside


def draw(curves: dict[str, list[Scored]], path: Path) -> None:
    """Draw the share of outsiders found against the share of false alarms."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(curves), figsize=(4.5 * len(curves), 4), layout="constrained")
    for axis, (name, scores) in zip(axes, curves.items(), strict=True):
        for scored in scores:
            shares = np.linspace(0, 1, 201)
            found = [(scored.outside < cut).mean() for cut in np.quantile(scored.inside, shares)]
            axis.plot(shares, found, label=scored.name, linewidth=1.6)
        axis.axvline(FALSE_ALARMS, color="0.7", linewidth=0.8)
        axis.set(title=name, xlabel="false alarms (messages in scope)", ylabel="messages out of scope found")
    axes[0].legend(fontsize=7, loc="lower right")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=130)


if __name__ == "__main__":
    main()
