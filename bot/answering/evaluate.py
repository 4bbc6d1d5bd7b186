"""Measures the ladder on questions whose answers are known: rungs, refusals, wrong answers, support, likeness.

Returns figures and prints nothing. Does not fit anything: benchmarks/calibrate_answers.py does.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bot.answering.grounding import share_supported
from bot.answering.ladder import Ladder, Turn
from bot.errors import MalformedMessage
from bot.messages import RUNGS, Reply
from bot.settings import Settings
from retrieval.embedder import Embedder
from retrieval.store import TicketStore

ANSWERED = frozenset({"ticket", "generated"})
# An answer from a ticket the question file does not name counts as right from this cosine with the reference on.
SAME_ANSWER = 0.70


@dataclass(frozen=True)
class Question:
    """One line of a question file; ``tickets`` are the ids that answer it, ``context`` the turns before it."""

    question: str
    answerable: bool
    answer: str = ""
    tickets: tuple[str, ...] = ()
    split: str = ""
    topic: str = ""
    context: tuple[Turn, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What the ladder replied to a question; ``likeness`` is the cosine with the reference, None without either."""

    question: Question
    reply: Reply
    seconds: float
    likeness: float | None = None

    @property
    def answered(self) -> bool:
        """Whether the reply states something, instead of asking back or offering a person."""
        return self.reply.rung in ANSWERED

    @property
    def wrong(self) -> bool:
        """Whether an answer was given that should not have been: nothing to answer, or from the wrong ticket."""
        if not self.answered:
            return False
        return not self.question.answerable or not self._right()

    def _right(self) -> bool:
        known = set(self.question.tickets)
        if any(source.id in known for source in self.reply.sources):
            return True
        # Without ids the reference alone can tell; without either the answer gets the benefit of the doubt.
        return self.likeness >= SAME_ANSWER if self.likeness is not None else not known


def read_questions(path: Path) -> list[Question]:
    """Read a question file (JSONL).

    Raises:
        MalformedMessage: the file cannot be read or a line is not of the documented form.
    """
    questions = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as exc:
        raise MalformedMessage(f"{path} cannot be read: {exc}. Give a UTF-8 file of JSON lines.") from exc
    for number, line in enumerate(lines, start=1):
        if line.strip():
            questions.append(_question(line, f"{path}:{number}"))
    if not questions:
        raise MalformedMessage(f'{path} holds no questions. Give one {{"question", "answerable"}} a line.')
    return questions


def _question(line: str, where: str) -> Question:
    try:
        data = json.loads(line)
        text, answerable = data["question"], data["answerable"]
    except (ValueError, KeyError, TypeError) as exc:
        raise MalformedMessage(
            f'{where}: {exc!r}. A line is {{"question", "answerable", "answer"?, "tickets"?}}.'
        ) from exc
    if not isinstance(text, str) or not isinstance(answerable, bool):
        raise MalformedMessage(f"{where}: question must be text and answerable true or false.")
    try:
        context = tuple(Turn(turn["role"], turn["text"]) for turn in data.get("context") or ())
    except (KeyError, TypeError) as exc:
        raise MalformedMessage(f'{where}: context must be a list of {{"role", "text"}}.') from exc
    tickets = tuple(data.get("tickets") or ())
    named = (data.get("answer") or "", tickets, data.get("split", ""), data.get("topic", ""))
    return Question(text, answerable, *named, context)


def run(
    questions: Sequence[Question],
    ladder: Ladder,
    embedder: Embedder,
    progress: Callable[[int], None] | None = None,
) -> list[Outcome]:
    """Put every question to the ladder; ``progress`` gets the number done so far."""
    outcomes = []
    for number, question in enumerate(questions, start=1):
        started = time.perf_counter()
        reply = ladder.answer(question.question, question.context)
        seconds = time.perf_counter() - started
        outcomes.append(Outcome(question, reply, seconds, _likeness(question, reply, embedder)))
        if progress is not None:
            progress(number)
    return outcomes


def _likeness(question: Question, reply: Reply, embedder: Embedder) -> float | None:
    if not question.answer or reply.rung not in ANSWERED:
        return None
    one, two = embedder.embed([reply.text, question.answer])
    return float(one @ two)


def figures(outcomes: Sequence[Outcome], store: TicketStore) -> dict[str, Any]:
    """Return the measured figures; shares are 0..1, None where there is nothing to divide by."""
    counts: Counter[str] = Counter(outcome.reply.rung for outcome in outcomes)
    can = [outcome for outcome in outcomes if outcome.question.answerable]
    cannot = [outcome for outcome in outcomes if not outcome.question.answerable]
    answered = [outcome for outcome in outcomes if outcome.answered]
    likeness = [outcome.likeness for outcome in answered if outcome.likeness is not None]
    milliseconds = [outcome.seconds * 1000 for outcome in outcomes]
    return {
        "questions": len(outcomes),
        "answerable": len(can),
        "rungs": {rung: _share(counts[rung], len(outcomes)) for rung in RUNGS if counts[rung]},
        "refused_right": _share(sum(outcome.reply.rung == "handoff" for outcome in cannot), len(cannot)),
        "refused_wrong": _share(sum(outcome.reply.rung == "handoff" for outcome in can), len(can)),
        "answered": _share(len(answered), len(outcomes)),
        "answered_of_answerable": _share(sum(outcome.answered for outcome in can), len(can)),
        "wrong_of_answered": _share(sum(outcome.wrong for outcome in answered), len(answered)),
        "answered_of_unanswerable": _share(sum(outcome.answered for outcome in cannot), len(cannot)),
        "sentences_supported": _mean([_support(outcome.reply, store) for outcome in answered]),
        "likeness_to_reference": _mean(likeness),
        "p50_ms": round(float(np.percentile(milliseconds, 50)), 1),
        "p95_ms": round(float(np.percentile(milliseconds, 95)), 1),
    }


def _support(reply: Reply, store: TicketStore) -> float:
    return share_supported(reply.text, [store.get(source.id).answer for source in reply.sources])


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _mean(values: Sequence[float]) -> float | None:
    return round(float(np.mean(values)), 4) if values else None


def evaluate_answers(path: Path, settings: Settings, progress: Callable[[int], None] | None = None) -> dict[str, Any]:
    """Measure the installed ladder on a question file.

    Raises:
        MalformedMessage: the file is not of the documented form.
        RetrievalError: there is no index, or it does not fit.
    """
    from bot.answering.opening import open_ladder

    questions = read_questions(path)
    with TicketStore(settings.tickets_db) as store:
        opened = open_ladder(settings, store)
        outcomes = run(questions, opened.ladder, opened.embedder, progress)
        about = {
            "file_sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "embedder": opened.embedder.name,
            "release": opened.release,
            "threshold": opened.ladder.threshold,
        }
        return {**figures(outcomes, store), **about}
