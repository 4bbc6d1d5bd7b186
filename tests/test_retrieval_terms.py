"""Words of a query: which count, how unspaced scripts are cut, and that no text becomes FTS5 syntax."""

import pytest

from retrieval.terms import MAX_TERMS, informative_terms, match_expression, spaced, stem, stems, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("Can't I return THIS?", ["cant", "i", "return", "this"]),
        ("退款", ["退", "退款", "款"]),
        ("漏", ["漏"]),
        ("Kestrel冲锋衣 L码", ["kestrel", "冲", "冲锋", "锋", "锋衣", "衣", "l", "码"]),
        ("テント", ["テ", "テン", "ン", "ント", "ト"]),
        ("환불", ["환", "환불", "불"]),
        ("退款，谢谢。", ["退", "退款", "款", "谢", "谢谢", "谢"]),
        ("Où est l’envoi", ["où", "est", "lenvoi"]),
    ],
)
def test_a_text_is_cut_into_words(text, expected):
    assert words(text) == expected


@pytest.mark.parametrize("text", ["where is my parcel", "", "naïve café №5", "“quotes” — and ☂"])
def test_a_text_without_unspaced_script_stays_as_it_is(text):
    assert spaced(text) is text


def test_the_terms_of_a_part_are_a_part_of_the_terms():
    whole, part = " ".join(words("我的帐篷漏水了")), " ".join(words("帐篷漏水"))
    assert part in whole


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Where is my refund?", ["refund"]),
        ("what is it", ["what", "is", "it"]),
        ("refund Refund REFUND", ["refund"]),
        ("我要 refund", ["我", "我要", "要", "refund"]),
    ],
)
def test_function_words_are_left_out_unless_nothing_else_is_left(text, expected):
    assert informative_terms(text) == expected


def test_a_long_text_is_cut():
    assert len(informative_terms(" ".join(f"word{n}" for n in range(500)))) == MAX_TERMS


def test_no_text_is_read_as_syntax():
    assert match_expression(['a"b', "NEAR", "col:x*"]) == '"a""b" OR "NEAR" OR "col:x*"'


@pytest.mark.parametrize(
    ("one", "two"), [("refunded", "refund"), ("boxes", "boxed"), ("batteries", "battery"), ("帐篷", "帐篷")]
)
def test_forms_of_a_word_have_one_stem(one, two):
    assert stem(one) == stem(two)


def test_stems_of_chinese_are_its_terms():
    assert stems("帐篷漏水 tents") == {"帐", "帐篷", "篷", "篷漏", "漏", "漏水", "水", "tent"}
