"""Draws the losses of a training as an SVG picture, with nothing but text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

WIDTH, HEIGHT, MARGIN = 640, 360, 48  # pixels
COLOURS = ("#1f6feb", "#d1242f", "#2da44e", "#8250df")
TICKS = 4

Points = Sequence[tuple[float, float]]


def draw(path: Path, title: str, lines: Mapping[str, Points], across: str = "step", up: str = "loss") -> None:
    """Write a picture of curves; a curve without points is left out.

    Args:
        path: the file.
        title: stands above.
        lines: points (across, up) by name.
        across: what runs to the right.
        up: what runs upwards.
    """
    drawn = {name: list(points) for name, points in lines.items() if points}
    every = [point for points in drawn.values() for point in points] or [(0.0, 0.0)]
    right = max(max(x for x, _ in every), 1.0)
    low, high = min(y for _, y in every), max(y for _, y in every)
    room = max(high - low, 1e-6)

    def at(x: float, y: float) -> str:
        shown = MARGIN + x / right * (WIDTH - 2 * MARGIN)
        return f"{shown:.1f},{HEIGHT - MARGIN - (y - low) / room * (HEIGHT - 2 * MARGIN):.1f}"

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'font-size="12"><rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        _text(WIDTH / 2, 20, title, "middle"),
        _text(WIDTH / 2, HEIGHT - 8, across, "middle"),
        _text(8, MARGIN - 12, up, "start"),
    ]
    for tick in range(TICKS + 1):
        share = tick / TICKS
        x, y = share * right, low + share * room
        left, height = at(0, y).split(",")
        parts.append(f'<line x1="{left}" y1="{height}" x2="{WIDTH - MARGIN}" y2="{height}" stroke="#ddd"/>')
        parts.append(_text(MARGIN - 6, float(height) + 4, f"{y:.2f}", "end"))
        parts.append(_text(float(at(x, low).split(",")[0]), HEIGHT - MARGIN + 18, f"{x:.0f}", "middle"))
    for number, (name, points) in enumerate(drawn.items()):
        colour = COLOURS[number % len(COLOURS)]
        corners = " ".join(at(x, y) for x, y in sorted(points))
        parts.append(f'<polyline points="{corners}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(_text(WIDTH - MARGIN, MARGIN - 10 + 16 * number, name, "end", colour))
    path.write_text("\n".join([*parts, "</svg>"]) + "\n", encoding="utf-8")


def _text(x: float, y: float, words: str, anchor: str, colour: str = "#222") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(words)}</text>'
