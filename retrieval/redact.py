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

# Countries whose phone numbers are recognised without a country code: those that begin with a 0, and the others.
ZERO_REGIONS = ("GB", "DE", "NL", "BE", "FR", "IT", "AT", "CH", "IE", "SE")
OTHER_REGIONS = ("US", "ES", "PL")

EMAIL = re.compile(
    r"(?<![\w.+-])[\w.+%'-]{1,64}(?:@|\s?[(\[]\s?at\s?[)\]]\s?)(?=[\d_-]{0,63}[a-z])[\w-]{1,63}"
    r"(?:(?:\.|\s?[(\[]\s?dot\s?[)\]]\s?)[\w-]{1,63}){0,4}(?:\.|\s?[(\[]\s?dot\s?[)\]]\s?)[a-z]{2,24}\b",
    re.IGNORECASE,
)
# A mailbox of a role is nobody's own, and answers that name it need it.
ROLE_MAILBOXES = frozenset(
    (
        *("help", "support", "service", "info", "contact", "hello", "sales", "group", "orders", "returns", "billing"),
        *("privacy", "legal", "press", "jobs", "office", "customerservice", "customer.service", "noreply", "no-reply"),
    )
)

# Countries by the length of their account numbers; without it, one text in a hundred would pass the check sum.
IBAN_COUNTRIES = {
    15: "NO", 16: "BE", 18: "DK FI NL", 19: "MK SI", 20: "AT BA EE KZ LT LU XK", 21: "CH HR LI LV",
    22: "BG BH CR DE GB GE IE ME RS", 23: "AE GI IL", 24: "AD CZ ES MD PK RO SA SE SK TN", 25: "PT",
    26: "IS TR", 27: "FR GR IT MC SM", 28: "AL AZ CY DO GT HU LB PL", 29: "BR PS QA UA", 30: "JO KW MU", 31: "MT",
}  # fmt: skip
# Words of a sentence can pass for letters of an account number; every country's has at least this many digits.
MIN_IBAN_DIGITS = 8
IBAN_LENGTHS = {code: length for length, codes in IBAN_COUNTRIES.items() for code in codes.split()}

IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}\b", re.IGNORECASE)
# Card numbers begin with the digit of their industry, 2 to 6; ticket numbers that pass the check sum mostly do not.
CARD = re.compile(r"(?<![\w.,+-])(?=[2-6])(?:\d[ .-]?){12,18}\d(?![\w-])")
PHONE = re.compile(r"(?<![\w.,/#@€$£-])(?:\(?(?:\+|00)\d{1,3}\)?|\(\d{1,5}\)|\d)(?:[ ()./–-]{0,3}\d){6,14}(?![\w/-])")
# After such a word any long number is one, however it is written.
PHONE_WORDS = r"telephone|phone|tel|mobile|mobil|cell|gsm|fax|whatsapp|handy|telefon"
NAMED_PHONE = re.compile(
    rf"(?P<keep>\b(?:{PHONE_WORDS})\b\.?\s?(?:number|no|nr|is)?\b[.:]?\s?(?:is\s)?)"
    r"\(?\+?\d(?:[ ()./–-]{0,3}\d){6,14}(?![\w/-])",
    re.IGNORECASE,
)
DATE = re.compile(
    r"\b(?:19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}\b|(?<![\d./-])\d{1,2}[-/.]\d{1,2}[-/.](?:\d\d|(?:19|20)\d\d)(?![./]?\d|-\d\d-)"
)
# Seven to nine digits in one piece are a number of a case, unless they begin like a telephone number.
PLAIN = re.compile(r"[1-9]\d{6,8}")
DECIMAL = re.compile(r"\d+[.,]\d{1,2}")
NOT_PHONES = (DATE.search, PLAIN.fullmatch, DECIMAL.fullmatch)

# A number after one of these words names the customer's own case; the word itself is kept.
CASE_WORDS = (
    r"order|orders|bestellung|bestelling|commande|booking|reservation|confirmation|invoice|rechnung|facture|rma|"
    r"tracking|shipment|parcel|ticket|case|claim|customer|account|reference|ref|pnr"
)
CASE_NUMBER = re.compile(
    rf"(?P<keep>\b(?:{CASE_WORDS})\b\s?(?:code|id|is|nr|no|num|number|numbers)?\b[.:]?\s?(?:is|was|=)?\s?[:#]?\s?)"
    r"(?P<number>#?(?:[a-z]{1,4}[ -]?)??(?=[a-z0-9-]{0,30}\d)[a-z0-9](?:[a-z0-9]|-(?=\w)){4,30}|\d{3}[ .]\d{3})\b",
    re.IGNORECASE,
)
# Two-letter words before a number that are not the letters of an order number.
NOT_A_PREFIX = r"(?!(?:is|at|on|to|of|in|by|my|no|nr|or|it|we|he|an|as|so|id|be|do|if|us|up|me)\b)"
PREFIXED_NUMBER = re.compile(
    rf"#?\b(?:INV-)?{NOT_A_PREFIX}[a-z]{{2,3}}[\s#-]{{0,2}}\d{{3}}[ .-]?\d{{3,9}}\b", re.IGNORECASE
)
RETURN_NUMBER = re.compile(r"\bR-\d{5}\b")
BARE_NUMBER = re.compile(r"(?<![\w.,€$£+-])(?<!\b0\d\d[ ])(?<!\b0\d{3}[ ])#?\s?\d{6,20}(?![\w%€]|[.,]\d)|#\d{5,20}\b")


@dataclass(frozen=True)
class Redacted:
    """A text without personal data, and how many finds of each kind were taken out."""

    text: str
    counts: Mapping[str, int]


def redact(text: str) -> Redacted:
    """Replace personal data by ``[EMAIL] [PHONE] [CARD] [IBAN] [ADDRESS] [ORDER]``; other text is left as it is."""
    counts: Counter[str] = Counter()
    if "@" in text or "at" in text.lower():
        text = _replace(EMAIL, "EMAIL", text, counts, _email_length)
    if any(character.isdigit() for character in text):
        text = _replace(IBAN, "IBAN", text, counts, _iban_length)
        text = _replace(CARD, "CARD", text, counts, _card_length)
        text = _replace(CASE_NUMBER, "ORDER", text, counts)
        text = _replace(RETURN_NUMBER, "ORDER", text, counts)
        text = _replace(PREFIXED_NUMBER, "ORDER", text, counts)
        text = _replace(NAMED_PHONE, "PHONE", text, counts, _named_phone_length)
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


def _email_length(found: str) -> int:
    mailbox = re.split(r"\s?(?:@|[(\[])", found, maxsplit=1)[0].lower()
    return 0 if mailbox in ROLE_MAILBOXES else len(found)


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


def _case_number_length(found: str) -> int:
    return 0 if DATE.fullmatch(found.strip()) else len(found)


def _phone_length(found: str) -> int:
    return len(found) if not any(other(found) for other in NOT_PHONES) and _phone_owner(found) == "person" else 0


def _named_phone_length(found: str) -> int:
    return 0 if DATE.search(found) or _phone_owner(found) == "company" else len(found)


@lru_cache(maxsize=4096)
def _phone_owner(found: str) -> str:
    """Return ``person``, ``company`` or, for what is no phone number, an empty text.

    Numbers that are free or of shared cost belong to companies, and answers that name them need them.
    """
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
