"""Promises that a team may not want to be made in composed answers, by the names that settings use.

Each is recognised by its words, on the strict side: a sentence lost costs less than a promise that has to be kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.answering.phrases import phrases

_AMOUNT = (
    r"(?:[$€£¥₹]\s?\d|\d[\d.,]*\s?(?:[$€£¥₹%]|(?:euros?|eur|dollars?|usd|pounds?|gbp|chf|percent|per cent)\b)"
    r"|\b(?:full|whole|entire|complete|total) (?:amount|price|sum|refund|cost)|\b(?:fully|in full|half)\b)"
)
_REFUND = (
    r"\b(?:refund\w*|reimburs\w*|compensat\w*|(?:pay|paid|money|credit(?:ed)?|get|give) (?:\w+ ){0,6}?back|cash ?back"
    r"|store credit|erstatt\w*|rückerstatt\w*|rembours\w*|reembols\w*|rimbors\w*|terugbeta\w*)"
)
_MONTH = (
    "jan(?:uary)?|feb(?:ruary)?|march|april|may|june|july|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?"
    "|dec(?:ember)?"
)
_DAY = (
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|today|tomorrow|tonight|(?:this|next) week"
    rf"|(?:{_MONTH})\.? \d{{1,2}}|\d{{1,2}}(?:st|nd|rd|th|\.)? (?:of )?(?:{_MONTH})"
    r"|\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d{4}-\d{2}-\d{2}"
)
_ARRIVES = r"\b(?:arriv\w*|deliver\w*|ship(?:s|ped|ping)?|dispatch\w*|reach(?:es)? you|be (?:there|with you)|get it)"


@dataclass(frozen=True)
class Promise:
    """A kind of promise: how a model is told not to make it, and how a sentence that makes it is recognised."""

    told: str
    pattern: re.Pattern[str]


PROMISES: dict[str, Promise] = {
    "refund_amounts": Promise(
        "how much money a customer gets back",
        re.compile(rf"(?:{_REFUND}).*{_AMOUNT}|{_AMOUNT}.*(?:{_REFUND})", re.IGNORECASE),
    ),
    "legal_advice": Promise(
        "what the law says, who is liable, or which rights a customer has by law",
        phrases(r"""
            legal\w*|illegal\w*|lawful\w*|unlawful\w*|law ?suits?|lawyers?|attorneys?|solicitors?
            (?:by|the|consumer|contract|under \w+) laws?
            (?:to|in) court|small claims|sue|sued|suing|liab(?:le|ility|ilities)|statut\w+|ombudsm[ae]n
            (?:consumer|your) rights|entitled (?:by|under)
        """),
    ),
    "delivery_dates": Promise(
        "the day on which something arrives",
        re.compile(
            rf"{_ARRIVES}.*\b(?:{_DAY})\b|\b(?:{_DAY})\b.*{_ARRIVES}"
            rf"|\b(?:will|'ll|going to|guarantee\w*)\b.*{_ARRIVES}"
            r".*\b(?:in|within|after)\b.*\b(?:days?|hours?|weeks?)\b",
            re.IGNORECASE,
        ),
    ),
}
