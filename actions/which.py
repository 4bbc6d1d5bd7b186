"""Ask which of the likely wishes is meant, with one button for each and one for none of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import fields
from actions.answer import ActionAnswerQuestion, asked
from actions.done import Events, active_form, end_turn, intent
from actions.language import spoken
from bot.messages import Reply

NAME = "action_which"
UNSURE = "unsure"
DETAILS = ("inform", "correct")
NEITHER = {"en": "Something else", "zh": "其他问题"}


class ActionWhich(Action):
    """Says one question with up to four buttons; what a press does is the pressed intent's own rule.

    Without two candidates, or when the same question was the bot's last turn, the message goes up the answer ladder.
    An order number or e-mail that comes instead of a choice is kept in its slot, and the choice asked for again.
    """

    def __init__(self, ladder: Action | None = None) -> None:
        self._ladder = ladder or ActionAnswerQuestion()

    def name(self) -> str:
        """Return the name that rules use."""
        return NAME

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Ask, or pass the message on to the ladder."""
        candidates, question = candidates_of(tracker.latest_message), asked(tracker)
        detail = asked_last(tracker) and intent(tracker.latest_message) in DETAILS and fields.is_identifier(question)
        if detail:
            candidates, question = asked_about(tracker)
        if len(candidates) < 2 or (asked_last(tracker) and not detail):
            events: Events = await self._ladder.run(dispatcher, tracker, domain)
            return events
        language = spoken(tracker)
        buttons = [{"title": title(item["title"], language), "payload": f"/{item['intent']}"} for item in candidates]
        neither = "/ask_question" + json.dumps({"question": question})
        confidence = float(tracker.latest_message["intent"].get("confidence") or 0.0)
        dispatcher.utter_message(
            response="utter_which_of_these" if detail else "utter_which",
            buttons=[*buttons, {"title": title(NEITHER, language), "payload": neither}],
            json_message=Reply("", rung="clarify", confidence=confidence).to_custom(),
        )
        return [] if active_form(tracker) else [end_turn()]


def candidates_of(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the intents that a parsed message may mean, with their titles; empty when it is clear."""
    return list((message.get("scope") or {}).get("candidates") or ())


def asked_about(tracker: Tracker) -> tuple[list[dict[str, Any]], str]:
    """Return the last choice that the customer was given, and the words it was given for."""
    for event in reversed(tracker.events):
        said = event.get("parse_data") or {} if event["event"] == "user" else {}
        if intent(said) == UNSURE and candidates_of(said):
            return candidates_of(said), str(event.get("text") or "")
    return [], ""


def title(titles: str | dict[str, str], language: str) -> str:
    """Return an intent's title: one for all languages, or that of the customer's, English where there is none."""
    return titles if isinstance(titles, str) else titles.get(language, titles["en"])


def asked_last(tracker: Tracker) -> bool:
    """Return whether the last thing the bot did before this message was to ask which of two is meant."""
    done = [event["name"] for event in reversed(tracker.events) if event["event"] == "action"]
    return next((name for name in done if name != "action_listen"), None) == NAME
