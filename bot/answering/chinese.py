"""Answers Chinese questions from Chinese tickets: one past answer as it was given, or an honest sentence and a person.

An English ticket is never the answer to a Chinese question: nothing here translates, so nothing could check what was
said. Candidates come from the keyword search, which knows Chinese characters; they are put in order with a model that
reads Chinese, loaded at the first such question. Composes nothing.
"""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.answering import replies
from bot.answering.evidence import Evidence
from bot.answering.kinds import other_chinese_thing
from bot.answering.reading import Reader
from bot.answering.search import Search
from bot.messages import Button, Reply
from retrieval.errors import EmbedderUnavailable
from retrieval.filters import Filters
from retrieval.language import HAN
from retrieval.tickets import Hit, Ticket

log = logging.getLogger(__name__)

LANGUAGE = "zh"
HANDOFF = "这个问题我没有可靠的答案，不想随便猜。我可以为您转接同事，您也可以换个说法再问一次。"
PERSON = Button("转人工", "/talk_to_person")
# Candidates that are compared; each costs two sentences to embed, once.
CANDIDATES = 20
# Weights of likeness to the problem, to the answer, and of the keyword search. Chosen on the calibration half of
# tests/chinese/shop_questions.jsonl, as are the coefficients below and the threshold.
PROBLEM, ANSWER, KEYWORDS = 0.7, 0.3, 0.15
RANK_MEAN, RANK_SPREAD, RANK_WEIGHT = 0.9435, 0.0438, 0.722
LEAD_MEAN, LEAD_SPREAD, LEAD_WEIGHT = 0.0320, 0.0271, 0.655
CONSTANT = 0.646
THRESHOLD = 0.7
# A question this short follows the customer's last one: "那运费呢".
SHORT = 6
# Fewer Chinese characters ask nothing.
LEAST_CHARACTERS = 2
MAX_ANSWER = 600
# What holds for one customer alone: placeholders, order numbers, "your order was", "I have ... for you".
PERSONAL = re.compile(
    r"\[[A-Z]+\]|FH-?\d|(?:您|你)的(?:订单|包裹)(?:已|今天|昨天|明天)|(?:我|我们)已(?:经)?(?:为|给|帮|把)"
)


@dataclass(frozen=True)
class Ranked:
    """A hit with its place's measure, higher is better."""

    hit: Hit
    rank: float


class ChineseAnswers:
    """Answers one Chinese question; threads may share it."""

    def __init__(self, search: Search, reader: Callable[[], Reader], threshold: float = THRESHOLD) -> None:
        """``reader`` opens a reader on an embedder that reads Chinese; it is called only when a ticket was found."""
        self._search = search
        self._reader = reader
        self._threshold = threshold

    def answer(self, question: str, before: str = "") -> Reply:
        """Return a past answer that is likely right, else the Chinese sentence that offers a person.

        Args:
            question: what the customer asks.
            before: the customer's turn before, for a question too short to stand alone.
        """
        query = f"{before} {question}".strip() if len(question.strip()) <= SHORT else question
        ranked = self.ranked(query) if len(HAN.findall(query)) >= LEAST_CHARACTERS else []
        probability = probability_of(ranked)
        if not ranked or probability < self._threshold:
            return handoff(probability)
        hit = ranked[0].hit
        if other_chinese_thing(query, hit.ticket):
            return handoff(probability)
        return replies.ticket(Evidence(hit, (said(hit.ticket),), said(hit.ticket)), probability)

    def ranked(self, query: str) -> list[Ranked]:
        """Return the Chinese tickets whose answer may be sent as it is, the likeliest first."""
        hits = self._search.search(query, CANDIDATES, "keyword", filters=Filters(language=LANGUAGE))
        hits = [hit for hit in hits if said(hit.ticket)]
        if not hits:
            return []
        try:
            reader = self._reader()
        except EmbedderUnavailable as exc:
            log.warning("no Chinese ticket is answered from: %s", exc)
            return []
        asked = reader.asked(query)
        problems = reader.vectors([f"{hit.ticket.subject} {hit.ticket.question}" for hit in hits]) @ asked
        answers = reader.vectors([hit.ticket.answer for hit in hits]) @ asked
        found = [
            Ranked(hit, PROBLEM * float(problem) + ANSWER * float(answer) + KEYWORDS * hit.score)
            for hit, problem, answer in zip(hits, problems, answers, strict=True)
        ]
        return sorted(found, key=lambda one: -one.rank)


def handoff(probability: float) -> Reply:
    """Return the honest sentence and the offer of a person, in Chinese."""
    reply = replies.handoff(probability)
    return Reply(HANDOFF, reply.rung, reply.confidence, (), (PERSON,), answer_id=reply.answer_id)


def probability_of(ranked: Sequence[Ranked]) -> float:
    """Return the probability that the first ticket answers the question; 0 without one."""
    if not ranked:
        return 0.0
    first = ranked[0].rank
    lead = first - ranked[1].rank if len(ranked) > 1 else LEAD_MEAN
    rank_part = RANK_WEIGHT * (first - RANK_MEAN) / RANK_SPREAD
    return 1.0 / (1.0 + math.exp(-(CONSTANT + rank_part + LEAD_WEIGHT * (lead - LEAD_MEAN) / LEAD_SPREAD)))


def said(ticket: Ticket) -> str:
    """Return a ticket's first answer if it may be said to anybody today, else nothing."""
    bad = ticket.reopened or (ticket.csat is not None and ticket.csat <= 2) or "goodwill" in ticket.tags
    if bad or ticket.superseded_by is not None:
        return ""
    text = next((turn.text.strip() for turn in ticket.turns if turn.role == "agent"), ticket.answer.strip())
    return "" if PERSONAL.search(text) or len(text) > MAX_ANSWER else text
