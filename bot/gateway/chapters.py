"""Under which name the dialogue knows a conversation: each chapter, begun by the end of a handoff, is a new one to it.

People read the whole conversation; the model starts fresh, with no open form and no count of misses that would hand the
customer over again at once. Works with every dialogue, a plain Rasa server too.
"""

from __future__ import annotations

# In no sender's id: those of the channels are letters, digits and - . : _
MARK = "~"


def heard_as(sender_id: str, chapter: int) -> str:
    """Return the sender's name in this chapter; the first is the sender's own."""
    return f"{sender_id}{MARK}{chapter}" if chapter else sender_id


def sender_of(name: str) -> str:
    """Return whose conversation the dialogue knows by this name."""
    return name.partition(MARK)[0]
