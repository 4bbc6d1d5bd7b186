"""How hits are ordered: two searches fused into one score, then moved a little by outcome, age and newer policy.

Plain arithmetic on what the searches found. Does not search.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from retrieval.tickets import Hit, Ticket

# Share of the cosine in the fused score; the rest is BM25 against the weight of the query's terms. Chosen on three
# public sets together: sums of comparable scores beat reciprocal ranks in order and, above all, in telling questions
# that the tickets answer from those they do not (a rank has no absolute size).
DENSE_SHARE = 0.7
# What the cosine with a past solution counts beside the one with the problem. Chosen on the demo questions and a public
# FAQ set; anything from 0.3 to 1 is better than 0, as customers often name the remedy, not the symptom.
SOLUTION_WEIGHT = 0.5

# What a doubtful outcome costs, as a factor of the score: enough to decide between near equals, not to bury a match.
LOW_CSAT, UNKNOWN_CSAT, REOPENED = 0.96, 0.99, 0.97
GOOD_CSAT = 4
AGE_PER_YEAR, MAX_AGE_YEARS = 0.01, 3.0
DAYS_PER_YEAR = 365.25
# A ticket whose answer was replaced; its successor always stands above it.
SUPERSEDED = 0.8
JUST_BELOW = 0.999

# Answers at least this near to each other (cosine) are one answer in other words.
SAME_ANSWER = 0.95


@dataclass(frozen=True)
class Candidate:
    """A ticket that a search brought, before it was read; ``score`` may exceed 1 for a perfect match."""

    rowid: int
    score: float
    dense: float


def fuse(dense: Mapping[int, float], keyword: Mapping[int, float], dense_share: float = DENSE_SHARE) -> list[Candidate]:
    """Return candidates by falling score; equal scores keep the order of row ids.

    Args:
        dense: cosine by row id.
        keyword: BM25 by row id, divided by the weight of the query's terms (0 to about 2).
        dense_share: 1 for the dense search alone, 0 for the keyword search alone.
    """
    candidates = [
        Candidate(
            rowid,
            dense_share * max(dense.get(rowid, 0.0), 0.0) + (1.0 - dense_share) * keyword.get(rowid, 0.0),
            dense.get(rowid, 0.0),
        )
        for rowid in sorted(dense.keys() | keyword.keys())
    ]
    return sorted(candidates, key=lambda candidate: -candidate.score)


def outcome_factor(ticket: Ticket, newest: str) -> float:
    """Return how far outcome and age of a ticket may be trusted, 0.9 to 1; ``newest`` is the latest date compared."""
    factor = UNKNOWN_CSAT if ticket.csat is None else 1.0 if ticket.csat >= GOOD_CSAT else LOW_CSAT
    if ticket.reopened:
        factor *= REOPENED
    return factor * (1.0 - AGE_PER_YEAR * min(_years_between(ticket.created_at, newest), MAX_AGE_YEARS))


def successors(ticket: Ticket, by_id: Mapping[str, Ticket]) -> list[str]:
    """Return the ids that replaced a ticket, nearest first; a circle ends where it would close."""
    chain: list[str] = []
    following = ticket.superseded_by
    while following and following != ticket.id and following not in chain:
        chain.append(following)
        following = by_id[following].superseded_by if following in by_id else None
    return chain


def ordered(scores: Mapping[int, float], tickets: Mapping[int, Ticket]) -> list[tuple[int, float]]:
    """Return row ids and final scores by falling score, with outcome, age and newer policy taken into account.

    A successor is worth at least what its predecessor was found with, and stands above it.
    """
    newest = max((ticket.created_at for ticket in tickets.values()), default="")
    final = {rowid: scores[rowid] * outcome_factor(ticket, newest) for rowid, ticket in tickets.items()}
    rowid_of = {ticket.id: rowid for rowid, ticket in tickets.items()}
    by_id = {ticket.id: ticket for ticket in tickets.values()}
    chains = {rowid: successors(ticket, by_id) for rowid, ticket in tickets.items() if ticket.superseded_by}
    for rowid, chain in chains.items():
        last = rowid_of.get(chain[-1]) if chain else None
        if last is not None:
            final[last] = max(final[last], final[rowid])
    for rowid, chain in chains.items():
        above = [final[rowid_of[key]] * JUST_BELOW for key in chain[-1:] if key in rowid_of]
        final[rowid] = min([final[rowid] * SUPERSEDED, *above])
    return sorted(final.items(), key=lambda item: (-item[1], item[0]))


def policies_first(hits: Sequence[Hit]) -> list[Hit]:
    """Return the hits in their order, but each that was superseded behind the ticket that replaced it in the end."""
    by_id = {hit.ticket.id: hit.ticket for hit in hits}
    last = {hit.ticket.id: (successors(hit.ticket, by_id) or [""])[-1] for hit in hits}
    placed: list[Hit] = []
    for hit in hits:
        if last[hit.ticket.id] not in by_id:
            waiting = [old for old in placed if last[old.ticket.id] == hit.ticket.id]
            placed = [old for old in placed if old not in waiting]
            placed += [hit, *waiting]
        else:
            placed.append(hit)
    return placed


def distinct(hits: Sequence[Hit]) -> list[Hit]:
    """Return the hits in their order, one for each answer; it names the others that give the same one.

    A superseded ticket stands for no other: its answer is not given.
    """
    known = [at for at, hit in enumerate(hits) if hit.match.vector is not None]
    if not known:
        return list(hits)
    vectors = np.array([hits[at].match.vector for at in known])
    alike = vectors @ vectors.T >= SAME_ANSWER
    in_force = np.array([hits[at].ticket.superseded_by is None for at in known])
    alike &= in_force[:, None] == in_force[None, :]
    stands_for: dict[int, list[int]] = {}
    for row, at in enumerate(known):
        first = next((other for other in np.flatnonzero(alike[row, :row]) if known[other] in stands_for), None)
        stands_for.setdefault(at if first is None else known[first], []).append(at)
    hidden = {at for group in stands_for.values() for at in group[1:]}
    return [
        replace(hit, duplicates=tuple(hits[other].ticket.id for other in stands_for.get(at, [at])[1:]))
        for at, hit in enumerate(hits)
        if at not in hidden
    ]


def missing_successors(tickets: Iterable[Ticket]) -> list[str]:
    """Return the ids of successors that are not among the tickets themselves."""
    known = list(tickets)
    ids = {ticket.id for ticket in known}
    wanted = (ticket.superseded_by for ticket in known)
    return sorted({key for key in wanted if key and key not in ids})


def term_share(query_stems: Sequence[tuple[str, float]], ticket_stems: frozenset[str]) -> float:
    """Return the share, by weight, of the query's terms that a ticket holds; 0 for a query without terms."""
    total = sum(weight for _, weight in query_stems)
    if total <= 0.0:
        return 0.0
    return sum(weight for stem, weight in query_stems if stem in ticket_stems) / total


def _years_between(earlier: str, later: str) -> float:
    try:
        days = (datetime.fromisoformat(later[:10]) - datetime.fromisoformat(earlier[:10])).days
    except ValueError:
        return 0.0
    return max(days, 0) / DAYS_PER_YEAR
