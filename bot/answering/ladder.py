"""The answer ladder below the templates: past ticket, composed answer, question back, or a person.

Decides the rung from what was found. Reads no file and no socket; whoever calls it gives it the search.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.answering import replies, sentences
from bot.answering.chinese import LANGUAGE, ChineseAnswers
from bot.answering.chinese import handoff as chinese_handoff
from bot.answering.confidence import Confidence
from bot.answering.evidence import Evidence, agreeing, overlap
from bot.answering.extractive import ExtractiveComposer
from bot.answering.foreign import without_foreign
from bot.answering.generator import Generator
from bot.answering.grounding import Grounder
from bot.answering.reading import Reader, Reading
from bot.answering.search import Search
from bot.answering.steps import whole_instruction
from bot.answering.tasks import asks_for_steps
from bot.answering.tone import Tone
from bot.errors import GenerationError
from bot.messages import Reply, Supported
from retrieval.language import is_chinese

log = logging.getLogger(__name__)

# A ticket this much below the first one (score) is no longer the same problem.
NEAR = 0.12
# Two readings fit about equally if the odds of the first are at most e times those of the second.
CLOSE = 1.0
# Two titles with at least this share of common words are the same choice to a customer.
SAME_CHOICE = 0.5
_POINTS_BACK = re.compile(
    r"^(?:and|but|or|so|also|then|what about|how about|what if|why|since when|even|really)\b"
    # "boots that I have worn" points at nothing before; "is that free" does.
    r"|\b(?:it|its|they|them|that(?! (?:i|you|we|they)\b)|this|those|these|one|ones|there|he|she)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Turn:
    """One earlier turn of the conversation: who spoke (``customer`` or ``bot``) and what."""

    role: str
    text: str


class Ladder:
    """Answers one question from solved tickets; holds no state between questions."""

    def __init__(
        self,
        search: Search,
        reader: Reader,
        generator: Generator,
        confidence: Confidence,
        *,
        grounder: Grounder | None = None,
        tone: Tone | None = None,
        threshold: float | None = None,
        top_k: int = 8,
        chinese: ChineseAnswers | None = None,
    ) -> None:
        self._search = search
        self._reader = reader
        self._generator = generator
        self._confidence = confidence
        self._quoting = ExtractiveComposer(reader)
        self._grounder = grounder or Grounder()
        self._tone = tone or Tone()
        self.threshold = confidence.threshold if threshold is None else threshold
        self._top_k = top_k
        self._chinese = chinese

    def answer(self, question: str, context: Sequence[Turn] = ()) -> Reply:
        """Return the reply; it is never empty, and never without a source unless it offers a person."""
        if self._chinese is not None and is_chinese(question):
            reply = self._chinese.answer(question, _last_question(context))
            return reply if self._tone.permits(reply.text, LANGUAGE) else chinese_handoff(reply.confidence)
        before = followed_turn(question, context)
        query = f"{before} {question}".strip()
        readings = self._current(self.readings(question, context))
        probability = self._confidence.probability(readings)
        chosen = chosen_reading(question, readings)
        if chosen is not None:
            readings = [chosen, *(reading for reading in readings if reading is not chosen)]
            probability = max(probability, self.threshold)
        elif pair := self._to_ask(readings, probability, context):
            return replies.clarify([reading.evidence for reading in pair], probability)
        if not readings or probability < self.threshold:
            return replies.handoff(probability)
        lead = readings[0].evidence
        near = [lead, *(reading.evidence for reading in readings[1:] if _joins(reading, lead))]
        near = without_foreign(near, self._reader)
        return self._supported(query, near, probability) or replies.handoff(probability)

    def readings(self, question: str, context: Sequence[Turn] = ()) -> list[Reading]:
        """Return what was found, best first; a question that says enough itself is searched without its context."""
        before = followed_turn(question, context)
        # A bot's turn that answered nothing says nothing of what a follow-up is about.
        turns = [turn.text for turn in context if not turn.text.startswith(replies.EMPTY)] if before else []
        # Twice as many hits as are read: superseded tickets and those of one case only have nothing to say.
        hits = self._search.search(question, 2 * self._top_k, context=turns)
        if self._chinese is not None:
            hits = [hit for hit in hits if hit.ticket.language != LANGUAGE]
        return self._confidence.ranked(self._reader.read(f"{before} {question}".strip(), hits, self._top_k))

    def _current(self, readings: Sequence[Reading]) -> list[Reading]:
        """Return the readings that no newer one contradicts, in order: the confidence is in what may be said."""
        kept = agreeing([reading.evidence for reading in readings])
        return self._confidence.ranked(
            [reading for reading in readings if any(reading.evidence is one for one in kept)]
        )

    def _to_ask(self, readings: Sequence[Reading], probability: float, context: Sequence[Turn]) -> list[Reading]:
        """Return the two readings to ask about: likely but unsure; never twice in a row."""
        if not self._confidence.ask_threshold <= probability < self.threshold or _asked_back(context):
            return []
        return two_readings(readings)

    def _supported(self, query: str, evidence: Sequence[Evidence], probability: float) -> Reply | None:
        if not evidence or not evidence[0].sentences:
            return None
        if evidence[0].alone is not None:
            return replies.ticket(evidence[0], probability)
        supported = self._composed(query, evidence)
        return replies.generated(supported, evidence, probability) if supported else None

    def _composed(self, query: str, evidence: Sequence[Evidence]) -> tuple[Supported, ...]:
        """Return what is left of the generator's draft; where nothing is, sentences quoted from the evidence.

        Either says something of the first ticket, the one that the confidence is about; else there is no answer.
        """
        try:
            draft = self._generator.compose(query, evidence)
        except GenerationError as exc:
            log.warning("generator %s failed: %s", self._generator.name, exc)
            draft = ()
        return self._told(query, draft, evidence) or self._told(query, self._quoting.compose(query, evidence), evidence)

    def _told(self, query: str, draft: Sequence[str], evidence: Sequence[Evidence]) -> tuple[Supported, ...]:
        """Return what of a draft may be said, instructions whole; nothing without the first ticket."""
        said = self._grounder.grounded(draft, evidence)
        if asks_for_steps(query):
            said = whole_instruction(said, evidence[0])
        said = self._tone.apply(said)
        return said if any(part.ticket_id == evidence[0].ticket.id for part in said) else ()


def is_near(item: Evidence, lead: Evidence) -> bool:
    """Return whether a ticket treats the same problem as the first one."""
    return item.ticket.topic == lead.ticket.topic and item.hit.score >= lead.hit.score - NEAR


def _joins(reading: Reading, lead: Evidence) -> bool:
    """Return whether a reading may add to the first one: the same problem with the same thing."""
    return not reading.elsewhere and is_near(reading.evidence, lead)


def followed_turn(question: str, context: Sequence[Turn]) -> str:
    """Return the customer's turn that a follow-up refers to, or nothing when the question says enough itself.

    A follow-up has at most three words, or a pronoun or a linking word and at most twelve. Nothing else is resolved.
    """
    before = _last_question(context)
    count = len(sentences.words(question))
    follows = count <= 3 or (count <= 12 and _POINTS_BACK.search(question.strip()) is not None)
    return before if follows and before != question.strip() else ""


def chosen_reading(question: str, readings: Sequence[Reading]) -> Reading | None:
    """Return the reading whose button was pressed: the customer has chosen, so asking again would go in circles."""
    pressed = question.strip().casefold()
    return next((reading for reading in readings if replies.choice(reading.hit).casefold() == pressed), None)


def two_readings(readings: Sequence[Reading]) -> list[Reading]:
    """Return the first reading and the next if it solves another problem and fits about as well, or nothing."""
    if not readings or not (title := replies.choice(readings[0].hit)):
        return []
    first = readings[0]
    for other in readings[1:]:
        if other.rank < first.rank - CLOSE:
            break
        second = replies.choice(other.hit)
        if other.is_rival and second and overlap(title, second) < SAME_CHOICE:
            return [first, other]
    return []


def _last_question(context: Sequence[Turn]) -> str:
    return next((turn.text.strip() for turn in reversed(context) if turn.role == "customer"), "")


def _asked_back(context: Sequence[Turn]) -> bool:
    """Return whether the bot's last turn was already a question back."""
    last = next((turn.text for turn in reversed(context) if turn.role == "bot"), "")
    return last.startswith(replies.CLARIFY)
