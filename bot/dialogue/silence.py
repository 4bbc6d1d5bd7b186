"""The sentence of a turn in which nothing was said: whatever the reason, the customer is not left without an answer.

Rules, forms and actions may all end without a word: a response without text, an action that only sets slots, a form
whose action leaves the talking to another one, a turn repeated after a crash that had said nothing.
"""

from __future__ import annotations

from typing import Any, Protocol

from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.dialogue.channel import TurnChannel
from bot.dialogue.parts import LANGUAGE
from bot.messages import Reply

RESPONSE = "utter_nothing_said"
# For a domain that has no such response.
SENTENCE = {
    "text": "I have no answer to that, sorry. Please put it in other words, or let a colleague help you.",
    "buttons": [{"title": "Talk to a person", "payload": "/talk_to_person"}],
}


class Store(Protocol):
    """What is needed of the tracker store."""

    domain: Domain

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """Return the conversation as it is stored."""

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store what is new in it."""


async def break_silence(channel: TurnChannel, sender_id: str, store: Store) -> None:
    """Say the sentence in the customer's language and store it, if nothing was said on the channel.

    Stored like any other answer: the "yes" that follows is one to the offer of a person.
    """
    if channel.said:
        return
    tracker = await store.retrieve(sender_id)
    known = tracker.get_slot(LANGUAGE) if tracker and LANGUAGE in tracker.slots else None
    told = _sentence(store.domain.responses, channel.language or str(known or ""))
    message = {**told, "custom": Reply("", rung="handoff", confidence=0.0).to_custom()}
    await channel.send_response(sender_id, message)
    if tracker is not None:
        data = {"buttons": message["buttons"], "custom": message["custom"]}
        tracker.update(BotUttered(message["text"], data, {"utter_action": RESPONSE}))
        await store.save(tracker)


def _sentence(responses: dict[str, list[dict[str, Any]]], language: str) -> dict[str, Any]:
    """Return text and buttons; a variation with a condition is the one for Chinese, as everywhere in domain.yml."""
    said = responses.get(RESPONSE) or [SENTENCE]
    fits = [one for one in said if bool(one.get("condition")) == (language == "zh")] or said
    return {"text": str(fits[0]["text"]), "buttons": list(fits[0].get("buttons") or ())}
