"""Tells questions about what to do with one's hands from questions about a fact. Written for English."""

from __future__ import annotations

import re

# What is asked for a fact, which the sentence that holds it answers.
_FACT = re.compile(
    r"^(?:(?:hi|hello|hey|ok|and|but|so|also)\b[\s,.!:]*)*"
    r"(?:how (?:long|much|many|often|old|big|heavy|far|late|soon|fast|quick\w*|warm|high)"
    r"|when|where|which|who|whose|why|what(?:'s| is| are| was)? (?:the|your|my)|what (?:time|size|does|happens)"
    r"|do(?:es)? (?:you|i|it|the)|is|are|will|did|has|have|was)\b",
    re.IGNORECASE,
)
_TASK = re.compile(
    r"\bhow (?:do|can|should|could|would|must|may|to|am)\b|\b(?:can|may|could|should|must) (?:i|we|one|you)\b"
    r"|\bwhat (?:can|should|must|do|could) (?:i|we) do\b|\bwhat now\b|\b(?:best|right|proper) way to\b",
    re.IGNORECASE,
)
_HANDS = re.compile(
    r"\b(?:wash|clean|dry|dryer|dries|store|stored|repair|mend|fix|patch|glue|sew|seal|leak\w*|wax|proof|reproof|iron"
    r"|machine|remove|assemble|pitch|put up|set up|fill|inflate|charge|light|connect|replace|stop|lock|adjust|rinse"
    r"|care|treat|soak\w*|mould\w*|smell\w*|stink\w*|broken|broke|stuck|hiss\w*|freeze|frozen|use|cook)\b",
    re.IGNORECASE,
)


def asks_for_steps(question: str) -> bool:
    """Return whether somebody asks how to do something with a thing, or complains of what is to be mended."""
    if not _HANDS.search(question):
        return False
    return bool(_TASK.search(question)) or not _FACT.match(question.strip())
