"""Questions as customers put them, to the demo shop's own ladder: the right ticket, told whole, or a person."""

from __future__ import annotations

import pytest
from conftest import ROOT

from bot.answering.opening import embedder_of, make_ladder, reranker_of
from bot.settings import load_settings
from retrieval.importers import import_tickets
from retrieval.index import index_in_memory
from retrieval.retriever import Retriever
from retrieval.store import TicketStore

ANSWERED = ("ticket", "generated")


@pytest.fixture(scope="module")
def ladder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    settings = load_settings()
    embedder = embedder_of(settings)
    with TicketStore(folder / "tickets.db") as store:
        for path in sorted((ROOT / "training_data" / "tickets").glob("*.jsonl")):
            import_tickets(path, store, form="jsonl", mapping={}, secret="of the test")
        index, _ = index_in_memory(store, embedder)
        search = Retriever(store, index, embedder, reranker=reranker_of(settings))
        yield make_ladder(settings, search, embedder, None)


@pytest.mark.parametrize(
    ("question", "tickets", "told"),
    [
        ("How do I wash a down sleeping bag?", "T-1418", "30 degrees"),
        ("How should I wash my sleeping bag?", "T-1418", "30 degrees"),
        ("Can I wash my down sleeping bag in the machine", "T-1418", "30 degrees"),
        ("What is the best way to store a sleeping bag in winter?", "T-1427", "uncompressed"),
        ("My sleeping bag fell in the river, how do I dry it?", "T-1429", "do not wring"),
        ("Is it normal that feathers come out of my sleeping bag?", "T-1426 T-1058", ""),
        ("Can I tumble dry my Kestrel?", "T-1464", "No softener"),
        ("My rain jacket is not waterproof anymore, what can I do?", "T-1456", ""),
        ("How often should I wax my leather boots?", "T-1455", ""),
        ("How do I get tree resin off my trousers?", "T-1462", ""),
        ("My hiking shoes smell, can I wash them in the machine?", "T-1461", "No machine"),
        ("How do I break in new leather boots?", "T-1467", ""),
        ("How do I find a hole in my sleeping mat?", "T-1423 T-1059", ""),
        ("Can I inflate the mat with my mouth?", "T-1434", "Push its nozzle"),
        ("How do I remove mould from my tent?", "T-1411", ""),
        ("A tent pole broke on my trip, what now?", "T-1401 T-1055", ""),
        ("How do I repair the seam tape of my tent?", "T-1409", "Pitch the fly inside out"),
        ("The zip of my tent opens again behind the slider", "T-1407", "pliers"),
        ("Do I need a footprint for the Ridgeline 2?", "T-1402", "You do not need it."),
        ("How do I clean my wood stove after use?", "T-1444", ""),
        ("My gas stove hisses and smells of gas", "T-1438 T-1053", "soapy water"),
        ("My water filter was frozen, can I still use it?", "T-1474", "Please do not."),
        ("How do I store the water filter over winter?", "T-1476", ""),
        ("How do I stop the headlamp switching on in my backpack?", "T-1477", "3 seconds"),
        ("Can I cook inside my tent?", "T-1451", "better not"),
        ("How do I wash my wool base layer?", "T-1457", ""),
    ],
)
def test_the_right_ticket_answers_with_what_decides(ladder, question, tickets, told):
    reply = ladder.answer(question)
    assert (reply.rung in ANSWERED, reply.sources[0].id in tickets.split()) == (True, True), reply.text
    assert told.casefold() in reply.text.casefold()


@pytest.mark.parametrize(
    "question",
    [
        "My tent leaks at the seams",
        "Can I put my down jacket in the dryer?",
        "How do I wash my fleece jacket?",
        "Can I iron my down jacket?",
        "How do I clean my ski boots?",
    ],
)
def test_what_no_ticket_answers_goes_to_a_person(ladder, question):
    assert ladder.answer(question).rung == "handoff"
