"""Measures generators on held-out tickets: how near a draft comes to the team's own answer, and what supports it.

An unanswered question counts 0 for nearness: staying silent must not look better than a fair answer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from rapidfuzz.distance import LCSseq

from bot.answering.evidence import Evidence
from bot.answering.grounding import Grounder
from bot.answering.reading import Reader
from bot.answering.sentences import split, words
from bot.answering.small.values import made_up
from bot.answering.training.book import Book
from bot.answering.training.pairs import Pair
from bot.errors import GenerationError

Compose = Callable[[str, Sequence[Evidence]], Sequence[str]]
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Question:
    """A held-out question with what may be read for it; without a reference it is to be refused."""

    text: str
    evidence: tuple[Evidence, ...]
    reference: str


@dataclass(frozen=True)
class Figures:
    """What one generator is worth; shares and nearness 0..1.

    ``rouge_l`` and ``likeness`` (cosine of the embedder) are means over ``questions``, those that have an answer. Of
    what was drafted for them, ``supported`` is the share of sentences that rest on the evidence and ``made_up`` the
    share of drafts with a value that it does not hold. ``refused`` is the share of ``unanswerable`` questions that got
    no draft, as they should, and ``failed`` counts errors. ``each`` holds the likeness of each question.
    """

    questions: int
    answered: float
    rouge_l: float
    likeness: float
    supported: float
    made_up: float
    unanswerable: int
    refused: float
    failed: int
    milliseconds: float
    each: tuple[float, ...] = field(default=(), repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return the figures, rounded, without those of single questions."""
        data = asdict(self)
        data.pop("each")
        return {name: round(value, 4) if isinstance(value, float) else value for name, value in data.items()}


class Measure:
    """Puts the same questions to one generator after the other."""

    def __init__(self, questions: Sequence[Question], reader: Reader, grounder: Grounder) -> None:
        self.questions = questions
        self._reader, self._grounder = reader, grounder

    def of(self, compose: Compose, progress: Progress = lambda done: None) -> Figures:
        """Return the figures of a generator; where it raises GenerationError, it gave no answer."""
        drafts: list[list[str]] = []
        failed, began = 0, time.perf_counter()
        for done, question in enumerate(self.questions, start=1):
            try:
                drafts.append(list(compose(question.text, question.evidence)))
            except GenerationError:
                failed += 1
                drafts.append([])
            progress(done)
        spent = 1000 * (time.perf_counter() - began) / max(len(self.questions), 1)
        asked = [(one, draft) for one, draft in zip(self.questions, drafts, strict=True) if one.reference]
        said = [(one, draft) for one, draft in asked if draft]
        each = tuple(self._likeness(" ".join(draft), one.reference) for one, draft in asked)
        silent = [not draft for one, draft in zip(self.questions, drafts, strict=True) if not one.reference]
        return Figures(
            questions=len(asked),
            answered=mean([float(bool(draft)) for _, draft in asked]),
            rouge_l=mean([rouge_l(" ".join(draft), one.reference) for one, draft in asked]),
            likeness=mean(each),
            supported=mean([self._supported(one, draft) for one, draft in said]),
            made_up=mean([float(_makes_up(one, draft)) for one, draft in said]),
            unanswerable=len(silent),
            refused=mean([float(nothing) for nothing in silent]),
            failed=failed,
            milliseconds=spent,
            each=each,
        )

    def _likeness(self, text: str, reference: str) -> float:
        if not text:
            return 0.0
        vectors = self._reader.vectors([text, reference])
        return float(vectors[0] @ vectors[1])

    def _supported(self, question: Question, draft: Sequence[str]) -> float:
        kept = {one.text for one in self._grounder.grounded(draft, question.evidence)}
        return mean([float(sentence in kept) for sentence in draft])


def questions_of(pairs: Sequence[Pair], book: Book, most: int) -> list[Question]:
    """Return the questions of pairs; of more than ``most``, some spread evenly over them."""
    step = max(len(pairs) / most, 1.0)
    found = []
    for at in range(min(len(pairs), most)):
        pair = pairs[int(at * step)]
        evidence = book.evidence([name for name, _ in pair.read])
        found.append(Question(book.question(pair.ticket), evidence, book.text(pair.ticket, pair.said)))
    return found


def verbatim(question: str, evidence: Sequence[Evidence]) -> Sequence[str]:
    """Return what the first ticket says, as the rung below the generator would."""
    return split(evidence[0].alone or " ".join(evidence[0].sentences)) if evidence else ()


def rouge_l(text: str, reference: str) -> float:
    """Return ROUGE-L F1 over lower-case words (Lin 2004): the longest common subsequence of both."""
    one, two = words(text), words(reference)
    return 2 * LCSseq.similarity(one, two) / (len(one) + len(two)) if one and two else 0.0


def mean(values: Sequence[float]) -> float:
    """Return the mean, 0 for nothing."""
    return sum(values) / len(values) if values else 0.0


def _makes_up(question: Question, draft: Sequence[str]) -> bool:
    return bool(made_up(" ".join(draft), [text for item in question.evidence for text in item.sentences]))
