"""Dates, amounts and products of a message: what is read, what stays open, and what is never taken for one."""

import json
from datetime import date
from types import SimpleNamespace

import pytest

from bot.nlu import amounts
from bot.nlu.catalogue import Catalogue
from bot.nlu.dates import Reader
from bot.nlu.mentions import Mention, longest

# Importing Rasa brings warnings of its own.
pytestmark = pytest.mark.filterwarnings("ignore")

WEDNESDAY = date(2026, 11, 18)
NAMES = {
    "Ridgeline 2 tent": "Ridgeline 2 tent",
    "Ridgeline 2": "Ridgeline 2 tent",
    "Ridgeline 3 tent": "Ridgeline 3 tent",
    "Scree boots": "Scree boots",
    "Kestrel jacket": "Kestrel rain jacket",
    "cook set": "Basin cook set",
    "headlamp": "Glowmoss headlamp",
}


def found(text, today=WEDNESDAY, **how):
    return [(text[one.start : one.end], one.value or one.readings) for one in Reader(**how).mentions(text, today)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("can you deliver the day after tomorrow", [("the day after tomorrow", "2026-11-20")]),
        ("please come next Tuesday", [("next Tuesday", "2026-11-24")]),
        ("in two weeks we travel", [("in two weeks", "2026-12-02")]),
        ("a year ago", [("a year ago", "2025")]),
        ("I paid on 5 June", [("5 June", "2026-06-05")]),
        ("we fly on 5 June", [("5 June", "2027-06-05")]),
        ("5 June", [("5 June", ("2026-06-05", "2027-06-05"))]),
        ("Friday", [("Friday", ("2026-11-13", "2026-11-20"))]),
        ("Wednesday", [("Wednesday", ("2026-11-11", "2026-11-25"))]),
        ("on 03/04", [("03/04", ("2026-04-03", "2027-04-03", "2026-03-04", "2027-03-04"))]),
        ("until 13/12", [("13/12", "2026-12-13")]),
        ("05.11.2026", [("05.11.2026", "2026-11-05")]),
        ("this afternoon", [("this afternoon", "2026-11-18")]),
        ("last week and next month", [("last week", "2026-W46"), ("next month", "2026-12")]),
        ("over the weekend", [("the weekend", "2026-11-21/2026-11-22")]),
        ("Saturday 26 October 2024", [("Saturday 26 October 2024", "2024-10-26")]),
        ("will it come on Wednesday in two weeks", [("Wednesday in two weeks", "2026-12-02")]),
        ("下周二送到，昨天下的单", [("下周二", "2026-11-24"), ("昨天", "2026-11-17")]),
        ("29 February 2027", []),
        ("the 2nd time, page 3, size 10-12, open 24/7, 1/2 of it", []),
        ("every Monday, Monday to Friday", []),
        ("may I return it after three days", []),
        ("", []),
    ],
)
def test_days_are_read_relative_to_the_message_or_stay_open(text, expected):
    assert found(text) == expected


@pytest.mark.parametrize(
    ("how", "text", "value"),
    [
        ({"day_first": True}, "on 03/04/2026", "2026-04-03"),
        ({"day_first": False}, "on 03/04/2026", "2026-03-04"),
        ({}, "on 03/04/2026", ("2026-04-03", "2026-03-04")),
        ({"habit": "future"}, "Friday", "2026-11-20"),
        ({"habit": "past"}, "Friday", "2026-11-13"),
    ],
)
def test_a_project_may_say_how_open_dates_are_meant(how, text, value):
    assert [one for _, one in found(text, **how)] == [value]


@pytest.mark.parametrize(
    ("today", "text", "value"),
    [
        (date(2026, 12, 31), "in two weeks", "2027-01-14"),
        (date(2026, 1, 1), "last month", "2025-12"),
        (date(2027, 1, 1), "this week", "2026-W53"),
        (date(2024, 2, 28), "tomorrow", "2024-02-29"),
        (date(2026, 3, 31), "a month ago", "2026-02"),
        (date(2026, 11, 22), "next Tuesday", "2026-11-24"),
    ],
)
def test_ends_of_months_and_years(today, text, value):
    assert [one for _, one in found(text, today)] == [value]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("€ 20 and 20,50 €", ["20.00 EUR", "20.50 EUR"]),
        ("two hundred and fifty euros", ["250.00 EUR"]),
        ("1.299,00 EUR or $1,299.50", ["1299.00 EUR", "1299.50 USD"]),
        ("3 thousand dollars, 2k euro", ["3000.00 USD", "2000.00 EUR"]),
        ("扣了我189欧元", ["189.00 EUR"]),
        ("三百五十块", ["350.00 CNY"]),
        ("it weighs 4 pounds", []),
        ("I paid 4 pounds", ["4.00 GBP"]),
        ("800, size 43, FH-204817, 4.90 for shipping", []),
        ("the Europe map, 20 eurovision tickets", []),
        ("0 euro", []),
    ],
)
def test_amounts_need_a_currency(text, expected):
    assert [one.value for one in amounts.mentions(text)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("my Ridgline 2 tent leaks", ["Ridgeline 2 tent"]),
        ("ridgeline2", ["Ridgeline 2 tent"]),
        ("ridgeline-3 tent", ["Ridgeline 3 tent"]),
        ("scree boot", ["Scree boots"]),
        ("SCREE BOOTS!", ["Scree boots"]),
        ("kestral jackets", ["Kestrel rain jacket"]),
        ("head lamp and cookset", ["Glowmoss headlamp", "Basin cook set"]),
        ("ridgeline tent", []),
        ("Ridgeline 4 tent", []),
        ("book set, look set, crook set", []),
        ("the scree, boots of mine", []),
        ("handlamp", []),
        ("Kestrel jacket漏水了", ["Kestrel rain jacket"]),
        ("我的Ridgeline 2断了", ["Ridgeline 2 tent"]),
        ("昨天收到的Scree靴子", []),
        ("买了2个Ridgline 2帐篷", ["Ridgeline 2 tent"]),
        ("编号Ridgeline 23的帐篷", []),
        ("", []),
    ],
)
def test_products_are_found_with_typos_and_nothing_else_is(text, expected):
    # "handlamp" is one letter from "headlamp", but this project's customers use the word.
    catalogue = Catalogue(NAMES, ["handlamp"])
    assert [one.value for one in catalogue.mentions(text, "product")] == expected


def test_a_name_of_two_products_is_left_open():
    shared = Catalogue({"Tarn pack": "Tarn 45", "Tarn packs": "Tarn 65"}, [])
    assert shared.mentions("my tarn packs", "product") == []


def test_the_longest_of_overlapping_mentions_stays():
    kept = longest([Mention("date", 4, 8, "a"), Mention("date", 0, 8, "b"), Mention("date", 8, 9, "c")])
    assert [one.value for one in kept] == ["b", "c"]


@pytest.fixture
def extractor(tmp_path):
    from rasa.engine.storage.local_model_storage import LocalModelStorage
    from rasa.engine.storage.resource import Resource
    from rasa.shared.nlu.training_data.message import Message
    from rasa.shared.nlu.training_data.training_data import TrainingData

    from bot.nlu.values import ValueExtractor

    storage, resource = LocalModelStorage(tmp_path), Resource("values")
    data = TrainingData(
        [Message({"text": "my kestrel flew away", "intent": "chat"})],
        entity_synonyms={"Ridgeline 2": "Ridgeline 2 tent"},
        lookup_tables=[
            {"name": "product", "elements": ["Ridgeline 2", "Scree boots"]},
            {"name": "x", "elements": ["y"]},
        ],
    )
    config = ValueExtractor.get_default_config()
    ValueExtractor.create(config, storage, resource, None).train(data)
    return SimpleNamespace(
        loaded=ValueExtractor.load(config, storage, resource, None), message=Message, folder=tmp_path
    )


def test_the_catalogue_of_the_training_data_survives_the_model(extractor):
    message = extractor.message(
        {"text": "Ridgline 2 and scree boot for 20 euro", "metadata": {"timestamp": 1795000000}}
    )
    (message,) = extractor.loaded.process([message])
    assert [(one["entity"], one["value"], one["extractor"]) for one in message.get("entities")] == [
        ("product", "Ridgeline 2 tent", "ValueExtractor"),
        ("product", "Scree boots", "ValueExtractor"),
        ("amount", "20.00 EUR", "ValueExtractor"),
    ]
    assert "entities" in message.as_dict(only_output_properties=True)
    kept = json.loads(next(extractor.folder.rglob("*.json")).read_text())
    assert kept == {
        "format": kept["format"],
        "names": {"Ridgeline 2": "Ridgeline 2 tent", "Scree boots": "Scree boots"},
        "ordinary": kept["ordinary"],
    }
    assert "kestrel" in kept["ordinary"]


def test_what_other_extractors_found_is_not_doubled(extractor):
    text = "FH-204817 scree boots yesterday"
    before = [
        {"entity": "order_number", "start": 0, "end": 9, "value": "FH-204817", "extractor": "RegexEntityExtractor"},
        {"entity": "product", "start": 10, "end": 21, "value": "Scree boots", "extractor": "RegexEntityExtractor"},
        {"entity": "date", "start": 22, "end": 31, "value": "yesterday", "extractor": "RegexEntityExtractor"},
    ]
    noon = {"timestamp": 1795000000}  # 2026-11-18 in Amsterdam
    (message,) = extractor.loaded.process([extractor.message({"text": text, "entities": before, "metadata": noon})])
    values = [(one["entity"], one["value"], one["extractor"]) for one in message.get("entities")]
    assert values[:2] == [(one["entity"], one["value"], one["extractor"]) for one in before[:2]]
    assert values[2:] == [("date", "2026-11-17", "ValueExtractor")]


def test_open_readings_travel_with_the_customers_words(extractor):
    (message,) = extractor.loaded.process([extractor.message({"text": "on 03/04/2026"})])
    (entity,) = message.get("entities")
    assert (entity["value"], entity["readings"]) == ("03/04/2026", ["2026-04-03", "2026-03-04"])


@pytest.mark.parametrize("config", [{"timezone": "Europe/Atlantis"}, {"habit": "sometimes"}])
def test_a_wrong_setting_is_refused_by_name(config):
    from rasa.shared.exceptions import InvalidConfigException

    from bot.nlu.values import ValueExtractor

    with pytest.raises(InvalidConfigException, match=next(iter(config.values()))):
        ValueExtractor.validate_config(config)
