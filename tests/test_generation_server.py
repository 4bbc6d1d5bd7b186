"""A generator behind a URL: what is sent, what is read however it arrives, and what becomes of each kind of trouble."""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from fakes import evidence
from model_server import ModelServer, Step, cut_every, event, running, says, streamed, whole

from bot.answering.generation.events import MAX_BYTES
from bot.answering.generation.prompt import Rules
from bot.answering.generation.server import CONCURRENT, ServerGenerator
from bot.errors import GenerationError
from bot.process import free_port

TEXT = "Boots can go back for 60 days. The café in Zürich takes them, too 🏕."
DRAFT = ("Boots can go back for 60 days.", "The café in Zürich takes them, too 🏕.")
EVIDENCE = [evidence("Boots can go back for 60 days.", "The café in Zürich takes them, too.")]
ONLY_REFUSED = ["NOT_ENOUGH", "NOT_ENOUGH.", "The evidence does not say. NOT_ENOUGH", '"not_enough"', "Not enough."]


@contextmanager
def generator(server: ModelServer, **options: object) -> Iterator[ServerGenerator]:
    made = ServerGenerator(server.url, "tiny", **{"seconds": 5.0, **options})
    yield made
    made.close()


def compose(*script: Step, **options: object) -> tuple[tuple[str, ...], ModelServer]:
    with running(*script) as server, generator(server, **options) as made:
        return made.compose("How long can I return boots?", EVIDENCE), server


def failure(*script: Step, **options: object) -> tuple[str, ModelServer]:
    with running(*script) as server, generator(server, **options) as made:
        with pytest.raises(GenerationError) as error:
            made.compose("How long can I return boots?", EVIDENCE)
        assert server.url in str(error.value)
        return str(error.value), server


def test_the_request_is_of_the_documented_form():
    draft, server = compose(says(TEXT), key="k3y", rules=Rules(max_words=50))
    assert draft == DRAFT
    (body,) = server.asked
    assert {**body, "messages": len(body["messages"])} == {
        "model": "tiny",
        "messages": 2,
        "temperature": 0,
        "max_tokens": 166,
        "stream": True,
    }
    assert server.headers[0]["Authorization"] == "Bearer k3y"


def test_without_a_key_none_is_sent():
    _, server = compose(says(TEXT))
    assert "Authorization" not in server.headers[0]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 100_000])
def test_a_stream_may_be_cut_anywhere(size):
    draft, _ = compose(Step(cut_every(size, streamed(TEXT))))
    assert draft == DRAFT


@pytest.mark.parametrize(
    "data",
    [
        streamed(TEXT).replace(b"\n", b"\r\n"),
        b": keep-alive\n\n" + streamed(TEXT).replace(b"\n\n", b"\n\n: ping\n\n"),
        streamed(TEXT).replace(b"data: ", b"data:"),
        streamed(TEXT).replace(b"data: {", b"event: chunk\nid: 7\ndata: {"),
        streamed(TEXT).replace(b"data: [DONE]", b'data: {"choices": [], "usage": {"total_tokens": 9}}\n\ndata: [DONE]'),
        streamed(TEXT).replace(b'{"choices"', b'{\ndata: "choices"'),
        streamed(TEXT).removesuffix(b"data: [DONE]\n\n"),
        event("<think>Is it \xe9? NOT sure.") + event("</think>") + streamed(TEXT),
    ],
    ids=["crlf", "comments", "no space", "other fields", "usage", "two data lines", "no DONE", "thoughts"],
)
def test_every_form_of_a_stream_is_read(data):
    assert compose(Step([data]))[0] == DRAFT


def test_a_server_that_does_not_stream_is_read_too():
    body = {"choices": [{"message": {"role": "assistant", "content": TEXT}, "finish_reason": "stop"}]}
    assert compose(whole(body))[0] == DRAFT


@pytest.mark.parametrize("text", ONLY_REFUSED)
def test_a_refusal_is_an_empty_draft(text):
    assert compose(says(text))[0] == ()


def test_reading_stops_at_a_refusal():
    endless = itertools.chain([event("NOT_"), event("ENOUGH")], (event(" and so on.") for _ in range(2000)))
    draft, server = compose(Step(list(endless), between=0.01))
    assert draft == ()
    assert server.hung_up.wait(5), "the server was left alone"


def test_reading_stops_at_the_length_limit_after_a_whole_sentence():
    words = [event("Boots can go back."), *(event(" and") for _ in range(2000))]
    draft, server = compose(Step(words, between=0.005), rules=Rules(max_words=10))
    assert draft == ("Boots can go back.",)
    assert server.hung_up.wait(5)


@pytest.mark.parametrize("finish", ["length", "content_filter"])
def test_a_sentence_that_was_not_finished_is_left_out(finish):
    data = streamed("Boots can go back for 60 days. They must be", finish)
    assert compose(Step([data]))[0] == DRAFT[:1]


def test_at_the_time_limit_the_sentences_so_far_are_the_draft():
    began = time.monotonic()
    draft, _ = compose(Step([event("Boots can go back for 60 days. The"), event(" café.")], between=30), seconds=0.6)
    assert draft == DRAFT[:1]
    assert time.monotonic() - began < 1.5


@pytest.mark.parametrize(
    "step",
    [
        Step([streamed(TEXT)], before=30),
        Step([b": keep-alive\n\n"] * 2000, between=0.01),
        Step([event("Boots can")], between=30),
        Step([event("<think>Let me think. Long."), event(" And more.")], between=30),
    ],
    ids=["slow first byte", "keeps alive", "no whole sentence", "still thinking"],
)
def test_without_a_sentence_at_the_time_limit_it_fails_in_time(step):
    began = time.monotonic()
    said, server = failure(step, seconds=0.6)
    assert "within 0.6 s" in said and "generator.timeout_seconds" in said
    assert time.monotonic() - began < 1.5
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_asked_again(status):
    draft, server = compose(Step(status=status), Step(status=status, headers={"Retry-After": "0"}), says(TEXT))
    assert draft == DRAFT
    assert len(server.asked) == 3


def test_a_busy_server_is_asked_again_when_it_says_so():
    began = time.monotonic()
    draft, _ = compose(Step(status=429, headers={"Retry-After": "1"}), says(TEXT))
    assert draft == DRAFT
    assert time.monotonic() - began >= 1.0


def test_an_answer_that_broke_off_is_asked_for_again():
    half = Step([event("Boots can go back for 3")], cut=True)
    draft, server = compose(half, says(TEXT))
    assert draft == DRAFT
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("step", "tries", "words"),
    [
        (Step(status=503), 3, "answered 503"),
        (Step(status=429, headers={"Retry-After": "3600"}), 1, "answered 429"),
        (Step(status=429, headers={"Retry-After": "Fri, 01 Jan 2100 00:00:00 GMT"}), 1, "answered 429"),
        (Step([event("Boots")], cut=True), 3, "broke off"),
        (Step([event("Boots can go back. ")]), 3, "broke off"),
    ],
)
def test_trying_again_has_an_end(step, tries, words):
    said, server = failure(step)
    assert words in said and f"Tried {tries} times" in said
    assert len(server.asked) == tries


@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        (400, "context"),
        (401, "FRONTDESK_GENERATOR_KEY"),
        (403, "FRONTDESK_GENERATOR_KEY"),
        (404, "generator.url"),
        (500, "log"),
        (302, "final address"),
    ],
)
def test_a_status_is_named_with_its_remedy_and_nothing_the_server_says(status, remedy, caplog):
    with caplog.at_level(logging.DEBUG):
        echoed = whole({"error": "k3y How long can I return boots?"}, status=status, headers={"Location": "/elsewhere"})
        said, server = failure(echoed, key="k3y")
    assert f"answered {status}" in said and remedy in said
    assert len(server.asked) == 1
    assert "k3y" not in said + caplog.text and "boots" not in said + caplog.text


@pytest.mark.parametrize(
    "step",
    [
        Step([b"data: {broken\n\n"]),
        Step([b"data: 5\n\n"]),
        Step([b'data: {"choices": 5}\n\n']),
        Step([b'data: {"choices": [{"delta": {"content": 5}}]}\n\n']),
        Step([b'data: {"error": {"message": "How long can I return boots?"}}\n\n']),
        Step([b"data: " + b"[" * 100_000 + b"\n\n"]),
        Step([b"data: " + b"x" * (MAX_BYTES + 10)]),
        whole(b"<html>"),
        whole({"detail": "no"}),
    ],
    ids=["half", "number", "choices", "content", "error", "deep", "huge", "html", "other json"],
)
def test_what_is_no_completion_is_an_error_at_once(step):
    said, server = failure(step)
    assert "boots" not in said
    assert len(server.asked) == 1


@pytest.mark.parametrize("text", ["", "<think>Only thoughts.</think>"])
def test_an_answer_without_a_word_is_an_error(text):
    assert "no whole sentence" in failure(says(text))[0]


def test_courtesy_alone_is_an_empty_draft():
    assert compose(says("You're welcome!"))[0] == ()


def test_no_server_is_said_in_time():
    made = ServerGenerator(f"http://127.0.0.1:{free_port()}/v1", "tiny", seconds=5)
    began = time.monotonic()
    with pytest.raises(GenerationError, match="cannot be reached .*Tried 3 times"):
        made.compose("q", EVIDENCE)
    assert time.monotonic() - began < 3
    made.close()


def test_a_server_gets_few_compositions_at_once():
    step = says(TEXT, before=0.2)
    with running(step) as server, generator(server) as made, ThreadPoolExecutor(8) as pool:
        drafts = list(pool.map(lambda at: made.compose(f"question {at}", EVIDENCE), range(8)))
    assert drafts == [DRAFT] * 8
    assert server.most_working == CONCURRENT


def test_waiting_for_a_place_counts_as_time():
    with running(says(TEXT, before=1.0)) as server, generator(server, seconds=0.8) as made:
        threads = [threading.Thread(target=lambda: _ignored(made)) for _ in range(CONCURRENT)]
        for thread in threads:
            thread.start()
        while server.working < CONCURRENT:
            time.sleep(0.01)
        began = time.monotonic()
        with pytest.raises(GenerationError):
            made.compose("one more", EVIDENCE)
        assert time.monotonic() - began < 1.6
        for thread in threads:
            thread.join()


def _ignored(made: ServerGenerator) -> None:
    with pytest.raises(GenerationError):
        made.compose("q", EVIDENCE)


@pytest.mark.parametrize("listed", ["tiny", "tiny:latest"])
def test_the_check_finds_the_model(listed):
    with running(models=whole({"data": [{"id": "other"}, {"id": listed}]})) as server, generator(server) as made:
        assert made.check() == f"tiny at {server.url}"


@pytest.mark.parametrize(
    ("models", "words"),
    [
        (whole({"data": [{"id": "large"}, {"id": "small"}]}), "it has: large, small"),
        (whole({"data": []}), "it has: none"),
        (whole({"models": []}), "no list of models"),
        (whole(b"<html>"), "no list of models"),
        (whole({}, status=401), "FRONTDESK_GENERATOR_KEY"),
        (whole({}, status=503), "answered 503"),
    ],
)
def test_the_check_says_what_is_wrong(models, words):
    with running(models=models) as server, generator(server) as made, pytest.raises(GenerationError, match=words):
        made.check()


def test_the_check_says_when_nobody_listens():
    made = ServerGenerator(f"http://127.0.0.1:{free_port()}/v1", "tiny")
    with pytest.raises(GenerationError, match="Is the server up"):
        made.check()
    made.close()
