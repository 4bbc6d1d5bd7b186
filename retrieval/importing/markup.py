"""Turns the HTML of mails and editors into the text that a person reads, without what they quoted.

Does not run scripts, load anything or keep links' targets.
"""

from __future__ import annotations

import re

# Where mail programs put what they quote, and their signatures.
QUOTES = (
    "blockquote[type=cite], blockquote.gmail_quote, div.gmail_quote, div.gmail_extra, div.gmail_attr, "
    "div.yahoo_quoted, div.moz-cite-prefix, div.freshdesk_quote, div.zendesk_quote, div.protonmail_quote, "
    "div.tutanota_quote, #divRplyFwdMsg, #appendonsend, #isForwardContent, #isReplyContent, div.OutlookMessageHeader"
)
# Outlook puts what it quotes after one of these, not into it.
QUOTE_STARTS = "#divRplyFwdMsg, #appendonsend"
SIGNATURES = (
    "div.gmail_signature, .moz-signature, #Signature, div.protonmail_signature_block, #ms-outlook-mobile-signature"
)
UNSEEN = "script, style, head, title, template, noscript, object, iframe, svg"
BLOCKS = (
    "p, div, tr, table, ul, ol, blockquote, h1, h2, h3, h4, h5, h6, pre, section, article, header, footer, hr, dd, dt"
)
BREAK = "\x1e"
# A tag, a comment or an entity: what tells HTML from text with a "<" in it.
HTML = re.compile(
    r"<(?:/?[a-zA-Z][a-zA-Z0-9]{0,15}(?:\s[^<>]{0,2000})?/?|!--.{0,200}?--|!DOCTYPE[^>]{0,200})>|&(?:nbsp|amp|lt|"
    r"gt|quot|#\d{1,6});",
    re.DOTALL,
)


def to_text(html: str) -> str:
    """Return the visible text with one line for each block; text that holds no HTML is returned as it is."""
    if not HTML.search(html):
        return html
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(html)
    body = tree.body
    if body is None:
        return ""
    for start in body.css(QUOTE_STARTS):
        while start.next is not None:
            start.next.decompose()
    for node in body.css(f"{UNSEEN}, {QUOTES}, {SIGNATURES}"):
        node.decompose()
    for node in body.css("br"):
        node.replace_with(BREAK)
    for node in body.css("li"):
        node.insert_before(f"{BREAK}- ")
    for node in body.css(BLOCKS):
        node.insert_before(BREAK)
        node.insert_after(BREAK)
    for node in body.css("td, th"):
        node.insert_after(" ")
    return _lines(body.text(deep=True))


def _lines(text: str) -> str:
    lines = (" ".join(part.split()) for part in text.split(BREAK))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
