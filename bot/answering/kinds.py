"""Tells a ticket about another thing than the one that a question names: a down jacket is no rain jacket.

A ticket that names no product holds for all of them, and so does an answer that names nothing. Knows the products of
the tickets that were read and a few words for what things are made of and made for; does not judge how well they fit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bot.answering.evidence import Evidence
from bot.answering.sentences import words
from bot.answering.tasks import asks_for_steps
from retrieval.tickets import Ticket

# What a thing is made of or for, where it stands right before its name. "Old", "new" and "wet" change no thing.
_KINDS = frozenset((
    "down", "feather", "synthetic", "fleece", "wool", "woollen", "merino", "softshell", "hardshell", "denim",
    "cotton", "silk", "puffer", "insulated", "padded", "rain", "ski", "running", "climbing", "cycling", "rubber",
    "wood", "gas", "petrol", "alcohol", "electric", "rooftop", "tent", "water", "air", "oil", "coffee",
))  # fmt: skip
# The last word of a product's name that says what it is only together with the one before: "gift card", "cook set".
_VAGUE = frozenset(("card", "set", "layer", "bag", "kit", "piece", "part"))
# What customers call the same thing.
_SAME = {
    "boot": "shoe",
    "rucksack": "backpack",
    "pad": "mat",
    "lamp": "headlamp",
    "torch": "headlamp",
    "pant": "trouser",
}
# Chinese words, one group for each kind of thing.
_CHINESE = (
    ("鞋", "靴"), ("帐篷", "帐杆"), ("睡袋",), ("睡垫", "垫子", "防潮垫"), ("背包",), ("气罐", "燃气罐"), ("炉",),
    ("头灯",), ("滤水器", "滤芯"), ("打底衫", "内衣", "贴身", "底衫"), ("夹克", "冲锋衣", "雨衣", "外套"), ("裤",),
    ("礼品卡",), ("登山杖", "手杖"), ("羽绒服", "羽绒衣"), ("袜",), ("帽",), ("手套",),
)  # fmt: skip
_SAID_OF_ALL = re.compile(r"所有商品|全部商品|任何商品")


def other_things(question: str, items: Sequence[Evidence]) -> list[bool]:
    """Return for each ticket whether it is about another thing than the question names.

    Another name counts for what is done with a thing only: how long something can be returned holds for all.
    """
    products = [item.ticket.product for item in items if item.ticket.product]
    asked = _stems(question)
    names = {name for product in products for name in _names(product)} if asks_for_steps(question) else set()
    named = {name for name in names if _holds(asked, name)}
    return [_other_kind(asked, item) or _other_name(named, item) for item in items]


def _other_kind(asked: Sequence[str], item: Evidence) -> bool:
    """Return whether the question puts a kind before the name of the ticket's thing of which the ticket knows nothing.

    "Down jacket" for a ticket about a rain jacket.
    """
    thing = _thing(item.ticket.product or "")
    if not thing:
        return False
    told = set(_stems(_text(item)))
    size = len(thing)
    before = (asked[at - 1] for at in range(1, len(asked) - size + 1) if tuple(asked[at : at + size]) == thing)
    return any(word in _KINDS and not _told(word, told) for word in before)


def _told(kind: str, told: Iterable[str]) -> bool:
    """Return whether a ticket speaks of a kind, also as part of a name: "Driftdown"."""
    return any(word == kind or (len(kind) > 3 and word.endswith(kind)) for word in told)


def _other_name(named: set[tuple[str, ...]], item: Evidence) -> bool:
    """Return whether an answer speaks of its own product and the ticket nowhere of what the question names."""
    own = _names(item.ticket.product or "")
    if not own or not named:
        return False
    told, said = _stems(_text(item)), _stems(" ".join(item.sentences))
    # In its own answer "the bag" is the sleeping bag.
    return not any(_holds(told, name) for name in named) and any(_holds(said, name[-1:]) for name in own)


def _names(product: str) -> list[tuple[str, ...]]:
    """Return what a product goes by: the first word of its name and what it is ("Kestrel", "jacket")."""
    parts = words(product)
    if len(parts) < 2:
        return []
    return [(_stem(parts[0]),), *([thing] if (thing := _thing(product)) else [])]


def _thing(product: str) -> tuple[str, ...]:
    """Return what a product is, in one word or two: the end of its name, without sizes."""
    parts = [_stem(word) for word in words(product) if len(word) > 2 and not any(map(str.isdigit, word))]
    return tuple(parts[-2:] if parts and parts[-1] in _VAGUE else parts[-1:]) if len(parts) > 1 else ()


def _text(item: Evidence) -> str:
    return f"{item.ticket.problem_text}\n{item.ticket.answer}"


def _holds(said: Sequence[str], name: tuple[str, ...]) -> bool:
    size = len(name)
    return any(tuple(said[at : at + size]) == name for at in range(len(said) - size + 1))


def _stems(text: str) -> list[str]:
    return [_stem(part) for word in words(text) for part in word.split("-") if part]


def _stem(word: str) -> str:
    bare = word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
    return _SAME.get(bare, bare)


def other_chinese_thing(question: str, ticket: Ticket) -> bool:
    """Return whether a Chinese question names a kind of thing and a ticket is about others only.

    That is a ticket with a product, or one whose answer names a kind; what was asked in passing binds no answer.
    """
    asked, told = _chinese(question), _chinese(f"{ticket.subject} {ticket.question} {ticket.answer}")
    bound = told if ticket.product else _chinese(ticket.answer)
    return bool(asked and bound) and asked.isdisjoint(told) and not _SAID_OF_ALL.search(ticket.answer)


def _chinese(text: str) -> set[int]:
    return {at for at, names in enumerate(_CHINESE) if any(name in text for name in names)}
