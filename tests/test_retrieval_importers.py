"""Importing files as teams have them: odd encodings, broken rows, other people's columns."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from retrieval.errors import ImportRefused
from retrieval.importers import ImportReport, Skipped, import_tickets
from retrieval.importing.mapping import FIELDS
from retrieval.redact import customer_key
from retrieval.store import TicketStore

ROOT = Path(__file__).resolve().parent.parent
OWN = {
    "id": "T-1001",
    "created_at": "2026-04-12T09:31:00Z",
    "channel": "email",
    "language": "en",
    "topic": "returns",
    "product": "Ridgeline 2 tent",
    "subject": "return",
    "customer": "Anna@Example.org",
    "messages": [
        {"role": "customer", "text": "can i return fh 204817?"},
        {"role": "customer", "text": "my mail is anna@example.org"},
        {"role": "agent", "text": "Sure, has it been outside?"},
        {"role": "customer", "text": "no"},
        {"role": "agent", "text": "Then you have 60 days, and the label is free."},
        {"role": "agent", "text": "Best, Maren"},
    ],
    "csat": 5,
    "reopened": False,
    "superseded_by": None,
    "tags": ["policy"],
}


@pytest.fixture
def store():
    with TicketStore(":memory:") as opened:
        yield opened


def write(path: Path, *rows: object) -> Path:
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows) + "\n", "utf-8")
    return path


def run(path: Path, store: TicketStore, form: str = "jsonl", **mapping: str) -> ImportReport:
    return import_tickets(path, store, form=form, mapping=mapping, secret="secret")


def test_our_own_form(tmp_path: Path, store: TicketStore) -> None:
    report = run(write(tmp_path / "own.jsonl", OWN), store)
    ticket = store.get("T-1001")
    assert report == ImportReport(1, 1, 0, 0, [], {"ORDER": 1, "EMAIL": 1, "NAME": 1})
    assert ticket.question == "can i return [ORDER]?\nmy mail is [EMAIL]"
    assert ticket.answer == "Then you have 60 days, and the label is free."
    assert ticket.customer_key == customer_key("anna@example.org", "secret")
    assert (ticket.subject, ticket.csat, ticket.tags, len(ticket.turns)) == ("return", 5, ("policy",), 6)


def test_personal_data_reaches_neither_the_store_nor_its_file(tmp_path: Path) -> None:
    path = tmp_path / "tickets.db"
    with TicketStore(path) as store:
        run(write(tmp_path / "own.jsonl", OWN), store)
    assert all(b"204817" not in file.read_bytes() for file in tmp_path.glob("tickets.db*"))
    assert all(b"anna@" not in file.read_bytes().lower() for file in tmp_path.glob("tickets.db*"))


def test_a_second_run_changes_nothing(tmp_path: Path, store: TicketStore) -> None:
    path = write(tmp_path / "own.jsonl", OWN)
    run(path, store)
    assert run(path, store) == ImportReport(1, 0, 0, 1, [], {})


def test_a_flat_form_without_id_gets_the_same_id_every_time(tmp_path: Path, store: TicketStore) -> None:
    path = write(tmp_path / "flat.jsonl", {"question": "Where?", "answer": "In the warehouse."})
    run(path, store)
    assert run(path, store).unchanged == 1
    assert next(store.tickets()).id.startswith("auto-")


AIRLINE = {
    "id": "792",
    "text": "why was my flight late",
    "first_reply": "I'm sorry for the long delay.",
    "turns": [
        ["rep", "I'm sorry for the long delay."],
        ["cust", "and now?"],
        ["rep", "Please ask the gate agent for a voucher."],
    ],
    "tag": "DELAY",
}


@pytest.mark.parametrize(
    ("mapping", "answer"),
    [
        (
            {"text": "question", "turns": "turns"},
            "I'm sorry for the long delay.\n\nPlease ask the gate agent for a voucher.",
        ),
        ({"text": "question", "first_reply": "answer"}, "I'm sorry for the long delay."),
        ({"first_reply": "answer", "tag": "topic"}, "I'm sorry for the long delay."),
        ({"turns[2].1": "answer"}, "Please ask the gate agent for a voucher."),
    ],
)
def test_conversations_of_another_system(tmp_path: Path, store: TicketStore, mapping: dict, answer: str) -> None:
    path = write(tmp_path / "air.jsonl", AIRLINE)
    import_tickets(path, store, form="jsonl", mapping=mapping, secret="secret")
    ticket = store.get("792")
    assert (ticket.question, ticket.answer) == ("why was my flight late", answer)
    assert [turn.role for turn in ticket.turns] == ["customer", "agent", "customer", "agent"]


def test_several_columns_of_one_field_are_joined(tmp_path: Path, store: TicketStore) -> None:
    run(
        write(tmp_path / "x.jsonl", {"id": 1, "q": "Q", "a": "A.", "b": "B.", "c": ""}),
        store,
        q="question",
        a="answer",
        b="answer",
        c="answer",
    )
    assert store.get("1").answer == "A.\n\nB."


BAD_ROWS = [
    ("{broken", "not JSON"),
    ("[" * 100_000, "not JSON"),
    ("42", "a JSON int"),
    ({"id": 1, "question": "?"}, "no answer"),
    ({"id": 1, "answer": "!"}, "no question"),
    ({"id": 1, "question": "q", "answer": "a", "csat": 9}, "csat is '9'"),
    ({"id": 1, "question": "q", "answer": "a", "reopened": "perhaps"}, "reopened is 'perhaps'"),
    ({"id": 1, "question": "q", "answer": "a", "created_at": "12/04"}, "created_at is '12/04'"),
    ({"id": 1, "question": {"x": 1}, "answer": "a"}, "question is a dict"),
    ({"id": 1, "question": "q" * 100_001, "answer": "a"}, "100001 characters"),
    ({"id": 1, "turns": "hello"}, "turns is a str"),
    ({"id": 1, "turns": [["ghost", "boo"]]}, "role 'ghost'"),
    ({"id": 1, "turns": [["customer"]]}, "neither"),
]


@pytest.mark.parametrize(("row", "reason"), BAD_ROWS)
def test_a_bad_row_is_reported_with_its_line_and_the_others_are_stored(
    tmp_path: Path, store: TicketStore, row: object, reason: str
) -> None:
    report = run(write(tmp_path / "x.jsonl", OWN, "", row, {**OWN, "id": "T-2"}), store)
    assert (report.read, report.added) == (3, 2)
    assert [skip.line for skip in report.skipped] == [3]
    assert reason in report.skipped[0].reason


def test_what_sqlite_cannot_hold_is_replaced(tmp_path: Path, store: TicketStore) -> None:
    run(write(tmp_path / "x.jsonl", r'{"id": "1", "question": "a\u0000b \ud800 c", "answer": "ok"}'), store)
    assert store.get("1").question == "ab ? c"


def test_erased_tickets_are_reported_as_such(tmp_path: Path, store: TicketStore) -> None:
    path = write(tmp_path / "own.jsonl", OWN)
    run(path, store)
    store.erase_customer(customer_key("anna@example.org", "secret"))
    assert run(path, store).skipped == [Skipped(1, "erased on request", "T-1001")]


CSV = 'id;Frage;Antwort;csat\n1;Größe?;Ja, 42;5\n2;kaputt\n3;"zwei\nZeilen";Gut;4.0\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
@pytest.mark.parametrize("zipped", [False, True])
def test_csv_in_the_encodings_it_comes_in(tmp_path: Path, store: TicketStore, encoding: str, zipped: bool) -> None:
    raw = CSV.encode(encoding)
    path = tmp_path / "export.csv"
    path.write_bytes(gzip.compress(raw) if zipped else raw)
    report = run(path, store, "csv", Frage="question", Antwort="answer")
    assert (report.added, report.skipped) == (2, [Skipped(3, "2 values for 4 columns")])
    assert store.get("1").question == "Größe?"
    assert (store.get("3").question, store.get("3").csat) == ("zwei\nZeilen", 4)


@pytest.mark.parametrize(
    ("name", "content", "form", "mapping", "message"),
    [
        ("x.csv", b"id,q,a\n1,2,3\n", "csv", {"body": "question"}, "no column body. Its columns are: id, q, a"),
        ("x.csv", b"", "csv", {}, "no header"),
        ("x.jsonl", b'[{"id": 1}]', "jsonl", {}, "is a JSON array"),
        ("x.jsonl", b"{}", "jsonl", {"body": "qestion"}, "no field qestion"),
        ("x.jsonl", b"{}", "xml", {}, "'xml' cannot be read"),
        ("x.json", b"[1, 2", "json", {}, "is not JSON after ticket 2"),
        ("x.jsonl", gzip.compress(b'{"id": 1}\n' * 9999)[:-20], "jsonl", {}, "damaged"),
        ("", None, "jsonl", {}, "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(
    tmp_path: Path, store: TicketStore, name: str, content: bytes | None, form: str, mapping: dict, message: str
) -> None:
    path = tmp_path / (name or "absent")
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ImportRefused, match=message):
        import_tickets(path, store, form=form, mapping=mapping, secret="secret")


def test_without_a_secret_nothing_is_imported(tmp_path: Path, store: TicketStore) -> None:
    with pytest.raises(ImportRefused, match="FRONTDESK_SECRET"):
        import_tickets(write(tmp_path / "x.jsonl", OWN), store, form="jsonl", mapping={}, secret="")


def test_what_stands_before_a_damage_is_stored(tmp_path: Path, store: TicketStore) -> None:
    rows = "".join(json.dumps({"id": n, "question": f"Where is {n}?", "answer": "There."}) + "\n" for n in range(3000))
    path = tmp_path / "x.jsonl.gz"
    path.write_bytes(gzip.compress(rows.encode())[:-2000])
    skipped: list[Skipped] = []
    with pytest.raises(ImportRefused, match=r"damaged after line \d+") as refused:
        import_tickets(path, store, form="jsonl", mapping={}, secret="secret", skip=skipped.append)
    assert f"after line {store.count() + len(skipped)}:" in str(refused.value)
    assert store.count() > 500


def test_each_row_that_is_left_out_is_told_as_it_happens(tmp_path: Path, store: TicketStore) -> None:
    skipped: list[Skipped] = []
    path = write(tmp_path / "x.jsonl", "{broken", {"id": 7, "question": "?"}, OWN)
    report = import_tickets(path, store, form="jsonl", mapping={}, secret="secret", skip=skipped.append)
    assert skipped == report.skipped
    assert [(skip.line, skip.ticket) for skip in skipped] == [(1, ""), (2, "7")]


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from retrieval.errors import StorageFailed
from retrieval.importers import import_tickets
from retrieval.store import TicketStore
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = TicketStore(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, resource.RLIM_INFINITY))
try:
    import_tickets(Path(sys.argv[1]), store, form="jsonl", mapping={}, secret="secret")
except StorageFailed as exc:
    print(exc)
"""


def test_a_full_disk_keeps_what_was_committed_and_a_new_run_completes_it(tmp_path: Path) -> None:
    rows = [{"id": n, "question": f"question {n} " + "x" * 300, "answer": "yes"} for n in range(3000)]
    source, database = write(tmp_path / "x.jsonl", *rows), tmp_path / "tickets.db"
    command = [sys.executable, "-c", FULL_DISK, str(source), str(database)]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "Free space on its disk" in said
    with TicketStore(database) as store:
        kept = store.count()
        assert 0 < kept < 3000
        assert kept % 500 == 0
        report = import_tickets(source, store, form="jsonl", mapping={}, secret="secret")
        assert (report.unchanged, report.added, store.count()) == (kept, 3000 - kept, 3000)


def test_progress_counts_rows(tmp_path: Path, store: TicketStore) -> None:
    seen: list[int] = []
    places: list[int] = []
    path = write(tmp_path / "x.jsonl", *[{**OWN, "id": n} for n in range(250)])
    import_tickets(path, store, form="jsonl", mapping={}, secret="secret", progress=seen.append, position=places.append)
    assert seen == [100, 200, 250]
    assert places == sorted(places)
    assert places[-1] == path.stat().st_size


def test_a_killed_import_keeps_what_was_committed_and_a_new_run_completes_it(tmp_path: Path) -> None:
    rows = [{"id": n, "question": f"question {n}", "answer": "yes"} for n in range(8_000)]
    source, database = write(tmp_path / "x.jsonl", *rows), tmp_path / "tickets.db"
    code = (
        "import sys; from pathlib import Path; from retrieval.store import TicketStore; "
        "from retrieval.importers import import_tickets; "
        "import_tickets(Path(sys.argv[1]), TicketStore(sys.argv[2]), form='jsonl', mapping={}, secret='s')"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(source), str(database)], cwd=ROOT)
    with TicketStore(database) as store:
        deadline = time.monotonic() + 60
        while not store.count() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        kept = store.count()
        assert 0 < kept < 8_000
        report = import_tickets(source, store, form="jsonl", mapping={}, secret="s")
        assert (report.unchanged, report.added, store.count()) == (kept, 8_000 - kept, 8_000)


def test_every_field_is_documented_in_the_error(tmp_path: Path, store: TicketStore) -> None:
    with pytest.raises(ImportRefused) as refused:
        run(write(tmp_path / "x.jsonl", OWN), store, a="b")
    assert all(field in str(refused.value) for field in FIELDS)


def test_real_airline_conversations(public_data: Path, tmp_path: Path, store: TicketStore) -> None:
    source = public_data / "airlines_twcs" / "history_80pct.jsonl.gz"
    with gzip.open(source, "rt", encoding="utf-8") as handle:
        lines = [next(handle).strip() for _ in range(2000)]
    report = run(write(tmp_path / "air.jsonl", *lines), store, text="question", turns="turns")
    assert (report.read, report.skipped) == (2000, [])
    assert report.added + report.unchanged + report.updated == 2000
    assert all(ticket.question and ticket.answer for ticket in store.tickets())
