"""Answers that do not help a form: counted, told from questions in between, and at the third a person takes over."""

from __future__ import annotations

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from test_actions_forms import fill

from actions.account import ValidateAccessForm
from actions.demo_shop import DemoShop
from actions.orders import ValidateCancelOrderForm, ValidateTrackOrderForm


@pytest.mark.parametrize(
    ("counted", "intent", "events"),
    [
        (None, "deny", {"form_attempts": 1.0}),
        (1.0, "inform", {"form_attempts": 2.0}),
        (2.0, "affirm", {"form_attempts": 3.0, "requested_slot": None}),
        (None, "ask_opening_hours", {}),
        (2.0, "ask_question", {}),
        (2.0, "stop", {}),
    ],
)
@pytest.mark.parametrize("form", [ValidateTrackOrderForm, ValidateAccessForm])
async def test_the_third_answer_in_a_row_that_does_not_help_goes_to_a_person(form, counted, intent, events):
    message = {"text": "hm", "intent": {"name": intent}}
    said, slots, others = await fill(form(), {}, message, requested_slot="email", form_attempts=counted)
    assert (said, slots) == ([], events)
    rejected = form().name().removeprefix("validate_")
    assert others == (["action_handoff"] if counted == 2.0 and events else [rejected] if events else [])


@pytest.mark.parametrize(("intent", "counted"), [("track_order", True), ("cancel_order", False)])
async def test_the_opening_wish_again_is_no_answer_and_another_wish_is_no_failure(intent, counted):
    message = {"text": "where is my order", "intent": {"name": intent}}
    _, slots, _ = await fill(ValidateTrackOrderForm(), {}, message, requested_slot="order_number")
    assert slots == ({"form_attempts": 1.0} if counted else {})


async def test_unreadable_numbers_are_counted_too():
    known = {"requested_slot": "order_number", "form_attempts": 2.0}
    said, slots, follow = await fill(ValidateTrackOrderForm(), {}, {"text": "12345"}, **known)
    assert (said, follow) == (["utter_order_number_invalid"], ["action_handoff"])
    assert slots == {"order_number": None, "form_attempts": 3.0, "requested_slot": None}


async def test_an_answer_that_helps_starts_the_count_again(tmp_path):
    shop = DemoShop(tmp_path / "demo_shop.db")
    known = {"requested_slot": "order_number", "form_attempts": 2.0}
    _, slots, follow = await fill(ValidateTrackOrderForm(shop), {"order_number": "FH-204817"}, **known)
    assert (slots["form_attempts"], follow) == (None, [])


async def test_a_form_that_comes_back_in_the_same_turn_counts_nothing_twice():
    validator = ValidateTrackOrderForm()
    events = [{"event": "user", "text": "no"}, {"event": "action", "name": "utter_details_needed"}]
    tracker = Tracker.from_dict(
        {
            "sender_id": "s",
            "slots": {"requested_slot": "email", "form_attempts": 1.0},
            "events": [*events, {"event": "action", "name": "track_order_form"}],
            "active_loop": {"name": "track_order_form"},
            "latest_message": {"text": "no", "intent": {"name": "deny"}},
        }
    )
    domain = {"forms": {"track_order_form": {"required_slots": ["order_number", "email"]}}}
    assert await validator.run(CollectingDispatcher(), tracker, domain) == []


async def test_after_two_wrong_pairs_each_further_one_goes_to_a_person_at_once(tmp_path):
    shop = DemoShop(tmp_path / "demo_shop.db")
    known = {"order_number": "FH-204818", "order_attempts": 2.0}
    said, slots, follow = await fill(ValidateTrackOrderForm(shop), {"email": "ben@example.org"}, **known)
    assert (said, slots["order_attempts"], follow) == ([], 2.0, ["action_handoff"])


@pytest.mark.parametrize(
    ("text", "confirm"),
    [("I don't want to cancel my order", {"confirm": False}), ("cancel my order", {}), ("I can't wait, cancel it", {})],
)
async def test_a_negated_cancel_at_the_question_is_a_no(text, confirm):
    message = {"text": text, "intent": {"name": "start_return"}}
    _, slots, _ = await fill(ValidateCancelOrderForm(), {}, message, requested_slot="confirm")
    assert slots == confirm
