"""The report of understanding: one page with a confusion matrix, a histogram and the mistakes; needs no network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from bot.suite.page import framed
from bot.suite.understanding import OUTSIDE, Row, figures, histogram

CELL, LABELS = 17, 170
WIDTH, HEIGHT = 640, 220
STYLE = """
svg text { font: 11px system-ui, sans-serif; fill: currentColor; } svg { max-width: 100%; height: auto; }
.right { fill: #1b7f3b; } .wrong { fill: #b3261e; } .ours { fill: #2563a8; } .outside { fill: #c77700; }
.grid { stroke: #8883; } td.text { max-width: 34rem; } .scroll { overflow-x: auto; }
"""
WORDS = {
    "messages": "messages that the model had not seen",
    "accuracy": "understood",
    "accuracy_inside": "understood, of those in our field",
    "false_alarms": "in our field, taken for outside",
    "outside_found": "outside our field, found",
    "auroc_inside": "AUROC of the scope score",
}


def write_report(rows: Sequence[Row], path: Path, title: str = "Understanding") -> None:
    """Write the page, folders included.

    Raises:
        SuiteError: there is no row.
    """
    data = figures(rows)
    parts = [
        _summary(data),
        "<h2>Which intent is taken for which</h2>",
        "<p>A row is what the message means, a column what was understood. Green is right, red is wrong.</p>",
        f'<div class="scroll">{matrix(rows)}</div>',
        "<h2>How sure</h2>",
        "<p>How surely a message was held to be one of ours: those that are (blue), those that are not (orange).</p>",
        bars(
            histogram(row.inside for row in rows if row.intent not in OUTSIDE),
            histogram(row.inside for row in rows if row.intent in OUTSIDE),
        ),
        "<h2>Worst confusions</h2>",
        _confusions(data["confusions"]),
        "<h2>Each intent, weakest first</h2>",
        _intents(data["intents"]),
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(framed(title, "\n".join(parts), STYLE), encoding="utf-8")


def matrix(rows: Sequence[Row]) -> str:
    """Return the confusion matrix as SVG; a cell is as strong as its share of its row."""
    names = sorted({row.intent for row in rows} | {row.predicted for row in rows})
    place = {name: LABELS + at * CELL for at, name in enumerate(names)}
    counts = Counter((row.intent, row.predicted) for row in rows)
    totals = Counter(row.intent for row in rows)
    size = LABELS + len(names) * CELL + 4
    parts = [f'<svg viewBox="0 0 {size} {size}" width="{size}" role="img" aria-label="confusion matrix">']
    for name, at in place.items():
        middle, label = at + CELL - 5, escape(name)
        parts.append(f'<text x="{LABELS - 5}" y="{middle}" text-anchor="end">{label}</text>')
        parts.append(f'<text transform="translate({middle} {LABELS - 5}) rotate(-90)">{label}</text>')
        parts.append(f'<path class="grid" d="M{LABELS} {at}H{size - 4}M{at} {LABELS}V{size - 4}"/>')
    for (intent, predicted), count in sorted(counts.items()):
        kind = "right" if intent == predicted or {intent, predicted} <= set(OUTSIDE) else "wrong"
        strength = 0.25 + 0.75 * count / totals[intent]
        note = f"{escape(intent)} taken for {escape(predicted)}: {count} of {totals[intent]}"
        parts.append(
            f'<rect class="{kind}" x="{place[predicted]}" y="{place[intent]}" width="{CELL - 1}" height="{CELL - 1}"'
            f' fill-opacity="{strength:.2f}"><title>{note}</title></rect>'
        )
    return "".join([*parts, "</svg>"])


def bars(ours: Sequence[int], outside: Sequence[int]) -> str:
    """Return two histograms as SVG, side by side in each bin, each as a share of its own kind."""
    shares = [[count / max(sum(counts), 1) for count in counts] for counts in (ours, outside)]
    top, step = max(max(values) for values in shares) or 1.0, WIDTH / len(ours)
    parts = [f'<svg viewBox="0 0 {WIDTH + 20} {HEIGHT + 40}" width="{WIDTH}" role="img" aria-label="confidence">']
    for number, (kind, counts) in enumerate((("ours", ours), ("outside", outside))):
        for at, count in enumerate(counts):
            height = shares[number][at] / top * HEIGHT
            x, y, wide = 10 + at * step + number * step * 0.45, 10 + HEIGHT - height, step * 0.42
            note = f"{at / len(counts):.2f} to {(at + 1) / len(counts):.2f}: {count}"
            parts.append(
                f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{height:.1f}">'
                f"<title>{note}</title></rect>"
            )
    for mark in (0, 0.25, 0.5, 0.75, 1):
        x = 10 + mark * WIDTH
        parts.append(f'<text x="{x:.0f}" y="{HEIGHT + 30}" text-anchor="middle">{mark:g}</text>')
    return "".join([*parts, "</svg>"])


def _summary(data: dict[str, Any]) -> str:
    rows = []
    for name, words in WORDS.items():
        value = data[name]
        if value is not None:
            shown = f"{value}" if name == "messages" else f"{value:.4f}" if "auroc" in name else f"{value:.1%}"
            rows.append(f"<tr><th>{words}</th><td>{shown}</td></tr>")
    return f"<table>{''.join(rows)}</table>"


def _confusions(confusions: Sequence[dict[str, Any]], most: int = 25) -> str:
    rows = []
    for pair in confusions[:most]:
        texts = "<br>".join(f"{escape(one['text'])} <small>{one['confidence']:.2f}</small>" for one in pair["examples"])
        names = f"<td>{escape(pair['intent'])}</td><td>{escape(pair['predicted'])}</td>"
        rows.append(f'<tr><td>{pair["count"]}</td>{names}<td class="text">{texts}</td></tr>')
    head = "<tr><th>times</th><th>means</th><th>understood as</th><th>surest examples</th></tr>"
    return f"<table>{head}{''.join(rows)}</table>" if rows else "<p>None.</p>"


def _intents(intents: dict[str, dict[str, float]]) -> str:
    head = "<tr><th>intent</th><th>examples</th><th>precision</th><th>recall</th><th>F1</th></tr>"
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td>{one['examples']}</td><td>{one['precision']:.3f}</td>"
        f"<td>{one['recall']:.3f}</td><td>{one['f1']:.3f}</td></tr>"
        for name, one in intents.items()
    )
    return f"<table>{head}{rows}</table>"
