"""The language of a conversation: kept in the ledger, told by the dialogue, and by the signs where nobody else can.

The dialogue says with its replies in which language the customer writes; the gateway knows no language but Chinese by
its signs. Also who comes back from a handoff because of the language.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial

from bot.desk.handoff import Handoff
from bot.gateway import handoffs, sentences
from bot.gateway.dialogue import DialogueClient
from bot.gateway.ledger import Ledger
from bot.gateway.storage.engine import Connection
from bot.gateway.transcript import Message
from bot.messages import Reply

# The reason of a handoff because the bot does not speak the customer's language, and the languages it speaks.
REASON = "language"
SPOKEN = frozenset({"en", "zh"})
# Messages of either side that are looked at.
RECENT = 20
# Who writes on within this time of a thank-you knows that the messages arrive; seconds.
ENOUGH = 60.0


def keep(connection: Connection, sender_id: str, *, language: str) -> Handoff:
    """Keep the language of a conversation; changes no owner."""
    connection.execute("UPDATE conversations SET language = ? WHERE sender_id = ?", (language, sender_id))
    return handoffs.current(connection, sender_id)


async def language_of(ledger: Ledger, dialogue: DialogueClient, message: Message, state: Handoff, before: str) -> str:
    """Return the language in which a message is answered, after ``before``; an empty string where none is known.

    While the bot owns the conversation its dialogue hears the message anyway, and tells with the reply. Otherwise it is
    asked, and only where the answer could change what the gateway says.
    """
    words = str(message.body["text"])
    if sentences.in_chinese(words):
        found = "zh"
    elif state.owner == "bot" or message.body.get("payload") is not None:
        return before
    elif before == "zh" or state.reason == REASON:
        # Letters in a Chinese conversation may be an order's number, or the customer has changed to English.
        found = await dialogue.language(words) or before
    else:
        return before
    if found != before:
        await ledger.change(message.sender_id, partial(keep, language=found))
    return found


async def heard_again(ledger: Ledger, dialogue: DialogueClient, message: Message, state: Handoff) -> Handoff:
    """Give a conversation back to the bot if it waits for a person only because of its language, and that is over."""
    if state.owner != "queued" or state.reason != REASON:
        return state
    words = str(message.body["text"])
    if not sentences.in_chinese(words) and await dialogue.language(words) not in SPOKEN:
        return state
    return await ledger.change(message.sender_id, handoffs.withdraw)


async def once(ledger: Ledger, message: Message, reply: Reply) -> Reply | None:
    """Return the reply, or a short one if it was the last thing said: a waiting customer need not read it twice.

    None when the short one was said a moment ago: who writes in several pieces is not thanked for each.
    """
    before = await ledger.since(message.sender_id, max(0, message.seq - RECENT))
    said = [row for row in before if row.author == "bot" and row.seq < message.seq]
    if not said:
        return reply
    last, short = str(said[-1].body["text"]), _spoken(sentences.NOTED)
    if last in short and _seconds(said[-1], message) < ENOUGH:
        return None
    return sentences.NOTED if last in short | _spoken(reply) else reply


def _spoken(reply: Reply) -> set[str]:
    """Return the words of a reply in each language."""
    return {reply.text, sentences.CHINESE.get(reply.text, reply.text)}


def _seconds(first: Message, second: Message) -> float:
    return (datetime.fromisoformat(second.at) - datetime.fromisoformat(first.at)).total_seconds()
