"""Addresses in which no street is recognised: blocks of numbers and capitalised words where an address is expected.

They reach further than the patterns of streets, and are looked for first.
"""

from __future__ import annotations

import re

from retrieval.redaction import words
from retrieval.redaction.page import Rule

# In a block of address: numbers, capitalised words, the small words between them; a full stop only after a short one.
ATOM = (
    r"(?:#?\d{1,6}(?:[-/]\d{1,4})?[A-Za-z]?\b\.?|"
    r"[A-ZÀ-Þ\u0386-\u03ab\u0410-\u042f][\w'’-]{0,30}(?:(?<=\b[A-Z]\w)\.|(?<=\b[A-Z]\w\w)\.)?|"
    r"\b(?:de|del|della|delle|di|da|do|dos|du|des|la|le|van|von|der|den|het|of|apt|suite|u|út|nan)\b\.?)"
)
BLOCK = rf"{ATOM}(?:,?\s{{1,3}},?[ ]?{ATOM}){{1,14}}"
ADDRESS_WORDS = (
    r"address(?:es)?(?: (?:is|to|to the same|with|as|of))?:?|located at|lives? (?:at|in|on)|ship(?:ped)?(?: it)? to|"
    r"deliver(?:ed)?(?: it)? to|send(?: it)? to|moved? to|moving to|taxi to|stop at|corner of|come to|"
    r"adresse(?: ist)?:?|adres(?: is)?:?"
)
POSTCODE_WORDS = r"zip|zip ?code|post ?code|postal code|pin ?code|plz|postleitzahl|code postal|cap|邮编|邮政编码"


# Lines between a flat and its postcode: place, region, country.
TAIL = r"(?:[\s,?]{1,6}[A-ZÀ-Þ\u0386-\u03ab][\w()'’ -]{1,30}?){1,3}[\s,]{1,3}\d{4,6}\b"
NUMBER = re.compile(r"\d")
MILITARY = r"(?:APO|FPO|DPO) A[AEP] \d{5}"


def _length(found: str) -> int:
    """Return the length of a block that has a word and a number; of two pieces the number must be the last."""
    pieces = found.split()
    number = NUMBER.search(found) if len(pieces) > 2 else NUMBER.match(pieces[-1])
    return len(found) if number and any(len(piece) > 2 and piece[:3].isalpha() for piece in pieces) else 0


# In a text without capitals only the plainest: 14 old green rd, miami fl 33101.
SMALL = re.compile(
    r"\b\d{1,5}(?P<words>(?:[ ][a-z]{2,20}){1,3}?)[ ](?:street|st|avenue|ave|road|rd|lane|ln|boulevard|blvd|drive|dr)\b"
    r"(?:,?(?:[ ][a-z]{2,20}){1,3},?[ ]\d{5,6}\b)?"
)
NOT_STREETS = words.STOPS | words.MEASURES


def _small_length(found: str) -> int:
    inside = SMALL.match(found)
    return len(found) if inside and NOT_STREETS.isdisjoint(inside["words"].split()) else 0


RULES = (
    Rule("ADDRESS", "after a word for address", re.compile(rf"(?P<keep>\b(?i:{ADDRESS_WORDS})[ ]){BLOCK}"), _length),
    Rule(
        "ADDRESS",
        "street before a flat",
        re.compile(
            rf"(?:\d{{1,6}},?[ ])?{ATOM}(?:[ ]{ATOM}){{1,5}},?\s{{1,3}}\W{{0,4}}(?:Apt|Suite)\.?[ ]\d{{1,5}}(?:{TAIL})?"
        ),
        _length,
    ),
    Rule("ADDRESS", "street in small letters", SMALL, _small_length),
    Rule(
        "ADDRESS",
        "flat",
        re.compile(rf"\b(?:Apt|Apartment|Suite|Flat)\.?[ ]#?\d{{1,5}}[A-Za-z]?\b(?-i:{TAIL})?", re.IGNORECASE),
    ),
    Rule(
        "ADDRESS",
        "military post",
        re.compile(
            rf"\b(?:(?:PSC|Unit|CMR) \d{{1,5}},? Box \d{{1,5}}(?:\s{MILITARY})?|(?:US\w{{1,3}} \w+\s)?{MILITARY})\b",
            re.IGNORECASE,
        ),
    ),
    Rule(
        "ADDRESS",
        "after a word for postcode",
        re.compile(
            rf"(?P<keep>(?:\b|(?<=\W))(?:{POSTCODE_WORDS})(?: is)?[ :：]{{1,2}})(?=[A-Z]{{0,2}}\d)[A-Z\d]{{2,6}}"
            r"(?:[ -](?=[A-Z]{0,2}\d|[A-Z]{2}\b)[A-Z\d]{2,4})?\b",
            re.IGNORECASE,
        ),
    ),
)
