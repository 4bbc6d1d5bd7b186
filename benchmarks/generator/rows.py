"""What makes a text fit to be learned: replies without small talk, sentences in passages."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from bot.answering.sentences import is_courtesy, split

_TAIL = re.compile(
    r"^(?:is there |do you |would you |should i |shall i |can i |may i |anything |what else|how about)"
    r"|^(?:will|does) that"
    r"|(?:anything else|help you with|let me know|assist you|further assist)",
    re.IGNORECASE,
)
_DASH = re.compile(r"\s[-–—]+\s")


def spoken(text: str) -> str:
    """Return a reply without courtesy and questions back, in one form of spaces and dashes."""
    text = re.sub(r"\s+([.,!?;:%])", r"\1", re.sub(r"\s+", " ", text)).strip()
    text = _DASH.sub(", ", text.replace("’", "'").replace("``", '"').replace("''", '"'))
    kept = [part for part in split(text) if not (part.endswith("?") or _TAIL.search(part) or is_courtesy(part))]
    return " ".join(kept)


def mixed(picked: random.Random, sentences: Sequence[str], most: int = 3) -> tuple[str, ...]:
    """Return sentences in random order, in passages of one to ``most``."""
    pool, found = list(sentences), []
    picked.shuffle(pool)
    while pool:
        size = picked.randint(1, most)
        found.append(" ".join(pool[:size]))
        pool = pool[size:]
    return tuple(found)
