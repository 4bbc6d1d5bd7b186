"""What people do with a conversation that was handed to them: read, take, answer, release, give back, close.

Shared by the desk and the calls for programs. Each is one transaction: text follows the transition or neither happens.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bot.desk import csat, handoff
from bot.desk.handoff import EpochPassed, Handoff
from bot.gateway import handoffs, sentences
from bot.gateway.buttons import Buttons
from bot.gateway.standing import kept_language
from bot.gateway.storage.database import Database
from bot.gateway.storage.engine import Connection
from bot.gateway.transcript import PAGE, Message, MessageIdReused, append, from_row, now, reply_body
from bot.messages import Reply

Move = Callable[[Handoff], Handoff]


class Handoffs:
    """The handoffs, for people."""

    def __init__(self, database: Database, buttons: Buttons) -> None:
        self._database = database
        self._buttons = buttons

    async def list_open(self) -> list[dict[str, Any]]:
        """Return the conversations that wait for or belong to a person, oldest first."""
        query = f"{handoffs.ROW} WHERE h.closed_at IS NULL ORDER BY h.requested_at"
        rows = await self._database.read(lambda connection: connection.execute(query).fetchall())
        return [handoffs.shown(row) for row in rows]

    async def transcript(self, handoff_id: str, after: int, limit: int = PAGE) -> list[Message]:
        """Return what was said behind an open handoff after a sequence number, from the oldest on."""

        def work(connection: Connection) -> list[Message]:
            sender_id = handoffs.find_open(connection, handoff_id)["sender_id"]
            query = "SELECT * FROM messages WHERE sender_id = ? AND seq > ? ORDER BY seq LIMIT ?"
            return [from_row(row) for row in connection.execute(query, (sender_id, after, limit))]

        return await self._database.read(work)

    async def may_answer(self, handoff_id: str, agent: str) -> str:
        """Return the customer of an open handoff if this agent could answer there now, else an empty string."""
        query = f"{handoffs.ROW} WHERE h.id = ? AND h.closed_at IS NULL"
        row = await self._database.read(lambda connection: connection.execute(query, (handoff_id,)).fetchone())
        if row is None or (row["owner"] == "human" and row["agent"] != agent):
            return ""
        return str(row["sender_id"])

    async def take(self, handoff_id: str, agent: str, epoch: int | None = None) -> Handoff:
        """Make a conversation this agent's, also when a colleague had it; says nothing to the customer."""
        return await self._database.write(lambda connection: _take(connection, handoff_id, agent, epoch))

    async def release(self, handoff_id: str, agent: str) -> Handoff:
        """Put a conversation that this agent has back into the queue."""

        def work(connection: Connection) -> Handoff:
            sender_id = _mine(connection, handoff_id, agent)
            state = handoff.release(handoffs.current(connection, sender_id))
            handoffs.store(connection, sender_id, state, handoff_id)
            connection.execute("UPDATE handoffs SET agent = '' WHERE id = ?", (handoff_id,))
            return state

        return await self._database.write(work)

    async def answer(
        self, handoff_id: str, agent: str, text: str, message_id: str | None = None, *, polite: bool = False
    ) -> Message:
        """Store what a person says; the first word makes the conversation theirs.

        The same ``message_id`` again returns the message stored first. ``polite``: not over a colleague's head.

        Raises:
            HandoffNotFound: no open handoff has this id.
            MessageIdReused: the message that came before with this id said something else.
            EpochPassed: a colleague has the conversation, and the call is polite.
        """
        return await self._database.write(
            lambda connection: _answer(connection, handoff_id, agent, text, message_id, polite)
        )

    async def close(self, handoff_id: str, *, agent: str = "", outcome: str = "") -> Message:
        """Finish: the bot says so, and asks how it was when a person was there. An agent closes only what is theirs.

        Raises:
            HandoffNotFound: no open handoff has this id.
        """
        return await self._database.write(lambda connection: self._close(connection, handoff_id, agent, outcome))

    async def give_back(self, handoff_id: str, agent: str) -> Message:
        """Let the bot go on with a conversation that is not finished.

        Raises:
            HandoffNotFound: no open handoff has this id.
        """

        def work(connection: Connection) -> Message:
            sender_id = _mine(connection, handoff_id, agent)
            handoffs.end(connection, sender_id, handoff.give_back(handoffs.current(connection, sender_id)))
            return self._say(connection, sender_id, sentences.RETURNED)

        return await self._database.write(work)

    def _close(self, connection: Connection, handoff_id: str, agent: str, outcome: str) -> Message:
        row = handoffs.find_open(connection, handoff_id)
        sender_id = _mine(connection, handoff_id, agent) if agent else row["sender_id"]
        handoffs.end(connection, sender_id, handoff.close(handoffs.current(connection, sender_id)), outcome)
        if row["taken_at"] is None:
            return self._say(connection, sender_id, sentences.CLOSED)
        question = replace(sentences.HOW_WAS_IT, buttons=csat.buttons(handoff_id))
        message = self._say(connection, sender_id, question)
        connection.execute("UPDATE handoffs SET csat_question = ? WHERE id = ?", (message.seq, handoff_id))
        return message

    def _say(self, connection: Connection, sender_id: str, reply: Reply) -> Message:
        """Store what the bot says after a transition, in the language of the conversation."""
        spoken = sentences.to_customer(reply, kept_language(connection, sender_id))
        signed = tuple(self._buttons.sign(sender_id, button, 0) for button in spoken.buttons)
        return append(connection, sender_id, "bot", reply_body(replace(spoken, buttons=signed)))


def _take(connection: Connection, handoff_id: str, agent: str, epoch: int | None) -> Handoff:
    sender_id = handoffs.find_open(connection, handoff_id)["sender_id"]
    state = handoff.take(handoff.expect(handoffs.current(connection, sender_id), epoch), agent)
    handoffs.store(connection, sender_id, state, handoff_id)
    connection.execute(
        "UPDATE handoffs SET agent = ?, taken_at = coalesce(taken_at, ?) WHERE id = ?", (agent, now(), handoff_id)
    )
    return state


def _mine(connection: Connection, handoff_id: str, agent: str) -> str:
    """Return the sender of an open handoff that this agent has, or that nobody has.

    Raises:
        EpochPassed: a colleague has it.
    """
    row = handoffs.find_open(connection, handoff_id)
    if row["owner"] == "human" and row["agent"] != agent:
        raise EpochPassed(f"{row['agent']} has this conversation. Take it over first.")
    return str(row["sender_id"])


def _answer(
    connection: Connection, handoff_id: str, agent: str, text: str, message_id: str | None, polite: bool
) -> Message:
    sender_id = handoffs.find(connection, handoff_id)["sender_id"]
    # Customers choose ids too; theirs and those of people do not meet.
    stored_id = None if message_id is None else f"agent:{message_id}"
    first = None if stored_id is None else _stored(connection, sender_id, stored_id)
    if first is not None:
        if (first.body["text"], first.body["agent"]) != (text, agent):
            raise MessageIdReused(f"message_id {message_id!r} belongs to a message with other words. Use a new one.")
        return first
    if polite:
        _mine(connection, handoff_id, agent)
    _take(connection, handoff_id, agent, None)
    body = {**reply_body(Reply(text, rung="handoff")), "agent": agent}
    return append(connection, sender_id, "agent", body, message_id=stored_id)


def _stored(connection: Connection, sender_id: str, message_id: str) -> Message | None:
    query = "SELECT * FROM messages WHERE sender_id = ? AND message_id = ?"
    row = connection.execute(query, (sender_id, message_id)).fetchone()
    return None if row is None else from_row(row)
