"""The command line on a folder of its own, with the packaged embedder and no running processes."""

import json
import sqlite3

import pytest
from click.testing import CliRunner
from conftest import ROOT

from bot.cli import cli
from bot.errors import BotError
from bot.gateway.storage.sqlite import SqliteEngine
from retrieval.errors import ImportRefused, IndexMissing, TicketNotFound

ROWS = [
    {
        "id": "A-1",
        "subject": "Tent pole",
        "question": "My tent pole broke",
        "answer": "We repair poles free of charge.",
    },
    {
        "id": "A-2",
        "subject": "Invoice",
        "question": "Please send the invoice to anna@example.org, order FH-204817",
        "answer": "Invoices are in your account under Orders.",
        "customer": "anna@example.org",
    },
    {"id": "A-3", "subject": "Nothing", "question": "Hello?", "answer": ""},
]


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("FRONTDESK_VAR", str(tmp_path / "var"))

    def call(*arguments: str) -> str:
        done = CliRunner().invoke(cli, list(arguments))
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.stdout

    return call


@pytest.fixture
def tickets_file(tmp_path):
    path = tmp_path / "tickets.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS) + "{broken\n")
    return str(path)


def test_tickets_go_in_are_counted_and_come_out_redacted(run, tickets_file, tmp_path):
    report = json.loads(run("tickets", "import", tickets_file, "--json"))
    assert (report["read"], report["added"]) == (4, 2)
    assert [skip["line"] for skip in report["skipped"]] == [3, 4]
    assert all(skip["reason"] for skip in report["skipped"])
    assert report["redactions"] == {"EMAIL": 1, "ORDER": 1}
    again = json.loads(run("tickets", "import", tickets_file, "--json"))
    assert (again["added"], again["unchanged"]) == (0, 2)
    assert json.loads(run("tickets", "stats", "--json"))["tickets"] == 2
    out = tmp_path / "out.jsonl"
    assert "2 tickets written" in run("tickets", "export", str(out))
    assert "anna@example.org" not in out.read_text()
    assert "[EMAIL]" in out.read_text()


@pytest.mark.parametrize(("name", "first"), [("left.csv", "line,ticket,reason"), ("left.jsonl", '{"line": 4')])
def test_skipped_rows_are_written_to_a_file(run, tickets_file, tmp_path, name, first):
    run("tickets", "import", tickets_file, "--skipped", str(tmp_path / name))
    assert (tmp_path / name).read_text().startswith(first)
    assert "not JSON" in (tmp_path / name).read_text()


def test_what_was_taken_out_is_listed_without_its_value(run, tickets_file):
    assert "nothing was taken out" in run("tickets", "redactions")
    run("tickets", "import", tickets_file)
    totals = json.loads(run("tickets", "redactions", "--json"))
    assert {row["kind"]: row["removals"] for row in totals} == {"EMAIL": 1, "ORDER": 1}
    said = run("tickets", "redactions", "--ticket", "A-2")
    assert "EMAIL" in said
    assert "ORDER" in said
    assert "anna@" not in said


def test_the_import_says_it_in_words(run, tickets_file):
    said = run("tickets", "import", tickets_file)
    assert "line 3: " in said
    assert "Now run: frontdesk index build" in said


def test_index_and_search(run, tickets_file):
    run("tickets", "import", tickets_file, "--json")
    assert json.loads(run("index", "build", "--json"))["count"] == 2
    assert json.loads(run("index", "status", "--json"))
    hits = json.loads(run("search", "the pole of my tent is broken", "-k", "1", "--json"))
    assert [hit["id"] for hit in hits] == ["A-1"]
    assert "A-1" in run("search", "broken pole")


def test_a_customer_is_erased_everywhere(run, tickets_file, tmp_path):
    run("tickets", "import", tickets_file, "--json")
    run("index", "build", "--json")
    SqliteEngine(tmp_path / "var" / "conversations.db").open()
    ledger = sqlite3.connect(tmp_path / "var" / "conversations.db", isolation_level=None)
    for sender, body in (("s1", '{"text": "Anna@Example.org"}'), ("s2", "{}")):
        ledger.execute("INSERT INTO conversations (sender_id, channel, created_at) VALUES (?, 'web', '')", (sender,))
        ledger.execute(
            "INSERT INTO messages (sender_id, seq, author, at, body) VALUES (?, 1, 'bot', '', ?)", (sender, body)
        )
    said = run("tickets", "erase", "--customer", "anna@example.org", "--yes")
    assert "1 tickets, 1 conversations erased" in said
    assert ledger.execute("SELECT sender_id FROM messages").fetchall() == [("s2",)]
    assert json.loads(run("index", "status", "--json"))["indexed"] == 1
    assert b"Anna@Example" not in (tmp_path / "var" / "conversations.db").read_bytes()


def test_an_erasure_that_stopped_before_the_index_is_finished_by_repeating_it(run, tickets_file, tmp_path):
    run("tickets", "import", tickets_file, "--json")
    run("index", "build", "--json")
    for left, arguments in ((1, ["--ticket", "A-1"]), (0, ["--customer", "anna@example.org"])):
        with sqlite3.connect(tmp_path / "var" / "tickets.db") as db:
            db.create_function("spaced", 1, lambda text: text)
            db.execute("DELETE FROM tickets WHERE id = ?", [f"A-{2 - left}"])
        done = CliRunner().invoke(cli, ["tickets", "erase", *arguments, "--yes"])
        assert "There is no ticket A-1" in str(done.exception) if left else "0 tickets" in done.stdout
        assert json.loads(run("index", "status", "--json"))["indexed"] == left


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (["tickets", "erase", "--ticket", "none", "--yes"], BotError, "There is no ticket none"),
        (["tickets", "erase", "--customer", "anna", "--yes"], BotError, "not an e-mail address"),
        (["tickets", "import", "{file}", "--format", "zendesk"], BotError, "None of the 4 rows could be used"),
        (["tickets", "import", "{file}", "--skipped", "/nowhere/x.csv"], BotError, "cannot be written"),
        (["tickets", "import", "{file}", "--encoding", "klingon"], ImportRefused, "no encoding"),
        (["tickets", "redactions", "--ticket", "none"], TicketNotFound, "none"),
        (["tickets", "import", "{file}", "--map", "body=nofield"], ImportRefused, "nofield"),
        (["tickets", "export", "/nowhere/tickets.jsonl"], BotError, "cannot be written"),
        (["tickets", "export", "{file}"], BotError, "exists already"),
        (["chat", "--url", "nonsense"], BotError, "frontdesk up"),
        (["search", "x"], IndexMissing, "frontdesk index build"),
        (["chat", "--url", "http://127.0.0.1:9"], BotError, "frontdesk up"),
    ],
)
def test_what_cannot_be_done_says_why_and_the_remedy(run, tickets_file, arguments, error, words):
    with pytest.raises(error, match=words):
        run(*[argument.replace("{file}", tickets_file) for argument in arguments])


@pytest.mark.parametrize(
    "arguments",
    [["tickets", "import", str(ROOT / "Makefile")], ["tickets", "erase", "--yes"], ["search"], ["nonsense"]],
)
def test_a_misunderstood_command_exits_with_2(run, arguments):
    assert CliRunner().invoke(cli, arguments).exit_code == 2
