"""The picture of a training's losses."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from bot.answering.training.curves import HEIGHT, WIDTH, draw

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize(
    "lines",
    [
        {"tickets": [(0, 3.0), (10, 2.0), (20, 1.5)], "refused <&>": [(0, 1.0), (20, 0.2)]},
        {"one point": [(0, 2.0)]},
        {"flat": [(0, 2.0), (10, 2.0)], "none": []},
        {},
    ],
)
def test_every_curve_is_in_the_picture(tmp_path, lines):
    draw(tmp_path / "curves.svg", "Loss & more", lines)
    root = ET.parse(tmp_path / "curves.svg").getroot()
    drawn = [line.attrib["points"] for line in root.iter(f"{SVG}polyline")]
    shown = [points for points in lines.values() if points]
    assert [len(points.split()) for points in drawn] == [len(points) for points in shown]
    for x, y in (corner.split(",") for points in drawn for corner in points.split()):
        assert 0 <= float(x) <= WIDTH
        assert 0 <= float(y) <= HEIGHT
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert {"Loss & more", *(name for name, points in lines.items() if points)} <= set(texts)


def test_a_falling_loss_falls(tmp_path):
    draw(tmp_path / "curves.svg", "Loss", {"tickets": [(0, 3.0), (10, 1.0)]})
    (line,) = ET.parse(tmp_path / "curves.svg").getroot().iter(f"{SVG}polyline")
    first, last = (tuple(map(float, corner.split(","))) for corner in line.attrib["points"].split())
    assert first[0] < last[0]
    assert first[1] < last[1]  # pixels are counted from above
