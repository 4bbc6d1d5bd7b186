"""Redaction of people's names: what announces them, which company they need, and what only looks like one."""

from __future__ import annotations

import subprocess
import sys

import pytest

from retrieval.redact import redact


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mrs. Keller asked", "Mrs. [NAME] asked"),
        ("Dr. Van Damme, please", "Dr. [NAME], please"),
        ("my name is inba", "my name is [NAME]"),
        ("my name is borna jerković but everyone calls me borna", "my name is [NAME] but everyone calls me [NAME]"),
        ("Mein Name ist Jürgen Groß.", "Mein Name ist [NAME]."),
        ("je m'appelle Élodie Martin", "je m'appelle [NAME]"),
        ("Name: Vide Bojka", "Name: [NAME]"),
        ("Hello Ogasahara, your parcel left", "Hello [NAME], your parcel left"),
        ("hi charlie", "hi [NAME]"),
        ("See you.\nKind regards,\nBojka Žilih", "See you.\nKind regards,\n[NAME]"),
        ("I'm Bojka Žilih, from Graz", "I'm [NAME], from Graz"),
        ("a present for my son Agi", "a present for my son [NAME]"),
        ("It is fixed now. Ilse", "It is fixed now. [NAME]"),
        ("The label went to Karin Holm in Umeå", "The label went to [NAME] in Umeå"),
        ("Jan de Wit and Jean-Pierre Moreau", "[NAME] and [NAME]"),
        ("Anna K. Nowak's tent", "[NAME]'s tent"),
        ("patricia desrosiers ordered it", "[NAME] ordered it"),
        ("for Jonas, Tadzio and Efimiya", "for [NAME], [NAME] and [NAME]"),
        ("Ask Anna Holm; Holm is right", "Ask [NAME]; [NAME] is right"),
        ("it went to Szabina Björnsdóttir", "it went to [NAME]"),
        ("Hi, I'm Marta Ruiz. Help", "Hi, I'm [NAME]. Help"),
        ("Rose Smith called", "[NAME] called"),
    ],
)
def test_a_name_becomes_a_placeholder(text: str, expected: str) -> None:
    assert redact(text).text == expected


@pytest.mark.parametrize(
    "text",
    [
        "Will the Mark in May be Rose or Amber?",
        "we went to San Jose and saw Lovell Lodge",
        "the Anna tent, Anna 2 and Anna 3",
        "flight from AMA to BOS with RON",
        "Hi there, Good morning team, Dear customer,",
        "Ridgeline, Tarn and Kestrel are in stock",
        "the price of a green wood floor with a long cord",
    ],
)
def test_words_places_and_products_stay(text: str) -> None:
    assert redact(text).text == text


def test_names_of_products_stay_when_they_are_said() -> None:
    text = "Is the zip of Olivia Trail right for Olivia?"
    assert redact(text).text != text
    assert redact(text, keep=["Olivia Trail jacket"]).text == text


def test_a_product_hides_nobody_else() -> None:
    assert redact("Anna likes Olivia", keep=["Olivia"]).text == "[NAME] likes Olivia"


def test_the_lists_of_names_are_not_read_before_they_are_needed() -> None:
    code = "import sys, retrieval.redact; sys.exit('faker' in sys.modules or 'phonenumbers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
