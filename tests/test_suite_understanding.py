"""Figures and the page about understanding, from rows that can be counted by hand."""

import json
import re
from xml.etree import ElementTree

import pytest

from bot.errors import SuiteError
from bot.suite.report import bars, matrix, write_report
from bot.suite.understanding import Row, area, figures, histogram, read_rows

ROWS = [
    Row("where is it", "track", "track", 0.9, 0.9),
    Row("my parcel?", "track", "cancel", 0.6, 0.6),
    Row("where", "track", "cancel", 0.8, 0.8),
    Row("stop it", "cancel", "cancel", 0.7, 0.7),
    Row("hm", "cancel", "nlu_fallback", 0.5, 0.2),
    Row("a joke", "out_of_scope", "nlu_fallback", 0.9, 0.1),
    Row("the weather", "out_of_scope", "track", 0.4, 0.4),
]


def test_figures_are_those_that_a_hand_counts():
    data = figures(ROWS)
    assert (data["messages"], data["accuracy"], data["accuracy_inside"]) == (7, 0.4286, 0.4)
    assert (data["false_alarms"], data["outside_found"]) == (0.2, 0.5)
    assert data["intents"]["track"] == {"examples": 3, "precision": 0.5, "recall": 0.3333, "f1": 0.4}
    assert data["intents"]["out_of_scope"]["recall"] == 0.5
    worst = data["confusions"][0]
    assert (worst["intent"], worst["predicted"], worst["count"]) == ("track", "cancel", 2)
    assert [one["text"] for one in worst["examples"]] == ["where", "my parcel?"]
    assert ("out_of_scope", "nlu_fallback") not in {(one["intent"], one["predicted"]) for one in data["confusions"]}


def test_area_is_the_share_of_pairs_in_the_right_order():
    ours = [Row("", "a", "a", 1, value) for value in (0.9, 0.4)]
    outside = [Row("", "out_of_scope", "a", 1, value) for value in (0.4, 0.1)]
    assert area(ours, outside) == (2 + 0.5 + 1) / 4
    assert area(ours, []) is None


def test_a_histogram_keeps_every_value():
    counts = histogram([0.0, 0.049, 0.05, 0.999, 1.0])
    assert (counts[0], counts[1], counts[-1], sum(counts)) == (2, 1, 2, 5)


def test_nothing_cannot_be_measured():
    with pytest.raises(SuiteError, match="no message"):
        figures([])


def test_drawings_are_well_formed_and_say_their_numbers():
    drawing = matrix([*ROWS, Row("x", "<b>&", "track", 0.3, 0.3)])
    root = ElementTree.fromstring(drawing)
    titles = [element.text for element in root.iter("title")]
    assert "track taken for cancel: 2 of 3" in titles and "<b>& taken for track: 1 of 1" in titles
    shown = ElementTree.fromstring(bars(histogram([0.9, 0.95]), histogram([0.1])))
    assert len(list(shown.iter("rect"))) == 40
    assert "0.95 to 1.00: 1" in [element.text for element in shown.iter("title")]


def test_the_page_is_one_file_that_escapes_customers(tmp_path):
    rows = [*ROWS, Row("<script>alert(1)</script>", "track", "cancel", 0.99, 0.99)]
    write_report(rows, tmp_path / "deep" / "page.html")
    page = (tmp_path / "deep" / "page.html").read_text()
    assert "&lt;script&gt;alert(1)" in page
    assert not re.search(r"<script|<link|<img|https?:|src=|url\(", page)


def test_results_of_rasa_are_read(tmp_path):
    right = {"text": "a", "intent": "x", "intent_prediction": {"name": "x", "confidence": 0.8}}
    wrong = {"text": "b", "intent": "x", "intent_prediction": {"name": "nlu_fallback", "confidence": 0.7}}
    (tmp_path / "intent_successes.json").write_text(json.dumps([right]))
    (tmp_path / "intent_errors.json").write_text(json.dumps([wrong]))
    assert read_rows(tmp_path) == [Row("a", "x", "x", 0.8, 0.8), Row("b", "x", "nlu_fallback", 0.7, pytest.approx(0.3))]


def test_json_lines_are_read(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"text": "a", "intent": "x", "predicted": "y", "confidence": 0.5, "inside": 0.9}\n\n')
    assert read_rows(path) == [Row("a", "x", "y", 0.5, 0.9)]


@pytest.mark.parametrize(
    "line", ["[]", "{", '{"text": "a"}', '{"text": "a", "intent": "x", "predicted": "y", "confidence": "?"}']
)
def test_other_files_are_refused(tmp_path, line):
    path = tmp_path / "rows.jsonl"
    path.write_text(line)
    with pytest.raises(SuiteError, match="documented form"):
        read_rows(path)


def test_a_folder_without_results_says_how_to_get_them(tmp_path):
    with pytest.raises(SuiteError, match="rasa test nlu --successes"):
        read_rows(tmp_path)
