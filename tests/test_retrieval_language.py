"""In which language a text is, and the warning when an embedder does not read it."""

import pytest
from fakes import KeywordEmbedder

from retrieval.embedder import MULTILINGUAL, PACKAGED
from retrieval.language import language_of, language_shares, mismatch, mismatch_in
from retrieval.store import TicketStore
from retrieval.tickets import Ticket


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "en"),
        ("where parcel??", "en"),
        ("My tent leaks at the seam and the sleeping bag is wet", "en"),
        ("我的帐篷漏水了，怎么办？", "zh"),
        ("Ridgeline 2 tent 漏水怎么处理", "zh"),
        ("I bought the tent called 帐 last week and it leaks at the seam", "en"),
        ("テントが漏れています。交換できますか", "ja"),
        ("환불은 언제 되나요?", "ko"),
        ("Где моя посылка? Заказ был две недели назад", "ru"),
        ("أين طردي؟ لقد طلبته قبل أسبوعين", "ar"),
        ("Πού είναι το δέμα μου;", "el"),
        ("Wo bleibt mein Paket? Ich warte schon seit zwei Wochen darauf.", "de"),
        ("Où est mon colis ? J'attends depuis deux semaines déjà.", "fr"),
        ("Hola, ¿dónde está mi pedido? No ha llegado todavía.", "es"),
        ("FH-311842 FH-311843 https://shop.example/de/Bestellung @fernhollow", "en"),
    ],
)
def test_the_language_of_a_text(text, code):
    assert language_of(text) == code


def test_shares_add_up_and_the_most_frequent_comes_first():
    shares = language_shares(["退款多久到账", "where is my refund", "帐篷漏水了", "头灯坏了"])
    assert list(shares.items()) == [("zh", 0.75), ("en", 0.25)]
    assert language_shares([]) == {}


ENGLISH = ["where is my refund"]
CHINESE = ["退款多久到账"]


@pytest.mark.parametrize(
    ("name", "texts", "said"),
    [
        (
            PACKAGED,
            ENGLISH * 62 + CHINESE * 38,
            "38% of your tickets are Chinese; all-MiniLM-L6-v2 reads English only.",
        ),
        (PACKAGED, ENGLISH * 50 + CHINESE * 25 + ["환불은 언제 되나요"] * 25, "50% of your tickets are not in English"),
        (PACKAGED, ENGLISH * 80 + CHINESE * 20, ""),
        (PACKAGED, ENGLISH * 90 + ["환불은 언제 되나요"] * 10, "10% of your tickets are Korean"),
        (PACKAGED, [], ""),
        (MULTILINGUAL, CHINESE, ""),
        ("a-model-of-the-team", CHINESE, ""),
    ],
)
def test_a_mismatch_is_said_with_share_language_and_remedy(name, texts, said):
    warning = mismatch(name, texts)
    assert warning.startswith(said) and bool(warning) == bool(said)
    assert not said or f"Set answers.embedder: {MULTILINGUAL}" in warning


def test_the_tickets_of_a_store_are_judged_by_a_sample(monkeypatch):
    monkeypatch.setattr("retrieval.language.ENOUGH", 10)
    embedder = KeywordEmbedder("refund")
    with TicketStore(":memory:") as store:
        store.upsert(Ticket(f"T-{n}", question=(CHINESE if n % 3 else ENGLISH)[0]) for n in range(90))
        assert mismatch_in(store, embedder) == ""
        embedder.name = PACKAGED
        assert "of your tickets are Chinese" in mismatch_in(store, embedder)


def test_the_sample_does_not_need_row_ids_without_gaps(monkeypatch):
    monkeypatch.setattr("retrieval.language.ENOUGH", 10)
    embedder = KeywordEmbedder("refund")
    embedder.name = PACKAGED
    with TicketStore(":memory:") as store:
        store.upsert(Ticket(f"T-{n}", question=ENGLISH[0], customer_key="gone") for n in range(500))
        store.erase_customer("gone")
        store.upsert(Ticket(f"U-{n}", question=CHINESE[0]) for n in range(50))
        assert mismatch_in(store, embedder).startswith("100% of your tickets are Chinese")
