"""A ticket about another thing than the question names comes last."""

from __future__ import annotations

import numpy as np
import pytest

from bot.answering.evidence import Evidence
from bot.answering.kinds import other_chinese_thing, other_things
from bot.answering.reading import Reading, in_order
from retrieval.tickets import Hit, Ticket

KESTREL = ("Kestrel rain jacket", "may it go in the dryer?", "For the Kestrel: tumble dry on low, 30 minutes.")
DRIFTDOWN = ("Driftdown 0 sleeping bag", "how to wash", "Wash the bag at 30 degrees with down soap.")
STOVE = ("Emberlite stove", "which gas?", "The Emberlite takes screw cartridges.")
GENERAL = ("Scree boots", "how long to return", "Unused goods can be returned within 60 days.")
NAMELESS = (None, "store", "Clean, dry and loose.")


def evidence(product, question, answer):
    ticket = Ticket("T-1", question=question, answer=answer, product=product)
    return Evidence(Hit(ticket, 1.0, 0.0, 0.0), (answer,), answer)


@pytest.mark.parametrize(
    ("question", "ticket", "other"),
    [
        ("Can I put my down jacket in the dryer?", KESTREL, True),
        ("Can I put my fleece jackets in the dryer?", KESTREL, True),
        ("Can I put my rain jacket in the dryer?", KESTREL, False),
        ("Can I put my old jacket in the dryer?", KESTREL, False),
        ("Can I put my jacket in the dryer?", KESTREL, False),
        ("Can I put it in the dryer when it is wet down there?", KESTREL, False),
        ("How do I wash a down sleeping bag?", DRIFTDOWN, False),
        ("How do I wash a wool sleeping bag?", DRIFTDOWN, True),
        ("Which fuel for a wood stove?", STOVE, True),
        ("How do I wash my Kestrel?", DRIFTDOWN, True),
        ("How do I wash the Kestrel and the sleeping bag?", DRIFTDOWN, False),
        ("Can I return worn boots?", ("Scree Low shoes", "worn shoes", "The shoes may have been worn."), False),
        ("How long can I return my Kestrel?", GENERAL, False),
        ("Can I return my unused Kestrel?", DRIFTDOWN, False),
        ("How do I store the Kestrel?", NAMELESS, False),
        ("How do I set it up?", STOVE, False),
    ],
)
def test_another_thing_is_told_by_its_name_or_by_what_it_is_made_of(question, ticket, other):
    # The jacket is among what was read, so that its name is known.
    found = other_things(question, [evidence(*ticket), evidence(*KESTREL)])
    assert found[0] is other


def reading(name, *, elsewhere):
    ticket = Ticket(name, answer="x")
    vector = np.array([1.0, 0.0], dtype=np.float32)
    return Reading(Evidence(Hit(ticket, 1.0, 0.0, 0.0), ("x",), "x"), 0.5, vector, elsewhere=elsewhere)


def test_it_comes_last_and_keeps_its_rank_as_a_rival():
    order = in_order([reading("T-1", elsewhere=True), reading("T-2", elsewhere=False)], [9.0, 1.0])
    assert [(one.hit.ticket.id, one.rank) for one in order] == [("T-2", 1.0), ("T-1", 9.0)]


UNDERWEAR = Ticket("T-1", question="打底衫不合适能退吗", answer="打底衫只有没有拆开包装才可以退货。", product="Wick")
DOWN_BAG = Ticket("T-2", question="羽绒睡袋能不能机洗", answer="可以，选轻柔程序。", product="Driftdown")
GROUP = Ticket("T-3", question="公司要买三十个背包", answer="10 件以上可以申请团购报价。")


@pytest.mark.parametrize(
    ("question", "ticket", "other"),
    [
        ("鞋子不合适", UNDERWEAR, True),
        ("贴身衣物不合适", UNDERWEAR, False),
        ("不合适", UNDERWEAR, False),
        ("羽绒服怎么洗", DOWN_BAG, True),
        ("睡袋怎么洗", DOWN_BAG, False),
        ("十五顶帐篷能优惠吗", GROUP, False),
    ],
)
def test_a_chinese_question_about_shoes_is_not_answered_with_underwear(question, ticket, other):
    assert other_chinese_thing(question, ticket) is other
