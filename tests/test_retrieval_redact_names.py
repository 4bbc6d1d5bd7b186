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
        "I am Happy with it, I am Dutch Customer 2",
        "the price of a green wood floor with a long cord",
    ],
)
def test_words_places_and_products_stay(text: str) -> None:
    assert redact(text).text == text


@pytest.mark.parametrize(
    ("product", "text", "expected"),
    [
        ("Jack Wolfskin jacket", "My name is Jack Smith", "My name is [NAME]"),
        ("Jack Wolfskin jacket", "My name is Jack", "My name is [NAME]"),
        ("Jack Wolfskin jacket", "it went to Oliver Jack in Leeds", "it went to [NAME] in Leeds"),
        ("Olivia Trail jacket", "it went to Olivia in Leeds", "it went to [NAME] in Leeds"),
        ("Olivia Trail jacket", "I am Olivia. My Olivia Trail leaks", "I am [NAME]. My Olivia Trail leaks"),
        ("Rose gold lamp", "Regards, Rose Miller", "Regards, [NAME]"),
        ("Rose gold lamp", "I am Rose Miller", "I am [NAME]"),
        ("Air Max 90", "I am Max Mustermann", "I am [NAME]"),
        ("Anna Maria tent", "for Anna Maria Holm", "for [NAME]"),
        ("Anna Maria tent", "Regards, Anna Maria", "Regards, [NAME]"),
        ("Olivia", "my name is Olivia", "my name is [NAME]"),
        ("Kestrel rain jacket", "Mrs. Kestrel asked", "Mrs. [NAME] asked"),
        ("Holm, Anna", "ask Holm\nAnna is out", "ask [NAME]\n[NAME] is out"),
    ],
)
def test_a_product_hides_nobody_who_has_a_word_of_it_in_the_name(product: str, text: str, expected: str) -> None:
    assert redact(text, keep=["Tarn 45 backpack", product]).text == expected


@pytest.mark.parametrize(
    ("product", "text"),
    [
        ("Jack Wolfskin jacket", "Is this Jack Wolfskin warm? JACK WOLFSKIN jacket, jack wolfskin"),
        ("Jack Wolfskin rain jacket", "two of Jack Wolfskin Jacket for me"),
        ("Olivia Trail jacket", "this is Olivia Trail jacket, thanks Olivia Trail Jacket"),
        ("Air Max 90", "I am happy with Air Max 90 and Air Max"),
        ("Anna-Holm tent", "they sold me Anna Holm"),
        ("Bojković stove", "they sold me Bojković and it smokes"),
        ("Hollow Bojković stove", "they sold me Bojković and it smokes"),
    ],
)
def test_a_product_stays_as_it_stands_in_the_text(product: str, text: str) -> None:
    assert redact(text).text != text or "Air" in text
    assert redact(text, keep=[product]).text == text


@pytest.mark.parametrize("brand", ["Ridgeline", "Kestrel", "Emberlite"])
def test_one_word_of_a_product_stays_when_nobody_is_called_so(brand: str) -> None:
    text = f"my {brand} leaks. {brand} is a good name; thanks, we like the {brand} of Ilse"
    kept = redact(text, keep=[f"{brand} 2 tent"])
    assert kept.text == text.replace("Ilse", "[NAME]")


def test_names_of_products_stay_when_they_are_said() -> None:
    text = "Is the zip of Olivia Trail right for Olivia?"
    assert redact(text).text != text
    assert redact(text, keep=["Olivia Trail jacket"]).text == text


def test_a_product_hides_nobody_else() -> None:
    assert redact("Anna likes Olivia", keep=["Olivia"]).text == "[NAME] likes Olivia"


def test_the_lists_of_names_are_not_read_before_they_are_needed() -> None:
    code = "import sys, retrieval.redact; sys.exit('faker' in sys.modules or 'phonenumbers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
