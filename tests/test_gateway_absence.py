"""Outside business hours: the real next opening, and a message with a contact that are kept."""

from datetime import datetime, timedelta, timezone

import pytest
from desk_world import staffed
from gateway_world import KEY

from bot.desk.hours import read_hours
from bot.gateway import sentences
from bot.gateway.absence import KNOWN, KNOWN_ZH, Absence, contact_in
from bot.gateway.identities import Customer
from bot.messages import Reply

HOURS = read_hours(("mon-fri 09:00-17:00",), (), "Europe/Berlin")
HANDED = Reply("A person will answer.", rung="handoff", handoff="asked")


def away_at(text):
    moment = datetime.fromisoformat(text).replace(tzinfo=timezone.utc)
    return Absence(HOURS, lambda: moment)


@pytest.mark.parametrize(
    ("now", "when"),
    [
        ("2026-11-23T07:00", "today at 09:00 (Europe/Berlin)"),
        ("2026-11-23T17:00", "tomorrow at 09:00 (Europe/Berlin)"),
        ("2026-11-27T17:00", "on Monday 30 November at 09:00 (Europe/Berlin)"),
    ],
)
def test_the_next_opening_is_told(now, when):
    said = away_at(now).handed_over(HANDED, "en").text
    assert said.startswith("A person will answer.\n\n")
    assert f"we are back {when}." in said
    assert "leave your message" in said


@pytest.mark.parametrize(("language", "known"), [("en", KNOWN), ("zh", KNOWN_ZH)])
def test_who_waits_and_asks_again_hears_when_somebody_is_there(language, known):
    away = away_at("2026-11-27T17:00")
    said = away.coming(language)
    assert said.text.startswith(sentences.to_customer(sentences.COMING, language).text)
    assert "09:00 (Europe/Berlin)" in said.text
    assert away_at("2026-11-23T09:00").coming(language) is sentences.COMING
    told = away.handed_over(HANDED, language, "anna@example.org").text
    assert told.endswith(known), "who is known is not asked for an address"


def test_in_chinese_too():
    said = away_at("2026-11-27T17:00").handed_over(HANDED, "zh").text
    assert "我们11月30日（星期一）09:00 (Europe/Berlin)回来" in said


def test_who_is_there_says_nothing_of_it():
    assert away_at("2026-11-23T09:00").handed_over(HANDED, "") is HANDED


@pytest.mark.parametrize(
    ("words", "contact"),
    [
        ("write to anna@example.org, thanks", "anna@example.org"),
        ("my mail is anna@example.org.", "anna@example.org"),
        ("+49 30 1234567 after five", "+49 30 1234567"),
        ("order FH-204817 is late", ""),
        ("I have 2 tents", ""),
    ],
)
def test_a_contact_is_found(words, contact):
    assert contact_in(words) == contact


async def test_a_message_and_a_contact_are_left(aiohttp_client, aiohttp_server, tmp_path):
    tomorrow = datetime.now(timezone.utc) + timedelta(days=1)
    world = await staffed(
        aiohttp_client,
        aiohttp_server,
        tmp_path,
        hours=("mon-sun 00:00-24:00",),
        holidays=(f"{datetime.now(timezone.utc):%m-%d}",),
    )
    visitor = await world.visitor()
    [handed] = await visitor.say("person")
    assert "we are back tomorrow at 00:00 (UTC)" in handed["text"], tomorrow
    assert [button["title"] for button in handed["buttons"]] == ["Back to the bot"]
    [kept] = await visitor.say("my tent is torn, reach me at anna@example.org")
    assert "we will reach you at anna@example.org" in kept["text"]
    [handoff] = (await (await world.client.get("/api/v1/handoffs", headers=KEY)).json())["handoffs"]
    assert (handoff["owner"], handoff["contact"]) == ("queued", "anna@example.org")


async def test_who_is_known_by_the_shop_is_not_asked_for_an_address(aiohttp_client, aiohttp_server, tmp_path):
    today = f"{datetime.now(timezone.utc):%m-%d}"
    world = await staffed(aiohttp_client, aiohttp_server, tmp_path, hours=("mon-sun 00:00-24:00",), holidays=(today,))
    visitor = await world.visitor()
    await world.parts.identities.keep(visitor.session_id, Customer("4711", "Anna", "anna@example.org"))
    [handed] = await visitor.say("person")
    assert handed["text"].endswith(KNOWN)
    stranger = await world.visitor()
    await world.parts.identities.keep(stranger.session_id, Customer("4712"))
    [handed] = await stranger.say("person")
    assert "Add an e-mail address" in handed["text"]
