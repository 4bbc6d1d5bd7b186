"""The ledger: once, in order, in one transaction, gone when erased."""

import sqlite3
from pathlib import Path

import pytest

from bot.channels.channel import UserMessage
from bot.errors import HandoffError, SettingsError
from bot.gateway import handoffs
from bot.gateway.buttons import Buttons
from bot.gateway.desk.work import Handoffs
from bot.gateway.erasure import erase_mentions
from bot.gateway.handoffs import HandoffNotFound
from bot.gateway.ledger import MAX_PENDING, AnswerNotFound, ConversationBusy, Ledger
from bot.gateway.storage.database import Database
from bot.gateway.storage.migrations import MIGRATIONS
from bot.gateway.transcript import MessageIdReused
from bot.messages import Button, Reply
from bot.settings import GatewaySettings, Settings


@pytest.fixture
async def database(ledger_place):
    database = Database(ledger_place)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def ledger(database):
    return Ledger(database)


async def accepted(ledger, text="hi", message_id="m1", sender_id="s1", payload=None):
    return (await ledger.accept(UserMessage(sender_id, message_id, text, payload))).message


async def test_a_message_is_stored_once(ledger):
    first = await ledger.accept(UserMessage("s1", "m1", "hi"))
    again = await ledger.accept(UserMessage("s1", "m1", "hi"))
    other = await ledger.accept(UserMessage("s2", "m1", "hi"))
    assert (first.new, again.new, other.new) == (True, False, True)
    assert again.message == first.message
    for other in (UserMessage("s1", "m1", "other words"), UserMessage("s1", "m1", "hi", "/affirm")):
        with pytest.raises(MessageIdReused, match="'m1'"):
            await ledger.accept(other)
    assert len(await ledger.since("s1", 0)) == 1


async def test_both_sides_share_one_numbering(ledger):
    message = await accepted(ledger, payload="/affirm")
    said = await ledger.say(message, Reply("hello", answer_id="a1"), 0)
    await accepted(ledger, "more", "m2")
    lines = [line.to_dict() for line in await ledger.since("s1", 0)]
    assert [(line["seq"], line["from"]) for line in lines] == [(1, "customer"), (2, "bot"), (3, "customer")]
    assert set(lines[0]) == {"seq", "from", "at", "message_id", "text"}, "the payload is not shown"
    assert lines[1]["in_reply_to"] == "m1"
    assert said.message.to_reply() == {**Reply("hello", answer_id="a1").to_dict(), "seq": 2}
    assert await ledger.since("s1", 2) == (await ledger.since("s1", 0))[2:]
    assert [line.seq for line in (await ledger.standing("s1", "m1")).replies] == [2]


async def test_pending_messages_are_found_in_order_until_they_are_finished(ledger):
    for number in (1, 2):
        await accepted(ledger, f"text {number}", f"m{number}")
    first = await ledger.next_pending("s1")
    assert first.message_id == "m1"
    assert await ledger.pending_senders() == ["s1"]
    await ledger.finish(first)
    await ledger.finish(await ledger.next_pending("s1"))
    assert await ledger.next_pending("s1") is None
    assert await ledger.pending_senders() == []
    assert (await ledger.accept(UserMessage("s1", "m1", "text 1"))).message.pending is False


async def test_a_crowded_conversation_is_told_to_wait(ledger):
    for number in range(MAX_PENDING):
        await accepted(ledger, message_id=f"m{number}")
    with pytest.raises(ConversationBusy):
        await accepted(ledger, message_id="one too many")
    assert (await accepted(ledger, message_id="m3")).seq == 4, "a repeated one is still found"
    assert (await accepted(ledger, sender_id="s2")).seq == 1


async def test_nothing_is_stored_after_the_conversation_changed_hands(ledger):
    message = await accepted(ledger)
    queued = await ledger.say(message, Reply("a person comes"), 0, lambda c, s: handoffs.request(c, s, "asked"))
    assert queued.epoch == 1
    assert await ledger.say(message, Reply("late"), 0) is None
    assert (await ledger.say(message, Reply("in time"), 1)).epoch == 1
    assert [line.body["text"] for line in (await ledger.standing("s1", "m1")).replies] == ["a person comes", "in time"]


async def test_a_transition_that_fails_takes_its_text_with_it(ledger):
    message = await accepted(ledger)
    with pytest.raises(HandoffError):
        await ledger.say(message, Reply("you are back"), 0, handoffs.withdraw)
    assert (await ledger.standing("s1", "m1")).replies == ()
    assert (await ledger.say(message, Reply("next"), 0)).message.seq == 2, "no number was used up"


async def test_a_handoff_from_request_to_close(ledger, database):
    people = Handoffs(database, Buttons("s" * 32))
    message = await accepted(ledger)
    await ledger.say(message, Reply("a person comes"), 0, lambda c, s: handoffs.request(c, s, "asked"))
    [entry] = await people.list_open()
    assert (entry["owner"], entry["reason"], entry["agent"], entry["taken_at"]) == ("queued", "asked", "", None)
    said = await people.answer(entry["id"], "Maren", "hello, I am Maren")
    assert (said.author, said.body["agent"]) == ("agent", "Maren")
    [entry] = await people.list_open()
    assert (entry["owner"], entry["agent"], entry["epoch"]) == ("human", "Maren", 2)
    assert len(await people.transcript(entry["id"], 1)) == 2
    await people.close(entry["id"])
    assert await people.list_open() == []
    assert (await ledger.owner("s1")).owner == "bot"
    for call in (
        people.answer(entry["id"], "Maren", "hi"),
        people.close(entry["id"]),
        people.transcript("x", 0),
    ):
        with pytest.raises(HandoffNotFound):
            await call


YES = (Button("Yes", "/affirm"),)


async def test_a_question_is_open_until_something_else_is_asked_or_it_is_answered(ledger, database):
    asking = await accepted(ledger)
    assert await ledger.question("s1") == 0
    await ledger.say(asking, Reply("shall I?", buttons=YES), 0)
    assert await ledger.question("s1") == asking.seq
    aside = await accepted(ledger, "by the way", "m2")
    await ledger.say(aside, Reply("an answer without buttons"), 0)
    await ledger.say(aside, Reply("sorry", buttons=YES), 0, answers=False)
    assert await ledger.question("s1") == asking.seq
    pressed = (await ledger.accept(UserMessage("s1", "m3", "Yes", "/affirm", question=asking.seq))).message
    await ledger.say(pressed, Reply("done"), 0)
    assert await ledger.question("s1") == pressed.seq, "answered: the same button does not answer twice"
    again = await accepted(ledger, "more", "m4")
    await ledger.say(again, Reply("and this?", buttons=YES), 0)
    assert await ledger.question("s1") == again.seq
    await ledger.say(again, Reply("a person comes"), 0, lambda c, s: handoffs.request(c, s, "asked"))
    assert await ledger.question("s1") == 0, "whoever takes over did not ask it"


async def test_feedback_is_one_row_for_an_answer_of_this_conversation(ledger, database):
    message = await accepted(ledger)
    await ledger.say(message, Reply("hello", answer_id="a1"), 0)
    await ledger.rate("s1", "a1", "up", "")
    await ledger.rate("s1", "a1", "down", "not quite")
    rows = await database.read(lambda c: c.execute("SELECT value, comment FROM feedback").fetchall())
    assert [tuple(row) for row in rows] == [("down", "not quite")]
    for sender_id, answer_id in (("s1", "a2"), ("s2", "a1")):
        with pytest.raises(AnswerNotFound):
            await ledger.rate(sender_id, answer_id, "up", "")


async def test_erasing_a_sender_leaves_no_trace(ledger, database, ledger_place, tmp_path):
    message = await accepted(ledger, "my secret zebra@example.org")
    await ledger.say(message, Reply("zebra?", answer_id="a1"), 0, lambda c, s: handoffs.request(c, s, "asked"))
    await ledger.rate("s1", "a1", "up", "zebra!")
    await accepted(ledger, "keep me", sender_id="s2")
    url = ledger_place if isinstance(ledger_place, str) else ""
    settings = Settings(var=tmp_path / "new", gateway=GatewaySettings(ledger_url=url))
    assert erase_mentions(settings, "zebra@example.org") == 1
    assert await ledger.since("s1", 0) == []
    assert await Handoffs(database, Buttons("s" * 32)).list_open() == []
    assert await ledger.say(message, Reply("too late"), 1) is None
    assert len(await ledger.since("s2", 0)) == 1
    if isinstance(ledger_place, Path):
        files = b"".join(path.read_bytes() for path in ledger_place.parent.iterdir())
        assert b"zebra" not in files
        assert b"keep me" in files


async def test_what_was_stored_survives_a_restart(tmp_path):
    path = tmp_path / "c.db"
    for start in range(3):
        database = Database(path)
        await database.open()
        ledger = Ledger(database)
        assert len(await ledger.since("s1", 0)) == start
        await accepted(ledger, message_id=f"m{start}")
        await database.close()


async def test_a_file_of_the_first_version_keeps_what_was_said(tmp_path):
    connection = sqlite3.connect(tmp_path / "c.db")
    for statement in (*MIGRATIONS[0], "PRAGMA user_version = 1"):
        connection.execute(statement)
    connection.execute(
        "INSERT INTO conversations (sender_id, channel, created_at, last_seq) VALUES ('s1', 'web', '', 1)"
    )
    row = ("s1", 1, "customer", "", "m1", '{"text": "hi"}')
    connection.execute(
        "INSERT INTO messages (sender_id, seq, author, at, message_id, body) VALUES (?, ?, ?, ?, ?, ?)", row
    )
    connection.commit()
    connection.close()
    database = Database(tmp_path / "c.db")
    await database.open()
    ledger = Ledger(database)
    assert (await ledger.accept(UserMessage("s1", "m1", "hi"))).new is False
    assert await ledger.question("s1") == 0
    await database.close()


async def test_a_file_of_a_newer_version_is_left_alone(tmp_path):
    path = tmp_path / "c.db"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    database = Database(path)
    with pytest.raises(SettingsError, match="schema 99"):
        await database.open()
    await database.close()


async def test_an_error_inside_a_transaction_undoes_all_of_it(ledger, database):
    def work(connection):
        connection.execute("INSERT INTO conversations (sender_id, channel, created_at) VALUES ('s9', 'web', '')")
        raise ValueError("boom")

    with pytest.raises(ValueError, match="boom"):
        await database.write(work)
    assert await database.read(lambda c: c.execute("SELECT count(*) FROM conversations").fetchone()[0]) == 0
    await ledger.check()
