"""``frontdesk accounts`` and ``frontdesk tickets candidates``, as they are typed."""

import json

import pytest
from click.testing import CliRunner
from desk_world import agent, staffed

from bot.cli import cli
from bot.errors import BotError
from bot.gateway.storage.database import engine_of
from bot.settings import load_settings


@pytest.fixture
def run(tmp_path, ledger_place, monkeypatch):
    monkeypatch.setenv("FRONTDESK_VAR", str(tmp_path))
    if isinstance(ledger_place, str):
        monkeypatch.setenv("FRONTDESK_LEDGER_URL", ledger_place)

    def command(*words, given=None):
        result = CliRunner().invoke(cli, words, input=given)
        if isinstance(result.exception, BotError):
            return str(result.exception)
        assert result.exception is None, result.output
        return result.output

    return command


def test_an_account_from_beginning_to_end(run):
    assert "There is no account yet" in run("accounts", "list")
    assert "Maren may log in" in run("accounts", "add", "Maren", "--role", "admin", given="a long password\n")
    assert "already" in run("accounts", "add", "maren", given="a long password\n")
    assert "it must have 12" in run("accounts", "add", "Tom", given="short\n")
    before = stored()
    assert "must log in again" in run("accounts", "password", "Maren", given="another password\n")
    assert stored() != before
    run("accounts", "role", "Maren", "agent")
    [entry] = json.loads(run("accounts", "list", "--json"))
    assert (entry["name"], entry["role"]) == ("Maren", "agent")
    run("accounts", "remove", "MAREN")
    assert "There is no account 'Maren'" in run("accounts", "remove", "Maren")


def stored():
    ledger = engine_of(load_settings().ledger)
    ledger.open()
    [(password,)] = ledger.connection().execute("SELECT password FROM accounts").fetchall()
    ledger.close()
    assert password.startswith("$argon2id$")
    return password


@pytest.mark.usefixtures("each_engine")
async def test_what_people_solved_becomes_rows_that_the_import_takes(aiohttp_client, aiohttp_server, tmp_path):
    from bot.gateway.desk.candidates import candidates
    from retrieval.importers import import_tickets
    from retrieval.store import TicketStore

    world = await staffed(aiohttp_client, aiohttp_server, tmp_path)
    maren, visitor = await agent(world, "Maren"), await world.visitor()
    for words, answer, outcome in [
        ("the pole of my tent broke, I am anna@example.org", "A sleeve mends it, it is free.", "solved"),
        ("and the bag is wet", "No idea.", "unsolved"),
        ("can I dry the bag in a dryer on low heat?", "Yes, with two tennis balls.", "solved"),
    ]:
        await visitor.say("person")
        await visitor.say(words)
        [entry] = (await maren.get("inbox"))["open"]
        await maren.done(f"handoffs/{entry['id']}/messages", text=answer, message_id=entry["id"])
        await maren.done(f"handoffs/{entry['id']}/close", outcome=outcome)
    rows = await candidates(world.parts.ledger._database)
    assert [row["messages"][-1]["text"] for row in rows] == [
        "A sleeve mends it, it is free.",
        "Yes, with two tennis balls.",
    ]
    assert "No idea" not in str(rows), "what belongs to an earlier handoff is another matter"
    assert await candidates(world.parts.ledger._database, "9999") == []
    file = tmp_path / "solved.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in rows))
    with TicketStore(tmp_path / "tickets.db") as store:
        report = import_tickets(file, store, form="jsonl", mapping={}, secret="s" * 32)
        assert (report.added, report.skipped) == (2, [])
        kept = [ticket.question + ticket.answer for ticket in store.tickets()]
    assert any("sleeve" in text for text in kept)
    assert "anna@example.org" not in str(kept)
