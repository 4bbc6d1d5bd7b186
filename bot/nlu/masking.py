"""Order numbers and e-mail addresses as plain words, so that a sentence vector tells what the customer wants.

To the embedder "FH-411222 chen@example.org" is a dozen rare word pieces that drown the word "return" beside them. The
values themselves are not lost: the entity extractor reads the message as it was typed.
"""

from __future__ import annotations

import re

ORDER_WORDS = "my order"
EMAIL_WORDS = "my e-mail"
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
# "FH-204817", "order fh 204817", "#204817"; no part of a telephone number, a price or a word.
ORDER_NUMBER = re.compile(r"(?<!\w)#?\s?FH\s?-?\s?\d{6}(?!\d)|(?<![\w@.+-])#?\d{6}(?![\w@]|[.,-]\d)", re.IGNORECASE)


def masked(text: str) -> str:
    """Return the text with each order number and e-mail address replaced by words that any customer could have used.

    Does not touch other digits: sizes, prices and attempts at an order number stay as they are.
    """
    return " ".join(ORDER_NUMBER.sub(f" {ORDER_WORDS}", EMAIL.sub(EMAIL_WORDS, text)).split())
