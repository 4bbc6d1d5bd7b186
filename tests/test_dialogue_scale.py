"""Two dialogue workers on PostgreSQL and Redis (and on SQLite), through the gateway, while things are killed."""

import asyncio
import json
import os
import signal
import sqlite3
import time
import uuid
from pathlib import Path

import aiohttp
import pytest
from conftest import prepared_copy, run_workers
from traffic import check_histories, crowd

TEXTS = ["what are your opening hours?", "how much is shipping?"]
SENDERS, MESSAGES = 16, 13


def run(coroutine):
    return asyncio.run(coroutine)


def kill_worker(frontdesk):
    os.kill(frontdesk.pid_of("bot.dialogue"), signal.SIGKILL)


def answered(customers):
    """Fail unless every message was answered, and the same words in the same way."""
    assert [customer.errors for customer in customers if customer.errors] == []
    assert [customer.apologies for customer in customers if customer.apologies] == []
    for text in TEXTS:
        places = range(TEXTS.index(text), MESSAGES, len(TEXTS))
        said = {customer.replies[place][0]["text"] for customer in customers for place in places}
        assert len(said) == 1, said


def worked(events):
    """Fail unless each customer's message stands once in the tracker store, in order and with an answer behind it."""
    senders = {}
    for sender, kind, data in events:
        senders.setdefault(sender, []).append((kind, json.loads(data).get("message_id")))
    for turns in senders.values():
        assert [message_id for kind, message_id in turns if kind == "user"] == [f"m{n}" for n in range(MESSAGES)]
        assert [kind for kind, _ in turns if kind in ("user", "bot")] == ["user", "bot"] * MESSAGES
    assert len(senders) == SENDERS


def test_a_killed_worker_under_load_costs_nobody_an_answer(scaled, postgres):
    postgres.rows("TRUNCATE events")
    texts = [TEXTS[number % 2] for number in range(MESSAGES)]
    customers = run(crowd(scaled.url, SENDERS, texts, lambda: kill_worker(scaled)))
    answered(customers)
    run(check_histories(customers))
    worked(postgres.rows("SELECT sender_id, type_name, data FROM events ORDER BY id"))


def test_the_same_on_sqlite(frontdesk, tmp_path):
    var = prepared_copy(frontdesk.var, tmp_path / "var")
    for running in run_workers(var):
        texts = [TEXTS[number % 2] for number in range(MESSAGES)]
        customers = run(crowd(running.url, SENDERS, texts, lambda: kill_worker(running)))  # noqa: B023
        answered(customers)
        run(check_histories(customers))
    connection = sqlite3.connect(var / "rasa.db")
    worked(connection.execute("SELECT sender_id, type_name, data FROM events ORDER BY id").fetchall())
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_a_conversation_goes_on_after_all_workers_were_killed(scaled):
    visitor = scaled.session()
    assert "order number" in visitor.say("where is my parcel?")[-1]["text"].lower()
    for pid in scaled.pids_of("bot.dialogue"):
        os.kill(pid, signal.SIGKILL)
    assert "mail" in visitor.say("FH-204817")[-1]["text"].lower(), "the form is still open"


def test_a_database_that_dies_costs_a_calm_sentence_and_no_restart(scaled, postgres):
    visitor, pids = scaled.session(), set(scaled.pids_of("bot.dialogue"))
    assert visitor.say(TEXTS[0])[0]["rung"] == "template"
    postgres.kill()
    reply = visitor.say(TEXTS[1])[0]
    assert reply["text"].startswith("Sorry")
    time.sleep(1.5)  # readiness is kept for a second
    status, ready = scaled.call("GET", "/readyz")
    assert (status, "database" in ready["parts"]["dialogue"]["remedy"]) == (503, True)
    postgres.start()
    again = visitor.say(TEXTS[1])[0]
    assert again["rung"] == "template"
    assert set(scaled.pids_of("bot.dialogue")) == pids
    rows = postgres.rows("SELECT sender_id, type_name FROM events ORDER BY id")
    sender = rows[-1][0]
    assert [kind for name, kind in rows if name == sender and kind in ("user", "bot")] == ["user", "bot"] * 2
    assert [message["from"] for message in visitor.history()] == ["customer", "bot"] * 3


def test_a_database_that_dies_under_load_leaves_no_half_turn(scaled, postgres):
    postgres.rows("TRUNCATE events")

    def die():
        postgres.kill()
        time.sleep(0.5)
        postgres.start()

    # An apology takes no time: there must be enough messages for those who are answered after the outage.
    each = 4 * MESSAGES
    customers = run(crowd(scaled.url, SENDERS, [TEXTS[number % 2] for number in range(each)], die))
    run(check_histories(customers))
    assert [customer.errors for customer in customers if customer.errors] == []
    calm = sum(len(customer.apologies) for customer in customers)
    assert 0 < calm < SENDERS * each / 2
    stored = postgres.rows("SELECT type_name FROM events WHERE type_name IN ('user', 'bot') ORDER BY sender_id, id")
    assert [kind for (kind,) in stored] == ["user", "bot"] * (len(stored) // 2)
    # A turn may have been stored by a database that died before it could say so: then the customer heard Sorry.
    assert len(stored) // 2 >= SENDERS * each - calm


def test_redis_that_dies_costs_a_calm_sentence_and_no_restart(scaled, redis_server):
    visitor = scaled.session()
    assert visitor.say(TEXTS[0])[0]["rung"] == "template"
    redis_server.kill()
    assert visitor.say(TEXTS[1])[0]["text"].startswith("Sorry")
    log = (scaled.var / "log" / "gateway.log").read_text()
    redis_server.start()
    assert visitor.say(TEXTS[1])[0]["rung"] == "template"
    assert "could not finish the turn" in log


def test_two_workers_that_get_one_sender_at_once_do_not_interleave(scaled, postgres):
    sender = uuid.uuid4().hex
    run(flood(scaled, sender, 12))
    query = f"SELECT type_name, data FROM events WHERE sender_id = '{sender}' ORDER BY id"
    rows = [
        (kind, json.loads(data).get("message_id")) for kind, data in postgres.rows(query) if kind in ("user", "bot")
    ]
    assert [kind for kind, _ in rows] == ["user", "bot"] * 12
    assert {message_id for kind, message_id in rows if kind == "user"} == {f"m{number}" for number in range(12)}


async def flood(frontdesk, sender, turns):
    """Send turns of one sender to both workers at once, as no gateway would."""
    ports = json.loads((frontdesk.var / "run" / "dialogue.json").read_text())["ports"]
    environment = Path(f"/proc/{frontdesk.pid_of('bot.dialogue')}/environ").read_bytes().decode()
    token = environment.split("FRONTDESK_INNER_TOKEN=")[1].split("\0")[0]

    async def post(number):
        body = {"sender_id": sender, "text": TEXTS[0], "message_id": f"m{number}"}
        url = f"http://127.0.0.1:{ports[number % len(ports)]}/v1/turns"
        async with client.post(url, json=body) as response:
            return (await response.text()).splitlines()[-1]

    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as client:
        ends = await asyncio.gather(*map(post, range(turns)))
    assert ends == ['{"type": "end"}'] * turns


@pytest.mark.parametrize("name", ["FRONTDESK_TRACKER_URL", "FRONTDESK_LOCK_URL"])
def test_no_address_of_a_database_is_in_a_log(scaled, name):
    environment = Path(f"/proc/{scaled.pid_of('bot.dialogue')}/environ").read_bytes().decode()
    address = environment.split(f"{name}=")[1].split("\0")[0]
    for path in (scaled.var / "log").glob("*.log"):
        assert address not in path.read_text(errors="replace"), path.name
