"""What a postal address looks like in a customer's message, as patterns.

Covers English, German, Dutch, French, Italian and Spanish streets with a house number, and the place that follows.
Does not know real streets: ``12 Elm Road`` is found anywhere.
"""

from __future__ import annotations

import re

from retrieval.redaction.page import Rule

NAME = r"[A-ZÀ-Þ][\w'’-]{1,30}"
ENGLISH = (
    r"Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Square|Sq|Terrace|Close|Crescent|Grove|"
    r"Gardens|Parkway|Pkwy|Highway|Hwy|Mews|Row|Hill|Circle|Cir|Trail|Way|Place|Pl"
)
ENDINGS = (
    r"stra(?:ß|ss)e|str\.?|weg|gasse|platz|allee|ufer|damm|laan|straat|gracht|plein|kade|dreef|singel|steeg|"
    r"gata|gatan|vägen|vej|gade|katu|utca"
)
FRENCH = r"rue|avenue|boulevard|bd|chaussée|quai|place|impasse|allée"
SOUTHERN = r"Rue|Avenue|Boulevard|Via|Viale|Piazza|Corso|Calle|Avenida|Paseo|Plaza|Rua|ul\.|ulica"
ARTICLES = r"(?:(?:dei|della|degli|del|des|de|du|di|las|los|la|le|el)\s|[ld]['’]){0,2}"
POSTCODE_FIRST = rf"(?:[A-Z]{{1,2}}-?)?(?:\d{{4,5}}|\d{{2}}-\d{{3}}|\d{{3}}\s\d{{2}})(?:\s?[A-Z]{{2}}\b)?\s{NAME}"
POSTCODE_LAST = (
    rf"{NAME}(?:\s{NAME})?,?\s(?:[A-Z]{{2}},?\s)?(?:\d{{5}}(?:-\d{{4}})?|[A-Z]{{1,2}}\d[A-Z\d]?\s?\d[A-Z]{{2}})\b"
)
PLACE = rf"(?:,?\s{{1,3}}(?:{POSTCODE_FIRST}|{POSTCODE_LAST}))?"
UNIT = r"(?:,?\s(?:Apt|Suite|Unit|Flat|#)\.?\s?\w{1,6})?"
NUMBER = r"\d{1,4}(?:\s?[a-zA-Z]\b|/\d{1,4})?(?![.,]?\d|[%:/])"

# By an example of each.
PATTERNS = {
    # 221B Baker Street, London NW1 6XE
    "number and English street": re.compile(
        rf"(?<!© )\b(?:\d{{2,6}} )?\d{{1,5}}[A-Za-z]?,?\s(?:[NSEW]\.?\s)?"
        rf"(?:{NAME}\s){{1,4}}?(?:{ENGLISH})\b{UNIT}{PLACE}"
    ),
    # Lindenstraße 12a, 10969 Berlin
    "street in one word and number": re.compile(
        rf"\b(?:{NAME}[\s-]){{0,3}}?[A-ZÀ-Þ][\w'’-]{{0,30}}?(?:{ENDINGS})\s{NUMBER}{PLACE}"
    ),
    # Am alten Ring 5, Kossuth utca 12
    "street in several words and number": re.compile(rf"\b{NAME}\s(?:\w{{1,20}}\s)?(?i:{ENDINGS})\s{NUMBER}{PLACE}"),
    # 14 rue de la Paix, 75002 Paris
    "number and French street": re.compile(
        rf"\b\d{{1,4}}(?:\s?(?:bis|ter))?,?\s(?i:{FRENCH})\s{ARTICLES}{NAME}(?:\s{NAME})?{PLACE}"
    ),
    # Via dei Mille 7, 20121 Milano
    "Southern street and number": re.compile(rf"\b(?:{SOUTHERN})\s{ARTICLES}(?:{NAME}\s?){{1,3}},?\s?{NUMBER}{PLACE}"),
    "post office box": re.compile(r"\bP\.?\s?O\.?\s?Box\s\d{1,6}\b", re.IGNORECASE),
}

RULES = tuple(Rule("ADDRESS", name, pattern) for name, pattern in PATTERNS.items())
