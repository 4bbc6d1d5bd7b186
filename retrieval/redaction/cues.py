"""People's names after words that announce one: titles, introductions, greetings, ends of letters, labels of forms."""

from __future__ import annotations

import re
from collections.abc import Iterator

from retrieval.redaction import words
from retrieval.redaction.gazetteer import load_names
from retrieval.redaction.page import Rule, spans

# Bounded, or a text of one long word would take for ever.
TOKEN = r"[^\W\d_]{1,40}(?:['’-][^\W\d_]{1,40}){0,3}"
RUN = rf"(?:[^\W\d_]\.|{TOKEN})(?:[ ](?:[^\W\d_]\.|{TOKEN})){{0,4}}"
WORD = re.compile(TOKEN)
MAX_WORDS = 4

TITLES = (
    r"Mr|Mrs|Ms|Mx|Miss|Dr|Prof|Herrn?|Frau|Mme|Mlle|Monsieur|Madame|Mevrouw|Mevr|Dhr|Señora?|Sra?|Signora?|Pani?|"
    r"mr\.?|mrs\.?|ms\."
)
SELF = (
    r"my (?:full |first |last |sur|user|maiden |sir)?name(?:'s| is| was)?|(?:first|last|full|maiden|user|sur) ?name is|"
    r"ich hei(?:ß|ss)e|mein name ist|je m['’]appelle|mon nom est|me llamo|mi nombre es|mijn naam is|ik heet|mi chiamo|"
    r"meu nome é|nazywam się|myself|calls? me"
)
RELATIVES = (
    r"(?:my|our|his|her|your) (?:wife|husband|partner|son|daughter|kid|child|brother|sister|mother|father|friend|boss|"
    r"colleague|neighbou?r|grandma|grandpa|uncle|aunt)"
)
INTRODUCTIONS = (
    r"i am|i['’]?m|iam|this is|it['’]s|here is|name is|ich bin|hier ist|je suis|soy|ik ben|sono|"
    r"speak(?:ing)? (?:to|with)|spoke (?:to|with)|talked to|chatted with"
)
# Of those, what nobody says of a thing.
SELF_INTRODUCTIONS = r"i am|i['’]?m|iam|name is|ich bin|je suis|soy|ik ben|sono"
GREETINGS = (
    r"dear|hi|hello|hey|hallo|hoi|bonjour|bonsoir|hola|ciao|liebe[rs]?|beste|lieve|geachte|guten tag|sehr geehrte[rs]?|"
    r"chère?|estimad[oa]|good (?:morning|afternoon|evening)|thanks|thank you|merci|danke|bedankt|gracias|grazie"
)
SIGN_OFFS = (
    r"regards|sincerely|cheers|thanks(?: in advance)?|thank you|thx|best(?: wishes)?|yours(?: truly)?|love|"
    r"grüße|grüßen|gruß|gruss|groet(?:en)?|cordialement|merci|danke|saludos|gracias|saluti|grazie|pozdrawiam|cumprimentos"
)
LABELS = (
    r"name|full name|first name|last name|surname|customer name|recipient|account ?holder|card ?holder|contact person|"
    r"attn|signed(?: by)?|c/o|empfänger|vorname|nachname|nom|prénom|nombre|naam|passenger|guest|caller|"
    r"what['’]s your (?:\w+ )?name\?"
)


def announced(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield where a name is announced, and the rule."""
    for rule in RULES:
        for start, end in spans(rule, text):
            yield start, end, rule.name


def capital_length(found: str) -> int:
    """Return how far the capitalised words at the beginning reach, small words between them included."""
    end = 0
    for count, match in enumerate(WORD.finditer(found)):
        word = match.group()
        if word in words.PARTICLES:
            continue
        if count > MAX_WORDS or not word[0].isupper() or word.lower() in words.STOPS:
            break
        end = match.end()
    return end


def _any_length(found: str) -> int:
    """Return how far a name reaches that may be in small letters: two words then, at most."""
    capital = capital_length(found)
    if capital:
        return capital
    end = 0
    for count, match in enumerate(WORD.finditer(found)):
        word = match.group().lower()
        if count >= 2 or word in words.STOPS or word in words.PARTICLES or (count and word in words.COMMON):
            break
        end = match.end()
    return end


def _known_length(found: str) -> int:
    """Return the length of a name that has a known first or last name in it; one word must be a first name."""
    names = load_names()
    length = capital_length(found)
    parts = found[:length].lower().split(" ")
    if length:
        known = parts[0] in names.given or (len(parts) > 1 and parts[-1] in names.family)
        whole = len(parts) > 1 and length == len(found) and words.NO_NAMES.isdisjoint(parts)
        return length if known or whole else 0
    return len(found) if found in names.common_given else 0


def _own_length(found: str) -> int:
    """Return the length of a name of several words that begins with one which is a word too: I am Max Mustermann."""
    length = capital_length(found)
    first, *others = found[:length].lower().split(" ")
    return length if others and first in load_names().all and first not in words.PLACES else 0


def _capital_or_known_length(found: str) -> int:
    length = capital_length(found)
    if length:
        return 0 if found[:length].lower() in words.PLACES else length
    return len(found) if found.lower() in load_names().common_given else 0


RULES = (
    Rule("NAME", "after a title", re.compile(rf"(?P<keep>\b(?:{TITLES})\b\.?[ ]){RUN}"), capital_length),
    Rule("NAME", "after 'my name is'", re.compile(rf"(?P<keep>\b(?:{SELF})\b[\s:]{{1,2}}){RUN}", re.I), _any_length),
    Rule(
        "NAME",
        "after 'name' at the beginning",
        re.compile(rf"(?P<keep>^(?:yes |sure |ok )?(?:my )?(?:first |last |full |sur ?|user ?)?name[ ]){RUN}", re.I),
        _any_length,
    ),
    Rule("NAME", "after a word for a relative", re.compile(rf"(?P<keep>\b(?i:{RELATIVES})[ ]){RUN}"), capital_length),
    Rule(
        "NAME",
        "after a label",
        re.compile(rf"(?P<keep>\b(?:{LABELS})(?:[ ]?[:=]|(?<=\?))[ ]?){RUN}", re.I),
        _capital_or_known_length,
    ),
    Rule("NAME", "after an introduction", re.compile(rf"(?P<keep>\b(?:{INTRODUCTIONS})[ ]){RUN}", re.I), _known_length),
    Rule("NAME", "after 'I am'", re.compile(rf"(?P<keep>\b(?:{SELF_INTRODUCTIONS})[ ]){RUN}", re.I), _own_length),
    Rule(
        "NAME",
        "in a greeting",
        re.compile(rf"(?P<keep>(?:^|[\n.!?,][ ]?)[ ]*(?:{GREETINGS})[ ]){RUN}(?=[ ]?(?:[,!:.\n-]|$))", re.I),
        _capital_or_known_length,
    ),
    Rule(
        "NAME",
        "under a letter",
        re.compile(rf"(?P<keep>\b(?:{SIGN_OFFS})\b[ ]?[,.!]?\s{{1,3}}[-–]?[ ]?){RUN}(?=\.?[ ]*(?:$|\n))", re.I),
        _capital_or_known_length,
    ),
)
