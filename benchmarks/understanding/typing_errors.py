"""Typing errors as they are made on a phone, put into clean messages: the same ones for the same seed.

Numbers, addresses, anything with a digit and words with a capital inside a sentence (names) keep their letters. What is
drawn here was written without a look at the words that ``bot.nlu.spelling`` knows.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
SHORT = {
    "please": ("plz", "pls"),
    "you": ("u",),
    "your": ("ur", "yr"),
    "are": ("r",),
    "thanks": ("thx", "tnx"),
    "what": ("wat", "wut"),
    "because": ("cuz", "bc"),
    "before": ("b4",),
    "message": ("msg",),
    "tomorrow": ("tmrw", "tomoro"),
    "have": ("hv",),
    "know": ("kno",),
    "with": ("wit", "w/"),
    "the": ("da", "teh"),
    "want": ("wnt",),
    "going": ("goin",),
    "when": ("wen",),
    "where": ("wer", "were"),
    "why": ("y",),
    "people": ("ppl",),
    "really": ("rly",),
    "though": ("tho",),
    "through": ("thru",),
    "night": ("nite",),
    "number": ("nr", "num"),
    "delivery": ("dlvry",),
    "package": ("pkg",),
    "account": ("acct",),
    "and": ("n", "an"),
}
SOUNDS = (
    ("wh", "w"),
    ("ph", "f"),
    ("ck", "k"),
    ("tion", "shun"),
    ("ight", "ite"),
    ("ough", "uff"),
    ("ei", "ie"),
    ("ie", "ei"),
    ("ea", "ee"),
    ("ee", "ea"),
    ("ou", "o"),
    ("ai", "ay"),
    ("ce", "se"),
    ("ci", "si"),
    ("s", "z"),
    ("c", "k"),
    ("able", "ible"),
    ("ance", "ence"),
    ("kn", "n"),
    ("er", "ar"),
)
_PLAIN = re.compile(r"[a-z]+(?:'[a-z]+)?")
_TOKEN = re.compile(r"\S+")


def neighbours(letter: str) -> str:
    """Return the letters around ``letter`` on a keyboard."""
    found = ""
    for at, row in enumerate(ROWS):
        place = row.find(letter)
        if place < 0:
            continue
        found += row[max(place - 1, 0) : place] + row[place + 1 : place + 2]
        for other in (at - 1, at + 1):
            if 0 <= other < len(ROWS):
                found += ROWS[other][max(place - 1, 0) : place + 1]
    return found


def _dropped(word: str, chance: random.Random) -> str:
    at = chance.randrange(1, len(word))
    return word[:at] + word[at + 1 :]


def _doubled(word: str, chance: random.Random) -> str:
    at = chance.randrange(len(word))
    return word[:at] + word[at] + word[at:]


def _swapped(word: str, chance: random.Random) -> str:
    at = chance.randrange(len(word) - 1)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _missed(word: str, chance: random.Random) -> str:
    at = chance.randrange(len(word))
    return word[:at] + chance.choice(neighbours(word[at]) or word[at]) + word[at + 1 :]


def _slipped(word: str, chance: random.Random) -> str:
    at = chance.randrange(len(word))
    return word[:at] + chance.choice((word[at], *neighbours(word[at]))) + word[at:]


def _by_sound(word: str, chance: random.Random) -> str:
    fitting = [(true, said) for true, said in SOUNDS if true in word]
    if not fitting:
        silent = word.endswith("e") and len(word) > 3
        return word[:-1] if silent else _dropped(word, chance)
    true, said = chance.choice(fitting)
    return word.replace(true, said, 1)


def _shortened(word: str, chance: random.Random) -> str:
    if word in SHORT:
        return chance.choice(SHORT[word])
    inner = [at for at in range(1, len(word) - 1) if word[at] in "aeiou"]
    return "".join(letter for at, letter in enumerate(word) if at not in inner) if inner else _dropped(word, chance)


# How often each kind of error is made, roughly as in collections of typing errors on touch screens.
KINDS: tuple[tuple[Callable[[str, random.Random], str], int], ...] = (
    (_dropped, 25),
    (_swapped, 18),
    (_missed, 20),
    (_doubled, 8),
    (_slipped, 7),
    (_by_sound, 12),
    (_shortened, 10),
)
SPACE_LOST = 0.08


def mistyped(text: str, errors: int, chance: random.Random) -> str:
    """Return ``text`` with so many errors, each in a word of its own; fewer where there are not so many words."""
    tokens = _TOKEN.findall(text)
    places = [at for at in range(len(tokens)) if _core(tokens, at)]
    chance.shuffle(places)
    left = errors
    for at in places:
        if left <= 0:
            break
        if chance.random() < SPACE_LOST and at + 1 < len(tokens) and _core(tokens, at + 1) and tokens[at][-1].isalpha():
            tokens[at + 1] = tokens[at] + tokens[at + 1]
            tokens[at] = ""
            left -= 1
            continue
        changed = _with_error(tokens[at], chance)
        left -= changed != tokens[at]
        tokens[at] = changed
    return " ".join(token for token in tokens if token)


def few(text: str, chance: random.Random) -> str:
    """Return ``text`` with one error, from five words on with two."""
    return mistyped(text, 1 if len(text.split()) < 5 else 2, chance)


def many(text: str, chance: random.Random) -> str:
    """Return ``text`` with an error in every second word."""
    return mistyped(text, max(1, (len(text.split()) + 1) // 2), chance)


def _core(tokens: list[str], at: int) -> re.Match[str] | None:
    """Return the letters of a token that may be mistyped: lower case, or the first word of the message."""
    token = tokens[at].lower() if at == 0 and not tokens[at].isupper() else tokens[at]
    if not token.isascii() or any(letter.isdigit() or letter in "@/_" for letter in token):
        return None
    found = _PLAIN.search(token)
    return found if found and (len(found[0]) > 2 or found[0] in SHORT) else None


def _with_error(token: str, chance: random.Random) -> str:
    found = _PLAIN.search(token.lower())
    assert found
    word = found[0].replace("'", "")
    if word != found[0] and chance.random() < 0.5:
        return token[: found.start()] + word + token[found.end() :]
    if word in SHORT and chance.random() < 0.3:
        return token[: found.start()] + chance.choice(SHORT[word]) + token[found.end() :]
    kinds, weights = zip(*KINDS, strict=True)
    if len(word) < 3:
        return token
    for _ in range(5):
        changed = chance.choices(kinds, weights)[0](word, chance)
        if changed != word:
            return token[: found.start()] + changed + token[found.end() :]
    return token
