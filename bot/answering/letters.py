"""A past answer as a draft for the next customer: the words as they were, without greeting, sign-off and name.

Unlike ``sentences.clean`` it leaves lines, lists and everything between as the colleague wrote it: a person reads it
before it is sent. Does not judge whether a sentence holds for other customers: see personal.py.
"""

from __future__ import annotations

import re

from bot.answering import sentences

_PARAGRAPHS = re.compile(r"\n[ \t]*\n\s*")
# What else stands at the edges of a turn and says something.
_ANSWERS = frozenset({"yes", "no"})
_GREETING_ZH = re.compile(
    r"^(?:您好|你好|早上好|下午好|晚上好|(?:亲爱|尊敬)的[^，,！!。：:\s]{0,12})[呀啊]?[，,！!。：:\s]+"
)
_SIGN_OFF_ZH = re.compile(
    r"(?:^|(?<=[。！!？?\n]))\s*(?:此致|祝|顺祝|敬礼)[^。！!？?\n]{0,12}[。！!]?(?:\s*[^\s。，,！!？?]{1,8})?\s*$"
)


def draft(answer: str) -> str:
    """Return an answer of one turn or several without what belongs to a letter; one that is nothing else stays."""
    kept = [body for part in _PARAGRAPHS.split(answer.strip()) if (body := _body(part))]
    return "\n\n".join(kept) or answer.strip()


def _body(text: str) -> str:
    text = _SIGN_OFF_ZH.sub("", _GREETING_ZH.sub("", text.strip()))
    while pieces := sentences.split(text):
        first, last = pieces[0], pieces[-1]
        if (begun := sentences.without_greeting(first)) != first and text.startswith(first):
            text = _capital(begun + text[len(first) :].rstrip()).lstrip()
        elif len(pieces) > 1 and _is_empty(first) and text.startswith(first):
            text = text[len(first) :].strip()
        elif _is_empty(last) and text.endswith(last):
            text = text[: len(text) - len(last)].strip()
        else:
            break
    return text


def _is_empty(sentence: str) -> bool:
    """Return whether a sentence is courtesy, a sign-off or a name; an item of a list is none of them."""
    return not sentences.clean(sentence) and sentence.strip(" .!").lower() not in _ANSWERS


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
