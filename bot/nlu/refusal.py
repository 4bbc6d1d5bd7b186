"""What a sentence takes back and what it still asks for: the reach of "don't", "no need for", "rather not" and 不要.

Rules for English and Chinese. A refusal is an order not to do something or a wish not to have it; a report ("it did not
arrive"), a question ("why can't I?", "don't you ship there?") and a condition ("if I don't cancel") are none.
"""

from __future__ import annotations

import re

# What may stand before an order not to do something.
_LEAD = r"(?:^|[.,;:!?]|\b(?:please|pls|but|so|and|no|wait|stop|actually|sorry|ok|then|just|oh|yes|hey|hi)\b)[\s,.:!-]*"
_NOT = (
    r"(?:do not|don'?t|dont|did not|didn'?t|didnt|no longer|would not|wouldn'?t|never|will not|won'?t|am not|was not"
    r"|wasn'?t|need not)"
)
_WISH = (
    r"(?:want(?:ed)?|need|wish(?:ed)?|like|mean|meant|ask(?:ed)?|request(?:ed)?|intend(?:ed)?|plan(?:ned)?|trying|asking"
    r"|require|say|said)"
)
# What opens a refusal. Each stands before what is refused.
_OPENINGS = (
    # orders: "please don't cancel", "do not send"; not "don't you ship there", "don't worry"
    rf"{_LEAD}(?:please\s+|pls\s+|just\s+)*(?:do not|don'?t|dont|never|dnt)\b"
    r"(?!\s+(?:you|we|they|i|worry|forget|hesitate|know|understand|work|have)\b)",
    # wishes: "I don't want a return", "we no longer need it", "I did not ask for", "you need not"
    rf"\b(?:i|we)\s+(?:\w+ly\s+|just\s+)*{_NOT}\s+(?:\w+ly\s+|even\s+|yet\s+)*{_WISH}\b",
    r"\byou (?:need not|needn'?t|don'?t (?:need|have) to|must not|mustn'?t|shouldn'?t|should not)\b",
    r"\bi'?m not (?:asking|trying|going|here)\b",
    r"\b(?:i'd|i would|we'd|we would) rather (?:not|you (?:did not|didn'?t))\b",
    # things: "no need for an invoice", "no refund", "not a return", "instead of a refund"
    r"\bno need\b",
    r"\b(?:it is|it's|that's|this is|that is)\s+not\s+(?=(?:a|an|my|about)\b)",
    r"(?:^|[.,;:!?]|\b(?:but|so|and|please)\b)\s*(?:no|not)\s+(?=\w)(?!(?:received|arrived|working|sure|yet|able|in)\b)"
    r"(?![^.,;!?]*\b(?:yet|so far|came|has come|arrived|in the box)\b)",
    r"\b(?:instead of|rather than)\b",
    r"\bforget (?=(?:about|the|my|that)\b)",
)
_REFUSAL = re.compile("|".join(_OPENINGS), re.IGNORECASE)
_CHINESE = re.compile(r"不要|不想要?|不用|不需要|不必|无需|别|没有要|没说要|不是(?:想|要)|不打算")
# What ends a refusal's reach. "And" does not: "don't cancel and refund it" refuses both.
_END = re.compile(
    r"[.,;:!?\u3002\uff0c\uff1b\uff01\uff1f\u3001]"
    r"|\b(?:but|just|only|instead(?! of)|because|since|until|unless|before|rather(?! than)|simply|still|then)\b"
    r"|\b(?:i|we)(?: want|'d like| would like| need)\b"
    r"|而是|但是?|只是?|改成|我要|我想",
    re.IGNORECASE,
)
# "Not a refund an exchange", without a comma: what is refused ends before the second thing.
_NEXT_THING = re.compile(r"\s*(?:an?|the|my|your)\s+\w+\s+(?=an?\s)", re.IGNORECASE)
# "Cancel it, no wait, change the address": what comes before is taken back, if something else is asked for after it.
_CHANGES_MIND = re.compile(
    r"\b(?:no[, ]+wait|wait[, ]+no|actually[, ]+no|no[, ]+actually|scratch that|on second thoughts?)\b", re.IGNORECASE
)
# "... no wait, don't": nothing else is asked for.
_LEAVES_IT = re.compile(
    r"\W*(?:please\W+)?(?:do not|don'?t|keep it|leave it|never ?mind|forget it)\b(?:\W|\w*\d\w*|\S+@\S+)*",
    re.IGNORECASE,
)
# After the thing: "a return is not needed", "the invoice isn't necessary".
_NOT_NEEDED = re.compile(
    r"([^.,;!?]*?)\b(?:is|are)(?:n'?t| not| no longer)\s+(?:\w+\s+)?"
    r"(?:needed|necessary|required|wanted|what i (?:want|need|mean\w*))",
    re.IGNORECASE,
)
# A question about a refusal, or a condition, refuses nothing.
_NO_REFUSAL = re.compile(
    r"\b(?:why|how come|what happens|if|in case|when|whether|unless|who|how|can|could|may)\b[^.,;!?]*$"
    r"|为什么|怎么|如果|要是|能不能|可不可以|是不是",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.;!?\u3002\uff1b\uff01\uff1f]")
_WORD = re.compile(r"[^\W\d_]+(?:'\w+)?")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_ENDINGS = ("lations", "lation", "ling", "led", "ments", "ment", "ings", "ing", "ed", "es", "s")


def stem(word: str) -> str:
    """Return the word in lower case without its ending: "cancelled", "cancelling" and "cancellation" are one."""
    word = word.lower()
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return (word[: -len(ending)] + ("l" if ending.startswith("l") else "")).rstrip("e")
    return word.rstrip("e") if len(word) > 4 else word


def stems(text: str) -> set[str]:
    """Return the stems of the words in a text; of Chinese, each two neighbouring characters."""
    han = _HAN.sub(" ", text)
    pairs = {text[at : at + 2] for at in range(len(text) - 1) if all(map(_HAN.match, text[at : at + 2]))}
    return {stem(word) for word in _WORD.findall(han)} | pairs


def refused(text: str) -> set[str]:
    """Return the stems of the words that the text takes back."""
    return _split(text)[0]


def wanted(text: str) -> set[str]:
    """Return the stems of the words that it does not take back."""
    return _split(text)[1]


def second_thought(text: str) -> tuple[str, str] | None:
    """Return what comes before and after the last "no, wait"; None where nobody changes his mind."""
    found = list(_CHANGES_MIND.finditer(text))
    return (text[: found[-1].start()], text[found[-1].end() :]) if found else None


def leaves_it(text: str) -> bool:
    """Return whether what comes after "no, wait" is a "don't" and nothing else."""
    return _LEAVES_IT.fullmatch(text.replace("\u2019", "'")) is not None


def _split(text: str) -> tuple[set[str], set[str]]:
    plain = text.replace("’", "'")
    taken = [(opening.end(), _reach(plain, opening.end())) for opening in _openings(plain)]
    taken += [match.span(1) for match in _NOT_NEEDED.finditer(plain)]
    inside = " | ".join(plain[start:end] for start, end in taken)
    outside = list(plain)
    for start, end in taken:
        outside[start:end] = "|" * (end - start)
    return stems(inside), stems("".join(outside))


def _openings(text: str) -> list[re.Match[str]]:
    """Return what opens a refusal; a question ("is it that I don't need to cancel?", "不要取消吗?") opens none."""
    found = []
    for opening in (*_REFUSAL.finditer(text), *_CHINESE.finditer(text)):
        clause = _SENTENCE_END.split(text[: opening.start()])[-1] + opening.group()
        rest = _SENTENCE_END.split(text[opening.end() :])[0]
        if not _NO_REFUSAL.search(clause) and "吗" not in rest:
            found.append(opening)
    return found


def _reach(text: str, start: int) -> int:
    end, following = _END.search(text, start), _NEXT_THING.match(text, start)
    return min(end.start() if end else len(text), following.end() if following else len(text))
