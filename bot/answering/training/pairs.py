"""Makes rows to learn from of solved tickets: the customer's question, what the search finds, the team's own answer.

Of an answer only the sentences that hold for every customer are learned. A pair names tickets, and sentences by number;
it holds none of their words, so that it may be kept in a file. No pair reads tickets of a newer side than its own.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from bot.answering import personal
from bot.answering.evidence import COMPARED, Evidence, agreeing, content_words, evidence_of
from bot.answering.ladder import Ladder, is_near
from bot.answering.reading import Reader
from bot.answering.sentences import words
from bot.answering.small.selection import places
from bot.answering.small.values import made_up
from bot.answering.training.book import Book
from bot.answering.training.rows import Row
from bot.answering.training.splits import SIDES, Side, Vectors
from retrieval.tickets import Hit

# A target is whole up to so many sentences and words; of a longer answer, what comes nearest to the question.
SENTENCES, WORDS = 3, 70
# Cosine below the nearest sentence's at which another one still belongs to the target.
SAME = 0.10
# Share of pairs that are first tried without the ticket's own answer; those to judge by all are.
WITHOUT = 0.5
# Share of a target's content words that other tickets must hold for them to support it.
SUPPORTED = 0.7
# Share of tickets that also give a pair of their question and strangers' answers, which is to be refused.
REFUSED = 0.25
# Cosine of a question with a stranger's problem and solution that must not be reached.
STRANGE = 0.4
LOOKED_AT, STRANGERS = 24, 3

Source = Literal["own", "others", "unrelated"]
Read = tuple[str, tuple[int, ...]]


@dataclass(frozen=True)
class Pair:
    """The question of a ticket, the sentences of its answer to learn (none: to refuse), and what is read, best first.

    ``source`` tells whose answers are read: its own among them, those of others alone, or unrelated ones.
    """

    ticket: str
    said: tuple[int, ...]
    read: tuple[Read, ...]
    source: Source

    def row(self, book: Book) -> Row:
        """Return the pair in words."""
        passages = tuple(book.text(name, numbers) for name, numbers in self.read)
        group = "tickets" if self.said else "tickets without answer"
        return Row(book.question(self.ticket), passages, book.text(self.ticket, self.said), group)

    def to_dict(self) -> dict[str, Any]:
        """Return what is kept of it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Pair:
        """Return the pair that was kept."""
        read = tuple((name, tuple(numbers)) for name, numbers in data["read"])
        return cls(data["ticket"], tuple(data["said"]), read, data["source"])


class PairMaker:
    """Makes the pairs of one ticket after the other; what it draws by chance depends on seed and ticket alone."""

    def __init__(
        self, ladder: Ladder, reader: Reader, book: Book, vectors: Vectors, parted: Mapping[str, Side], seed: int
    ) -> None:
        self._ladder, self._reader, self._book = ladder, reader, book
        self._vectors, self._parted, self._seed = vectors, parted, seed
        self._learned = [name for name in vectors.ids if parted[name] == "training"]

    def pairs(self, ticket_id: str) -> tuple[Pair, ...] | str:
        """Return the pairs of a ticket, or why it has none."""
        picked = random.Random(f"{self._seed}:{ticket_id}")
        without = picked.random() < WITHOUT or self._parted[ticket_id] == "held out"
        refused = picked.random() < REFUSED
        pair = self._answered(ticket_id, without=without)
        if isinstance(pair, str):
            return pair
        strange = self._unrelated(ticket_id, picked) if refused else None
        return (pair, strange) if strange else (pair,)

    def _answered(self, ticket_id: str, *, without: bool) -> Pair | str:
        question = self._book.question(ticket_id)
        readings = [reading.evidence for reading in self._ladder.readings(question)]
        own = evidence_of(Hit(self._book.ticket(ticket_id), 1.0, 0.0, 0.0))
        if self._is_outdated(own, readings):
            return "a newer ticket says otherwise"
        found = agreeing(readings)
        said = target(question, self._book.sentences(ticket_id), self._reader)
        if not said:
            return "no target of a fit length"
        others = self._others(ticket_id, found)
        if without and (pair := self._from_others(ticket_id, said, others)):
            return pair
        place = min((_place_of(ticket_id, found) or 1) - 1, len(others))
        read = dict(self._read(question, [*others[:place], own, *others[place:]]))
        # What is to be said must have been read.
        read[ticket_id] = tuple(sorted({*read.get(ticket_id, ()), *said}))
        return Pair(ticket_id, said, tuple(read.items()), "own")

    def _is_outdated(self, own: Evidence, readings: Sequence[Evidence]) -> bool:
        """Return whether one of the first tickets found, or one hidden behind it, is newer and gives other figures."""
        names = [name for item in readings[:COMPARED] for name in (item.ticket.id, *item.hit.duplicates)]
        others = self._book.evidence([name for name in names if name != own.ticket.id])
        return any(own not in agreeing([own, other]) for other in others)

    def _others(self, ticket_id: str, found: Sequence[Evidence]) -> list[Evidence]:
        """Return the near evidence without the ticket's own and without tickets that are newer than its side may see.

        Another ticket that gives the same answer nearly word for word is found only behind it; it takes its place.
        """
        kept: list[Evidence] = []
        for item in found:
            names = [item.ticket.id, *item.hit.duplicates]
            name = next((name for name in names if name != ticket_id and self._may_read(ticket_id, name)), None)
            if name == item.ticket.id:
                kept.append(item)
            elif name is not None:
                kept.append(evidence_of(replace(item.hit, ticket=self._book.ticket(name), duplicates=())))
        kept = [item for item in kept if item.sentences]
        return [item for item in kept if is_near(item, kept[0])]

    def _may_read(self, ticket_id: str, other: str) -> bool:
        """Return whether a ticket of this side may be answered from the other one."""
        side = SIDES.index(self._parted[ticket_id])
        return SIDES.index(self._parted.get(other, "training")) <= side

    def _from_others(self, ticket_id: str, said: tuple[int, ...], others: Sequence[Evidence]) -> Pair | None:
        """Return the pair without the ticket's own answer if the other tickets support what it says."""
        read = self._read(self._book.question(ticket_id), others)
        passages = [self._book.text(name, numbers) for name, numbers in read]
        text = self._book.text(ticket_id, said)
        wanted, held = content_words(text), content_words(" ".join(passages))
        if not passages or made_up(text, passages) or len(wanted & held) < SUPPORTED * len(wanted):
            return None
        return Pair(ticket_id, said, tuple(read), "others")

    def _unrelated(self, ticket_id: str, picked: random.Random) -> Pair | None:
        """Return the question with answers to other questions, the likest ones of some that are unlike."""
        vectors, place = self._vectors, self._vectors.place[ticket_id]
        topic = self._book.ticket(ticket_id).topic
        some = picked.sample(self._learned, min(LOOKED_AT, len(self._learned)))
        asked = vectors.problems[place]
        likeness = {
            name: max(float(rows[vectors.place[name]] @ asked) for rows in (vectors.problems, vectors.solutions))
            for name in some
        }
        strangers = [
            name
            for name in sorted(some, key=lambda name: -likeness[name])
            if likeness[name] < STRANGE and not (topic and self._book.ticket(name).topic == topic)
        ]
        read = self._read(self._book.question(ticket_id), self._book.evidence(strangers[:STRANGERS]))
        return Pair(ticket_id, (), tuple(read), "unrelated") if read else None

    def _read(self, question: str, evidence: Sequence[Evidence]) -> list[Read]:
        return [(evidence[row].ticket.id, numbers) for row, numbers in places(question, evidence, self._reader)]


def target(question: str, sentences: Sequence[str], reader: Reader) -> tuple[int, ...]:
    """Return the numbers of the sentences to learn: all of a short answer, else those nearest to the question."""
    lengths = [len(words(sentence)) for sentence in sentences]
    if len(sentences) <= SENTENCES and sum(lengths) <= WORDS:
        return tuple(range(len(sentences)))
    vectors = reader.vectors([question, *sentences])
    near = vectors[1:] @ vectors[0]
    taken: set[int] = set()
    for at in sorted(range(len(sentences)), key=lambda at: -near[at]):
        start = at
        while start > 0 and personal.depends(sentences[start]):
            start -= 1
        wider = taken | set(range(start, at + 1))
        fits = len(wider) <= SENTENCES and sum(lengths[one] for one in wider) <= WORDS
        if fits and near[at] >= near.max() - SAME:
            taken = wider
    return tuple(sorted(taken))


def _place_of(ticket_id: str, found: Sequence[Evidence]) -> int:
    """Return the place of a ticket among the evidence, from 1 on; 0 if it is not there."""
    return next((at for at, item in enumerate(found, start=1) if item.ticket.id == ticket_id), 0)
