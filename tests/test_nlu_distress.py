"""Words of customers who may hurt themselves, and all that only sounds like it."""

import pytest

from bot.nlu.distress import in_distress

MEANT = """
I want to kill myself | i'm gonna kill myself | I’m thinking of killing myself | maybe I should just kill myself
I want to die | i wanna die | I just want to be dead | I wish I was dead | I would be better off dead
I am going to hurt myself | I keep cutting myself | I feel like harming myself | I might hurt myself | I self-harm
I want to end my life | I will take my own life | I am going to end it all | I feel suicidal | I've been suicidal
thinking about suicide | I have suicidal thoughts | I don't want to live anymore | I do not want to be alive.
there is no reason to live | I have nothing left to live for | I cannot go on living
my son wants to kill himself | she is threatening to hurt herself | my parcel is late and I want to kill myself
我想自杀 | 我不想活了 | 我想死 | 活不下去了 | 我要结束自己的生命 | 我想伤害自己 | 我割腕了 | 我要跳楼
他想轻生 | 想杀了我自己
"""
NOT_MEANT = """
this tent is killing me | you are killing me | my phone died | dead battery | the headlamp is dead | kill the order
I'm killing myself trying to pitch this tent | I cut myself on a tent peg | I hurt myself with your stove | to die for
I would die for this jacket | I am dying to know when it comes | I nearly died of cold | my battery wants to die
I don't want to die of cold in this sleeping bag | I'd rather die than carry this | deadline | what a killer price
the deal will end | it cost me my life savings | take my life savings | this zip kills me | the plant died on the way
can I return it after my friend died | kill switch | a suicide knob | does the mat harm itself | I live in Bern
I don't want to live with a broken tent | hurt feelings | cancel my order | my order is dead
气死我了 | 累死了 | 想死你们了 | 手机死机了 | 不想活动 | 我年轻生活简单 | 跳楼价
便宜死了 | 电池死了 | 我不想死 | 取消订单
"""


def cells(table):
    return [cell.strip() for cell in table.replace("\n", "|").split("|") if cell.strip()]


@pytest.mark.parametrize("text", cells(MEANT))
def test_somebody_in_distress_is_heard(text):
    assert in_distress(text)
    assert in_distress(f"hello. {text.upper()}!!")


@pytest.mark.parametrize("text", cells(NOT_MEANT))
def test_idioms_accidents_and_dead_things_are_none(text):
    assert not in_distress(text)
