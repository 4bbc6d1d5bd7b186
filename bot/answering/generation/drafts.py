"""Turns what an instruction model wrote into the sentences of a draft.

Takes off thoughts, greetings and numbers of evidence, recognises a refusal, and leaves out what was not written to its
end. Does not check what the sentences say: see grounding.py.
"""

from __future__ import annotations

import re

from bot.answering.sentences import clean, split, words

# What a model is told to reply when the evidence does not answer.
REFUSAL = "NOT_ENOUGH"

# "One wash is not enough." is an answer; the word with its underscore, or nothing but the two words, is none.
_REFUSED = re.compile(r"(?i:not_enough)|\A\W*NOT ENOUGH\b")
_ONLY_REFUSED = re.compile(r"\W*not[_ -]?enough\W*", re.IGNORECASE)
# Models that reason first write so; a thought that never ended is no answer at all.
_THOUGHT = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
_CITATION = re.compile(r"\s*(?:\[\s*\d{1,2}(?:\s*,\s*\d{1,2})*\s*\]|\(evidence \d{1,2}\))", re.IGNORECASE)
_LABEL = re.compile(r"^\s*(?:\**(?:answer|reply|response)\**\s*:\**)\s*", re.IGNORECASE)


def is_refusal(text: str) -> bool:
    """Return whether the model says that the evidence does not answer; also on a text of which more is to come."""
    return _REFUSED.search(_THOUGHT.sub("", text)) is not None


def count_words(text: str) -> int:
    """Return how many words of an answer were written so far; thoughts do not count."""
    return len(words(_THOUGHT.sub("", text)))


def draft_of(text: str, *, finished: bool) -> tuple[str, ...]:
    """Return the sentences of what was written, none for a refusal.

    Args:
        text: what the model wrote.
        finished: whether it came to its end; if not, the last sentence is left out.
    """
    said = _LABEL.sub("", _CITATION.sub("", _THOUGHT.sub("", text)))
    if is_refusal(text) or _ONLY_REFUSED.fullmatch(said):
        return ()
    if not finished:
        said = "\n".join(split(said)[:-1])
    return tuple(clean(said))
