"""What the customer says about the conversation itself: stop."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.done import FLOW_SLOTS, Events, active_form, clear, end_turn, leave_form


class ActionStop(Action):
    """Ends the running form and forgets what was typed into it; nothing is sent to the shop."""

    def name(self) -> str:
        """Return the name that rules use."""
        return "action_stop"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Confirm the stop; wrong pairs stay counted, or stopping would allow endless tries."""
        form = domain.get("forms", {}).get(active_form(tracker) or "", {})
        slots = dict.fromkeys((*form.get("required_slots", ()), *FLOW_SLOTS))
        dispatcher.utter_message(response="utter_stopped")
        return [*leave_form(), *clear(tuple(slots)), end_turn()]
