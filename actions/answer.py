"""Answer a question from solved tickets, through the answers service; hand over when it finds nothing twice.

A customer without patience is handed over the first time, and one who asks the same for the third time as well.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import fields
from actions.done import Events, active_form, count, end_turn, person_offered
from actions.handoff import hand_over
from actions.letter import Letter, letter_from_settings
from actions.mood import allowed, asked_before
from bot.answering.client import client_from_environment
from bot.errors import AnswersUnavailable, SettingsError
from bot.messages import CUSTOM_KEY, MEANT, SENSELESS, Button, Reply

logger = logging.getLogger(__name__)

CONTEXT_TURNS = 4
CONTEXT_CHARACTERS = 500
MAX_MISSES = 2
# Replies that state something get greeting and sign-off.
ANSWERS = ("ticket", "generated")
# Where a reply that was put into a letter keeps its own words.
BARE = "said"


class Answers(Protocol):
    """What the action needs of the answers service's client."""

    async def answer(self, question: str, context: Sequence[Mapping[str, str]] = ()) -> Reply:
        """Return the best reply; raises ``AnswersUnavailable``."""


def last_turns(tracker: Tracker) -> list[dict[str, str]]:
    """Return what was said just before the current question, oldest first, without payloads and letters."""
    turns: list[dict[str, str]] = []
    for event in tracker.events:
        text = str(_bare(event) or event.get("text") or "").strip()
        if event["event"] in ("restart", "session_started"):
            turns.clear()
        elif event["event"] in ("user", "bot") and text and not text.startswith("/"):
            role = "customer" if event["event"] == "user" else "bot"
            turns.append({"role": role, "text": text[:CONTEXT_CHARACTERS]})
    if turns and turns[-1]["role"] == "customer":
        turns.pop()
    return turns[-CONTEXT_TURNS:]


def _bare(event: Mapping[str, Any]) -> str:
    """Return the words of a reply without its letter, which may hold the customer's data; empty if it had none."""
    custom = (event.get("data") or {}).get("custom") or {}
    return str((custom.get(CUSTOM_KEY) or {}).get(BARE) or "")


def asked(tracker: Tracker) -> str:
    """Return the customer's words, or the question that a pressed button stands for; empty when there is none."""
    text = str(tracker.latest_message.get("text") or "").strip()
    if not text.startswith("/"):
        return text
    entities = tracker.latest_message.get("entities") or []
    return next((str(item["value"]) for item in entities if item.get("entity") == "question"), "")


def payload(button: Button) -> str:
    """Return the button's payload; a plain question becomes a command, or the NLU might take it for another intent."""
    if button.payload.startswith("/"):
        return button.payload
    return "/ask_question" + json.dumps({"question": button.payload})


def is_senseless(tracker: Tracker) -> bool:
    """Return whether the message holds no word: a person is offered for it, but nobody is queued without asking."""
    return bool(tracker.latest_message.get(SENSELESS))


class ActionAnswerQuestion(Action):
    """Climbs the answer ladder for the customer's last message; never makes up text of its own."""

    def __init__(self, answers: Answers | None = None, letter: Letter | None = None) -> None:
        self._answers = answers
        self._letter = letter

    def name(self) -> str:
        """Return the name that rules use."""
        return "action_answer_question"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Answer, or say that there is no answer; inside a form the form then asks its question again."""
        # In a form Rasa must go on predicting, or the form's question is lost.
        end = [] if active_form(tracker) else [end_turn()]
        question = asked(tracker)
        if not question:
            dispatcher.utter_message(response="utter_capabilities")
            return end
        if end and fields.is_identifier(question):
            dispatcher.utter_message(response="utter_what_next")
            return end
        if not active_form(tracker) and asked_before(tracker, question) and not is_senseless(tracker):
            return hand_over(dispatcher, "asked_again")
        turns = last_turns(tracker)
        try:
            letter = self._letter or letter_from_settings()
            reply = await self._reply(question, tracker, turns)
        except (AnswersUnavailable, SettingsError) as exc:
            logger.error("%s failed: %s", self.name(), exc)
            dispatcher.utter_message(response="utter_answers_unavailable", json_message=person_offered())
            return end
        text = reply.text
        if reply.rung in ANSWERS:
            text = letter.around(text, tracker.slots, greets=all(turn["role"] != "bot" for turn in turns))
        return self._say(reply, text, dispatcher, tracker, end)

    async def _reply(self, question: str, tracker: Tracker, turns: Sequence[Mapping[str, str]]) -> Reply:
        """Return the best reply to the customer's words; where these find nothing, to what they meant to type."""
        answers = self._answers or client_from_environment()
        reply = await answers.answer(question, turns)
        meant = str(tracker.latest_message.get(MEANT) or "")
        if reply.rung != "handoff" or not meant:
            return reply
        other = await answers.answer(meant, turns)
        return reply if other.rung == "handoff" else other

    def _say(self, reply: Reply, text: str, dispatcher: CollectingDispatcher, tracker: Tracker, end: Events) -> Events:
        changes: Events = []  # a question back is neither an answer nor a miss
        if reply.rung == "handoff":
            misses = count(tracker, "misses") + 1
            if misses >= allowed(tracker, MAX_MISSES) and not is_senseless(tracker):
                return hand_over(dispatcher, "no_evidence", reply)
            changes = [SlotSet("misses", 1.0)]
        elif reply.rung != "clarify":
            changes = [SlotSet("misses", None)]
        buttons = [{"title": button.title, "payload": payload(button)} for button in reply.buttons]
        custom = reply.to_custom()
        if text != reply.text:
            custom[CUSTOM_KEY][BARE] = reply.text
        dispatcher.utter_message(text=text, buttons=buttons, json_message=custom)
        return [*changes, *end]


class ActionOutOfScope(ActionAnswerQuestion):
    """Tries the ladder for what Rasa takes to be outside its flows: the tickets may know it."""

    def name(self) -> str:
        """Return the name that rules use."""
        return "action_out_of_scope"
