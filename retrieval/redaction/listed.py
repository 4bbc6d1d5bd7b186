"""People's names by lists of names, by the endings of surnames, and by the company that words keep.

A listed name that is a word or a place too needs another name beside it. A single name after an article or before a
number is taken for a product.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from retrieval.redaction import words
from retrieval.redaction.cues import MAX_WORDS, TOKEN, WORD
from retrieval.redaction.gazetteer import Names
from retrieval.redaction.page import TAKEN, Page

Found = tuple[int, int, str]
Token = re.Match[str]

# What stands before things and places, not people; and what stands after companies and products.
ARTICLE = re.compile(
    r"\b(?:the|an?|these|our|your|in|at|near|der|die|das|den|dem|le|la|une?|el|im|"
    r"san|santa|santo|st|saint|los|las|fort|mount|port|new|lake|cape|north|south|east|west)[.]?\s$",
    re.IGNORECASE,
)
VENUES = (
    r"Inc|Ltd|LLC|GmbH|AG|Co|Corp|Corporation|BV|Studio|Group|Orchestra|Airlines|Airways|Airport|Hotel|Lodge|Inn|Resort|Beach|"
    r"Restaurant|Bar|Cafe|Café|Kitchen|Pizzeria|Hills|University|College|School|Hospital|County|Court|Center|Centre|Museum|"
    r"Stadium|Bridge|Island|Library|Mall|Gallery|Theatre|Theater|Boulevard|Avenue|Street|Road|Awards?|Prize|Company|Bank"
)
FIRM = re.compile(rf"\s?\d|\s(?:{VENUES})\b|(?:-[A-Z]\w+|, [A-Z]\w+)? and (?:Sons|Co)\b", re.IGNORECASE)
VENUE = re.compile(rf"\b(?:{VENUES})\b", re.IGNORECASE)
POSSESSIVE = re.compile(r"['’]s$")
SENTENCE_START = re.compile(r"(?:^|[.!?:\n]\s*|[-–•*\"“(]\s*)$")
# Endings that words other than surnames hardly have.
SURNAME = re.compile(
    r"[A-ZÀ-ž][\w'’-]*(?:sson|sdóttir|dottir|ović|ević|owicz|ewicz|owski|ewski|owska|ewska|ovsky|evsky|opoulos|ienko|ová|ishvili|oğlu)$"
)
# Shorter words in capitals are codes and abbreviations.
MIN_SHOUTED = 5
# A last name in small letters has more.
MIN_SMALL = 3
# The list begins or ends within a longer name: "Queen Mary and Westfield College".
LONGER = re.compile(r"[^\W\d_]['’.,]?[ ]$(?<![a-z][ ])|\b[A-Z]\w*[ ]$")
NEXT = re.compile(r"[ ][A-ZÀ-Þ]")
CONJUNCTIONS = ("and", "und", "et", "y")
ITEM = re.compile(rf"{TAKEN}{{1,80}}|{TOKEN}")
LIST = re.compile(
    rf"(?<![^\W\d_])(?:(?:{ITEM.pattern}), ){{0,9}}(?:{ITEM.pattern}),? (?:and|und|et|y) (?:{ITEM.pattern})"
)


def listed(text: str, names: Names) -> Iterator[Found]:
    """Yield where a listed name stands, with the words around it that belong to it, and the rule."""
    tokens = list(WORD.finditer(text))
    find = _last_word if any(map(str.isupper, text)) else _last_small_word
    at = 0
    while at < len(tokens):
        last = find(text, tokens, at, names)
        if last is None:
            at += 1
        else:
            first = _first_word(text, tokens, at)
            yield tokens[first].start(), _end(tokens[last]), "list of names"
            at = last + 1


def neighbours(page: Page) -> Iterator[Found]:
    """Yield capitalised words in a list of names, one of which was found: ``[NAME], Agi and Tadzio``."""
    found = {find.start for find in page.finds if find.kind == "NAME"}
    for match in LIST.finditer(page.open):
        items = [item for item in ITEM.finditer(match.group()) if item.group() not in CONJUNCTIONS]
        others = [item for item in items if item.group()[0] != TAKEN]
        if any(match.start() + item.start() in found for item in items):
            alone = not LONGER.search(page.open[max(0, match.start() - 40) : match.start()]) and not NEXT.match(
                page.open, match.end()
            )
            for item in others if alone and all(_may_be_name(item.group()) for item in others) else ():
                yield match.start() + item.start(), match.start() + item.end(), "in a list with a name"


def bare(word: str) -> str:
    """Return a word without the ending of possession."""
    return POSSESSIVE.sub("", word)


def _end(token: Token) -> int:
    return token.start() + len(bare(token.group()))


def _may_be_name(word: str) -> bool:
    stem = re.split("['’]", word.lower(), maxsplit=1)[0]
    return word[0].isupper() and not word.isupper() and words.NO_NAMES.isdisjoint((stem, word.lower()))


def _last_word(text: str, tokens: Sequence[Token], at: int, names: Names) -> int | None:
    """Return the place of the last word of the name that begins at a word, or nothing when none does."""
    word = bare(tokens[at].group())
    lower = word.lower()
    if lower not in names.all and not SURNAME.match(word):
        return None
    if word[0].islower():
        return _full_small_name(text, tokens, at, names)
    last = at
    while last + 1 < len(tokens) and last - at < MAX_WORDS and _continues(text, tokens, last, word):
        last += 1
    while last > at and tokens[last].group() in words.PARTICLES:
        last -= 1
    if last > at and (lower in names.given or bare(tokens[last].group()).lower() in names.given_or_family):
        firm = VENUE.search(text, tokens[at].start(), tokens[last].end()) or FIRM.match(text, tokens[last].end())
        return None if firm else last
    return at if last == at and _stands_alone(text, tokens[at], names) else None


def _stands_alone(text: str, token: Token, names: Names) -> bool:
    """Return whether a single word is a name: a first name, or a last name where no sentence begins."""
    word = bare(token.group())
    before = text[max(0, token.start() - 14) : token.start()]
    if ARTICLE.search(before) or FIRM.match(text, token.end()) or (word.isupper() and len(word) < MIN_SHOUTED):
        return False
    if word.lower() in names.given or SURNAME.match(word):
        return True
    return word.lower() in names.given_or_family and not word.isupper() and not SENTENCE_START.search(before)


def _first_word(text: str, tokens: Sequence[Token], at: int) -> int:
    """Return the place of an unknown first name before a known last name, or the place of the name itself."""
    if at and text[tokens[at - 1].end() : tokens[at].start()] == " " and tokens[at].group()[0].isupper():
        before = text[max(0, tokens[at - 1].start() - 14) : tokens[at - 1].start()]
        if (
            _may_be_name(tokens[at - 1].group())
            and len(tokens[at - 1].group()) > 2
            and not SENTENCE_START.search(before)
        ):
            return at - 1
    return at


def _continues(text: str, tokens: Sequence[Token], last: int, first: str) -> bool:
    """Return whether the next word belongs to a name."""
    word = bare(tokens[last + 1].group())
    between = text[tokens[last].end() : tokens[last + 1].start()]
    if between not in (" ", ". ") or (between == ". " and len(tokens[last].group()) > 1):
        return False
    if word in words.PARTICLES:
        return last + 2 < len(tokens) and tokens[last + 2].group()[0].isupper()
    shouted = word.isupper() and len(word) > 1 and not first.isupper()
    return word[0].isupper() and word.lower() not in words.STOPS and not shouted


def _last_small_word(text: str, tokens: Sequence[Token], at: int, names: Names) -> int | None:
    """Return the last word of a name in small letters: a first name with a last name, or one of the most common."""
    last = _full_small_name(text, tokens, at, names)
    if last is not None or bare(tokens[at].group()) not in names.common_given:
        return last
    return None if ARTICLE.search(text[max(0, tokens[at].start() - 14) : tokens[at].start()]) else at


def _full_small_name(text: str, tokens: Sequence[Token], at: int, names: Names) -> int | None:
    if at + 1 == len(tokens) or bare(tokens[at].group()) not in names.given:
        return None
    following = bare(tokens[at + 1].group())
    together = text[tokens[at].end() : tokens[at + 1].start()] == " "
    return at + 1 if together and following in names.given_or_family and len(following) > MIN_SMALL else None
