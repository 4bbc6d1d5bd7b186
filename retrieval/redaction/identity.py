"""Numbers of a person's papers, dates of birth and secrets; most only after the word that says what they are."""

from __future__ import annotations

import re

from retrieval.redaction import words
from retrieval.redaction.page import Rule

LINK = r"(?:\s?(?:number|no|nr|num|code|id|#))?\.?(?:\s?(?:is|was|are|ist|est|es|:|=|#)){0,2}\s{0,2}"
# Nobody's number has these digits: the authority does not give them out.
SSN = re.compile(r"(?<![\w-])(?!000|666|9\d\d)\d{3}([- ])(?!00)\d{2}\1(?!0000)\d{4}(?![\w-])")
NAMED_SSN = re.compile(
    rf"(?P<keep>\b(?:ssn|social security|social|sin|national insurance|nino|bsn|steuer-?id)\b{LINK})"
    r"(?:[A-Z]{2} ?)?\d(?:[ -]?\d){3,10}(?: ?[A-D]\b)?(?![\w-])",
    re.IGNORECASE,
)
PAPERS = (
    r"passport|driver'?s? ?licen[cs]e|driving licen[cs]e|licen[cs]e number|identity card|id card|national id|"
    r"personal id|personalausweis|reisepass|ausweis|rijbewijs|paspoort|passeport|permis|carte d'identité|dni|nie|nif|"
    r"codice fiscale|pesel|aadhaar|pan card|tax id|tin|vat id"
)
PAPER_NUMBER = re.compile(
    rf"(?P<keep>\b(?:{PAPERS})\b{LINK})(?=[A-Z -]{{0,8}}\d)[A-Z0-9](?:[ -]?[A-Z0-9]){{4,16}}\b", re.IGNORECASE
)
BIRTH_WORDS = r"born(?: on)?|date of birth|birth ?date|birthday(?: is)?|dob|geburtsdatum|geboren am|née? le"
DAY = r"\d{1,2}(?:st|nd|rd|th)?"
BIRTH_DATE = re.compile(
    rf"(?P<keep>\b(?:{BIRTH_WORDS})\b(?: is)?[:\s]{{1,2}})(?:\d{{1,2}}[-/. ]\d{{1,2}}[-/. ]\d{{2,4}}|"
    rf"\d{{4}}-\d{{2}}-\d{{2}}|{DAY} [A-Za-zä]{{3,9}},? \d{{4}}|[A-Z][a-z]{{2,8}} {DAY},? \d{{4}})",
    re.IGNORECASE,
)
SECRET_WORDS = r"password|passwort|passcode|wachtwoord|mot de passe|contraseña|pwd"
SECRET = re.compile(
    rf"(?P<keep>\b(?:{SECRET_WORDS})(?:\s(?:is|was|ist|est|es)(?:\s?[:=])?|\s?[:=])\s?[\"'“]?)"
    r"(?=\S{0,30}[\d!@#$%^&*_])[^\s\"'”]{4,40}(?<![.,;?])",
    re.IGNORECASE,
)
CODE_WORDS = r"pin|cvv2?|cvc2?|security code|verification code|one[- ]time code|otp|tan"
PIN = re.compile(rf"(?P<keep>\b(?:{CODE_WORDS})\b{LINK})\d{{3,8}}(?!\w)", re.IGNORECASE)
ACCOUNT_WORDS = r"account|acct|acc|a/c|routing|sort code|konto(?:nummer)?|rekening(?:nummer)?|compte"
ACCOUNT = re.compile(rf"(?P<keep>\b(?:{ACCOUNT_WORDS})\b{LINK})\d(?:[ -]?\d){{3,17}}(?![\w%€$£]|[.,]\d)", re.IGNORECASE)


def _secret_length(found: str) -> int:
    """Return nothing of a word that complains of a password: my password is wrong!!"""
    return 0 if found.strip("!*_").lower() in words.COMPLAINTS else len(found)


SECRET_RULE = Rule("SECRET", "after a word for password", SECRET, _secret_length)
RULES = (
    Rule("BIRTHDATE", "date after a word for birth", BIRTH_DATE),
    SECRET_RULE,
    Rule("SECRET", "number after a word for a secret code", PIN),
    Rule("ID", "US social security number", SSN),
    Rule("ID", "after a word for social security", NAMED_SSN),
    Rule("ID", "after a word for a paper", PAPER_NUMBER),
    Rule("ACCOUNT", "after a word for account", ACCOUNT),
)
