"""What a postal address looks like in a customer's message, as patterns.

Covers English, German, Dutch, French, Italian and Spanish streets with a house number, and the place that follows.
Does not know real streets: ``12 Elm Road`` is found anywhere.
"""

from __future__ import annotations

import re

NAME = r"[A-ZÀ-Þ][\w'’-]{1,30}"
ENGLISH = (
    r"Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Square|Sq|Terrace|Close|Crescent|Grove|"
    r"Gardens|Parkway|Pkwy|Highway|Hwy|Mews|Row|Hill|Circle|Cir|Trail|Way|Place|Pl"
)
ENDINGS = r"stra(?:ß|ss)e|str\.?|weg|gasse|platz|allee|ufer|damm|ring|laan|straat|gracht|plein|kade|dreef|singel|steeg|gata|vej"
ROMANCE = r"rue|avenue|boulevard|bd|chaussée|quai|via|viale|piazza|corso|calle|avenida|paseo|plaza|rua"
PLACE = (
    rf"(?:,?\s{{1,3}}(?:(?:[A-Z]-?)?\d{{4,5}}(?:\s?[A-Z]{{2}}\b)?\s{NAME}|{NAME}(?:\s{NAME})?,?\s(?:[A-Z]{{2}},?\s)?"
    r"(?:\d{5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2})))?"
)

PATTERNS = (
    # 221B Baker Street, London NW1 6XE
    re.compile(
        rf"\b\d{{1,5}}[A-Za-z]?,?\s(?:[NSEW]\.?\s)?(?:{NAME}\s){{1,4}}?(?:{ENGLISH})\b\.?(?:,?\s(?:Apt|Suite|Unit|Flat|#)\.?\s?\w{{1,6}})?{PLACE}"
    ),
    # Lindenstraße 12a, 10969 Berlin
    re.compile(rf"\b(?:{NAME}[\s-]){{0,3}}?[A-ZÀ-Þ]?[\w'’-]{{0,30}}(?:{ENDINGS})\s\d{{1,4}}(?:\s?[a-zA-Z]\b)?{PLACE}"),
    # 14 rue de la Paix, 75002 Paris
    re.compile(
        rf"\b\d{{1,4}}(?:\s?(?:bis|ter))?,?\s(?:{ROMANCE})\s(?:(?:de|du|des|la|le|l'|d')\s?){{0,2}}{NAME}(?:\s{NAME})?{PLACE}",
        re.IGNORECASE,
    ),
    # Via Garibaldi 7, 20121 Milano
    re.compile(
        rf"\b(?i:{ROMANCE})\s(?:(?:de|du|des|della|del|la|le)\s){{0,2}}(?:{NAME}\s?){{1,3}},?\s\d{{1,4}}(?:\s?[a-zA-Z]\b)?{PLACE}"
    ),
    re.compile(r"\bP\.?\s?O\.?\s?Box\s\d{1,6}\b", re.IGNORECASE),
    # 1012 AB Amsterdam, 10969 Berlin after "address" or "live"
    re.compile(rf"\b\d{{4}}\s[A-Z]{{2}}\s{NAME}"),
)
