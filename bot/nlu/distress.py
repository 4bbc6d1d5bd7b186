"""Words of customers who may hurt themselves, in English and Chinese: a short list, reviewed by hand.

A classifier would learn the word "kill" and not the person. Idioms ("this tent is killing me"), accidents ("I cut
myself on a peg") and things that die ("my phone died") are none of these.
"""

from __future__ import annotations

import re

_I_WILL = (
    r"\b(?:want(?:s|ed)?|wanna|going|gonna|about|feel(?:s|ing)? like|think(?:ing)? (?:of|about)|plan(?:s|ning)?"
    r"|keep|urge|tempted|will|'ll|might|need|try(?:ing)?|tried|threaten(?:s|ed|ing)?)\s+(?:to\s+|on\s+)?(?:just\s+)?"
)
_NOT_MEANT = r"(?!\s+(?:trying|laughing|over|with work|to (?:get|put|set|pitch|carry|find|reach)))"
_ENGLISH = re.compile(
    "|".join(
        (
            rf"\bkill(?:ing)? my ?self\b{_NOT_MEANT}",
            rf"{_I_WILL}kill(?:ing)? (?:him|her|them)sel(?:f|ves)\b",
            rf"{_I_WILL}(?:hurt|harm|cut|hang|shoot|drown|poison)(?:t?ing)? (?:my ?|him|her|them)sel(?:f|ves)\b",
            r"\b(?:end(?:ing)?|tak(?:e|ing)) my (?:own )?life\b(?! savings)",
            rf"{_I_WILL}end(?:ing)? it all\b",
            r"\bi(?: am|'?m| feel|'?ve been| have been)?(?: \w+)? suicidal\b|\bsuicidal thoughts\b",
            r"\b(?:commit(?:ting)?|think(?:ing)? (?:of|about)|thoughts of|consider(?:ing)?|attempt(?:ed|ing)?)"
            r" suicide\b",
            r"(?<!n't )(?<!not )(?<!dont )\b(?:want to|wanna|wish to|(?:'d|would) rather)(?: just)? (?:die|be dead)\b"
            r"(?! (?:in|on|of|for|with|from|than)\b)",
            r"\b(?:wish i (?:was|were)|(?:i(?:'d| would) be|i'?m|i am) better off) dead\b",
            r"\b(?:do not|don'?t) (?:want to|wanna) (?:live|be alive|exist)(?: any ?more| any longer|\s*[.!]|\s*$)",
            r"\b(?:no reason|nothing(?: left)?) to live(?: for)?\b|\bcan(?:not|'?t) go on living\b",
            r"\bself[- ]?harm(?:ing)?\b",
        )
    ),
    re.IGNORECASE,
)
_CHINESE = re.compile(
    r"自杀(?!式)|(?<!不)想死(?!你|您|心|我|它|这)|不想(?:再)?活(?!动|跃|络)|活不下去|(?<!年)轻生(?!活)"
    r"|(?:结束|了结)(?:自己|我|我自己)?的?(?:生命|性命)|自残|(?:想|要|会)伤害(?:我)?自己|割腕|(?:想|要|去)跳楼(?!价|大)|杀(?:了|死)我?自己"
)


def in_distress(text: str) -> bool:
    """Return whether a message says that somebody wants to die or to hurt himself."""
    plain = " ".join(text.replace("\u2019", "'").split())
    return bool(_ENGLISH.search(plain) or _CHINESE.search(plain))
