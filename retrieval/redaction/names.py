"""People's names, from words that announce one, from lists of names, and from how surnames end.

No language model: spaCy's small English one found fewer names than the lists on the same texts, one in four of its own
finds in real messages was a name, and it took ten times as long (docs/retrieval.md). Names of products, companies and
cities are to stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from retrieval.redaction import words
from retrieval.redaction.cues import RULES, WORD, announced
from retrieval.redaction.gazetteer import Names, load_names
from retrieval.redaction.listed import bare, listed, neighbours
from retrieval.redaction.page import TAKEN, Page
from retrieval.redaction.products import Products, Shelter

Found = tuple[int, int, str]

MIN_REPEATED = 3
REPEATED = "named before"
# Of what these found a word of the text itself says that it is a person.
ANNOUNCED = frozenset((*(rule.name for rule in RULES), REPEATED))


def find_names(page: Page, products: Products) -> None:
    """Take the names of people out of a text, but not those of products."""
    names = load_names()
    shelter = Shelter(page.plain, products, names)
    _take(page, [*announced(page.open), *listed(page.open, names)], shelter)
    _take(page, neighbours(page), shelter)
    _take(page, _repeated(page, names), shelter)


def _take(page: Page, found: Iterable[Found], shelter: Shelter) -> None:
    page.take("NAME", _merged(found, page.open, shelter))


def _merged(found: Iterable[Found], text: str, shelter: Shelter) -> list[Found]:
    """Return finds in order, overlapping ones as one under the rule of the first, without those that are to stay."""
    merged: list[Found] = []
    for start, end, rule in sorted(found, key=lambda find: (find[0], -find[1])):
        if TAKEN in text[start:end] or shelter.hides(start, end, rule in ANNOUNCED):
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]), merged[-1][2])
        else:
            merged.append((start, end, rule))
    return merged


def _repeated(page: Page, names: Names) -> Iterator[Found]:
    """Yield the parts of names that were found, where they stand alone."""
    parts = {
        bare(word)
        for find in page.finds
        if find.kind == "NAME"
        for word in WORD.findall(page.plain[find.start : find.end])
        if len(word) >= MIN_REPEATED and _is_certain(bare(word), find.rule, names)
    }
    for match in WORD.finditer(page.open) if parts else ():
        word = bare(match.group())
        if word in parts:
            yield match.start(), match.start() + len(word), REPEATED


def _is_certain(word: str, rule: str, names: Names) -> bool:
    """Return whether a word of a name is one by itself: it is listed, or was announced, and is no other word."""
    lower = word.lower()
    return lower not in words.NO_NAMES and (lower in names.given_or_family or rule.startswith("after"))
