"""The reranker reads question, earlier turns and ticket together; what it reads is short, and its weights are ours."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from retrieval.embedding.minilm import packaged_folder
from retrieval.reranker import OFF, PACKAGED, Reranker, RerankerUnavailable, load_reranker
from retrieval.reranking import network
from retrieval.reranking.blending import Judged, context_shares, rerank, total
from retrieval.reranking.reading import DIGEST_WORDS, QUESTION_WORDS, TICKET_WORDS, condense, read
from retrieval.tickets import Hit, Ticket

WIFI_SOCK = Ticket("1", subject="The Missing Sock", question="Do you have wifi?", answer="The wifi is free for guests.")
WIFI_MILL = Ticket("2", subject="Old Mill Inn", question="Do you have wifi?", answer="The wifi is free for guests.")
PARKING_MILL = Ticket(
    "3", subject="Old Mill Inn", question="Is there parking?", answer="There is parking for 2 pounds."
)
HOUSES = [WIFI_SOCK, WIFI_MILL, PARKING_MILL]


@pytest.fixture(scope="module")
def reranker(tmp_path_factory: pytest.TempPathFactory) -> Reranker:
    found = load_reranker(PACKAGED, tmp_path_factory.mktemp("reranker"), threads=1)
    assert found is not None
    return found


def best(reranker: Reranker, query: str, tickets: list[Ticket], context: tuple[str, ...] = ()) -> str:
    scores = reranker.scores(query, tickets, context)
    return tickets[int(np.argmax(scores))].id


@pytest.mark.parametrize(
    ("query", "right"),
    [("can i park my car at your house", "3"), ("internet access at the Old Mill Inn?", "2")],
)
def test_the_ticket_that_answers_comes_first(reranker: Reranker, query: str, right: str) -> None:
    assert best(reranker, query, HOUSES) == right


@pytest.mark.parametrize(("house", "right"), [("The Missing Sock", "1"), ("the old mill inn", "2")])
def test_an_earlier_turn_tells_which_house_is_meant(reranker: Reranker, house: str, right: str) -> None:
    context = ("I need a room for two nights.", f"I can recommend {house}. Shall I book it?", "Not yet.")
    assert best(reranker, "Do they have wifi?", HOUSES, context) == right


def test_scores_do_not_depend_on_the_order_of_tickets_or_on_the_caller(reranker: Reranker) -> None:
    tickets = [Ticket(str(at), question=f"Question number {at} about {'tents ' * at}") for at in range(20)]
    expected = reranker.scores("tents", tickets)
    with ThreadPoolExecutor(4) as pool:
        again = list(pool.map(lambda _: reranker.scores("tents", tickets), range(4)))
    assert again == [expected] * 4
    backwards = reranker.scores("tents", tickets[::-1])[::-1]
    assert np.allclose(backwards, expected, atol=0.05)


def test_nothing_to_rank_and_texts_without_words(reranker: Reranker) -> None:
    assert reranker.scores("anything", []) == []
    assert np.isfinite(reranker.scores("", [Ticket("1"), Ticket("2", question="\x00 \n")])).all()


def test_a_very_long_ticket_costs_no_more_than_a_long_one(reranker: Reranker) -> None:
    long = Ticket("long", question="tent " * 300, answer="pole " * 300)
    longer = Ticket("longer", question="tent " * 40_000, answer="pole " * 40_000)
    one, two = reranker.scores("tent " * 5000, [long, longer])
    assert one == pytest.approx(two, abs=0.05)


def test_a_mark_of_the_tokenizer_in_a_message_is_a_word(tmp_path: Path) -> None:
    folder = counting_model(tmp_path)
    counter = load_reranker(str(folder), tmp_path, threads=1)
    assert counter is not None
    # The stand-in counts the word pieces of the ticket and the mark that ends it.
    assert counter.scores("x", [Ticket("1", question="tent"), Ticket("2", question="[SEP]")]) == [2.0, 4.0]


def counting_model(folder: Path) -> Path:
    """A model in the form that authors of cross-encoders export: its logit is the number of the ticket's tokens."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    names = ("input_ids", "attention_mask", "token_type_ids")
    nodes = [
        helper.make_node("Cast", ["token_type_ids"], ["kinds"], to=TensorProto.FLOAT),
        helper.make_node("ReduceSum", ["kinds", "axis"], ["logits"], keepdims=1),
    ]
    graph = helper.make_graph(
        nodes,
        "counter",
        [helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "t"]) for name in names],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 1])],
        [numpy_helper.from_array(np.array([1], dtype=np.int64), "axis")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save_model(model, str(folder / "model.onnx"))
    (folder / "tokenizer.json").write_bytes((packaged_folder() / "tokenizer.json").read_bytes())
    return folder


def test_off_is_none(tmp_path: Path) -> None:
    assert load_reranker(OFF, tmp_path, threads=1) is None


def test_a_reranker_that_is_not_there_is_refused_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(RerankerUnavailable, match=r"needs .*model\.onnx and .*tokenizer\.json"):
        load_reranker(str(tmp_path), tmp_path, threads=1)
    with pytest.raises(RerankerUnavailable, match="Name packaged, off, a folder"):
        load_reranker("no/such/model", tmp_path, threads=1)
    (counting_model(tmp_path) / "model.onnx").write_bytes(b"half a file")
    with pytest.raises(RerankerUnavailable, match="cannot be loaded"):
        load_reranker(str(tmp_path), tmp_path, threads=1)


@pytest.mark.parametrize(
    ("text", "budget", "expected"),
    [
        ("Short  text.\nStays.", 10, "Short text. Stays."),
        ("We are closed. Refunds take five days. Call us.", 4, "Refunds take five days."),
        (
            "The refund is late. We are closed. Refunds take five days.",
            8,
            "The refund is late. Refunds take five days.",
        ),
        ("one two three four five six", 3, "one two three"),
    ],
)
def test_a_long_text_is_cut_to_the_sentences_that_matter(text: str, budget: int, expected: str) -> None:
    assert condense(text, frozenset({"refund"}), budget) == expected


def test_what_is_read_has_few_words() -> None:
    ticket = Ticket("1", subject="a b", question="tent " * 500, answer="pole " * 500)
    reading = read("word " * 500, ["tent pole " * 500], [ticket, *HOUSES])
    assert len(reading.question.split()) == QUESTION_WORDS
    assert len(reading.tickets[0].split()) == TICKET_WORDS
    assert "pole" in reading.tickets[0] and "tent" in reading.tickets[0]


@pytest.mark.parametrize(
    ("context", "digest"),
    [
        ([], ""),
        (["I need a place.", "The Missing Sock is nice."], "Missing Sock"),
        (["Is the old mill far?", "No, and the wifi is good."], "old mill"),  # all candidates but one know wifi: asked
        (["zeppelin airship"], ""),
    ],
)
def test_the_digest_keeps_words_that_tell_candidates_apart(context: list[str], digest: str) -> None:
    reading = read("Do they have wifi?", context, HOUSES)
    assert reading.digest == digest
    assert reading.asked == ("Do they have wifi? | " + digest if digest else "Do they have wifi?")


def test_the_digest_prefers_the_latest_turns() -> None:
    words = [f"w{letter}x" for letter in "abcdefghijklmnopqrstuvwxyz"]
    tickets = [Ticket("1", question=" ".join(words)), Ticket("2", question="none")]
    digest = read("question", [" ".join(words[:13]), " ".join(words[13:])], tickets).digest.split()
    assert digest == words[: DIGEST_WORDS - 13] + words[13:]


def test_stored_weights_come_back_nearly_as_they_were() -> None:
    matrix = np.random.default_rng(0).normal(size=(64, 32)).astype(np.float32)
    stored = network.compressed("m", matrix)
    assert stored["m"].dtype == np.int8
    step = np.abs(matrix).max(axis=1, keepdims=True) / 127
    assert (np.abs(network.restored("m", stored) - matrix) <= 0.51 * step).all()


def test_the_shipped_weights_are_small_and_the_card_is_about_them() -> None:
    card = json.loads(network.WEIGHTS.with_suffix(".json").read_text())
    raw = network.WEIGHTS.read_bytes()
    assert card["sha256"] == hashlib.sha256(raw).hexdigest()
    assert len(raw) < 12_000_000
    assert network.WORDS not in raw[:20_000].decode(errors="replace")
    assert {"data", "limits", "seed", "steps", "held_out"} <= card.keys()
    assert all(source["licence"] for source in card["data"])


class Favourite:
    """A reranker that likes one ticket and no other; it remembers which it was shown."""

    name = "favourite"

    def __init__(self, liked: str) -> None:
        self.liked = liked
        self.shown: list[str] = []

    def scores(self, query: str, tickets: Sequence[Ticket], context: Sequence[str] = ()) -> list[float]:
        self.shown = [ticket.id for ticket in tickets]
        return [20.0 if ticket.id == self.liked else 0.0 for ticket in tickets]


def hits_of(*tickets: Ticket) -> list[Hit]:
    return [Hit(ticket, score=0.6 - 0.01 * at, dense=0.5, keyword=0.5) for at, ticket in enumerate(tickets)]


def ids(judged: list[Judged]) -> list[str]:
    return [one.hit.ticket.id for one in judged]


def test_what_the_reranker_likes_moves_up_and_the_rest_keeps_its_order() -> None:
    judged = rerank(Favourite("3"), "parking?", (), hits_of(*HOUSES, Ticket("4"), Ticket("5")), candidates=4)
    assert ids(judged) == ["3", "1", "2", "4", "5"]
    assert [one.logit for one in judged] == [20.0, 0.0, 0.0, 0.0, None]
    assert judged[-1].total is None
    assert rerank(Favourite("3"), "parking?", (), [], candidates=4) == []


def test_a_ticket_that_earlier_turns_name_is_read_though_it_stood_lower() -> None:
    reranker = Favourite("none")
    hits = hits_of(WIFI_MILL, PARKING_MILL, WIFI_SOCK)
    rerank(reranker, "Do they have wifi?", ("How is the Missing Sock?",), hits, candidates=1)
    assert reranker.shown == ["1"]
    rerank(reranker, "Do they have wifi?", (), hits, candidates=1)
    assert reranker.shown == ["2"]


def test_score_and_logit_both_count() -> None:
    assert total(0.6, 1.0) > total(0.5, 1.0) > total(0.5, 0.0)


def test_rare_words_of_earlier_turns_count_more() -> None:
    shares = context_shares("sock wifi", ["the sock has wifi", "wifi", "wifi too", "none"])
    assert shares[0] == 1.0 and shares[3] == 0.0
    assert 0.0 < shares[1] == shares[2] < 0.5
    assert context_shares("", ["a", "b"]) == [0.0, 0.0]


@pytest.mark.parametrize(
    "asked",
    ["我的帐篷漏水了怎么办" * 40, "see https://shop.example/" + "a1b2/" * 300, "-" * 4000, "0x7f3a9c ERROR " * 200],
)
def test_a_question_of_very_long_words_is_read_cut(asked: str, reranker: Reranker) -> None:
    logits = reranker.scores(asked, [Ticket("a", question="The tent leaks", answer="Seal it. " * 80), Ticket("b")])
    assert len(logits) == 2
    assert all(map(math.isfinite, logits))
