"""All processes, started by `frontdesk up` from nothing, met through the public API alone."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path

import pytest
from conftest import API_KEY, ROOT

RETURN_QUESTION = "how many days do i have to send back an unused tent"


def test_the_first_start_prepares_everything_and_says_so(frontdesk):
    said = "".join(frontdesk.output)
    assert "tickets: imported" in said
    assert "Frontdesk is ready: " + frontdesk.url in said


def test_readiness_names_every_part(frontdesk):
    status, data = frontdesk.call("GET", "/readyz")
    assert status == 200
    assert {name: part["ready"] for name, part in data["parts"].items()} == {
        "gateway": True,
        "dialogue": True,
        "answers": True,
        "index": True,
    }


def test_a_template_answer(frontdesk):
    replies = frontdesk.session().say("hello there")
    assert [reply["rung"] for reply in replies] == ["template"]
    assert replies[0]["text"]


def test_an_answer_from_a_solved_ticket_names_its_source(frontdesk):
    reply = frontdesk.session().say("can i return boots that i have worn outside?")[0]
    assert reply["rung"] in ("ticket", "generated")
    assert reply["sources"], reply
    assert set(reply["sources"][0]) == {"id", "title", "excerpt", "score"}
    assert 0 < reply["confidence"] <= 1
    assert reply["answer_id"]


def test_what_no_ticket_answers_is_refused_with_a_person_on_offer(frontdesk):
    reply = frontdesk.session().say("which horse won the derby in 1971?")[0]
    assert reply["rung"] == "handoff"
    assert reply["sources"] == []
    assert any("person" in button["title"].lower() for button in reply["buttons"])


def test_an_order_is_shown_to_who_knows_number_and_address(frontdesk):
    visitor = frontdesk.session()
    assert "order number" in visitor.say("where is my parcel?")[-1]["text"].lower()
    assert "mail" in visitor.say("FH-204817")[-1]["text"].lower()
    assert "Swiftpost" in visitor.say("anna@example.org")[0]["text"]


def test_a_wrong_pair_twice_ends_with_a_person(frontdesk):
    visitor = frontdesk.session()
    visitor.say("track my order FH-204817")
    visitor.say("wrong@example.org")
    replies = visitor.say("FH-204817") + visitor.say("other@example.org")
    assert replies[-1]["rung"] == "handoff", replies


def test_a_button_is_signed_for_its_session(frontdesk):
    visitor, thief = frontdesk.session(), frontdesk.session()
    button = visitor.say("which horse won the derby in 1971?")[0]["buttons"][0]
    body = {"text": button["payload"], "message_id": "stolen"}
    status, data = frontdesk.call("POST", "/api/v1/messages", body, thief.token)
    assert status == 400, data
    assert visitor.say(button["payload"])[-1]["rung"] == "handoff"


@pytest.mark.parametrize("text", ["/restart", "/talk_to_person", "/slot{}", '/inform{"email": "anna@example.org"}'])
def test_typed_commands_are_only_words(frontdesk, text):
    visitor = frontdesk.session()
    assert visitor.say(text), "never silent"
    assert visitor.history()[0]["text"] == text


def test_the_same_message_id_does_nothing_twice(frontdesk):
    visitor = frontdesk.session()
    first = visitor.say("hello", "m-1")
    assert visitor.say("hello", "m-1") == first
    assert len([message for message in visitor.history() if message["from"] == "customer"]) == 1


def test_the_same_message_id_at_the_same_time(frontdesk):
    visitor, answers = frontdesk.session(), []
    threads = [threading.Thread(target=lambda: answers.append(visitor.say("hello", "twin"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(answer == answers[0] for answer in answers)
    assert len(visitor.history()) == 1 + len(answers[0])


def test_a_client_resumes_after_a_sequence_number(frontdesk):
    visitor = frontdesk.session()
    visitor.say("hello")
    seen = visitor.history()[-1]["seq"]
    visitor.say("what can you do?")
    later = visitor.history(after=seen)
    assert [message["from"] for message in later][:2] == ["customer", "bot"]
    numbers = [message["seq"] for message in visitor.history()]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"text": ""}, 400, "empty_message"),
        ({"text": "   "}, 400, "empty_message"),
        ({"text": "x" * 100_000}, 413, None),
        (b"{broken", 400, None),
        ([1], 400, None),
        ({"text": 5}, 400, None),
    ],
)
def test_bad_input_gets_a_clear_error(frontdesk, body, status, code):
    got, data = frontdesk.call("POST", "/api/v1/messages", body, frontdesk.session().token)
    assert got == status, data
    assert data["error"]["message"]
    assert code is None or data["error"]["code"] == code


@pytest.mark.parametrize("forge", [lambda t: "", lambda t: "x", lambda t: t[:-2] + "xx", lambda t: t.split(".")[0]])
def test_a_forged_token_is_refused(frontdesk, forge):
    token = forge(frontdesk.session().token)
    status, data = frontdesk.call("POST", "/api/v1/messages", {"text": "hi"}, token)
    assert status == 401
    assert "error" in data


def test_feedback_is_stored_once(frontdesk):
    visitor = frontdesk.session()
    answer_id = visitor.say("can i return boots that i have worn outside?")[0]["answer_id"]
    for value in ("up", "down"):
        body = {"answer_id": answer_id, "value": value}
        assert frontdesk.call("POST", "/api/v1/feedback", body, visitor.token)[0] in (200, 201)
    status, _ = frontdesk.call("POST", "/api/v1/feedback", {"answer_id": "unknown", "value": "up"}, visitor.token)
    assert status == 404


def test_search_needs_the_key(frontdesk):
    assert frontdesk.call("GET", "/api/v1/search?q=tent&k=3")[0] == 401
    status, data = frontdesk.call("GET", "/api/v1/search?q=broken+tent+pole&k=3", None, API_KEY)
    assert status == 200
    assert len(data["hits"]) == 3


@pytest.mark.parametrize("path", ["/channels/slack/events", "/channels/telegram/webhook"])
def test_channels_that_are_not_built_yet_say_so(frontdesk, path):
    status, data = frontdesk.call("POST", path, {})
    assert status == 404
    assert data["error"]["message"]


def test_a_person_takes_over_and_gives_back(frontdesk):
    visitor = frontdesk.session()
    assert visitor.say("i want to talk to a human")[-1]["rung"] == "handoff"
    _, data = frontdesk.call("GET", "/api/v1/handoffs", None, API_KEY)
    handoff = data["handoffs"][-1]
    path = f"/api/v1/handoffs/{handoff['id']}"
    body = {"text": "This is Maren, how can I help?", "agent": "Maren"}
    assert frontdesk.call("POST", f"{path}/messages", body, API_KEY)[0] in (200, 201)
    assert visitor.say("my boots are too small") == []
    assert visitor.history()[-2]["from"] == "agent"
    assert frontdesk.call("POST", f"{path}/close", {}, API_KEY)[0] == 200
    assert visitor.say("hello again")[0]["rung"] == "template"


@pytest.mark.parametrize("module", ["bot.dialogue", "bot.answering"])
def test_a_killed_inner_process_costs_at_most_a_calm_sentence_and_comes_back(frontdesk, module):
    visitor = frontdesk.session()
    os.kill(frontdesk.pid_of(module), signal.SIGKILL)
    replies = visitor.say(RETURN_QUESTION if module == "bot.dialogue" else "how do i clean my down sleeping bag")
    assert replies[-1]["text"], "never silent"
    if module == "bot.dialogue":
        assert not replies[-1]["text"].startswith("Sorry"), "the gateway waits for a worker that is started again"
    else:
        assert replies[-1]["rung"] == "handoff", replies
    deadline = time.monotonic() + 120
    time.sleep(1.5)  # readiness is kept for a second
    while frontdesk.call("GET", "/readyz")[0] != 200:
        assert time.monotonic() < deadline, "did not come back"
        time.sleep(0.5)
    assert visitor.say("can i return boots that i have worn outside?")[0]["sources"]


def test_a_killed_gateway_loses_no_message(frontdesk):
    visitor = frontdesk.session()
    visitor.say("hello", "before")
    os.kill(frontdesk.pid_of("bot.gateway"), signal.SIGKILL)
    deadline = time.monotonic() + 60
    while not is_ready(frontdesk):
        assert time.monotonic() < deadline
        time.sleep(0.3)
    assert [message["from"] for message in visitor.history()] == ["customer", "bot"]
    assert visitor.say("hello", "before")[0]["seq"] == 2


def test_inner_processes_listen_on_loopback_alone_and_want_the_token(frontdesk):
    for module in ("bot.dialogue", "bot.answering"):
        addresses = listening_addresses(frontdesk.pid_of(module))
        assert addresses, module
        assert {address for address, _ in addresses} == {"0100007F"}, "127.0.0.1 in /proc/net/tcp's byte order"
        port = int(addresses[0][1], 16)
        request = b"POST /v1/turns HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
        with socket.create_connection(("127.0.0.1", port), timeout=5) as inner:
            inner.sendall(request)
            assert b" 401 " in inner.recv(100)


def is_ready(frontdesk) -> bool:
    try:
        return frontdesk.call("GET", "/readyz")[0] == 200
    except OSError:
        return False


def listening_addresses(pid: int) -> list[tuple[str, str]]:
    inodes = set()
    for name in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(OSError):
            inodes.add(os.readlink(f"/proc/{pid}/fd/{name}"))
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return [tuple(row[1].split(":")) for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in inodes]


def test_customer_text_stays_out_of_the_logs(frontdesk):
    marker = f"zebra{uuid.uuid4().hex[:8]}"
    frontdesk.session().say(f"hello {marker} how do i wash my sleeping bag")
    for path in (frontdesk.var / "log").glob("*.log"):
        assert marker not in path.read_text(errors="replace"), path.name


def test_two_on_one_port_the_second_says_why(frontdesk, tmp_path):
    done = run_cli("up", "--port", str(frontdesk.port), FRONTDESK_VAR=str(tmp_path))
    assert done.returncode == 1
    assert f"{frontdesk.port} is taken" in done.stderr


def test_two_on_one_folder_the_second_says_why(frontdesk):
    done = run_cli("up", "--port", "1", FRONTDESK_VAR=str(frontdesk.var))
    assert done.returncode == 1
    assert "Another `frontdesk up` already runs" in done.stderr


def test_doctor_is_content(frontdesk):
    done = run_cli("doctor", FRONTDESK_VAR=str(frontdesk.var))
    assert done.returncode == 0, done.stdout
    assert "faiss, exact" in done.stdout


def run_cli(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )
