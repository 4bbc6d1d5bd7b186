"""Account, card and telephone numbers.

A number must pass its check sum or its country's numbering plan, or follow a word that says what it is. Free telephone
numbers and those of shared cost stay: they belong to companies.
"""

from __future__ import annotations

import re
from functools import lru_cache

from retrieval.redaction.page import Rule

# Countries whose phone numbers are recognised without a country code: those that begin with a 0, and the others.
ZERO_REGIONS = ("GB", "DE", "NL", "BE", "FR", "IT", "AT", "CH", "IE", "SE")
OTHER_REGIONS = ("US", "ES", "PL")

# Countries by the length of their account numbers; without it, one text in a hundred would pass the check sum.
IBAN_COUNTRIES = {
    15: "NO", 16: "BE", 18: "DK FI NL", 19: "MK SI", 20: "AT BA EE KZ LT LU XK", 21: "CH HR LI LV",
    22: "BG BH CR DE GB GE IE ME RS", 23: "AE GI IL", 24: "AD CZ ES MD PK RO SA SE SK TN", 25: "PT",
    26: "IS TR", 27: "FR GR IT MC SM", 28: "AL AZ CY DO GT HU LB PL", 29: "BR PS QA UA", 30: "JO KW MU", 31: "MT",
}  # fmt: skip
IBAN_LENGTHS = {code: length for length, codes in IBAN_COUNTRIES.items() for code in codes.split()}
# Words of a sentence can pass for letters of an account number; every country's has at least this many digits.
MIN_IBAN_DIGITS = 8

IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}\b", re.IGNORECASE)
# After the word, or in groups of four, it need not pass the check sum: customers mistype.
GROUP = r"(?:[A-Z]{4}|(?=[A-Za-z]{0,3}\d)[A-Za-z0-9]{1,4})\b"
NAMED_IBAN = re.compile(
    rf"(?P<keep>\b(?i:iban)\b(?:[ ](?:is|no|number))?[ :.]{{1,3}})[A-Za-z]{{2}}\d{{2}}(?:[ -]{GROUP}){{3,8}}"
)
GROUPED_IBAN = re.compile(rf"\b[A-Z]{{2}}\d{{2}}(?:[ ](?:[A-Z]{{4}}|\d{{4}})){{3,7}}(?:[ ]{GROUP})?")
# Card numbers begin with the digit of their industry, 2 to 6; ticket numbers that pass the check sum mostly do not.
CARD = re.compile(r"(?<![\w.,+-])(?=[2-6]|1800)(?:\d[ .-]?){11,18}\d(?![\w-])")
# In four groups of four no check sum is needed: customers mistype, and nothing else is written so.
GROUPED_CARD = re.compile(r"(?<![\w.,+-])\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?![\w-]|[ -]\d)")
NAMED_CARD = re.compile(
    r"(?P<keep>\b(?:credit|debit|bank|visa|master)?\s?card\s?"
    r"(?:(?:number|no|nr|num)\b\.?\s?(?:is|:|#|-)?|is|:|#|ending(?: in| with)?)\s{0,2})(?:\d[ .-]?){3,18}\d(?![\w-])",
    re.IGNORECASE,
)
PHONE = re.compile(r"(?<![\w.,/#@€$£-])(?:\(?(?:\+|00)\d{1,3}\)?|\(\d{1,5}\)|\d)(?:[ ()./-]{0,3}\d){6,14}(?![\w/-])")
# After such a word any long number is one, however it is written.
PHONE_WORDS = (
    r"telephone|phone|tel|mobile|mobil|cell|cellphone|gsm|fax|whatsapp|handy|telefon|contact number|call me (?:at|on)"
)
NAMED_PHONE = re.compile(
    rf"(?P<keep>\b(?:{PHONE_WORDS})\b\.?\s?(?:number|no|nr|is)?\b[.:]?\s?(?:is\s)?)"
    r"\(?\+?\d(?:[ ()./-]{0,3}\d){6,14}(?![\w/-])",
    re.IGNORECASE,
)
DATE = re.compile(
    r"\b(?:19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}\b|(?<![\d./-])\d{1,2}[-/.]\d{1,2}[-/.](?:\d\d|(?:19|20)\d\d)(?![./]?\d|-\d\d-)"
)
# Seven to nine digits in one piece are a number of a case, unless they begin like a telephone number.
PLAIN = re.compile(r"[1-9]\d{6,8}")
# A date without its signs, in one of three orders.
DATE_DIGITS = re.compile(
    r"(?:(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])|(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))(?:19|20)\d\d(?!\d)|"
    r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d)"
)
DECIMAL = re.compile(r"\d+[.,]\d{1,2}")
NOT_PHONES = (DATE.search, DATE_DIGITS.match, PLAIN.fullmatch, DECIMAL.fullmatch)


def passes_luhn(found: str) -> bool:
    """Return whether the digits of a text pass the check sum of card numbers."""
    digits = [int(character) for character in found if character.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(doubled) + sum(digits[-1::-2])) % 10 == 0 and any(digits)


def _card_length(found: str) -> int:
    return len(found) if passes_luhn(found) else 0


def _iban_length(found: str) -> int:
    """Return how far the account number reaches; words that follow it without punctuation are not part of it."""
    wanted = IBAN_LENGTHS.get(found[:2].upper(), 0)
    ends = [at + 1 for at, character in enumerate(found) if character.isalnum()]
    if not wanted or len(ends) < wanted:
        return 0
    end = ends[wanted - 1]
    bare = "".join(filter(str.isalnum, found[:end])).upper()
    if found[end : end + 1].isalnum() or sum(map(str.isdigit, bare)) < MIN_IBAN_DIGITS:
        return 0
    return end if int("".join(str(int(c, 36)) for c in bare[4:] + bare[:4])) % 97 == 1 else 0


def _phone_length(found: str) -> int:
    return len(found) if not any(other(found) for other in NOT_PHONES) and _phone_owner(found) == "person" else 0


def _named_phone_length(found: str) -> int:
    return 0 if DATE.search(found) or _phone_owner(found) == "company" else len(found)


@lru_cache(maxsize=4096)
def _phone_owner(found: str) -> str:
    """Return ``person``, ``company`` or, for what is no phone number, an empty text."""
    import phonenumbers

    kinds = phonenumbers.PhoneNumberType
    companies = (kinds.TOLL_FREE, kinds.SHARED_COST, kinds.PREMIUM_RATE, kinds.UAN)
    international = re.sub(r"^\(?00", "+", found.strip()).lstrip("(")
    written = international.startswith("+")
    national = ZERO_REGIONS if international.startswith("0") else OTHER_REGIONS
    for region in (None,) if written else national:
        try:
            number = phonenumbers.parse(international, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(number) if written else phonenumbers.is_valid_number(number):
            return "company" if phonenumbers.number_type(number) in companies else "person"
    return ""


IBAN_RULES = (
    Rule("IBAN", "international account number", IBAN, _iban_length),
    Rule("IBAN", "after the word IBAN", NAMED_IBAN),
    Rule("IBAN", "account number in groups of four", GROUPED_IBAN),
)
CARD_RULES = (
    Rule("CARD", "card number with check digit", CARD, _card_length),
    Rule("CARD", "four groups of four digits", GROUPED_CARD),
    Rule("CARD", "number after a word for card", NAMED_CARD),
)
PHONE_RULES = (
    Rule("PHONE", "number after a word for telephone", NAMED_PHONE, _named_phone_length),
    Rule("PHONE", "numbering plan", PHONE, _phone_length),
)
