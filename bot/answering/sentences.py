"""Splits an agent's answer into sentences and takes off what belongs to a letter: greeting, courtesy, sign-off, name.

Works on plain text in any order of lines. Does not judge whether a sentence holds for other customers: see personal.py.
"""

from __future__ import annotations

import re

from bot.answering.phrases import opening, phrases

# A full stop after these does not end a sentence.
ABBREVIATIONS = frozenset((
    "e.g", "i.e", "etc", "approx", "no", "nr", "mr", "mrs", "ms", "dr", "st", "str", "incl", "excl", "max", "min", "vs",
    "ca", "p.s", "ps", "tel", "art", "fig", "a.m", "p.m", "u.s",
))  # fmt: skip
_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+|\n+")
_BULLET = re.compile(r"^\s*(?:[-*•·–]|\(?\d{1,2}[.)])\s+")
_MARKUP = re.compile(r"\*\*|__|`+|^#{1,6}\s+", re.MULTILINE)
_MENTION = re.compile(r"^(?:[@#]\w+[\s,:]+)+")
# Initials that agents of shared accounts put at the end: ^AB, *TJ, /KL.
_INITIALS = re.compile(r"\s*(?:[\^*/]|(?<=\s)-)\s?[A-Z][A-Za-z]{0,2}\s*$")
_GREETING = re.compile(
    r"^(?:hi+|hello|hey+|dear|good\s(?:morning|afternoon|evening|day)|greetings|hallo|hola|bonjour|moin)\b"
    r"(?:\s(?:there|again|all))?(?:\s(?:[A-Z][\w'-]*|mr|mrs|ms|dr|and|customer|\[\w+\])\.?){0,4}"
    r"(?:\s*[,!.:;–—-]+\s*|\s+(?=and\b|thank)|$)",
    re.IGNORECASE,
)
_SIGN_OFF = re.compile(
    r"^(?:(?:kind|best|warm|many|friendly)\s(?:regards|wishes|greetings)|regards|best|cheers|sincerely|warmly|greetings"
    r"|yours\b.{0,20}|all the best|take care|see you|bye|many thanks|thanks(?: again)?|thank you)\b"
    r"(?:\sfrom)?[\s,.!–—-]*(?:(?:[A-Z][\w'-]*|from|at|team|the|of|and|&|/|\|)[\s,.!]*){0,6}$",
    re.IGNORECASE,
)
_LEAD = "(?:and |so |oh,? |again,? )?"
_COURTESY = opening(rf"""
    {_LEAD}thank(?:s| you)\b(?! to)|{_LEAD}sorry|{_LEAD}(?:my |we |i )?apolog\w+
    {_LEAD}(?:i|we)(?:'m| am|'re| are)(?: very| so| really| truly)? (?:sorry|glad|happy to hear|pleased)
    good nights?|have (?:a|fun|an)|enjoy|happy|good luck|safe (?:travels|trip)|hope (?:this|that|it|you)|(?:i|we) hope
    welcome|you(?:'re| are)(?: very| most)? welcome|no (?:problem|worries)|don't worry|congratulations
    perfect|nothing at all|great (?:question|choice)|good question|fair (?:question|point)|glad to|of course
    (?:any|if you have) (?:more|other|further|any) questions|(?:just |please )?let (?:me|us) know
    feel free|don't hesitate|happens to|what a (?:nice|lovely|pity|shame)
""")
_HEDGE = re.compile(
    r",? (?:but )?(?:i'm|i am|we're) (?:afraid|sorry)(?: to say)?(?=[,.:;!]|$)"
    r"|^(?:i'm|i am|we're) (?:afraid|sorry)"
    r"(?:[^:.!?]{0,40}:\s|,? (?:but |to say )?(?!for |about |if |that |to )(?=\w+ ))",
    re.IGNORECASE,
)
_CORRECTION = phrases("""
    (?:my|our|a) (?:mistake|error)
    (?:i|we) (?:was|were) wrong|(?:that|this|it) was wrong
    you(?:'re| are) (?:quite |absolutely )?right|looked too quickly
    correction|(?:first|earlier|previous) (?:answer|reply|information)
    should(?:'ve| have) (?:said|told|written|asked|been)|ignore (?:that|my)
""")
_WORD = re.compile(r"[^\W_]+(?:['’.,/:-][^\W_]+)*")


def split(text: str) -> list[str]:
    """Return the sentences of ``text`` in order, each with its own end mark where it has one."""
    parts: list[str] = []
    for part in _END.split(_MARKUP.sub("", text)):
        piece = re.sub(r"\s+", " ", part).strip()
        if not piece:
            continue
        if parts and _continues(parts[-1]):
            parts[-1] = f"{parts[-1]} {piece}"
        else:
            parts.append(piece)
    return parts


def _continues(sentence: str) -> bool:
    """Return whether a piece only looks finished: it ends with an abbreviation or is the number of a list."""
    if re.fullmatch(r"\(?\d{1,2}[.)]", sentence):
        return True
    last = sentence.rsplit(" ", 1)[-1]
    return last.endswith(".") and last[:-1].lower().lstrip("(") in ABBREVIATIONS


def words(text: str) -> list[str]:
    """Return the words of ``text``, lower case; prices, times and hyphenated names stay one word."""
    return [word.lower() for word in _WORD.findall(text)]


def clean(answer: str) -> list[str]:
    """Return the sentences of an answer, one turn or several, without greeting, courtesy, sign-off and names."""
    text = _INITIALS.sub("", _MENTION.sub("", answer.strip())).replace("’", "'")
    found: list[str] = []
    for sentence in split(text):
        bare = _HEDGE.sub("", _BULLET.sub("", _GREETING.sub("", sentence))).strip(" ,;–—-")
        listed = _BULLET.match(sentence) is not None
        if bare and (listed or not (is_courtesy(bare) or _is_name(bare))):
            found.append(finish(bare))
    return found


def without_greeting(sentence: str) -> str:
    """Return a sentence without the greeting that it begins with, nothing when it is no more than that."""
    return _GREETING.sub("", sentence)


def is_courtesy(sentence: str) -> bool:
    """Return whether a sentence only thanks, apologises, greets or takes leave, with no fact in it."""
    if _SIGN_OFF.match(sentence) or _GREETING.fullmatch(sentence):
        return True
    if is_correction(sentence):
        return False
    if len(words(sentence)) <= 2 and not re.search(r"\d", sentence):
        return True
    # "Sorry, the cut-off is 16:00" holds a fact: a number, or a long second half, keeps the sentence.
    return bool(_COURTESY.match(sentence)) and not re.search(r"\d", sentence) and len(words(sentence)) <= 12


def is_correction(sentence: str) -> bool:
    """Return whether the agent takes back what was said before in the same ticket."""
    return bool(_CORRECTION.search(sentence))


def _is_name(sentence: str) -> bool:
    """Return whether it is a signature: one to four capitalised words without an end mark ("Ilse / Fernhollow")."""
    if sentence[-1] in ".!?:" or len(sentence) > 40:
        return False
    parts = [part for part in re.split(r"[\s,/|&–—-]+", sentence) if part]
    return 0 < len(parts) <= 4 and all(part[0].isupper() or part in {"from", "at", "the", "of"} for part in parts)


def finish(sentence: str) -> str:
    """Return the sentence with a capital at the start and a mark at the end."""
    text = sentence.strip().rstrip(",;–—-").strip()
    if not text:
        return ""
    head = text.split(" ", 1)[0]
    if head.islower():
        text = text[0].upper() + text[1:]
    return text if text[-1] in ".!?)\"'" else f"{text.rstrip(':')}."


def excerpt(text: str, limit: int = 240) -> str:
    """Return at most ``limit`` characters of one line of text, cut between words."""
    line = re.sub(r"\s+", " ", text).strip()
    if len(line) <= limit:
        return line
    return line[: limit - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"
