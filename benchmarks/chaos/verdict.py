"""The comparison: what was sent against what everybody got. Knows nothing about how it came to be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.chaos.plan import answer_to
from benchmarks.chaos.visitor import Sent

# Anything that is not an answer begins so; see bot/gateway/sentences.py.
APOLOGY = "Sorry"


@dataclass
class Verdict:
    """Counts by name, and the first cases of each so that they can be looked at."""

    counts: Counter[str] = field(default_factory=Counter)
    cases: dict[str, list[str]] = field(default_factory=dict)

    def add(self, what: str, where: str, times: int = 1) -> None:
        """Count something, if it happened."""
        if times > 0:
            self.counts[what] += times
            self.cases.setdefault(what, []).append(where)


def judge_visitor(
    verdict: Verdict,
    seed: int,
    sent: Sequence[Sent],
    history: Sequence[Mapping[str, Any]],
    heard: Sequence[int],
    done: Mapping[str, int],
) -> None:
    """Compare one visitor's messages with the transcript and with what the stream brought."""
    said = Counter(line.get("message_id") for line in history if line["from"] == "customer")
    by_message: dict[str, list[str]] = {}
    for line in history:
        if line["from"] == "bot":
            by_message.setdefault(str(line["in_reply_to"]), []).append(str(line["text"]))
    for one in sent:
        name = f"id-{one.text}"
        verdict.add("lost: messages", one.text, int(one.accepted is not None and not said[name]))
        verdict.add("not accepted", one.text, int(one.accepted is None))
        verdict.add("doubled: messages", one.text, said[name] - 1)
        replies = by_message.get(name, [])
        if said[name]:
            _judge_replies(verdict, one.text, answer_to(seed, one.text), replies, one.text in done)
        for answer in one.answers:
            verdict.add("answer of a call unlike the transcript", one.text, int(answer != replies))
    unknown = set(said) - {f"id-{one.text}" for one in sent}
    verdict.add("messages nobody sent", str(unknown), len(unknown))
    numbers = [line["seq"] for line in history]
    name = sent[0].text if sent else ""
    verdict.add("out of order: numbers of a transcript", name, int(numbers != list(range(1, len(numbers) + 1))))
    verdict.add("lost: on the stream", name, len(set(numbers) - set(heard)))
    verdict.add("doubled: on the stream", name, len(heard) - len(set(heard)))
    verdict.add("out of order: on the stream", name, int(list(heard) != sorted(heard)))
    customer = [str(line["message_id"]) for line in history if line["from"] == "customer"]
    _judge_order(verdict, sent, customer, lambda text: f"id-{text}")
    answered = list(dict.fromkeys(str(line["in_reply_to"]) for line in history if line["from"] == "bot"))
    verdict.add("out of order: replies", name, int(answered != [one for one in customer if one in by_message]))
    places = {str(line.get("message_id")): line["seq"] for line in history if line["from"] == "customer"}
    early = sum(line["seq"] < places[line["in_reply_to"]] for line in history if line["from"] == "bot")
    verdict.add("out of order: replies before their message", name, early)


def judge_person(
    verdict: Verdict, seed: int, sent: Sequence[Sent], posts: Sequence[str], done: Mapping[str, int]
) -> None:
    """Compare one person's messages with what stands in Slack; an apology there does not say what it answers."""
    count, unanswered = Counter(posts), 0
    for one in sent:
        parts = answer_to(seed, one.text)
        missing = [part for part in parts if not count[part]]
        verdict.add("not accepted", one.text, int(one.accepted is None))
        verdict.add("doubled: replies", one.text, sum(max(0, count[part] - 1) for part in parts))
        if missing and one.accepted is not None:
            unanswered += 1
            verdict.add("sorry although the worker had finished", one.text, int(one.text in done))
        if not missing:
            verdict.add("answered", one.text)
            verdict.add("out of order: replies", one.text, int(sorted(parts, key=posts.index) != parts))
    apologies = sum(text.startswith(APOLOGY) for text in posts)
    verdict.add("told sorry", sent[0].text if sent else "", apologies)
    verdict.add("lost: replies", sent[0].text if sent else "", unanswered - apologies)
    verdict.add("sorry beside a whole answer", sent[0].text if sent else "", apologies - unanswered)
    first = [text.split(",")[0] for text in dict.fromkeys(posts) if not text.startswith(APOLOGY)]
    _judge_order(verdict, sent, list(dict.fromkeys(first)), lambda text: f"Answer to {text}")


def _judge_replies(verdict: Verdict, text: str, parts: list[str], replies: list[str], done: bool) -> None:
    """Judge what was said to one message: the whole answer once, or an apology once."""
    count = Counter(replies)
    apologies = [reply for reply in replies if reply.startswith(APOLOGY)]
    whole = all(count[part] for part in parts)
    verdict.add("doubled: replies", text, sum(times - 1 for times in count.values()))
    verdict.add("lost: replies", text, int(not whole and not apologies))
    verdict.add("told sorry", text, len(apologies))
    verdict.add("sorry beside a whole answer", text, int(bool(apologies) and whole))
    verdict.add("sorry although the worker had finished", text, int(bool(apologies) and not whole and done))
    verdict.add("answered", text, int(whole))
    spoken = [reply for reply in replies if reply in parts]
    verdict.add("out of order: replies", text, int(sorted(spoken, key=parts.index) != spoken))


def _judge_order(verdict: Verdict, sent: Sequence[Sent], stored: Sequence[str], name: Callable[[str], str]) -> None:
    """A message that was accepted before another was sent stands before it."""
    places = {one: place for place, one in enumerate(stored)}
    known = [one for one in sent if name(one.text) in places]
    for later in known:
        before = [one for one in known if one.accepted is not None and one.accepted < later.began]
        late = [one.text for one in before if places[name(one.text)] > places[name(later.text)]]
        verdict.add("out of order: messages", f"{late} after {later.text}", int(bool(late)))
