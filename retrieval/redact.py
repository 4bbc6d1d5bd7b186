"""Takes personal data out of texts before they are stored.

Each find becomes a placeholder that keeps what kind of thing stood there, so that the text still makes sense. Finds
e-mail and postal addresses, phone, card, account and order numbers. Does not find people's names.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from retrieval import addresses

# Countries whose national phone numbers are recognised without a country code.
REGIONS = ("US", "GB", "DE", "NL", "BE", "FR", "ES", "IT", "AT", "CH", "IE", "PL", "DK", "SE")

EMAIL = re.compile(
    r"(?<![\w.+-])[\w.+%'-]{1,64}\s?(?:@|[(\[]\s?at\s?[)\]])\s?[\w-]{1,63}"
    r"(?:(?:\.|\s?[(\[]\s?dot\s?[)\]]\s?)[\w-]{1,63}){0,4}(?:\.|\s?[(\[]\s?dot\s?[)\]]\s?)[a-z]{2,24}\b",
    re.IGNORECASE,
)
IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}\b", re.IGNORECASE)
CARD = re.compile(r"(?<![\w.,-])(?:\d[ .-]?){12,18}\d(?![\w-])")
PHONE = re.compile(r"(?<![\w.,/#-])(?:\(?(?:\+|00)\d{1,3}\)?|\(?\d)(?:[ ()./–-]{0,3}\d){6,14}(?![\w/-])")
DATE = re.compile(r"\b(?:19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}|\b\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)\d\d")
DECIMAL = re.compile(r"\d+[.,]\d{1,2}")

# A number after one of these words names the customer's own case; the word itself is kept.
CASE_WORDS = (
    r"order|orders|bestellung|bestelling|commande|booking|reservation|confirmation|invoice|rechnung|facture|rma|"
    r"tracking|shipment|parcel|ticket|case|claim|customer|account|reference|ref|pnr"
)
CASE_NUMBER = re.compile(
    rf"(?P<keep>\b(?:{CASE_WORDS})\b\s?(?:code|id|is|nr|no|num|number|numbers)?\b[.:]?\s?(?:is|was|=)?\s?[:#]?\s?)"
    r"(?P<number>#?(?:[a-z]{1,4}[ -]?)??(?=[a-z0-9-]{0,30}\d)[a-z0-9](?:[a-z0-9]|-(?=\w)){4,30})\b",
    re.IGNORECASE,
)
# Two-letter words before a number that are not the letters of an order number.
NOT_A_PREFIX = r"(?!(?:is|at|on|to|of|in|by|my|no|nr|or|it|we|he|an|as|so|id|be|do|if|us|up|me)\b)"
PREFIXED_NUMBER = re.compile(rf"#?\b(?:INV-)?{NOT_A_PREFIX}[a-z]{{2,3}}[\s#-]{{0,2}}\d{{6,12}}\b", re.IGNORECASE)
RETURN_NUMBER = re.compile(r"\bR-\d{5}\b")
BARE_NUMBER = re.compile(r"(?<![\w.,€$£+-])#?\s?\d{6,20}(?![\w%€]|[.,]\d)|#\d{4,20}\b")


@dataclass(frozen=True)
class Redacted:
    """A text without personal data, and how many finds of each kind were taken out."""

    text: str
    counts: Mapping[str, int]


def redact(text: str) -> Redacted:
    """Replace personal data by ``[EMAIL] [PHONE] [CARD] [IBAN] [ADDRESS] [ORDER]``; other text is left as it is."""
    counts: Counter[str] = Counter()
    if "@" in text or "at" in text.lower():
        text = _replace(EMAIL, "EMAIL", text, counts)
    if any(character.isdigit() for character in text):
        text = _replace(IBAN, "IBAN", text, counts, _iban_length)
        text = _replace(CARD, "CARD", text, counts, _card_length)
        text = _replace(CASE_NUMBER, "ORDER", text, counts)
        text = _replace(RETURN_NUMBER, "ORDER", text, counts)
        text = _replace(PREFIXED_NUMBER, "ORDER", text, counts)
        text = _replace(PHONE, "PHONE", text, counts, _phone_length)
        text = _replace(BARE_NUMBER, "ORDER", text, counts, _case_number_length)
        for pattern in addresses.PATTERNS:
            text = _replace(pattern, "ADDRESS", text, counts)
    return Redacted(text, dict(counts))


def customer_key(email: str, secret: str) -> str:
    """Return the keyed hash under which a customer's tickets are found for erasure; without the secret it says nothing.

    Raises:
        ValueError: the secret is empty, so anyone could make the same hash.
    """
    if not secret:
        raise ValueError("A customer key needs a secret. Set FRONTDESK_SECRET")
    return hmac.new(secret.encode(), email.strip().lower().encode(), hashlib.sha256).hexdigest()


def _replace(
    pattern: re.Pattern[str],
    kind: str,
    text: str,
    counts: Counter[str],
    length: Callable[[str], int] = len,
) -> str:
    """Replace the finds of one kind; ``length`` says how much of a find it really is, 0 for none of it."""

    def placeholder(match: re.Match[str]) -> str:
        keep = match.groupdict().get("keep") or ""
        found = match.group()[len(keep) :]
        size = length(found)
        if not size:
            return match.group()
        counts[kind] += 1
        bare = found[:size].rstrip()
        lead = bare[: len(bare) - len(bare.lstrip())]
        return f"{keep}{lead}[{kind}]{found[len(bare) :]}"

    return pattern.sub(placeholder, text)


def _card_length(found: str) -> int:
    digits = [int(character) for character in found if character.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return len(found) if (sum(doubled) + sum(digits[-1::-2])) % 10 == 0 and any(digits) else 0


def _iban_length(found: str) -> int:
    """Return how far the account number reaches; words that follow it without punctuation are not part of it."""
    ends = [at + 1 for at, character in enumerate(found) if character.isalnum()]
    return next((end for end in reversed(ends[14:]) if _is_iban(found[:end])), 0)


def _is_iban(found: str) -> bool:
    bare = re.sub(r"[^A-Z0-9]", "", found.upper())
    return 15 <= len(bare) <= 34 and int("".join(str(int(c, 36)) for c in bare[4:] + bare[:4])) % 97 == 1


def _case_number_length(found: str) -> int:
    return 0 if DATE.fullmatch(found.strip()) else len(found)


def _phone_length(found: str) -> int:
    return 0 if DATE.search(found) or DECIMAL.fullmatch(found) or not _is_phone(found) else len(found)


@lru_cache(maxsize=4096)
def _is_phone(found: str) -> bool:
    import phonenumbers

    international = re.sub(r"^\(?00", "+", found.strip())
    written = international.startswith(("+", "(+"))
    for region in (None,) if written else REGIONS:
        try:
            number = phonenumbers.parse(international.lstrip("("), region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(number) if written else phonenumbers.is_valid_number(number):
            return True
    return False
