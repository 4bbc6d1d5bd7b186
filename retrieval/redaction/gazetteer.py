"""First and last names of some eighty languages, from a library of made-up people.

Does not hold real people: a name here says that somewhere children are called so.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from retrieval.redaction import words

# Shorter ones are syllables of other words in one language or another.
MIN_LETTERS = 3
# Whose first names are recognised in small letters too, beside the words of an English text.
SMALL_LETTERS = ("en_GB", "en_US", "en_IN")
HAN = re.compile(r"[\u4e00-\u9fff]{1,3}")


@dataclass(frozen=True)
class Names:
    """Names in lower case that are nothing else, and ``all`` with those that are words too."""

    given: frozenset[str]
    family: frozenset[str]
    given_or_family: frozenset[str]
    all: frozenset[str]
    common_given: frozenset[str]
    chinese_given: frozenset[str]


@lru_cache(maxsize=1)
def load_names() -> Names:
    """Read the library's lists, once per process."""
    from faker.providers import person

    first: set[str] = set()
    last: set[str] = set()
    common: set[str] = set()
    for module in pkgutil.iter_modules(person.__path__):
        provider = importlib.import_module(f"{person.__name__}.{module.name}").Provider
        given = set(_lists(provider, "first_name"))
        first |= given
        last.update(_lists(provider, "last_name"))
        if module.name in SMALL_LETTERS:
            common |= given
    others = words.NO_NAMES
    every = _plain(first | last) - words.STOPS
    return Names(
        given=_plain(first) - others,
        family=_plain(last) - others,
        given_or_family=every - others,
        all=every,
        common_given=_plain(common) - others,
        chinese_given=frozenset(name for name in first if HAN.fullmatch(name)),
    )


def _lists(provider: type, what: str) -> Iterator[str]:
    for name in dir(provider):
        if what in name:
            value = getattr(provider, name)
            if not callable(value) and not isinstance(value, property):
                yield from (entry for entry in value if isinstance(entry, str))


def _plain(names: set[str]) -> frozenset[str]:
    return frozenset(name.lower() for name in names if len(name) >= MIN_LETTERS and _is_one_word(name))


def _is_one_word(name: str) -> bool:
    return name.replace("-", "").replace("'", "").isalpha() and not HAN.match(name)
