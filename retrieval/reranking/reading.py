"""What the reranker reads of a question, of the turns before it and of a ticket: few words, so that it stays fast.

Its cost grows with every word of every candidate. So long tickets are cut to the sentences that share words with the
question, and of earlier turns only those words are kept that tell the candidates apart, such as a product's name. The
model was trained on exactly this form: a change here needs new weights. Does not tokenise.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.terms import STOP_WORDS, WORD, stem
from retrieval.tickets import Ticket

QUESTION_WORDS, DIGEST_WORDS = 48, 16
TICKET_WORDS, PROBLEM_WORDS = 72, 32
# Earlier turns that are looked at, and how much of each; an agent's long answer says its topic at both ends.
TURNS, TURN_CHARACTERS = 6, 1200
MAX_CHARACTERS = 6000

SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")


@dataclass(frozen=True)
class Reading:
    """The two texts of each pair: the asked one is the same in all, ``tickets`` are in the order given."""

    question: str
    digest: str
    tickets: tuple[str, ...]

    @property
    def asked(self) -> str:
        """The question, and after a bar what the turns before it were about."""
        return f"{self.question} | {self.digest}" if self.digest else self.question


def read(query: str, context: Sequence[str], tickets: Sequence[Ticket]) -> Reading:
    """Return what the reranker sees of a query, its earlier turns (oldest first) and the candidates."""
    question = _question(query)
    digest = digest_of(query, context, tickets)
    wanted = _stems(f"{question} {digest}")
    return Reading(question, digest, tuple(ticket_text(ticket, wanted) for ticket in tickets))


def ticket_text(ticket: Ticket, wanted: frozenset[str]) -> str:
    """Return problem and solution, cut to the sentences with most of the ``wanted`` stems where they are long."""
    problem, solution = _problem(ticket)[:MAX_CHARACTERS], ticket.answer.strip()[:MAX_CHARACTERS]
    spare = TICKET_WORDS - len(solution.split())
    problem = condense(problem, wanted, max(PROBLEM_WORDS, spare))
    return f"{problem}\n{condense(solution, wanted, TICKET_WORDS - len(problem.split()))}".strip()


def _problem(ticket: Ticket) -> str:
    """Return what was asked, headed by its subject; a FAQ has none and is headed by what it is about."""
    return ticket.problem_text if ticket.subject.strip() else f"{ticket.product or ''}\n{ticket.question}".strip()


def condense(text: str, wanted: frozenset[str], budget: int) -> str:
    """Return at most ``budget`` words of a text: its sentences with most of the wanted stems, in their own order."""
    if len(text.split()) <= budget:
        return " ".join(text.split())
    sentences = [found.group().split() for found in SENTENCE.finditer(text)]
    sentences = [sentence for sentence in sentences if sentence]
    shared = [len(_stems(" ".join(sentence)) & wanted) for sentence in sentences]
    kept: dict[int, list[str]] = {}
    for at in sorted(range(len(sentences)), key=lambda at: (-shared[at], at)):
        if budget <= 0:
            break
        kept[at] = sentences[at][:budget]
        budget -= len(kept[at])
    return " ".join(word for at in sorted(kept) for word in kept[at])


def _question(query: str) -> str:
    return " ".join(query[:MAX_CHARACTERS].split()[:QUESTION_WORDS])


def digest_of(query: str, context: Sequence[str], tickets: Sequence[Ticket]) -> str:
    """Return the words of earlier turns that some but not all candidates hold, those of problems and late turns first.

    They come in the order of the conversation.
    """
    turns = [turn[-TURN_CHARACTERS:] for turn in context if turn.strip()][-TURNS:]
    if not turns or not tickets:
        return ""
    problems = Counter(found for ticket in tickets for found in _stems(ticket.problem_text[:MAX_CHARACTERS]))
    answers = Counter(found for ticket in tickets for found in _stems(ticket.answer[:MAX_CHARACTERS]))
    known = _stems(_question(query))
    places: dict[str, tuple[bool, int, int, str]] = {}
    for number, turn in enumerate(turns):
        for at, word in enumerate(WORD.findall(turn)):
            lowered = word.lower()
            found = stem(lowered)
            count = max(problems[found], answers[found])
            if lowered not in STOP_WORDS and found not in known and 0 < count < max(len(tickets), 2):
                places[found] = (problems[found] == 0, -number, at, word)
    chosen = sorted(places.values())[:DIGEST_WORDS]
    return " ".join(place[3] for place in sorted(chosen, key=lambda place: (-place[1], place[2])))


def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in WORD.findall(text.lower()) if word not in STOP_WORDS)
