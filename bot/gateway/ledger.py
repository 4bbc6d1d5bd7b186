"""The ledger: every inbound message once, every reply with its number before it is sent.

Stores and recalls; it decides neither what is said nor when. Who owns a conversation is kept by ``handoffs.py`` in the
same file, and checked here in the same transaction as each reply.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import Any

from bot.channels.channel import UserMessage
from bot.desk.handoff import Handoff
from bot.errors import BotError
from bot.gateway import handoffs
from bot.gateway.standing import Standing, standing
from bot.gateway.storage.database import Database
from bot.gateway.storage.engine import Connection
from bot.gateway.transcript import PAGE, Message, MessageIdReused, append, begin, from_row, now, reply_body
from bot.messages import Reply

# One conversation may wait with this many messages; the next one is told to come back.
MAX_PENDING = 20
# As much as a long message takes, with its answer and the indexes. Characters.
TRIAL = 32_768


class ConversationBusy(BotError):
    """Too many messages of one conversation wait for their turn."""


class AnswerNotFound(BotError):
    """A call names an answer that was not given, or not in this conversation."""


@dataclass(frozen=True)
class Accepted:
    """What became of an inbound message: ``new`` is False when its id was seen before."""

    message: Message
    new: bool


@dataclass(frozen=True)
class Said:
    """A stored reply, and the epoch in which the bot may go on speaking."""

    message: Message
    epoch: int


class Ledger:
    """The conversations of one gateway."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def remedy(self) -> str:
        """What to do about a ledger that cannot be used."""
        return self._database.remedy

    async def accept(self, message: UserMessage) -> Accepted:
        """Store an inbound message, or find it when it came before.

        Raises:
            ConversationBusy: it is new, and too many of this conversation wait already.
            MessageIdReused: the message that came before with this id said something else.
        """
        return await self._database.write(lambda connection: _accept(connection, message))

    async def next_pending(self, sender_id: str) -> Message | None:
        """Return the oldest message of this sender that has not been worked."""
        return await self._database.look(lambda connection: _next_pending(connection, sender_id))

    async def pending_senders(self) -> list[str]:
        """Return whose messages were left unworked, oldest first."""
        return await self._database.read(_pending_senders)

    async def finish(self, message: Message) -> None:
        """Mark a message as worked."""
        query = "UPDATE messages SET pending = 0 WHERE sender_id = ? AND seq = ?"
        await self._database.write(lambda connection: connection.execute(query, (message.sender_id, message.seq)))

    async def say(
        self,
        to: Message,
        reply: Reply,
        epoch: int,
        transition: handoffs.Transition | None = None,
        *,
        answers: bool = True,
    ) -> Said | None:
        """Store a reply of the bot, unless the conversation has changed hands since ``epoch``.

        ``transition`` happens before the text, in the same transaction. ``answers`` is False when the reply only says
        that there is no answer: a question that was open before stays open.
        Returns None, and stores nothing, when the bot may no longer speak.
        """
        return await self._database.write(lambda connection: _say(connection, to, reply, epoch, transition, answers))

    async def standing(self, sender_id: str, message_id: str) -> Standing:
        """Return how a conversation stands at one message: owner, replies to it, language."""
        return await self._database.look(lambda connection: standing(connection, sender_id, message_id))

    async def since(self, sender_id: str, after: int, limit: int = PAGE) -> list[Message]:
        """Return what was said in a conversation after a sequence number, both sides, from the oldest on."""
        query = "SELECT * FROM messages WHERE sender_id = ? AND seq > ? ORDER BY seq LIMIT ?"
        return await self._rows(query, (sender_id, after, limit))

    async def last_named(self, sender_id: str, prefix: str) -> Message | None:
        """Return the latest message whose id begins with these letters."""
        # Ids are visible ASCII.
        query = (
            "SELECT * FROM messages WHERE sender_id = ? AND message_id > ? AND message_id < ? ORDER BY seq DESC LIMIT 1"
        )
        return next(iter(await self._rows(query, (sender_id, prefix, f"{prefix}\x7f"))), None)

    async def owner(self, sender_id: str) -> Handoff:
        """Return who owns the conversation; one that does not exist yet is the bot's."""
        return await self._database.read(lambda connection: handoffs.current(connection, sender_id))

    async def question(self, sender_id: str) -> int:
        """Return the open question, 0 when none is: the number of the message whose replies offered buttons last."""
        query = "SELECT question FROM conversations WHERE sender_id = ?"
        row = await self._database.read(lambda connection: connection.execute(query, (sender_id,)).fetchone())
        return 0 if row is None else int(row["question"])

    async def change(self, sender_id: str, transition: handoffs.Transition) -> Handoff:
        """Apply a change to a conversation about which nothing is said."""
        return await self._database.write(lambda connection: transition(connection, sender_id))

    async def unrated(self, message: Message) -> str:
        """Return the handoff that a customer's message may rate, an empty string when it answers no such question."""
        return await self._database.read(
            lambda connection: handoffs.unrated(connection, message.sender_id, message.seq)
        )

    async def receipt(self, answer_id: str) -> dict[str, Any]:
        """Return ``answer_id``, ``rung`` and what the sentences of an answer rest on; templates rest on no ticket.

        Raises:
            AnswerNotFound: no such answer was given, or its conversation was erased.
        """
        query = "SELECT body, receipt FROM messages WHERE answer_id = ?"
        row = await self._database.read(lambda connection: connection.execute(query, (answer_id,)).fetchone())
        if row is None:
            raise AnswerNotFound(f"There is no answer {answer_id[:80]!r}. Send the answer_id of a reply.")
        rung = json.loads(row["body"])["rung"]
        return {"answer_id": answer_id, "rung": rung, "sentences": json.loads(row["receipt"] or "[]")}

    async def rate(self, sender_id: str, answer_id: str, value: str, comment: str) -> None:
        """Store feedback on one answer of this conversation; a second one replaces the first.

        Raises:
            AnswerNotFound: no such answer was given here.
        """
        await self._database.write(lambda connection: _rate(connection, sender_id, answer_id, value, comment))

    async def check(self) -> None:
        """Raise ``LedgerUnavailable`` when the ledger cannot be read and locked for writing."""
        await self._database.write(lambda connection: connection.execute("SELECT 1").fetchone())

    async def trial(self) -> None:
        """Raise ``LedgerUnavailable`` when the ledger cannot store what a message takes; writes and commits as much."""
        # Random, and in place of the last: files that compress, or find equal blocks, need room for it too.
        filling = secrets.token_hex(TRIAL // 2)
        query = "UPDATE trial SET filling = ? WHERE id = 1"
        await self._database.write(lambda connection: connection.execute(query, (filling,)))

    async def _rows(self, query: str, values: tuple[Any, ...]) -> list[Message]:
        rows = await self._database.look(lambda connection: connection.execute(query, values).fetchall())
        return [from_row(row) for row in rows]


def _accept(connection: Connection, message: UserMessage) -> Accepted:
    key = (message.sender_id, message.message_id)
    row = connection.execute("SELECT * FROM messages WHERE sender_id = ? AND message_id = ?", key).fetchone()
    if row is not None:
        return _again(from_row(row), message)
    waiting = connection.execute(
        "SELECT count(*) FROM messages WHERE sender_id = ? AND pending = 1", (message.sender_id,)
    ).fetchone()[0]
    if waiting >= MAX_PENDING:
        raise ConversationBusy(f"{waiting} messages of this conversation wait for an answer. Try again in a moment.")
    begin(connection, message.sender_id, message.channel, message.language)
    known = {"text": message.text, "payload": message.payload, "question": message.question}
    body = {name: value for name, value in known.items() if value is not None}
    return Accepted(append(connection, message.sender_id, "customer", body, message_id=message.message_id), new=True)


def _again(first: Message, message: UserMessage) -> Accepted:
    if (first.body["text"], first.body.get("payload")) != (message.text, message.payload):
        raise MessageIdReused(
            f"message_id {message.message_id!r} belongs to a message with other words. Send this one with its own id."
        )
    return Accepted(first, new=False)


def _next_pending(connection: Connection, sender_id: str) -> Message | None:
    query = "SELECT * FROM messages WHERE sender_id = ? AND pending = 1 ORDER BY seq LIMIT 1"
    row = connection.execute(query, (sender_id,)).fetchone()
    return None if row is None else from_row(row)


def _pending_senders(connection: Connection) -> list[str]:
    query = "SELECT sender_id, min(at) AS since FROM messages WHERE pending = 1 GROUP BY sender_id ORDER BY since"
    return [row["sender_id"] for row in connection.execute(query)]


def _say(
    connection: Connection,
    to: Message,
    reply: Reply,
    epoch: int,
    transition: handoffs.Transition | None,
    answers: bool,
) -> Said | None:
    # The conversation may have been erased meanwhile, and a new one begun: this is no answer to anything said there.
    query = "SELECT 1 FROM messages WHERE sender_id = ? AND seq = ?"
    exists = connection.execute(query, (to.sender_id, to.seq)).fetchone()
    state = handoffs.current(connection, to.sender_id)
    # No bot speaks while a person owns the conversation, whatever its caller believes.
    if exists is None or state.epoch != epoch or state.owner == "human":
        return None
    if transition is not None:
        epoch = transition(connection, to.sender_id).epoch
    if answers and (reply.buttons or "question" in to.body):
        query = "UPDATE conversations SET question = ? WHERE sender_id = ?"
        connection.execute(query, (to.seq, to.sender_id))
    if reply.language:
        query = "UPDATE conversations SET language = ? WHERE sender_id = ?"
        connection.execute(query, (reply.language, to.sender_id))
    body = reply_body(reply)
    message = append(connection, to.sender_id, "bot", body, in_reply_to=to.message_id, receipt=reply.receipt)
    return Said(message, epoch)


def _rate(connection: Connection, sender_id: str, answer_id: str, value: str, comment: str) -> None:
    query = "SELECT 1 FROM messages WHERE sender_id = ? AND answer_id = ?"
    if connection.execute(query, (sender_id, answer_id)).fetchone() is None:
        raise AnswerNotFound(f"No answer {answer_id!r} was given in this session. Send the answer_id of a reply.")
    connection.execute(
        "INSERT INTO feedback (answer_id, sender_id, value, comment, at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (answer_id) DO UPDATE SET value = excluded.value, comment = excluded.comment, at = excluded.at",
        (answer_id, sender_id, value, comment, now()),
    )
