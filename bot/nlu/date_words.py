"""The words and patterns of dates in English text; :mod:`bot.nlu.dates` says what each means.

Every pattern has a group ``date``: what of the match is the date itself.
"""

from __future__ import annotations

import re

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8}
NUMBERS |= {"nine": 9, "ten": 10, "eleven": 11, "twelve": 12}
STEPS = {"last": -1, "past": -1, "previous": -1, "this": 0, "current": 0, "the": 0, "coming": 0}
STEPS |= {"next": 1, "following": 1}
# The longer name first.
FIXED = {
    "christmas eve": (12, 24),
    "christmas": (12, 25),
    "boxing day": (12, 26),
    "new year's eve": (12, 31),
    "new years eve": (12, 31),
    "new year": (1, 1),
}

WEEKDAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
SHORT_WEEKDAY = r"(?:mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun)"
MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
NUMBER = r"(?:\d{1,3}|an?(?: couple(?: of)?)?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
LEAD = r"\b(?:on|by|until|till|since|from|to|before|after|of|dated|for|and)\s+(?:the\s+)?"
# What may follow "the 12th" and "may 3": a noun would make it "the 2nd time", "may 14 days pass".
ENDS = r"(?=\s*(?:$|[.,;:!?)]|-|(?:and|to|until|till|at|but|is|was|so|because|if|in|for|please|or|of the month)\b))"
STEP = r"(last|past|previous|this|current|coming|next|following)"

# The last of these before a date, else the first after it, says on which side of today it lies.
CUES = re.compile(
    r"\b(?:(?P<past>was|were|wasn'?t|did|didn'?t|had|has|have|haven'?t|hasn'?t|i'?ve|arrived|came|got|received|ordered"
    r"|bought|purchased|placed|delivered|returned|sent|shipped|paid|since|broke|stopped|promised|called|wrote|made)"
    r"|(?P<future>will|won'?t|i'?ll|we'?ll|it'?ll|shall|going to|gonna|can|could|may|need|needs|want|would like"
    r"|until|till|leave|leaves|leaving|fly|flying|travel|travelling|am|are|i'?m|we'?re|book|reserve|schedule"
    r"|starts?))\b",
    re.IGNORECASE,
)
# "Monday to Friday" names opening hours, not two days.
RANGE = re.compile(rf"{WEEKDAY}\s*(?:to|-|\u2013|until|through)\s*$", re.IGNORECASE)
CLAUSE = re.compile(r",|\b(?:and|but|so|because)\b", re.IGNORECASE)
SENTENCE = re.compile(r"[.!?;\n]+\s")

DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
OF_WEEK = rf"(?:(?P<weekday>{WEEKDAY}|{SHORT_WEEKDAY}\b\.?),?\s+(?:the\s+)?)?"
YEAR = r"(?:,?\s+(?P<year>\d{4})\b)?"
NOT_COUNTED = r"(?![\d:]|\s*(?:days|weeks|eur|€|%|of (?:you|us|them)))"
COUNTED = rf"(?P<count>{NUMBER})\s+(?P<unit>day|week|month|year|fortnight)s?"

TABLE: dict[str, str] = {
    "iso": r"(?<![\w-])(?P<date>(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2}))(?![\w-])",
    "dotted": r"(?<![\w.,])(?P<date>(?P<one>\d{1,2})\.(?P<two>\d{2})\.(?P<year>\d{4}|\d{2})?)(?!\w|\.\d)",
    "slashed": (
        rf"(?P<lead>{LEAD})?(?<![\w/.,-])"
        r"(?P<date>(?!24/7)(?P<one>\d{1,2})/(?P<two>\d{1,2})(?:/(?P<year>\d{4}|\d{2}))?)(?![\w/-])"
    ),
    "dashed": r"(?<![\w-])(?P<date>(?P<one>\d{1,2})-(?P<two>\d{1,2})-(?P<year>\d{4}))(?![\w-])",
    "day_month": rf"\b(?P<date>{OF_WEEK}{DAY}\s*(?:of\s+)?(?P<month>{MONTH}){YEAR})",
    "month_day": rf"\b(?P<date>{OF_WEEK}(?P<month>{MONTH})\s+(?:the\s+)?{DAY}{NOT_COUNTED}{YEAR})",
    "ago": rf"\b(?P<date>{COUNTED}\s+(?:ago|back)\b)",
    "ahead": rf"\b(?P<date>in\s+{COUNTED}(?:\s+time)?|{COUNTED.replace('P<', 'P<other_')}\s+from\s+(?:now|today))\b",
    "named": (
        r"\b(?P<date>(?:the )?day after tomm?orr?ow|(?:the )?day before yesterday|tomm?orr?ow|tmrw?|tmw|yester?day"
        r"|today|tonight|last night|this (?:morning|afternoon|evening))\b"
    ),
    "weekday": (
        rf"\b(?:(?P<every>every|each)\s+)?(?P<date>(?:{STEP.replace('(', '(?P<week>', 1)}\s+week\s+(?:on\s+)?)?"
        rf"(?:{STEP.replace('(', '(?P<step>', 1)}\s+)?(?P<weekday>{WEEKDAY})"
        rf"(?:\s+(?:of\s+)?{STEP.replace('(', '(?P<week_after>', 1)}\s+week\b|\s+in\s+(?P<count>{NUMBER})\s+weeks?\b)?)"
        rf"(?![\w-]|\s*(?:to|-|\u2013|through)\s*{WEEKDAY})"
    ),
    "short_weekday": (
        rf"\b(?:(?:on|by|until|till)\s+|(?={STEP}\b))(?P<date>(?:{STEP.replace('(', '(?P<step>', 1)}\s+)?"
        rf"(?P<weekday>{SHORT_WEEKDAY}))\b(?!-|\s*(?:to|until)\b)"
    ),
    "period": (
        rf"\b(?P<date>{STEP.replace('(', '(?P<step>', 1)}\s+(?P<unit>weekend|week|month|year))\b"
        rf"(?!\s+(?:on\s+)?{WEEKDAY})"
    ),
    "weekend": r"\b(?:at|over|on|before|after|by)\s+(?P<date>(?P<step>the)\s+(?P<unit>weekend))\b",
    "month": (
        rf"\b(?:in|since|until|till|by|during|before|after|end of|middle of|beginning of|early|late|mid)[\s-]"
        rf"(?P<date>(?:{STEP.replace('(', '(?P<step>', 1)}\s+)?(?P<month>{MONTH}){YEAR})(?!\s*\d)"
    ),
    "month_step": rf"\b(?P<date>{STEP.replace('(', '(?P<step>', 1)}\s+(?P<month>{MONTH}){YEAR})(?!\s*\d)",
    "ordinal": rf"(?:{LEAD}|\bthe\s+)(?P<date>(?P<day>\d{{1,2}})(?:st|nd|rd|th)){ENDS}",
    "fixed": r"\b(?P<date>christmas(?: eve| day)?|boxing day|new year[\u2019']?s?(?: eve| day)?)\b",
}
PATTERNS = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in TABLE.items()}
