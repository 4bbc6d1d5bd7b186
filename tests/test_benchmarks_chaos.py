"""The comparison of the fault injector finds what it is there to find."""

import pytest

from benchmarks.chaos.plan import answer_to, strikes
from benchmarks.chaos.verdict import Verdict, judge_person, judge_visitor
from benchmarks.chaos.visitor import Sent

SEED = 1
TEXTS = ["v0-0", "v0-1"]


def line(seq, side, text, name):
    return {"seq": seq, "from": side, "text": text, "message_id" if side == "customer" else "in_reply_to": name}


def transcript():
    lines = []
    for text in TEXTS:
        lines.append(("customer", text, f"id-{text}"))
        lines += [("bot", part, f"id-{text}") for part in answer_to(SEED, text)]
    return lines


def judged(lines, heard=None):
    sent = [Sent(text, began=number, accepted=number + 0.5) for number, text in enumerate(TEXTS)]
    history = [line(seq, *rest) for seq, rest in enumerate(lines, 1)]
    verdict = Verdict()
    numbers = [one["seq"] for one in history]
    judge_visitor(verdict, SEED, sent, history, numbers if heard is None else heard, dict.fromkeys(TEXTS, 1))
    return set(verdict.counts) - {"answered"}


def test_a_faultless_transcript_has_no_findings():
    assert judged(transcript()) == set()


SORRY = ("bot", "Sorry, something went wrong", "id-v0-1")


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda lines: lines[-1:] + lines[:-1], "out of order: replies before their message"),
        (lambda lines: [*lines, lines[-1]], "doubled: replies"),
        (lambda lines: [*lines, lines[0]], "doubled: messages"),
        (lambda lines: lines[:-1], "lost: replies"),
        (lambda lines: [one for one in lines if one[2] != "id-v0-0"], "lost: messages"),
        (lambda lines: sorted(lines, key=lambda one: one[2], reverse=True), "out of order: messages"),
        (lambda lines: [*lines, SORRY], "sorry beside a whole answer"),
        (lambda lines: [*lines[:-1], SORRY], "sorry although the worker had finished"),
    ],
)
def test_what_went_wrong_is_found(change, found):
    assert found in judged(change(transcript()))


@pytest.mark.parametrize(
    ("heard", "found"),
    [
        ([1], "lost: on the stream"),
        ([1, *range(1, 9)], "doubled: on the stream"),
        (list(range(9, 0, -1)), "out of order: on the stream"),
    ],
)
def test_what_a_stream_did_not_bring_is_found(heard, found):
    assert found in judged(transcript(), heard)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda posts: posts, None),
        (lambda posts: [*posts, posts[0]], "doubled: replies"),
        (lambda posts: posts[:-1], "lost: replies"),
        (lambda posts: posts[::-1], "out of order: messages"),
    ],
)
def test_what_stands_in_slack_is_compared_too(change, found):
    sent = [Sent(text, began=number, accepted=number + 0.5) for number, text in enumerate(TEXTS)]
    posts = [part for text in TEXTS for part in answer_to(SEED, text)]
    verdict = Verdict()
    judge_person(verdict, SEED, sent, change(posts), {})
    assert (set(verdict.counts) == {"answered"}) if found is None else (found in verdict.counts)


def test_strikes_follow_from_how_far_the_run_is():
    assert [place for place, _ in strikes(1000, 100, disk=True)] == list(range(100, 950, 100))
    assert any(name.startswith("disk") for _, name in strikes(1000, 100, disk=True))
    assert not any(name.startswith("disk") for _, name in strikes(1000, 100, disk=False))
