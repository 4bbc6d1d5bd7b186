"""The language of a conversation: which words of the customer tell it, and when the bot can speak it again."""

from __future__ import annotations

from bot.desk.handoff import Handoff
from bot.gateway import handoffs, sentences
from bot.gateway.ledger import Ledger
from bot.gateway.transcript import Message
from bot.messages import Reply

# The reason of a handoff because the bot does not speak the customer's language, and the languages it speaks.
REASON = "language"
SPOKEN = frozenset({"en", "zh"})
# Messages of either side that are looked at.
RECENT = 20


def language(text: str) -> str | None:
    """Return the code of the language that a text is in, None when it could be in any."""
    from bot.nlu.tongues import language as language_of  # 30 MB of word statistics, for those who need them

    return language_of(text)


async def telling_words(ledger: Ledger, message: Message) -> str:
    """Return the customer's last words that are in a language: "FH-204817" after a Chinese message is in none."""
    words = str(message.body["text"])
    if language(words):
        return words
    before = await ledger.since(message.sender_id, max(0, message.seq - RECENT))
    said = [str(row.body["text"]) for row in before if row.author == "customer" and row.seq < message.seq]
    return next((earlier for earlier in reversed(said) if language(earlier)), words)


async def heard_again(ledger: Ledger, message: Message, state: Handoff) -> Handoff:
    """Give a conversation back to the bot if it waits for a person only because of its language, and that is over."""
    if state.owner != "queued" or state.reason != REASON or language(str(message.body["text"])) not in SPOKEN:
        return state
    return await ledger.change(message.sender_id, handoffs.withdraw)


async def once(ledger: Ledger, message: Message, reply: Reply) -> Reply:
    """Return the reply, or a short one if it was the last thing said: a waiting customer need not read it twice."""
    before = await ledger.since(message.sender_id, max(0, message.seq - RECENT))
    said = [str(row.body["text"]) for row in before if row.author == "bot" and row.seq < message.seq]
    known = {reply.text, sentences.NOTED.text, *(sentences.CHINESE.get(one.text) for one in (reply, sentences.NOTED))}
    return sentences.NOTED if said and said[-1] in known else reply
