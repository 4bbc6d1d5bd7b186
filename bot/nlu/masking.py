"""Order numbers and e-mail addresses as plain words, so that a sentence vector tells what the customer wants.

To the embedder "FH-411222 chen@example.org" is a dozen rare word pieces that drown the word "return" beside them. The
values themselves are not lost: the entity extractor reads the message as it was typed.
"""

from __future__ import annotations

import re

ORDER_WORDS = "my order"
EMAIL_WORDS = "my e-mail"
CHINESE_ORDER_WORDS = "我的订单"
CHINESE_EMAIL_WORDS = "我的邮箱"
# Letters and digits of scripts that put spaces between words: "订单FH-204817到哪了" has none around the number.
_WORD = r"[^\W\u2e80-\uffef]"
EMAIL = re.compile(rf"(?:{_WORD}|[.+-])+@(?:{_WORD}|-)+(?:\.(?:{_WORD}|-)+)+")
# "FH-204817", "order fh 204817", "#204817"; no part of a telephone number, a price or a word.
ORDER_NUMBER = re.compile(
    rf"(?<!{_WORD})#?\s?FH\s?-?\s?\d{{6}}(?!\d)|(?<!{_WORD})(?<![@.+-])#?\d{{6}}(?!{_WORD}|@|[.,-]\d)", re.IGNORECASE
)
_CHINESE = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")


def masked(text: str) -> str:
    """Return the text with each order number and e-mail address replaced by words that any customer could have used.

    Does not touch other digits: sizes, prices and attempts at an order number stay as they are.
    """
    if _CHINESE.search(text):
        return " ".join(ORDER_NUMBER.sub(CHINESE_ORDER_WORDS, EMAIL.sub(CHINESE_EMAIL_WORDS, text)).split())
    return " ".join(ORDER_NUMBER.sub(f" {ORDER_WORDS}", EMAIL.sub(EMAIL_WORDS, text)).split())
