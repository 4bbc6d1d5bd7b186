"""Who the customer is by the shop's word: what counts as its word, for how long, and what becomes of it."""

import asyncio
import hashlib
import hmac
import time
from dataclasses import replace

import pytest
from fakes import ScriptedSearch, ScriptedWorker
from gateway_world import World, settings_for

from bot.errors import MalformedMessage
from bot.gateway import limits
from bot.gateway.app import create_app
from bot.gateway.erasure import erase_mentions
from bot.gateway.identities import IdentityRefused, sign, verified

pytestmark = pytest.mark.usefixtures("each_engine")

SECRET = "shared with the shop"
ANNA = {"user_id": "4711", "name": "Anna Jürgens 好", "email": "anna@example.org"}


def signed(secret=SECRET, seconds=300, **fields):
    """What the shop's server hands to its page."""
    told = {**fields, "expires": int(time.time()) + seconds}
    return {**told, "signature": sign(secret, told)}


async def build(aiohttp_client, aiohttp_server, var, secret=SECRET, **gateway):
    worker, search = ScriptedWorker(), ScriptedSearch()
    ports = [(await aiohttp_server(one.app())).port for one in (worker, search)]
    settings = settings_for(var, *ports, **gateway)
    settings = replace(settings, secrets=replace(settings.secrets, identify=secret))
    return World(await aiohttp_client(create_app(settings)), settings, worker, search)


@pytest.fixture
async def world(aiohttp_client, aiohttp_server, tmp_path):
    return await build(aiohttp_client, aiohttp_server, tmp_path)


async def identify(visitor, body):
    response = await visitor.client.post("/api/v1/identify", json=body, headers=visitor.headers)
    data = await response.json()
    return response.status, data.get("error", {}).get("code", data)


def test_the_signature_is_what_the_documentation_says():
    message = '{"email":"anna@example.org","expires":1800000000,"name":"Jürgens 好","user_id":"4711"}'
    expected = hmac.new(SECRET.encode(), message.encode("utf-8"), hashlib.sha256).hexdigest()
    fields = {"user_id": "4711", "name": "Jürgens 好", "email": "anna@example.org", "expires": 1_800_000_000}
    assert sign(SECRET, fields) == expected


async def test_the_shop_vouches_for_its_customer_as_often_as_it_likes(world):
    visitor = await world.visitor()
    body = signed(**ANNA)
    for _ in range(3):
        assert await identify(visitor, body) == (200, ANNA)
    kept = await world.parts.identities.of(visitor.session_id)
    assert kept.to_dict() == ANNA
    assert "anna" not in repr(kept), "what is logged names nobody"
    assert await visitor.say("hello")


async def test_before_and_after_the_first_words(world):
    visitor = await world.visitor()
    await visitor.say("hello")
    assert await identify(visitor, signed(user_id="4711")) == (200, {"user_id": "4711", "name": "", "email": ""})
    assert await identify(visitor, signed(**ANNA)) == (200, ANNA), "the same customer; the shop knows more now"
    assert len(await visitor.history()) == 2


async def test_a_conversation_never_becomes_another_customers(world):
    visitor, other = await world.visitor(), await world.visitor()
    await identify(visitor, signed(**ANNA))
    assert await identify(visitor, signed(user_id="4712")) == (409, "identified_as_another")
    assert (await world.parts.identities.of(visitor.session_id)).to_dict() == ANNA
    assert await identify(other, signed(user_id="4712")) == (200, {"user_id": "4712", "name": "", "email": ""})


FORGED = {
    "another secret": lambda: signed("another secret", **ANNA),
    "no secret": lambda: signed("", **ANNA),
    "changed": lambda: {**signed(**ANNA), "email": "mallory@example.org"},
    "added": lambda: {**signed(user_id="4711"), "email": "mallory@example.org"},
    "left out": lambda: {name: value for name, value in signed(**ANNA).items() if name != "name"},
    "later": lambda: {**signed(**ANNA), "expires": int(time.time()) + 9999},
    "cut": lambda: {**signed(**ANNA), "signature": signed(**ANNA)["signature"][:-1]},
    "empty": lambda: {**signed(**ANNA), "signature": ""},
    "long": lambda: {**signed(**ANNA), "signature": "a" * 40_000},
    "no digits": lambda: {**signed(**ANNA), "signature": "é" * 64},
    "half a character": lambda: {**signed(**ANNA), "signature": "\ud800" * 64},
    "expired": lambda: signed(seconds=-61, **ANNA),
    "good for too long": lambda: signed(seconds=86_400 + 120, **ANNA),
    "for ever": lambda: signed(seconds=10**18, **ANNA),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
async def test_nobody_else_can_say_it(world, forge):
    visitor = await world.visitor()
    assert await identify(visitor, forge()) == (403, "invalid_signature")
    assert await world.parts.identities.of(visitor.session_id) is None


@pytest.mark.parametrize("seconds", [-59, 0, 1, 86_400])
def test_times_that_are_near_enough(seconds):
    assert verified(SECRET, signed(seconds=seconds, **ANNA)).user_id == "4711"


@pytest.mark.parametrize("seconds", [-62, 86_500])
def test_times_that_are_not(seconds):
    with pytest.raises(IdentityRefused):
        verified(SECRET, signed(seconds=seconds, **ANNA))


WRONG = {
    "number": {"user_id": 4711},
    "nothing": {"user_id": None},
    "missing": {},
    "blank": {"user_id": "  "},
    "name": {"user_id": "1", "name": ["Anna"]},
    "email": {"user_id": "1", "email": {"address": "a@b.example"}},
    "no email": {"user_id": "1", "email": "anna"},
    "unknown": {"user_id": "1", "role": "admin"},
    "long id": {"user_id": "x" * 129},
    "long name": {"user_id": "1", "name": "x" * 201},
    "long email": {"user_id": "1", "email": f"{'x' * 250}@b.example"},
    "control": {"user_id": "1", "name": "Anna\nVIP"},
}


@pytest.mark.parametrize("fields", WRONG.values(), ids=WRONG)
async def test_what_is_not_of_the_form_is_refused_even_when_it_is_signed(world, fields):
    assert await identify(await world.visitor(), signed(**fields)) == (400, "malformed")


@pytest.mark.parametrize("expires", [None, "1800000000", 1.8e9, True, [], "missing"])
def test_the_time_is_a_whole_number(expires):
    fields = {"user_id": "1", **({} if expires == "missing" else {"expires": expires})}
    with pytest.raises(MalformedMessage, match="expires must be a whole number"):
        verified(SECRET, {**fields, "signature": sign(SECRET, fields)})


async def test_half_of_a_surrogate_pair_cannot_be_signed(world):
    body = {"user_id": "\ud800", "expires": int(time.time()) + 60, "signature": "0" * 64}
    assert await identify(await world.visitor(), body) == (400, "malformed")


@pytest.mark.parametrize("body", [b"", b"[]", b"x", b'{"user_id": "1"}', b'{"signature": 1}'])
async def test_bodies_that_are_none(world, body):
    visitor = await world.visitor()
    response = await world.client.post("/api/v1/identify", data=body, headers=visitor.headers)
    assert (response.status, (await response.json())["error"]["code"]) == (400, "malformed")


async def test_a_session_is_needed(world):
    response = await world.client.post("/api/v1/identify", json=signed(**ANNA))
    assert (response.status, (await response.json())["error"]["code"]) == (401, "session_refused")


async def test_without_a_secret_it_is_off(aiohttp_client, aiohttp_server, tmp_path):
    world = await build(aiohttp_client, aiohttp_server, tmp_path, secret="")
    assert await identify(await world.visitor(), signed("", **ANNA)) == (404, "identify_off")


async def test_guessing_is_slowed_down(aiohttp_client, aiohttp_server, tmp_path, monkeypatch):
    monkeypatch.setattr(limits.Limiter.__init__, "__defaults__", (lambda: 100.0,))
    world = await build(aiohttp_client, aiohttp_server, tmp_path, messages_per_minute=1)
    visitor = await world.visitor()
    codes = [await identify(visitor, signed("guess", **ANNA)) for _ in range(12)]
    assert codes == [(403, "invalid_signature")] * 10 + [(429, "rate_limited")] * 2


async def test_no_log_tells_who_it_is(world, caplog):
    caplog.set_level("DEBUG")
    visitor = await world.visitor()
    for body in (signed(**ANNA), signed("guess", **ANNA), signed(user_id="4712")):
        await identify(visitor, body)
    ours = " ".join(record.getMessage() for record in caplog.records if record.name.startswith("bot"))
    for secret in (SECRET, "anna@example.org", "Jürgens"):
        assert secret not in ours


async def test_the_dialogue_is_told_who_speaks(world):
    visitor, nobody = await world.visitor(), await world.visitor()
    await visitor.say("hello")
    await identify(visitor, signed(**ANNA))
    await visitor.say("hello again")
    await nobody.say("I am anna@example.org, and who are you?")
    assert [turn.get("customer") for turn in world.worker.heard] == [None, ANNA, None]


async def test_it_is_erased_with_the_conversation(aiohttp_client, aiohttp_server, tmp_path):
    world = await build(aiohttp_client, aiohttp_server, tmp_path)
    visitor, other = await world.visitor(), await world.visitor()
    await identify(visitor, signed(**ANNA))
    await identify(other, signed(user_id="4712", email="joanna@example.org"))
    await visitor.say("hello")
    assert await asyncio.to_thread(erase_mentions, world.settings, "Anna@example.org") == 1
    assert await world.parts.identities.of(visitor.session_id) is None
    assert (await world.parts.identities.of(other.session_id)).email == "joanna@example.org"
    assert await visitor.history() == []
