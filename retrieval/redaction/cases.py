"""Numbers of orders, returns, bookings and other cases: whoever knows one can ask for what is behind it."""

from __future__ import annotations

import re

from retrieval.redaction.numbers import DATE, DATE_DIGITS
from retrieval.redaction.page import Rule

# A number after one of these words names the customer's own case; the word itself is kept.
CASE_WORDS = (
    r"order|orders|bestellung|bestelling|commande|booking|reservation|confirmation|invoice|rechnung|facture|rma|"
    r"tracking|shipment|parcel|ticket|case|claim|customer|account|reference|ref|pnr"
)
CASE_NUMBER = re.compile(
    rf"(?P<keep>\b(?:{CASE_WORDS})\b\s?(?:code|id|is|nr|no|num|number|numbers)?\b[.:]?\s?(?:is|was|=)?\s?[:#]?\s?)"
    r"(?:#?(?:(?!(?:for|and|is|was)\b)[a-z]{1,4}[ -]?)??"
    r"(?=[a-z0-9-]{0,30}\d)[a-z0-9](?:[a-z0-9]|-(?=\w)){4,30}|\d{3}[ .]\d{3})\b",
    re.IGNORECASE,
)
# Short words before a number that are not the letters of an order number.
NOT_A_PREFIX = (
    r"(?!(?:is|at|on|to|of|in|by|my|no|nr|or|it|we|he|an|as|so|id|be|do|if|us|up|me|al|el|de|"
    r"and|was|not|for|the|zip|fax|tel|box|our|has|are|but|its|got|pay|ssn)\b)"
)
PREFIXED_NUMBER = re.compile(
    rf"#?\b(?:INV-)?{NOT_A_PREFIX}[a-z]{{2,3}}[ #-]{{0,2}}\d{{3}}[ .-]?\d{{3,9}}\b", re.IGNORECASE
)
# Read out letter by letter: "booking code is x 5 k 2".
SPELLED_CODE = re.compile(
    r"(?P<keep>\b(?:booking|confirmation|reservation|pnr|reference|order)[ ](?:confirmation )?(?:code|number|no)\b\.?"
    rf"(?:[ ]is)?[: ]{{1,2}}){NOT_A_PREFIX}(?=[a-z ]{{0,8}}\d)[a-z\d]{{1,5}}"
    r"(?:[ ](?:\d{1,6}|(?!(?:is|to|in|on|at|of|it|my|i|a)\b)[a-z]{1,3}(?=[ ]\d|$))){1,7}(?:[ ][a-z](?=[ ]?$))?(?!\w)",
    re.IGNORECASE,
)
RETURN_NUMBER = re.compile(r"\bR-\d{5}\b")
BARE_NUMBER = re.compile(r"(?<![\w.,€$£+-])(?<!\b0\d\d[ ])(?<!\b0\d{3}[ ])#?\s?\d{6,20}(?![\w%€]|[.,]\d)|#\d{5,20}\b")


def _case_number_length(found: str) -> int:
    bare = found.strip(" #")
    return 0 if DATE.fullmatch(bare) or DATE_DIGITS.fullmatch(bare) else len(found)


NAMED_RULES = (
    Rule("ORDER", "number after a word for a case", CASE_NUMBER),
    Rule("ORDER", "code read out after a word for a case", SPELLED_CODE),
    Rule("ORDER", "return number", RETURN_NUMBER),
    Rule("ORDER", "letters and digits", PREFIXED_NUMBER),
)
BARE_RULES = (Rule("ORDER", "long number", BARE_NUMBER, _case_number_length),)
