"""What the customer says about the conversation itself: stop, not that, the other one."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import fields
from actions.done import FLOW_SLOTS, Events, active_form, clear, end_turn, intent, leave_form
from actions.forms import OPENED_BY, typed
from bot.messages import WAITING

MAX_TITLE = 60
# The "no" of "no wait refund instead" refuses nothing that follows it.
NO_WAIT = re.compile(r"\W*(?:(?:no|wait|actually|sorry)\b\W*)+(?=\w)", re.IGNORECASE)
# What is said when something was changed or sent, and the request that may be refused after it.
DONE = {
    "utter_order_cancelled": ("cancel_order", "ask_refund_status"),
    "utter_address_changed": ("change_address",),
    "utter_invoice_sent": ("request_invoice",),
    "utter_invoice_sent_vat": ("request_invoice",),
    "utter_return_started": ("start_return", "ask_refund_status"),
    "utter_damage_reported": ("report_damage", "start_return", "ask_refund_status"),
    "utter_access_reset": ("reset_access",),
}
# Rasa's note of a response in the metadata of what was said.
NOTE = "utter_action"
FIRST_SENTENCE = re.compile(r".+?(?:\.(?=\s|$)|[\u3002\uff1b])", re.DOTALL)
# What a "no" and a correction otherwise get, outside of forms.
USUAL = {"deny": "utter_all_right", "correct": "utter_what_next"}


class ActionStop(Action):
    """Ends the running form and forgets what was typed into it; nothing is sent to the shop."""

    def name(self) -> str:
        """Return the name that rules use."""
        return "action_stop"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Confirm the stop, and do not deny what was done before it.

        Wrong pairs stay counted, or stopping would allow endless tries.
        """
        form = domain.get("forms", {}).get(active_form(tracker) or "", {})
        slots = dict.fromkeys((*form.get("required_slots", ()), *FLOW_SLOTS))
        done = None if active_form(tracker) else last_done(tracker)
        if done:
            dispatcher.utter_message(response="utter_stays", done=done)
        else:
            dispatcher.utter_message(response="utter_stopped")
        for text in waiting(tracker)[:1]:
            button = {"title": text if len(text) <= MAX_TITLE else f"{text[: MAX_TITLE - 1]}…", "payload": text}
            dispatcher.utter_message(response="utter_other_request", buttons=[button])
        return [*leave_form(), *clear(tuple(slots)), end_turn()]


class ActionRefuse(ActionStop):
    """Answers "please don't cancel it": ends the form that is about it, and leaves every other form running."""

    def name(self) -> str:
        """Return the name that rules use."""
        return "action_refuse"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Say that nothing more is done; what is refused is read from the message."""
        form, negated = active_form(tracker), tracker.latest_message.get("negated")
        if form and negated in (None, OPENED_BY.get(form)):
            return await super().run(dispatcher, tracker, domain)
        done = last_done(tracker, negated)
        if done:
            dispatcher.utter_message(response="utter_stays", done=done)
        else:
            dispatcher.utter_message(response="utter_nothing_done")
        return [] if form else [end_turn()]


class ActionSecondThought(Action):
    """Answers "no, I meant exchange" right after a return or a damage was noted: only a person can change it now."""

    def name(self) -> str:
        """Return the name that rules use."""
        return "action_second_thought"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Say that it stays if another wish is named, else what a "no" or a correction always gets."""
        words = NO_WAIT.sub("", typed(tracker))
        wishes = [fields.wish(words, (wish,)) for wish in fields.WISHES]
        done = last_done(tracker, turns=1) if any(wishes) else None
        if done:
            dispatcher.utter_message(response="utter_stays", done=done)
        else:
            dispatcher.utter_message(response=USUAL.get(str(intent(tracker.latest_message)), "utter_all_right"))
        return [end_turn()]


def last_done(tracker: Tracker, refused: str | None = None, turns: int | None = None) -> str | None:
    """Return the sentence that told the customer of the last change or sending in this session, None without one.

    Only one that belongs to the ``refused`` request if that is known, and of the last ``turns`` turns if given.
    """
    heard = 0
    for event in reversed(tracker.events):
        if event["event"] in ("restart", "session_started"):
            return None
        if event["event"] == "user":
            heard += 1
            if turns is not None and heard > turns:
                return None
        belongs = DONE.get(str((event.get("metadata") or {}).get(NOTE)), ()) if event["event"] == "bot" else ()
        if belongs and (refused is None or refused in belongs):
            text = str(event.get("text") or "").strip()
            sentence = FIRST_SENTENCE.match(text)
            return sentence.group() if sentence else text
    return None


def waiting(tracker: Tracker) -> list[str]:
    """Return the requests that wait behind the running form, in the customer's words."""
    said: dict[str, Any] = next((event for event in reversed(tracker.events) if event["event"] == "user"), {})
    return [str(text) for text in (said.get("metadata") or {}).get(WAITING) or ()]
