"""How a message is written rather than what it is about: capitals, exclamation marks, strong words, words of haste.

Beside the sentence vector these tell "MY POLE BROKE!!!" from "my pole broke", which mean the same. The lists are short
on purpose: the vector knows most of it, and a list that is long is never complete in another trade.
"""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

LETTERS = re.compile(r"[A-Za-z']{3,}")
STRONG = re.compile(
    r"\b(?:fuck\w*|shit|bullshit|crap|damn|bloody|hell|wtf|idiots?|stupid|dumb|moron\w*|bastards?|garbage|trash|rubbish"
    r"|junk|crooks?|thieves|liars?|lies|scam|useless|ridiculous|unacceptable|unbelievable|disgrace\w*|disgusting|pissed"
    r"|outrageous|furious|pathetic|shame|joke)\b|垃圾|骗子|小偷|傻|智障|滚|破|屎|无耻|气死|太过分|恶心|闭嘴|到底|[\U0001F621\U0001F92C\U0001F620\U0001F47F]",
    re.IGNORECASE,
)
FACES = re.compile("[\U0001f621\U0001f92c\U0001f620\U0001f47f]")
THREAT = re.compile(
    r"\b(?:lawyers?|solicitor|legal|court|police|sue|authority|consumer protection|never again|never buy\w*|one star"
    r"|review|trustpilot|competitor|lost a customer|(?:my|our) last|another (?:bank|shop|supplier)|done with)\b"
    r"|律师|法庭|报警|投诉|差评|再也不|拒付|工商",
    re.IGNORECASE,
)
WEARY = re.compile(
    r"\b(?:again|still|already|twice|(?:second|third|fourth|fifth|sixth) time|(?:three|four|five|six) times|how often"
    r"|weeks|months|annoying|frustrat\w+|disappoint\w+|tired of|fed up|sick of)\b"
    r"|又(?:[一没不坏出是错漏断])|还是[没不老这]|三遍|四次|几遍|失望|星期了|个月了",
    re.IGNORECASE,
)
HASTE = re.compile(
    r"\b(?:urgent\w*|asap|immediately|right (?:now|away)|at once|hurry|emergency|in (?:\w+ )?(?:minutes?|hours?)"
    r"|(?:flight|plane|trip|train|race|wedding|exam|demo|meeting) (?:is|starts|leaves|ends|in)|we leave|i leave"
    r"|before (?:noon|it|the|we))\b|马上|立刻|(?<!不)(?<!不着)急|赶紧|快点|快帮|分钟|小时后|登机",
    re.IGNORECASE,
)


def signs(text: str) -> npt.NDArray[np.float64]:
    """Return the signs of tone in a text, each 0..1, shape [7].

    Share of words in capitals, exclamation marks (three are as many as thirty), several marks in a row, and whether it
    has a strong word, a threat, a word of weariness, a word of haste.
    """
    words = LETTERS.findall(text)
    # One short word in capitals is a size or a name.
    capitals = sum(word.isupper() for word in words) / len(words) if len(words) > 1 else 0.0
    marks = min(len(re.findall("[!！]", text)), 3) / 3
    row = 1.0 if re.search(r"[?？!！]{2,}", text) else 0.0
    lists = [1.0 if pattern.search(text) else 0.0 for pattern in (STRONG, THREAT, WEARY, HASTE)]
    return np.array([capitals, marks, row, *lists])
