"""Decides which sentences of a draft may be sent: each must rest on sentences of the evidence.

A whole sentence quoted word for word is supported. Any other must pass three gates: it may be said to every customer
(``personal``), all that is exact in it stands in one part of the evidence (``claims``), and the scorer finds that this
part states it (``support``). Does not judge whether the sentences answer the question.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from bot.answering import claims, personal, sentences
from bot.answering.evidence import Evidence
from bot.answering.spans import Line, Span, lines_of, spans_for
from bot.messages import Supported

# Probability from which a sentence counts as supported: 3 % of the unsupported sentences of 20 held-out fact cards
# reach it (benchmarks/support/measure.py).
THRESHOLD = 0.81


class SupportScorer(Protocol):
    """Anything that tells whether a text states a sentence."""

    def scores(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """Return for each (evidence text, sentence) the probability that the evidence states it."""
        ...


# Whether "yes" or "no" is right depends on how the customer put the question, which the evidence does not know.
_VERDICT = re.compile(
    r"^(?:yes|no|sure|of course|certainly|unfortunately(?: not)?|sorry)\s*[,.:;!–-]+\s*", re.IGNORECASE
)


class Grounder:
    """Keeps the supported sentences of drafts; threads may share it. Without a scorer only quotations pass."""

    def __init__(self, scorer: SupportScorer | None = None, threshold: float = THRESHOLD) -> None:
        self._scorer = scorer
        self._threshold = threshold

    def grounded(self, draft: Sequence[str], evidence: Sequence[Evidence]) -> tuple[Supported, ...]:
        """Return the sentences of the draft that may be sent, in order, each with what it rests on.

        Left out besides what is not supported: a "yes" or "no" in front, what is said twice, what only thanks or
        greets, and what points back to a sentence that was left out. All pairs of a draft are scored in one call.
        """
        lines = lines_of(evidence)
        bare = [without_verdict(sentence) for sentence in draft]
        quotes = {sentence: _quoted(sentence, lines) for sentence in _once(bare)}
        said = [sentence for sentence, quote in quotes.items() if quote or _bare(sentence)]
        scored = iter(self._scored([sentence for sentence in said if not quotes[sentence]], lines))
        return _connected(said, [quotes[sentence] or next(scored) for sentence in said])

    def _scored(self, said: Sequence[str], lines: Sequence[Line]) -> list[Supported | None]:
        """Return each sentence with the span that states it most surely, of equals the smallest; None below par."""
        spans = [_possible(sentence, lines) for sentence in said]
        if self._scorer is None or not any(spans):
            return [None] * len(said)
        pairs = [(span.text, _bare(text)) for text, some in zip(said, spans, strict=True) for span in some]
        scores = iter(self._scorer.scores(pairs))
        found: list[Supported | None] = []
        for text, some in zip(said, spans, strict=True):
            score, span = max(((next(scores), span) for span in some), key=lambda one: one[0], default=(0.0, None))
            passes = span is not None and score >= self._threshold
            found.append(Supported(text, span.ticket_id, span.text, round(score, 4)) if span and passes else None)
        return found


def without_verdict(sentence: str) -> str:
    """Return a sentence without a "yes" or "no" in front; nothing if that is all it says."""
    bare = _VERDICT.sub("", sentence)
    return bare[:1].upper() + bare[1:]


def _once(draft: Sequence[str]) -> list[str]:
    """Return the sentences, those with the same words only the first time."""
    found: dict[str, str] = {}
    for sentence in draft:
        found.setdefault(_normal(sentence), sentence)
    return list(found.values())


def _bare(sentence: str) -> str:
    """Return a sentence without greeting and courtesy, nothing if that is all it holds."""
    return " ".join(sentences.clean(sentence))


def _quoted(sentence: str, lines: Sequence[Line]) -> Supported | None:
    """Return the sentence with the one that it repeats word for word; part of a sentence may mean another thing."""
    if not personal.is_general(sentence):
        return None
    line = next((line for line in lines if _normal(line.text) == _normal(sentence)), None)
    return Supported(sentence, line.ticket_id, line.text, 1.0) if line else None


def _possible(sentence: str, lines: Sequence[Line]) -> list[Span]:
    """Return the parts of the evidence that hold everything exact in a sentence that may be said to anybody.

    None when any sentence of the evidence denies it, so that a weaker one elsewhere does not let it through.
    """
    bare = _bare(sentence)
    if not personal.is_general(bare) or any(claims.denies(bare, line.text) for line in lines):
        return []
    return [span for span in spans_for(bare, lines) if claims.stand(bare, span.text)]


def _connected(said: Sequence[str], found: Sequence[Supported | None]) -> tuple[Supported, ...]:
    """Return what is supported, without sentences that point back to one that is not."""
    kept: list[Supported] = []
    whole = True
    for sentence, supported in zip(said, found, strict=True):
        whole = supported is not None and (whole or not personal.depends(sentence))
        if supported is not None and whole:
            kept.append(supported)
    return tuple(kept)


def supported(sentence: str, answer: str) -> bool:
    """Return whether ``answer`` holds the sentence word for word and the sentence may be said to any customer."""
    return personal.is_general(sentence) and _normal(sentence) in _normal(answer)


def share_supported(text: str, answers: Sequence[str]) -> float:
    """Return the share of a text's sentences that one of the answers holds; 1.0 for a text without sentences."""
    parts = sentences.split(text)
    return sum(any(supported(part, answer) for answer in answers) for part in parts) / len(parts) if parts else 1.0


def _normal(text: str) -> str:
    """Return the words with single spaces and one at each end, so that only whole words match."""
    return f" {' '.join(sentences.words(text))} "
