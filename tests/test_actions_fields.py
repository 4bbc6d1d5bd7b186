"""What customers type becomes a value or None, never a guess."""

from __future__ import annotations

import pytest

from actions import fields


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("FH-204817", "FH-204817"),
        ("fh204817", "FH-204817"),
        ("fh 204817", "FH-204817"),
        ("FH - 204817", "FH-204817"),
        ("#204817", "FH-204817"),
        ("FH#204817", "FH-204817"),
        (" 204817 ", "FH-204817"),
        ("my order 204817, please", "FH-204817"),
        ("INV-FH-204817", "FH-204817"),
        ("204817 was ordered 12 days ago", "FH-204817"),
        ("204817 12 days ago", "FH-204817"),
        (["FH-204817", "204817"], "FH-204817"),
        (["FH-204817", "FH-204818"], None),
        ("FH-204817 or FH-204818", None),
        ("FH-20481", None),
        ("FH-2048171", None),
        ("FH-2O4817", None),
        ("call me on 0612 345678", None),
        ("345678 901234 5678", None),
        ("0612345678", None),
        ("", None),
        (None, None),
        ("order number", None),
    ],
)
def test_order_number(typed, number):
    assert fields.order_number(typed) == number


@pytest.mark.parametrize("typed", ["12345", "FH-2048", "fh 2O4817", "#FH-20 ", "204817-1", "0612345678"])
def test_a_failed_number_is_an_attempt(typed):
    assert fields.is_number_attempt(typed)


@pytest.mark.parametrize("typed", ["", "12", "why fh?", "does the 2026 tent fit 2?", "FH", "my order", "12345 or so"])
def test_other_texts_are_no_attempt(typed):
    assert not fields.is_number_attempt(typed)


@pytest.mark.parametrize(
    ("typed", "email"),
    [
        ("anna@example.org", "anna@example.org"),
        ("It's Anna@Example.ORG.", "anna@example.org"),
        ("<anna.k+shop@mail.example.co.uk>", "anna.k+shop@mail.example.co.uk"),
        (["anna@example.org", "ANNA@example.org"], "anna@example.org"),
        ("anna@example.org or ben@example.org", None),
        ("anna@example", None),
        ("anna at example.org", None),
        ("@example.org", None),
        ("anna..k@example.org", None),
        ("a" * 250 + "@example.org", None),
        (None, None),
    ],
)
def test_email(typed, email):
    assert fields.email(typed) == email


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("Lindenstraße 12, 10969 Berlin", "Lindenstraße 12, 10969 Berlin"),
        ("Keizersgracht 241-2\n1016 EA Amsterdam", "Keizersgracht 241-2, 1016 EA Amsterdam"),
        ("12 rue de Lyon, 75012 Paris", "12 rue de Lyon, 75012 Paris"),
        ("ul. Długa 4/7, 31-147 Kraków", "ul. Długa 4/7, 31-147 Kraków"),
        ("Rua Augusta 24, 1100-053 Lisboa", "Rua Augusta 24, 1100-053 Lisboa"),
        ("14 Main Street, Dublin, D02 X285", "14 Main Street, Dublin, D02 X285"),
        ("please send it to Lindenstr. 12b, 10969 Berlin.", "Lindenstr. 12b, 10969 Berlin"),
        ("no, sorry, it's Lindenstr. 14, 10969 Berlin", "Lindenstr. 14, 10969 Berlin"),
        ("Noordeinde 12, 2514 GH Den Haag", "Noordeinde 12, 2514 GH Den Haag"),
        ("My new address is: Via Roma 3, 00184 Roma", "Via Roma 3, 00184 Roma"),
        ("Lindenstraße, 10969 Berlin", None),
        ("Lindenstraße 12, Berlin", None),
        ("Lindenstraße 12", None),
        ("12, 10969", None),
        ("my neighbour", None),
        ("x" * 190 + " 12, 10969 Berlin", None),
        ("", None),
        (None, None),
    ],
)
def test_address(typed, address):
    assert fields.address(typed) == address


@pytest.mark.parametrize(
    ("typed", "allowed", "wish"),
    [
        ("refund", ("refund", "exchange"), "refund"),
        ("I want my MONEY back", ("refund", "exchange"), "refund"),
        ("another size please", ("refund", "exchange"), "exchange"),
        ("a new one", ("replacement", "refund"), "replacement"),
        ("refund or exchange?", ("refund", "exchange"), None),
        ("replacement", ("refund", "exchange"), None),
        ("no idea", ("refund", "exchange"), None),
        ("i dont want an exchange", ("refund", "exchange"), None),
        ("not a refund", ("refund", "exchange"), None),
        ("don\u2019t refund me", ("refund", "exchange"), None),
        ("neither a refund nor an exchange", ("refund", "exchange"), None),
        ("not a refund, an exchange", ("refund", "exchange"), "exchange"),
        ("no exchange but my money back", ("refund", "exchange"), "refund"),
        ("a refund instead of an exchange", ("refund", "exchange"), "refund"),
        ("exchange rather than refund", ("refund", "exchange"), "exchange"),
        ("I'd rather have a refund", ("refund", "exchange"), "refund"),
        ("no, a refund please", ("refund", "exchange"), "refund"),
        ("it can't be used so I want a refund", ("refund", "exchange"), "refund"),
        ("both", ("refund", "exchange"), None),
        (None, ("refund", "exchange"), None),
    ],
)
def test_wish(typed, allowed, wish):
    assert fields.wish(typed, allowed) == wish


@pytest.mark.parametrize(
    ("typed", "wish"),
    [
        ("refund", "refund"),
        ("I want my money back please", "refund"),
        ("exchange", "exchange"),
        ("the wrong size", None),
        ("refund, because the zip is broken", None),
        ("not a refund", None),
        ("refund or exchange", None),
        ("please", None),
        (None, None),
    ],
)
def test_a_plain_wish_says_nothing_else(typed, wish):
    assert fields.plain_wish(typed, ("refund", "exchange")) == wish


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("change the address of FH-204818 to Hauptstrasse 5, 10969 Berlin", "Hauptstrasse 5, 10969 Berlin"),
        ("send FH-204818 (anna@example.org) to 14 Mill Lane, 2000 Antwerp.", "14 Mill Lane, 2000 Antwerp"),
        ("new address: Via Roma 3, 00184 Roma, my e-mail is anna@example.org", "Via Roma 3, 00184 Roma"),
        ("my address is Lindenweg 7, 50667 Köln, please change it", "Lindenweg 7, 50667 Köln"),
        ("the address on order FH-300124 is wrong", None),
        ("change it to my office", None),
        ("Lindenweg 7, 50667 Köln", None),
        ("", None),
    ],
)
def test_an_address_within_a_request(typed, address):
    assert fields.address_within(typed) == address


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("  too \n small ", "too small"),
        ("zip" * 300, ("zip" * 300)[:500]),
        ("/affirm", None),
        ("???", None),
        ("", None),
        (None, None),
    ],
)
def test_free_text(typed, text):
    assert fields.free_text(typed) == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("I do not need it any more", True),
        ("I don't want it any more", True),
        ("no, it does not fit me", True),
        ("I changed my mind", True),
        ("不需要了", True),
        ("不合适", True),
        ("please stop this", False),
        ("I do not need to return it any more", False),
        ("I don't need your help", False),
        ("not a refund because I want an exchange", False),
        ("no, I do not want to do this any more", False),
        ("不退货了，我还需要", False),
        ("no", False),
        ("算了", False),
    ],
)
def test_a_reason_is_told_from_a_stop(text, reason):
    assert fields.is_reason(text) is reason
