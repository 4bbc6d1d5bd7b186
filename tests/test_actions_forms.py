"""Form validators: single answers, the verified pair, and every way a form ends early."""

from __future__ import annotations

import pytest
from fakes import BrokenShop
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.account import ValidateAccessForm
from actions.demo_shop import DemoShop
from actions.invoice import ValidateInvoiceForm
from actions.orders import ValidateAddressForm, ValidateCancelOrderForm, ValidateTrackOrderForm
from actions.returns import ValidateDamageForm, ValidateRefundStatusForm, ValidateReturnForm

PAIR = {"order_number": "FH-204818", "email": "anna@example.org"}
FORMS = {
    ValidateTrackOrderForm: ["order_number", "email"],
    ValidateCancelOrderForm: ["order_number", "email", "confirm"],
    ValidateAddressForm: ["order_number", "email", "new_address", "confirm"],
    ValidateInvoiceForm: ["order_number", "email"],
    ValidateReturnForm: ["order_number", "email", "return_reason", "return_wish"],
    ValidateRefundStatusForm: ["order_number", "email"],
    ValidateDamageForm: ["order_number", "email", "damage_description", "damage_wish"],
}


@pytest.fixture
def shop(tmp_path):
    return DemoShop(tmp_path / "demo_shop.db")


async def fill(validator, new, message=None, **known):
    """Run a validator as Rasa does: the new answers are the last slot events. Return what it says and does."""
    events = [{"event": "action", "name": validator.form_name()}]
    events += [{"event": "slot", "name": name, "value": value} for name, value in new.items()]
    state = {"sender_id": "s", "slots": {**known, **new}, "events": events}
    tracker = Tracker.from_dict(
        {**state, "active_loop": {"name": validator.form_name()}, "latest_message": message or {}}
    )
    required = FORMS.get(type(validator), ["email"])
    dispatcher = CollectingDispatcher()
    done = await validator.run(dispatcher, tracker, {"forms": {validator.form_name(): {"required_slots": required}}})
    slots = {event["name"]: event["value"] for event in done if event["event"] == "slot"}
    follow = [event["name"] for event in done if event["event"] != "slot"]
    return [message["response"] for message in dispatcher.messages], slots, follow


@pytest.mark.parametrize("form", FORMS)
async def test_a_right_pair_is_accepted_and_resets_the_count(form, shop):
    new = {"order_number": "fh 300123", "email": "Ben@Example.org"}
    said, slots, follow = await fill(form(shop), new, order_attempts=1.0)
    assert (said, follow) == ([], [])
    assert (slots["order_number"], slots["email"], slots["order_attempts"]) == ("FH-300123", "ben@example.org", None)


@pytest.mark.parametrize("form", FORMS)
async def test_a_wrong_pair_is_forgotten_and_asked_again(form, shop):
    said, slots, follow = await fill(form(shop), {"email": "ben@example.org"}, order_number="FH-204818")
    assert (said, follow) == (["utter_order_not_found"], [])
    assert slots == {"email": None, "order_number": None, "order_attempts": 1.0}


@pytest.mark.parametrize("form", FORMS)
async def test_the_second_wrong_pair_ends_the_form_at_a_person(form, shop):
    said, slots, follow = await fill(
        form(shop), {"email": "ben@example.org"}, order_number="FH-204818", order_attempts=1.0
    )
    assert (said, follow) == ([], ["action_handoff"])
    assert slots == {"email": None, "order_number": None, "order_attempts": 2.0, "requested_slot": None}


@pytest.mark.parametrize("form", FORMS)
async def test_a_broken_order_system_ends_the_form_with_one_sentence(form):
    said, slots, follow = await fill(form(BrokenShop()), PAIR)
    assert (said, follow) == (["utter_orders_unavailable"], ["action_listen"])
    assert slots == {**PAIR, "requested_slot": None}


@pytest.mark.parametrize(
    ("new", "known", "said"),
    [
        ({"order_number": "FH-1"}, {}, ["utter_order_number_invalid"]),
        ({"order_number": ["FH-204817", "FH-204818"]}, {}, ["utter_several_orders"]),
        ({"email": ["anna@example.org", "ben@example.org"]}, {}, ["utter_several_emails"]),
        ({"email": "anna"}, {}, ["utter_email_invalid"]),
        ({"order_number": None, "email": None}, {}, []),
        ({"order_number": "FH-1", "email": "anna"}, {}, ["utter_order_number_invalid", "utter_email_invalid"]),
        ({"order_number": "FH-1"}, {"email": "anna@example.org"}, ["utter_order_number_invalid"]),
    ],
)
async def test_unreadable_answers_are_refused_without_asking_the_shop(new, known, said):
    spoken, slots, follow = await fill(ValidateTrackOrderForm(BrokenShop()), new, **known)
    assert (spoken, slots, follow) == (said, dict.fromkeys(new), [])


async def test_coming_back_to_a_form_checks_nothing_again():
    assert await fill(ValidateTrackOrderForm(BrokenShop()), {}, **PAIR) == ([], {}, [])


@pytest.mark.parametrize(
    ("form", "pair", "ends"),
    [
        (ValidateCancelOrderForm, ("FH-204818", "anna@example.org"), False),
        (ValidateCancelOrderForm, ("FH-204817", "anna@example.org"), True),
        (ValidateAddressForm, ("FH-204818", "anna@example.org"), False),
        (ValidateAddressForm, ("FH-300124", "ben@example.org"), True),
        (ValidateReturnForm, ("FH-411222", "chen@example.org"), False),
        (ValidateReturnForm, ("FH-204817", "anna@example.org"), True),
        (ValidateReturnForm, ("FH-300123", "ben@example.org"), True),
        (ValidateDamageForm, ("FH-204817", "anna@example.org"), False),
        (ValidateDamageForm, ("FH-555001", "dana@example.org"), False),
        (ValidateDamageForm, ("FH-204818", "anna@example.org"), True),
        (ValidateDamageForm, ("FH-411223", "chen@example.org"), True),
    ],
)
async def test_a_form_that_makes_no_sense_for_the_order_ends_before_its_questions(form, pair, ends, shop):
    said, slots, follow = await fill(form(shop), {"order_number": pair[0], "email": pair[1]})
    assert (said, follow) == ([], []), "its action says why, not the form"
    assert ("requested_slot" in slots) is ends
    assert ("order_items" in slots) is not ends, "the next question names what the order holds"


@pytest.mark.parametrize(
    ("form", "request_it"),
    [
        (ValidateReturnForm, lambda shop, order: shop.start_return(order, "too small", "refund")),
        (ValidateDamageForm, lambda shop, order: shop.report_damage(order, "torn", "refund")),
    ],
)
async def test_what_is_open_already_is_not_asked_for_again(form, request_it, shop):
    await request_it(shop, await shop.find("FH-411222", "chen@example.org"))
    _, slots, _ = await fill(form(shop), {"order_number": "FH-411222", "email": "chen@example.org"})
    assert "requested_slot" in slots


@pytest.mark.parametrize(
    ("product", "said", "number"),
    [
        ("Kestrel rain jacket", [], "FH-411222"),
        ("Scree boots", ["utter_other_product"], None),
    ],
)
async def test_another_product_than_the_order_holds_asks_for_its_number(product, said, number, shop):
    message = {"entities": [{"entity": "product", "value": product}]}
    new = {"order_number": "FH-411222", "email": "chen@example.org"}
    spoken, slots, _ = await fill(ValidateReturnForm(shop), new, message)
    assert (spoken, slots["order_number"]) == (said, number)


async def test_an_address_in_the_opening_message_is_taken(shop):
    text = "change the address of FH-204818 to Hauptstrasse 5, 10969 Berlin"
    known = {"requested_slot": None, "email": "anna@example.org"}
    said, slots, _ = await fill(ValidateAddressForm(shop), {"order_number": "FH-204818"}, {"text": text}, **known)
    assert (said, slots["new_address"]) == ([], "Hauptstrasse 5, 10969 Berlin")


async def test_a_wish_given_as_the_reason_is_noted_and_the_reason_asked_again(shop):
    known = {"requested_slot": "return_reason"}
    said, slots, _ = await fill(ValidateReturnForm(shop), {}, {"text": "refund please"}, **known)
    assert (said, slots) == (["utter_wish_noted"], {"return_wish": "refund"})
    said, slots, _ = await fill(ValidateReturnForm(shop), {"return_reason": "refund"}, {"text": "refund"}, **known)
    assert (slots["return_reason"], slots["return_wish"]) == (None, "refund")


@pytest.mark.parametrize("form", [ValidateCancelOrderForm, ValidateAddressForm])
@pytest.mark.parametrize(
    ("asked", "value", "kept"),
    [
        ("confirm", True, True),
        ("confirm", False, False),
        ("confirm", "yes", None),
        ("email", True, None),
        (None, True, None),
    ],
)
async def test_a_yes_counts_only_when_it_was_asked_for(form, asked, value, kept):
    _, slots, _ = await fill(form(BrokenShop()), {"confirm": value}, requested_slot=asked, **PAIR)
    assert slots == {"confirm": kept} | ({"form_attempts": 1.0} if (asked, kept) == ("confirm", None) else {})


async def test_a_correction_beats_the_confirmation_it_came_with(shop):
    new = {"order_number": "FH-204818", "confirm": False}
    _, slots, _ = await fill(ValidateCancelOrderForm(shop), new, requested_slot="confirm", email="anna@example.org")
    assert slots["order_number"] == "FH-204818"
    assert slots["confirm"] is None


@pytest.mark.parametrize(
    ("form", "asked", "new", "left"),
    [
        (ValidateReturnForm, "return_reason", {"order_number": "FH-411222", "return_reason": "sorry, FH-411222"}, None),
        (ValidateDamageForm, "damage_description", {"order_number": "FH-411222", "damage_description": "oh"}, None),
        (ValidateReturnForm, "return_reason", {"return_reason": "sorry, too small"}, "sorry, too small"),
    ],
)
async def test_a_corrected_number_is_no_reason(form, asked, new, left, shop):
    message = {"intent": {"name": "correct"}}
    _, slots, _ = await fill(form(shop), new, message, requested_slot=asked, email="chen@example.org")
    assert slots[asked] == left


async def test_two_numbers_in_one_message_are_not_chosen_from():
    entities = [{"entity": "order_number", "value": value} for value in ("FH-204817", "204817", "FH-204818")]
    said, slots, _ = await fill(ValidateTrackOrderForm(), {"order_number": "FH-204818"}, {"entities": entities})
    assert (said, slots) == (["utter_several_orders"], {"order_number": None})


@pytest.mark.parametrize(
    ("asked", "text", "said"),
    [
        ("order_number", "FH-2048", ["utter_order_number_invalid"]),
        ("order_number", "12345", ["utter_order_number_invalid"]),
        ("order_number", "how heavy is the 2026 tent?", []),
        ("order_number", "/stop", []),
        ("email", "12345", []),
        ("email", "anna@example", ["utter_email_invalid"]),
        ("email", "it is anna @ example.org", ["utter_email_invalid"]),
        ("email", "why?", []),
        (None, "12345", []),
    ],
)
async def test_a_failed_attempt_is_told_and_anything_else_may_interrupt(asked, text, said):
    spoken, slots, _ = await fill(ValidateTrackOrderForm(BrokenShop()), {}, {"text": text}, requested_slot=asked)
    assert (spoken, slots) == (said, {asked: None, "form_attempts": 1.0} if said else {})


@pytest.mark.parametrize(
    ("form", "slot", "typed", "value", "said"),
    [
        (ValidateReturnForm, "return_reason", " too  small ", "too small", []),
        (ValidateReturnForm, "return_reason", "/inform", None, []),
        (ValidateReturnForm, "return_wish", "my money back", "refund", []),
        (ValidateReturnForm, "return_wish", "hm", None, ["utter_one_wish"]),
        (ValidateReturnForm, "return_wish", "both", None, ["utter_one_wish"]),
        (ValidateReturnForm, "return_wish", "not a refund", None, ["utter_one_wish"]),
        (ValidateReturnForm, "return_wish", None, None, []),
        (ValidateDamageForm, "damage_description", "the zip broke", "the zip broke", []),
        (ValidateDamageForm, "damage_wish", "a new one", "replacement", []),
        (ValidateAddressForm, "new_address", "Lindenstr. 12, 10969 Berlin", "Lindenstr. 12, 10969 Berlin", []),
        (ValidateAddressForm, "new_address", "at my mother's", None, ["utter_address_invalid"]),
        (ValidateAddressForm, "new_address", None, None, []),
    ],
)
async def test_the_other_answers(form, slot, typed, value, said):
    assert await fill(form(BrokenShop()), {slot: typed}, **PAIR) == (said, {slot: value}, [])


@pytest.mark.parametrize(("typed", "value", "said"), [("A@b.eu", "a@b.eu", []), ("a@b", None, ["utter_email_invalid"])])
async def test_the_access_form_asks_for_an_address_only(typed, value, said):
    assert await fill(ValidateAccessForm(), {"email": typed}) == (said, {"email": value}, [])


@pytest.mark.parametrize(
    ("text", "taken"),
    [("?", None), ("...", None), ("\U0001f621", None), ("yes", True), ("/affirm", True), ("好", True)],
)
async def test_a_message_that_says_nothing_confirms_nothing(text, taken, shop):
    known = {"requested_slot": "confirm", **PAIR}
    _, slots, _ = await fill(ValidateCancelOrderForm(shop), {"confirm": True}, {"text": text}, **known)
    assert slots["confirm"] is taken


@pytest.mark.parametrize("name", ["stop", "deny", "refuse"])
@pytest.mark.parametrize(
    ("text", "reason"), [("I don't need it any more", True), ("please stop this", False), ("no", False)]
)
async def test_a_reason_that_sounds_like_a_stop_is_a_reason(name, text, reason, shop):
    message = {"text": text, "intent": {"name": name}}
    known = {**PAIR, "requested_slot": "return_reason", "return_reason": None}
    _, slots, follow = await fill(ValidateReturnForm(shop), {}, message, **known)
    assert (slots.get("return_reason") == text, "action_handoff" in follow) == (reason, False)


@pytest.mark.parametrize(
    ("name", "new", "heard"),
    [
        ("ask_shipping_cost", {"order_number": "FH-204818"}, ["utter_shipping_cost"]),
        ("ask_shipping_cost", {}, []),
        ("inform", {"order_number": "FH-204818"}, []),
        ("ask_question", {"order_number": "FH-204818"}, []),
    ],
)
async def test_a_fixed_question_beside_an_answer_is_answered(name, new, heard, shop):
    message = {"text": "FH-204818. And how much is express?", "intent": {"name": name}}
    said, slots, _ = await fill(ValidateTrackOrderForm(shop), new, message, requested_slot="order_number")
    assert said == heard
    assert slots.get("order_number") == new.get("order_number")
