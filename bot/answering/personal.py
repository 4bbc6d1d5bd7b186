"""Tells sentences that hold for every customer from sentences about one customer's case.

A solved ticket mixes both: "I have refunded your order" must never reach somebody else. The rules are written for
English and err on the strict side: a general sentence lost costs a little, a personal one sent costs trust.
"""

from __future__ import annotations

import re

from bot.answering.phrases import alternatives, opening, phrases

_PLACEHOLDER = re.compile(r"\[[A-Z][A-Z_ ]{1,20}\]|<[A-Z][A-Z_]{1,20}>|\{\{?\w+\}?\}|\bXX+\b")
_CASE_NUMBER = re.compile(
    r"\b(?:FH|INV|RMA|R|C|T)-?\s?\d{4,}\b|(?<!\w)#\s?(?:FH-?\s?)?\d{4,}\b|\b\d{7,}\b", re.IGNORECASE
)

_PAST = alternatives(r"""
    \w+ed
    sent|put|made|took|taken|found|told|gave|given|wrote|written|set|got|saw|seen
    had|been|done|let|held|paid|spoke|rang|left|kept
""")
_THING = alternatives(r"""
    order|parcel|package|shipment|delivery|refund|return|replacement|label|invoice|receipt|voucher
    account|payment|transfer|money|card|deposit|balance|points|address
    warranty claim|claim|request|case|ticket|item|rental|booking|reservation
    tent|jacket|boots|bag|backpack|mat|stove|flight|luggage|baggage
    message|mail|e-?mail|photos?
""")
_HAPPENED = alternatives(r"""
    has|have|had|was|were|hasn't|haven't|wasn't|weren't|did|didn't
    left|leaves|arrived|went|shows?|came|reached|got|goes out
    (?:is|are)(?:n't)? (?:now |still |already |currently |just )*on (?:its|their|the) way
    (?:is|are)(?:n't)? (?:now |still |already |currently |just )*(?:being|in the|at the|with the|due|there|here|ready)
    (?:is|are)(?:n't)? (?:now |still |already |currently |just )*(?:packed|waiting|shipped|sent|open|closed|locked|lost)
    (?:is|are)(?:n't)? (?:now |still |already |currently |just )*(?:stuck|cancelled|done|confirmed|booked)
""")
_MONTH = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_DAY = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"

# The agent's own deeds and person: "I have refunded", "we've sent", "send me a photo". Recommendations may stay.
_AGENT = phrases(rf"""
    (?:i|we)(?:'ve| have|'d| had)(?: \w+ly)?(?: just| now| already| also| since| both)* (?!to\b)(?:{_PAST})
    i\b(?!(?:'d| would|) (?:recommend|suggest|advise)\b)
    we (?:just |already |now |also )?(?:sent|shipped|received|refunded|cancelled|booked|called|packed|found|got|opened)
    we(?:'ll| will)\b(?!.*\b(?:if|once|when|as soon as|unless|after|until)\b)
    me|my(?! (?:orders?|account|returns?|profile|points|data|rentals?|repairs?|details|addresses)\b)|mine
""")
# What stands on a button or page ("Tell me when it's back") is nobody speaking.
_LABEL = re.compile(r"[\"“][^\"“”]{1,40}[\"”]")
_CONDITIONS = ("if", "once", "when", "until", "while", "after", "unless", "soon as", "long as")
_QUALIFIER = r"(?!if|once|when|while|until|unless|as|that|after)[\w-]+"
_NO_CONDITION = "".join(f"(?<!{word} )" for word in _CONDITIONS)
# The state of this customer's thing: "your parcel left", "your refund is on its way". Conditions are general.
_STATE = phrases(rf"""
    {_NO_CONDITION}your (?:{_QUALIFIER} ){{0,3}}?(?:{_THING})s? (?:\w+ly )?(?:{_HAPPENED})
    your (?:aunt|uncle|daughter|son|sister|brother|wife|husband|partner|friend|mother|father|mum|mom|dad|boss)
    (?:him|her|his|hers|she)
    (?:is|are|'s|'re) (?:now |already |still )*on (?:its|their|the) way
    (?:is|are) (?:now|already) in your (?:account|mailbox)
    (?:the|your) (?:credit|refund|amount|sum|difference) of \d[\d.,]*
""")
_STATE_OF_IT = re.compile(
    r"^(?:it|they|both|all|that|this|everything|yours)(?:'s|'re|'ll| is| are| has| have| was| were| left| went| will)\b"
    r".*\b(?:on (?:its|the) way|back to (?:your|you)|done|sent|booked|fixed|confirmed|cancelled|removed|added|off)\b",
    re.IGNORECASE,
)
# What this customer did or said. "What you paid", "the card you used" and "if you ordered" are general.
_GENERAL_CLAUSES = (
    *("what", "if", "when", "once"),
    *("mail", "address", "card", "account", "way", "carrier", "method", "points"),
)
_ANY_CUSTOMER = "".join(f"(?<!{word} )" for word in _GENERAL_CLAUSES)
_CUSTOMER = re.compile(
    rf"{_ANY_CUSTOMER}\b"
    r"(?:you (?:just )?(?:wrote|told|said|mentioned|sent|ordered|bought|asked|described|paid|chose|used"
    r"|typed|entered|got|returned|placed)"
    r"|you(?:'ve| have) (?:just |already |now )?(?!received\b|worn\b|used\b|opened\b)"
    r"\w+(?:ed|en|nt|ot|id)|you(?:'d| had) (?:already |just )?(?:\w+ed|paid|sent|bought|chosen|got|had|been)"
    r"|you(?:'ll| will) get (?:it|them|the)|you were"
    r"|you(?:'re| are) (?:one|right|still|just|not too|short|on day|in time|well in time|within"
    r"|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)|plenty of time"
    r"|your (?:neighbour|colleague)(?:'s| is| was| has)|the (?:kid|boy|girl|little one)s?)\b",
    re.IGNORECASE,
)
# Words that only make sense on the day and in the thread they were written.
_MOMENT = phrases(rf"""
    today|yesterday|tomorrow|tonight|just now|right now|earlier(?! (?:it was|than)\b)|a moment ago|minutes ago|days ago
    this (?:morning|afternoon|evening|week|time|once)
    (?:last|next) (?:week|month|night|year|{_DAY})
    (?:on|until|by|since|for|from) (?:{_DAY})(?! (?:to|till|until|-))
    as (?:i|we) (?:told|said|wrote|explained)
    as (?:mentioned|discussed|agreed|promised|said|requested|written)
    attached|see above|above mail|previous (?:mail|message|e-mail)
    our (?:last|first|earlier|colleague)
    your (?:mail|message|e-mail|photos?|pictures?|chat|call|story)
""")
# Goodwill for one person is not a rule; neither are private channels of other networks an answer here.
_EXCEPTION = phrases("""
    goodwill|gesture|as an exception|exceptionally|an exception|one[- ]off|just this|on us|for the trouble
    in your case|for you personally|especially for you
    DMs?|direct message|private message|follow us
""")
# Notes about a call, written in the third person; agents who name themselves.
_NOTE = phrases("""
    the (?:caller|customer)|caller|called|explained|apologised|told (?:the|mr|mrs|ms)
    (?:asked|reminded|sent|gave|offered|advised|mr|mrs|ms) (?:the|mr|mrs|ms)
""")
_NOTE_START = opening(r"""
    took|went|made|gave|put (?:through|him|her|a note)|sent|found|told|rang|wrote|reassured|calmed
    \w+ed (?:the|that|a|an|and|to|it|on)
    \w+ed, (?-i:[A-Z])\w+(?=,)
    (?:this is )?[A-Z]\w+ here
""")
_TITLE_AND_NAME = re.compile(r"\b(?:Mr|Mrs|Ms)\.? [A-Z]|^(?:[Tt]his is )?[A-Z]\w+ from [A-Z]\w+\b")
# Where one customer lives: "the Konstanz address", "a locker in Dublin", "goes to Karin Holm in Umeå". A place alone
# says nothing about anybody: "we ship to Switzerland".
_NAME = r"[A-Z\u00c0-\u00de][\w'-]+"
_PLACE = re.compile(
    rf"\b(?:the|this|that|your|at|to) {_NAME}(?: {_NAME})? (?:address|house|flat|apartment|home|office|neighbour)\b"
    rf"|\b(?:address|house|flat|apartment|home|locker|neighbour|friend|office) in (?!{_MONTH}){_NAME}"
    rf"|\b(?:to|for|from|with|at) {_NAME} {_NAME} in {_NAME}"
)
# Text that gives orders to a machine is never an answer, whoever wrote it into a ticket.
_ORDERS_TO_A_MACHINE = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b.{0,30}\b(?:instructions?|prompts?|rules|above|previous)\b"
    r"|<\|?\w+\|?>"
    r"|\b(?:system prompt|you are now|act as an?|as an ai|language model|jailbreak|developer mode)\b",
    re.IGNORECASE,
)
_PERSONAL = (
    _STATE, _STATE_OF_IT, _CUSTOMER, _MOMENT, _EXCEPTION, _NOTE, _NOTE_START, _TITLE_AND_NAME,
    _PLACE, _CASE_NUMBER, _ORDERS_TO_A_MACHINE, _PLACEHOLDER,
)  # fmt: skip
_DEPENDENT = opening("""
    it|its|it's|that|that's|this|these|those|they|they're|them|he|she|then|there|here|so|otherwise|also
    and|but|or|because|either|neither|both|ones|one (?:is|was|of|that|can|has|for|with)
    such|which|even then|instead|likewise|only then
    same|same goes|the same|the other|the latter|afterwards|until then
    (?:at|for|with|in|on|of|from|after|by|as) (?:that|this|these|those|it|them)
    most likely|you made it|you and|as above|above|from above
    if (?:so|not|that|it|this)|not (?:quite|yet|at all|too)
    done|(?:yes|no|nope|sure|absolutely|correct|exactly|right)(?=[,.!:;])|quite right|found it
""")


def names_a_case(text: str) -> bool:
    """Return whether an order number, a person's name with a title, or a redacted value stands in the text."""
    return any(pattern.search(text) for pattern in (_PLACEHOLDER, _CASE_NUMBER, _TITLE_AND_NAME, _ORDERS_TO_A_MACHINE))


def is_general(sentence: str) -> bool:
    """Return whether a sentence may be said to any customer: no case, no person, no question, no day, no orders."""
    if sentence.rstrip(")\"' ").endswith("?"):
        return False
    plain = sentence.replace("’", "'")
    if _AGENT.search(_LABEL.sub("", plain)):
        return False
    return not any(pattern.search(plain) for pattern in _PERSONAL)


def depends(sentence: str) -> bool:
    """Return whether a sentence points back to the one before it ("It is free too.") and cannot come first."""
    return bool(_DEPENDENT.match(sentence.replace("’", "'")))
