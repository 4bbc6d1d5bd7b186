"""Measures the support scorer on held-out pairs, picks the grounder's threshold, and times both.

Run: python -m benchmarks.support.measure FOLDER [--exact LOGITS]. FOLDER holds ``dev.jsonl`` and ``test.jsonl`` of the
mining; LOGITS are those of the same test pairs in float32 (score.py). Beside the scorer stand the share of the
sentence's words that the evidence holds, and the cosine of the packaged embedder.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from benchmarks.machine import describe
from benchmarks.support.pairs import Pair, read
from benchmarks.support.score import chosen
from bot.answering import claims
from bot.answering.calibration import auroc
from bot.answering.evidence import Evidence, content_words
from bot.answering.grounding import THRESHOLD, Grounder
from bot.answering.sentences import split
from bot.answering.support.scorer import PackagedScorer, load_scorer
from retrieval.embedder import PACKAGED, Embedder, load_embedder
from retrieval.tickets import Hit, Ticket

# Thresholds beside each other: what strictness costs.
CUTS = (0.5, 0.6, 0.7, THRESHOLD, 0.9)
PASSING = 0.03  # share of unsupported sentences that may pass
Scores = list[float]
Judge = Callable[[Sequence[Pair]], Scores]


def main() -> None:
    """Print Markdown tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--exact", type=Path, help="logits of the test pairs in float32")
    parser.add_argument("--most", type=int, default=300, help="pairs of a public set; of the cards four times as many")
    options = parser.parse_args()
    dev, test = (chosen(read(options.folder / f"{part}.jsonl"), options.most) for part in ("dev", "test"))
    print(describe())
    with tempfile.TemporaryDirectory() as cache:
        scorer = load_scorer(Path(cache), threads=2)
        judges = {
            "scorer, int8": lambda pairs: scorer.scores([(pair.evidence, pair.sentence) for pair in pairs]),
            "words": overlaps,
            "cosine": cosines(load_embedder(PACKAGED, Path(cache), threads=2)),
        }
        tables(judges, dev, test, json.loads(options.exact.read_text()) if options.exact else None)
        grounding(scorer, [pair for pair in dev if pair.source == "cards"], test)
        timing(scorer, [pair for pair in test if pair.source == "cards"])


def overlaps(pairs: Sequence[Pair]) -> Scores:
    """Return the share of each sentence's words that its evidence holds."""
    words = [(content_words(pair.sentence), content_words(pair.evidence)) for pair in pairs]
    return [len(one & two) / len(one) if one else 0.0 for one, two in words]


def cosines(embedder: Embedder) -> Judge:
    """Return what gives the cosine of evidence and sentence."""

    def judge(pairs: Sequence[Pair]) -> Scores:
        one = embedder.embed([pair.evidence for pair in pairs])
        two = embedder.embed([pair.sentence for pair in pairs])
        return [float(value) for value in (one * two).sum(axis=1)]

    return judge


def tables(judges: dict[str, Judge], dev: Sequence[Pair], test: Sequence[Pair], exact: Scores | None) -> None:
    """Print AUROC and F1 by set; each judge's threshold is the one with the best F1 on the dev cards."""
    found = {name: (best_threshold(judge(dev), dev), judge(test)) for name, judge in judges.items()}
    if exact is not None:
        cut = found["scorer, int8"][0]
        found["scorer, float32"] = (cut, [1 / (1 + math.exp(-max(-50.0, value))) for value in exact])
    places: dict[str, list[int]] = defaultdict(list)
    for at, pair in enumerate(test):
        places[pair.source].append(at)
    print(f"\n| set | pairs | supported |{''.join(f' {name} |' for name in found)}\n|{'---|' * (3 + len(found))}")
    for source, chosen_places in sorted(places.items()):
        right = [test[at].supported for at in chosen_places]
        cells = []
        for cut, scores in found.values():
            some = [scores[at] for at in chosen_places]
            cells.append(f" {auroc(some, right):.3f} / {f1([score >= cut for score in some], right):.3f} |")
        print(f"| {source} | {len(right)} | {np.mean(right):.2f} |{''.join(cells)}")


def best_threshold(scores: Scores, pairs: Sequence[Pair]) -> float:
    """Return the threshold with the best F1."""
    right = [pair.supported for pair in pairs]
    return max(np.quantile(scores, np.linspace(0.01, 0.99, 99)), key=lambda cut: f1([s >= cut for s in scores], right))


def f1(said: Sequence[bool], right: Sequence[bool]) -> float:
    """Return the harmonic mean of precision and recall of "supported"."""
    both = sum(one and two for one, two in zip(said, right, strict=True))
    return 2 * both / (sum(said) + sum(right)) if both else 0.0


def grounding(scorer: PackagedScorer, dev: Sequence[Pair], test: Sequence[Pair]) -> None:
    """Print what the grounder lets pass, of each kind of sentence, at the threshold picked on the dev cards."""
    grounder = Grounder(scorer, threshold=0.0)
    scores = [passed(grounder, pair, dev) for pair in dev]
    wrong = sorted((score for score, pair in zip(scores, dev, strict=True) if not pair.supported), reverse=True)
    cut = max(wrong[math.floor(PASSING * len(wrong))] + 1e-4, 0.0)
    print(f"\nthreshold for {PASSING:.0%} of unsupported sentences passing, dev cards: {cut:.4f}; in use: {THRESHOLD}")
    cards = [pair for pair in test if pair.source == "cards"]
    kinds: dict[tuple[bool, str], list[tuple[bool, ...]]] = defaultdict(list)
    for pair in cards:
        score = passed(grounder, pair, cards)
        (alone,) = scorer.scores([(pair.evidence, pair.sentence)])
        stands = claims.stand(pair.sentence, pair.evidence)
        row = (stands, alone >= THRESHOLD, *(score >= one for one in CUTS))
        for name in (pair.kind, "all"):
            kinds[pair.supported, name].append(row)
    columns = ("sentence", "kind", "n", "exact checks", "scorer", *(f"grounder, {one:g}" for one in CUTS))
    print(f"\n| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
    for (supported, kind), rows in sorted(kinds.items(), reverse=True):
        shares = "".join(f" {np.mean(column):.3f} |" for column in zip(*rows, strict=True))
        print(f"| {'supported' if supported else 'unsupported'} | {kind} | {len(rows)} |{shares}")


def passed(grounder: Grounder, pair: Pair, others: Sequence[Pair]) -> float:
    """Return the score with which a sentence passes, 0 if it does not, among the sentences of three tickets."""
    picked = random.Random(pair.sentence)
    other = [one.evidence for one in picked.sample(others, min(40, len(others))) if one.origin != pair.origin]
    texts = [*pair.evidence.split(" … "), *other[:2]]
    evidence = [evidence_of(text, f"T-{at}") for at, text in enumerate(texts)]
    found = grounder.grounded(split(pair.sentence), evidence)
    wanted = [part for part in split(pair.sentence) if len(part.split()) > 2]
    return min((one.score for one in found), default=0.0) if len(found) >= len(wanted) else 0.0


def evidence_of(text: str, ticket_id: str) -> Evidence:
    """Return a text as the evidence of one ticket."""
    return Evidence(Hit(Ticket(ticket_id, "", answer=text), 0.9, 0.9, 0.9), tuple(split(text)), None)


def timing(scorer: PackagedScorer, pairs: Sequence[Pair]) -> None:
    """Print how long a draft of three sentences takes beside six sentences of evidence."""
    grounder, picked, times, spent = Grounder(scorer, threshold=0.0), random.Random(7), [], []
    for _ in range(60):
        some = picked.sample(pairs, 3)
        texts = [sentence for pair in some for sentence in split(pair.evidence)][:6]
        evidence = [evidence_of(" ".join(texts[at : at + 2]), f"T-{at}") for at in range(0, len(texts), 2)]
        began, used = time.perf_counter(), time.process_time()
        grounder.grounded([pair.sentence for pair in some], evidence)
        times.append(1000 * (time.perf_counter() - began))
        spent.append(1000 * (time.process_time() - used))
    p50, p95 = np.percentile(times[10:], [50, 95])
    one = np.median(spent[10:])
    print(f"\n3 sentences, 6 of evidence: {p50:.1f} ms p50, {p95:.1f} ms p95; {one:.1f} ms of processor time")


if __name__ == "__main__":
    main()
