"""Tells sentences that hold for every customer from sentences about one customer's case.

A solved ticket mixes both: "I have refunded your order" must never reach somebody else. The rules are written for
English and err on the strict side: a general sentence lost costs a little, a personal one sent costs trust.
"""

from __future__ import annotations

import re

_PLACEHOLDER = re.compile(r"\[[A-Z][A-Z_ ]{1,20}\]|<[A-Z][A-Z_]{1,20}>|\{\{?\w+\}?\}|\bXX+\b")
_CASE_NUMBER = re.compile(
    r"\b(?:FH|INV|RMA|R|C|T)-?\s?\d{4,}\b|(?<!\w)#\s?(?:FH-?\s?)?\d{4,}\b|\b\d{7,}\b", re.IGNORECASE
)

_THING = (
    r"(?:order|parcel|package|shipment|delivery|refund|return|replacement|label|invoice|account|payment|transfer|money|card"
    r"|address|warranty claim|claim|request|case|ticket|item|tent|jacket|boots|bag|backpack|mat|stove|rental|deposit|booking"
    r"|flight|luggage|baggage|reservation|message|mail|e-?mail|photos?|receipt|voucher|points|balance)"
)
_HAPPENED = (
    r"(?:has|have|had|was|were|left|arrived|went|shows?|came|reached|got|hasn't|haven't|wasn't|weren't|did|didn't|leaves|goes out"
    r"|(?:is|are)(?:n't)? (?:now |still |already |currently |just )*(?:on (?:its|their|the) way|being|in the|at the|with the|packed"
    r"|waiting|shipped|sent|due|there|here|open|closed|locked|lost|stuck|cancelled|done|confirmed|booked|ready))"
)
_PAST = r"(?:\w+ed|sent|put|made|took|taken|found|told|gave|given|wrote|written|set|got|saw|seen|had|been|done|let|held|paid|spoke|rang|left|kept)"
_PATTERNS = (
    # The agent's own deeds: "I have refunded", "we've sent", "I just checked", "I'll book it", "Let me look".
    r"\b(?:i|we)(?:'ve| have|'d| had)\b(?: \w+ly)?(?: just| now| already| also| since| both)* (?!to\b)" + _PAST + r"\b",
    r"\bi\b(?!(?:'d| would|) (?:recommend|suggest|advise)\b)",
    r"\bwe (?:just |already |now |also )?(?:sent|shipped|received|refunded|cancelled|booked|called|packed|found|made a|got|opened)\b",
    r"\bwe(?:'ll| will)\b(?!.*\b(?:if|once|when|as soon as|unless|after|until)\b)",
    r"\b(?:me|my|mine)\b",
    # The state of this customer's thing: "your parcel left", "your refund is on its way", "it's on its way".
    r"\byour (?:(?!if|once|when|while|until|unless|as|that|after)[\w-]+ ){0,3}?"
    + _THING
    + r"s? (?:\w+ly )?"
    + _HAPPENED
    + r"\b",
    r"^(?:it|they|both|all|that|this|everything|yours)(?:'s|'re|'ll| is| are| has| have| was| were| left| went| will)\b.*"
    r"\b(?:on (?:its|the) way|back to (?:your|you)|done|sent|booked|fixed|confirmed|cancelled|removed|added|packed|off)\b",
    r"\byour (?:aunt|uncle|daughter|son|sister|brother|wife|husband|partner|friend|mother|father|mum|mom|dad|boss|neighbour's)\b",
    r"(?<!what )\b(?:you (?:just )?(?:wrote|told|said|mentioned|sent|ordered|bought|asked|described|paid|chose|used|typed|entered|got|returned|placed)"
    r"|you(?:'ve| have) (?:just |already |now )?(?!received\b|worn\b|used\b|opened\b)\w+(?:ed|en|nt|ot|id)|you(?:'d| had)|you(?:'ll| will) get (?:it|them|the)|you were|you(?:'re| are) (?:one|right|still|just|not too|short))\b",
    # Words that only make sense on the day and in the thread they were written.
    r"\b(?:today|yesterday|tomorrow|tonight|just now|right now|this (?:morning|afternoon|evening|week|time|once)|(?:last|next) (?:week|month|night|year"
    r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday)|(?:on|until|by|since|for|from) (?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)(?! (?:to|till|until|-))"
    r"|a moment ago|minutes ago|days ago|earlier)\b",
    r"\b(?:as (?:i|we) (?:told|said|wrote|explained)|as (?:mentioned|discussed|agreed|promised|said|requested|written)|attached|see above|above mail|previous"
    r" (?:mail|message|e-mail)|(?:my|our) (?:last|first|earlier|colleague)|my mail|your (?:mail|message|e-mail|photo|photos|picture|pictures|chat|call|story))\b",
    # Goodwill for one person is not a rule.
    r"\b(?:goodwill|gesture|as an exception|exceptionally|an exception|one[- ]off|just this|in your case|for you personally|especially for you|on us|for the trouble)\b",
    # Notes about a call, written in the third person.
    r"\b(?:him|her|his|hers|she)\b|^(?:took|went|made|gave|put|sent|found|told|rang|wrote|\w+ed (?:the|that|a|an|and|to|it|on)\b)",
    r"\b(?:the (?:caller|customer)|caller|called|explained|apologised|told (?:mr|mrs|ms|her|him|the)|(?:asked|reminded|sent|gave|offered|advised) (?:mr|mrs|ms|the))\b",
    r"\b(?:mr|mrs|ms)\.? [A-Z]|^(?:this is )?[A-Z]\w+ (?:here|from [A-Z]\w+)\b",
    # Private channels of other networks.
    r"\b(?:DMs?|direct message|private message|follow us)\b",
)
_PERSONAL = tuple(re.compile(pattern, re.IGNORECASE) for pattern in _PATTERNS)
# Text that gives orders to a machine is never an answer, whoever wrote it into a ticket.
_ORDERS_TO_A_MACHINE = re.compile(
    r"\b(?:(?:ignore|disregard|forget|override)\b.{0,30}\b(?:instructions?|prompts?|rules|above|previous)|system prompt|you are now|act as an?|as an ai|language model"
    r"|jailbreak|developer mode|<\|?\w+\|?>)",
    re.IGNORECASE,
)
_CORRECTION = re.compile(
    r"\b(?:(?:my|our|a) (?:mistake|error)|(?:i|we) (?:was|were) wrong|(?:that|this|it) was wrong|correction|(?:first|earlier|previous) (?:answer|reply|information)"
    r"|should(?:'ve| have) (?:said|told|written|asked|been)|ignore (?:that|my))\b",
    re.IGNORECASE,
)
_DEPENDENT = re.compile(
    r"^(?:it|its|it's|that|that's|this|these|those|they|they're|them|he|she|then|there|so|otherwise|also|and|but|or|because|either|neither|both|one|ones|such|here"
    r"|if (?:so|not|that|it|this)|in that case|after that|afterwards|until then|which|even then|instead|same|likewise|only then|same goes|the same|the other|the latter"
    r"|done|yes|no|nope|sure|absolutely|correct|exactly|right|quite|found it|not (?:quite|yet|at all|too))\b",
    re.IGNORECASE,
)


def is_correction(sentence: str) -> bool:
    """Return whether the agent takes back what was said before in the same ticket."""
    return bool(_CORRECTION.search(sentence.replace("’", "'")))


def has_placeholder(sentence: str) -> bool:
    """Return whether a redacted or unfilled value stands in the sentence, such as ``[ORDER]``."""
    return bool(_PLACEHOLDER.search(sentence))


def is_general(sentence: str) -> bool:
    """Return whether a sentence may be said to any customer: no case, no person, no question, no day, no orders."""
    if sentence.rstrip(")\"' ").endswith("?") or has_placeholder(sentence):
        return False
    if _CASE_NUMBER.search(sentence) or _ORDERS_TO_A_MACHINE.search(sentence):
        return False
    plain = sentence.replace("’", "'")
    return not any(pattern.search(plain) for pattern in _PERSONAL)


def depends(sentence: str) -> bool:
    """Return whether a sentence points back to the one before it ("It is free too.") and cannot come first."""
    return bool(_DEPENDENT.match(sentence.replace("’", "'")))
