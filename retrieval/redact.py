"""Takes personal data out of texts before they are stored.

Each find becomes a placeholder that keeps what kind of thing stood there, so that the text still makes sense, and that
nothing can turn back: no number, no hash. Names of cities, products and companies stay, and so do a company's own
mailboxes and free telephone numbers.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from retrieval.redaction import addresses, blocks, cases, chinese, identity, mail, names, numbers
from retrieval.redaction.page import Page, Rule
from retrieval.redaction.products import Products

# What looks like something else too comes after it.
RULES: tuple[Rule, ...] = (
    *mail.RULES,
    *numbers.IBAN_RULES,
    *chinese.RULES,
    *identity.RULES,
    *numbers.CARD_RULES,
    *cases.NAMED_RULES,
    *numbers.PHONE_RULES,
    *blocks.RULES,
    *addresses.RULES,
    *cases.BARE_RULES,
)
# All that can find something in a text of plain letters and signs.
RULES_WITHOUT_DIGITS: tuple[Rule, ...] = (*mail.RULES, identity.SECRET_RULE)


@dataclass(frozen=True)
class Removal:
    """That something was taken out, for the audit: its kind and the rule that recognised it, never the value."""

    kind: str
    rule: str


@dataclass(frozen=True)
class Redacted:
    """A text without personal data, how many finds of each kind were taken out, and each of them in order."""

    text: str
    counts: Mapping[str, int]
    removals: tuple[Removal, ...]


def redact(text: str, keep: Collection[str] = ()) -> Redacted:
    """Replace personal data by ``[NAME] [EMAIL] [PHONE] [ADDRESS] ...``; other text is left as it is.

    Args:
        text: what a customer or an agent wrote.
        keep: names of products and the like, which stay where they stand in a text.
    """
    return redact_all([text], keep)[0]


def redact_all(texts: Sequence[str], keep: Collection[str] = ()) -> list[Redacted]:
    """Redact many texts, each as ``redact`` does."""
    return [_redacted(page) for page in read_pages(texts, keep)]


def read_pages(texts: Iterable[str], keep: Collection[str] = ()) -> list[Page]:
    """Return texts with what was found in them, by position."""
    products = Products(keep)
    return [_read(text, products) for text in texts]


def _read(text: str, products: Products) -> Page:
    page = Page(text)
    page.apply(RULES if not text.isascii() or any(map(str.isdigit, text)) else RULES_WITHOUT_DIGITS)
    names.find_names(page, products)
    return page


def _redacted(page: Page) -> Redacted:
    text, finds = page.redacted()
    counts = Counter(find.kind for find in finds)
    return Redacted(text, dict(counts), tuple(Removal(find.kind, find.rule) for find in finds))


def customer_key(email: str, secret: str) -> str:
    """Return the keyed hash under which a customer's tickets are found for erasure; without the secret it says nothing.

    Raises:
        ValueError: the secret is empty, so anyone could make the same hash.
    """
    if not secret:
        raise ValueError("A customer key needs a secret. Set FRONTDESK_SECRET")
    return hmac.new(secret.encode(), email.strip().lower().encode(), hashlib.sha256).hexdigest()
