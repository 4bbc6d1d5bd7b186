"""Takes off what an agent only says to the one who asked: "Not any longer:", "You and the label:", "What a moment!".

The fact behind it holds for a question asked the other way round too; the reaction would not. Written for English. Does
not judge whether the rest holds for other customers: see personal.py.
"""

from __future__ import annotations

import re

from bot.answering import sentences
from bot.answering.phrases import alternatives, opening

MIN_REST = 4  # words that a sentence must have left

_YES_NO = re.compile(
    r"^(?:yes|yep|no|nope|sure|absolutely|certainly|correct|exactly|not at all|no (?:problem|drama|worries)(?: at all)?"
    r"|(?:that|this)(?:'s| is) (?:right|correct|true))\b\s*[,.!:;–—]+\s*",
    re.IGNORECASE,
)
_REPLIES = alternatives(r"""
    you(?:'re| are| made| and| were| did)
    you've still
    yes|no longer|not|no(?= (?:it|that|you|need))
    just like|just as|exactly|almost|nearly|mostly|normally|only half|neither|both|all (?:good|fine|normal)
    sorry to|later|earlier|quick then|then quick|easily|sadly|luckily|unfortunately|understood|fair enough|with pleasure
    good (?:news|that)|bad news|short answer|in short|as a rule|in general
    a (?:short|small|good|nice|fair)
    it does|it is|it isn't|that(?:'s| is)
""")
# A colon ends the reaction. Not stripped where figures, quotes or brackets stand before it: those are facts.
_REPLY = re.compile(rf"^(?:{_REPLIES})\b[^:.!?;(\"\d]{{0,45}}:\s+", re.IGNORECASE)
# Notes about a call that report a rule: "Explained that gift cards are not paid out."
_REPORTED = re.compile(
    r"^(?:explained|told (?:the )?(?:caller|customer|him|her|them)|i (?:told|explained to) (?:him|her|them|the caller))"
    r"(?: on the phone| clearly| again| for the future)?(?:: | that )(?!.*\b(?:was|were|had|has|him|her|his|s?he)\b)",
    re.IGNORECASE,
)
_REACTION = opening(r"""
    what an?|what (?:nice|lovely|bad)|don't (?:be|worry|panic)|no need to be|no (?:drama|fees and)
    not (?:rude|a disaster)|nice (?:idea|plan)|(?:that|this) (?:sounds|happens)|we have to say|you can breathe
    get well|an? (?:excellent|fine|nice|good|great|lovely|classic|short)|your (?:maths|idea|nose|feeling)
    poor|happens|in the name of
""")
MAX_REACTION = 12  # words; a longer sentence holds a fact as well
_SHORT = opening("""
    not|no|yes|most|easily|nearly|only|with|sadly|same|both|neither|almost|depends|in short|fine|good|there|just
""")
MAX_SHORT = 6  # words


def spoken(answer: str) -> list[str]:
    """Return the cleaned sentences of one turn, without what only reacts to the customer who asked."""
    kept = [bare for bare in map(without_reply, sentences.clean(answer)) if bare]
    while kept and only_reacts(kept[0]):
        kept.pop(0)
    return kept


def without_reply(sentence: str) -> str:
    """Take a leading "yes", "no" or "not any longer:" off a full sentence; nothing is left of a bare one."""
    rest = _YES_NO.sub("", _REPORTED.sub("", sentence))
    fact = _REPLY.sub("", rest)
    rest = fact if len(sentences.words(fact)) >= MIN_REST else rest
    if rest == sentence:
        return sentence
    return sentences.finish(rest[0].upper() + rest[1:]) if len(sentences.words(rest)) >= MIN_REST else ""


def only_reacts(sentence: str) -> bool:
    """Return whether a first sentence says nothing without the question ("Not done, only clogged.")."""
    count = len(sentences.words(sentence))
    # A prohibition holds whatever was asked.
    if count > MAX_REACTION or re.search(r"\d|\bnever\b", sentence):
        return False
    return bool(_REACTION.match(sentence)) or (
        count <= MAX_SHORT and (sentence.endswith("!") or bool(_SHORT.match(sentence)))
    )
