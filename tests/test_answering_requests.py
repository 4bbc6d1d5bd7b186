"""Bodies of searches: every field is checked and named; pages fit together."""

from __future__ import annotations

import json

import pytest

from bot.answering.pages import DEPTHS, MAX_PLACE, depth, page_of, shown
from bot.answering.requests import search_request
from bot.errors import MalformedMessage
from retrieval.filters import Filters
from retrieval.tickets import Hit, Ticket

HITS = [Hit(Ticket(f"T-{number}"), 1.0 - number / 1000, 0.5, 0.5) for number in range(400)]


def read(**body: object):
    return search_request(json.dumps({"query": "tent", **body}).encode(), 4000)


def test_filters_days_and_place_are_read():
    names = {"product": "Tent", "channel": "email", "language": "en", "topic": "tents"}
    asked = read(**names, **{"from": "2026-01-01", "to": "2026-02-01", "offset": 30, "top_k": 5, "mode": "keyword"})
    assert asked.filters == Filters("Tent", "email", "en", "tents", "2026-01-01", "2026-02-01")
    assert (asked.offset, asked.top_k, asked.depth, asked.mode) == (30, 5, 101, "keyword")


def test_what_is_not_said_is_not_filtered():
    assert read().filters == read(product=None, **{"from": None}).filters == Filters()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"offset": -1}, "offset is '-1'; it must be a whole number from 0"),
        ({"offset": "1"}, "offset is '1'"),
        ({"offset": True}, "offset is 'True'"),
        ({"offset": 300}, "at most 300 hits can be seen"),
        ({"offset": 251, "top_k": 50}, "The page ends at hit 301"),
        ({"product": ""}, "product is ''"),
        ({"product": 5}, "product is a int; it must be text"),
        ({"from": "soon"}, "from is 'soon'; it must be a day such as 2026-05-31"),
        ({"to": ["2026-01-01"]}, "to is a list"),
        ({"from": "2026-02-01", "to": "2026-01-01"}, "after to"),
        ({"mode": "fast"}, "mode is 'fast'; it must be one of hybrid, dense, keyword"),
    ],
)
def test_a_wrong_field_is_named_with_its_value(body, words):
    with pytest.raises(MalformedMessage, match=words.replace("'", ".")):
        read(**body)


@pytest.mark.parametrize(("offset", "top_k", "expected"), [(0, 1, 33), (22, 10, 33), (23, 10, 101), (250, 50, 301)])
def test_a_search_goes_one_deeper_than_its_page(offset, top_k, expected):
    assert depth(offset, top_k) == expected > offset + top_k


@pytest.mark.parametrize("size", [1, 7, 10, 50])
@pytest.mark.parametrize("count", [0, 1, 10, 33, 100, 400])
def test_pages_show_every_hit_once_and_end(size, count):
    offset: int | None = 0
    seen: list[str] = []
    while offset is not None:
        # A search gives at most as many as it was asked for.
        page = page_of(HITS[: min(count, depth(offset, size))], offset, size)
        seen += [hit.ticket.id for hit in page.hits]
        offset = page.next_offset
        if offset is not None and offset + size > MAX_PLACE:
            break
    assert seen == [hit.ticket.id for hit in HITS[: len(seen)]]
    assert len(seen) >= min(count, MAX_PLACE - size)
    assert DEPTHS[-1] == MAX_PLACE + 1


def test_a_hit_is_shown_with_what_it_can_be_filtered_by():
    ticket = Ticket("T-1", "Pole", "broken", "Use the " + "sleeve " * 60, "2026-05-01", "email", "en", "tents", "Tent")
    hit = shown(Hit(ticket, 0.123456, 0.5, 0.25))
    assert (hit["score"], hit["product"], hit["channel"], hit["language"]) == (0.1235, "Tent", "email", "en")
    assert len(hit["excerpt"]) <= 240
    assert "question" not in hit and "customer_key" not in hit
