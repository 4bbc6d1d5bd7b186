"""Electronic addresses: mailboxes, however the signs in them are written, and addresses of machines.

A company's own mailboxes stay: they are nobody's, and answers that name them need them.
"""

from __future__ import annotations

import ipaddress
import re

from retrieval.redaction.page import Rule

AT = r"(?:@|\s?[(\[]\s?at\s?[)\]]\s?|\s?\(a\)\s?)"
DOT = r"(?:\.|\s?[(\[]\s?dot\s?[)\]]\s?)"
EMAIL = re.compile(
    rf"(?<![\w.+-])[\w.+%'-]{{1,64}}{AT}(?=[\d_-]{{0,63}}[^\W\d_])[\w-]{{1,63}}(?:{DOT}[\w-]{{1,63}}){{0,4}}{DOT}[^\W\d_]{{2,24}}\b",
    re.IGNORECASE,
)
# Dictated or stripped of its signs: "anna at gmail dot com", "anna 82 gmail com", "annagmailcom".
PROVIDERS = (
    r"gmail|googlemail|hotmail|rediffmail|yahoo(?:mail)?|outlook|icloud|aol|gmx|protonmail|qq|foxmail|[a-z]*mail"
)
NO_MAILBOX = (
    r"(?!(?:my|the|your|a|an|any|on|in|to|at|via|by|for|from|with|is|or|and|e?-?mail|of|use|using|id|address|not|no|only|"
    r"its?|have|has)\b)"
)
SPOKEN_EMAIL = re.compile(
    rf"(?<![\w.@]){NO_MAILBOX}(?:[a-z][\w.+-]{{1,40}}(?:\s\d{{1,6}})?(?:\sat\s|\s)(?:{PROVIDERS})"
    r"(?:\s?dot\s?|\s)?(?:com|net)\b|[a-z][\w+-]{2,40}(?:gmail|hotmail|yahoo|[a-z]mail)(?:com|net)\b)",
    re.IGNORECASE,
)
NAMED_EMAIL = re.compile(
    r"(?P<keep>\be-?mail(?:[ ]?(?:address|id))?(?:[ ]is)?[: ]{1,2})"
    r"(?:[a-z][\w.+-]{0,40}[ ]\d{1,6}[ ])?[a-z][\w.+-]{2,40}(?:com|net|org)\b",
    re.IGNORECASE,
)
# A mailbox of a role is nobody's own.
ROLE_MAILBOXES = frozenset(
    (
        *("help", "support", "service", "info", "contact", "hello", "sales", "group", "orders", "returns", "billing"),
        *("privacy", "legal", "press", "jobs", "office", "customerservice", "customer.service", "noreply", "no-reply"),
        *("care", "team", "feedback", "warranty", "repairs", "repair", "shop", "careers", "security", "abuse", "admin"),
        *("customercare", "customer.care", "kundenservice", "klantenservice", "kontakt", "hilfe", "kefu", "dpo"),
    )
)
ADDRESS_PART = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
# Four numbers with dots are also how versions are written.
IP4 = re.compile(
    r"(?<![\w.-])(?<!version )(?<!firmware )(?<!build )(?<!release )"
    rf"(?:{ADDRESS_PART}\.){{3}}{ADDRESS_PART}(?![\w/-]|\.\d)",
    re.IGNORECASE,
)
IP6 = re.compile(r"(?<![\w:.])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])", re.IGNORECASE)


def _email_length(found: str) -> int:
    mailbox = re.split(r"\s?(?:@|[(\[])", found, maxsplit=1)[0].lower()
    return 0 if mailbox in ROLE_MAILBOXES else len(found)


def _ip4_length(found: str) -> int:
    """Return nothing of an address of a network, or of one that is the same in every house."""
    address = ipaddress.IPv4Address(found)
    return 0 if found.endswith(".0") or (address.is_private and not address.is_global) else len(found)


def _ip6_length(found: str) -> int:
    if sum(map(str.isalnum, found)) < 6:
        return 0
    try:
        ipaddress.IPv6Address(found)
    except ValueError:
        return 0
    return len(found)


RULES = (
    Rule("EMAIL", "e-mail address", EMAIL, _email_length),
    Rule("EMAIL", "e-mail address without signs", SPOKEN_EMAIL),
    Rule("EMAIL", "after a word for e-mail", NAMED_EMAIL),
    Rule("IP", "IPv4 address", IP4, _ip4_length),
    Rule("IP", "IPv6 address", IP6, _ip6_length),
)
