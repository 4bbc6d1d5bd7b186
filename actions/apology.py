"""One sentence to an angry or pressed customer, with a person on offer, before the answer that all customers get."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.done import Events, intent
from actions.mood import is_angry, is_urgent

SLOT = "mood_heard"
# Their own answers offer a person, end the conversation, or are no request at all.
ANSWERED = frozenset(
    {"complaint", "talk_to_person", "stop", "refuse", "goodbye", "thank", "affirm", "deny", "other_language"}
    | {"distress", "back_to_bot", "ask_wellbeing"}
    # What the ladder answers: there is nothing that the bot can do "at once", and often a person comes anyway.
    | {"nlu_fallback", "out_of_scope", "ask_question", "unsure", "greet"}
)


class ActionHearMood(Action):
    """Answers the tone of the first angry or pressed message, and notes in the slot ``mood_heard`` that it did.

    Rasa runs the action of this name on every message before it chooses an answer; it is meant to check slots, but what
    it says is sent, and no rule has to know of it. It checks no slot.
    """

    def name(self) -> str:
        """Return the name that Rasa calls."""
        return "action_validate_slot_mappings"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Say nothing to a calm customer, nothing twice, and nothing beside an answer that does it better."""
        message = tracker.latest_message
        if tracker.get_slot(SLOT) or intent(message) in ANSWERED or not (is_angry(message) or is_urgent(message)):
            return []
        response = "utter_heard_anger" if is_angry(message) else "utter_heard_urgency"
        # The slot that chooses the language of responses is filled in this same step.
        chinese = message.get("language") == "zh"
        dispatcher.utter_message(response=f"{response}_zh" if chinese else response)
        return [SlotSet(SLOT, True)]
