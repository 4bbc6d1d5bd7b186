"""Which language short messages of customers are in, and that English customers are never sent away for theirs."""

from __future__ import annotations

import json
import re

import pytest
import yaml
from conftest import ROOT

from bot.nlu.tongues import is_courtesy, language

SAID = {
    "zh": """我的订单到哪里了 | 退货怎么弄 | 在吗 | 亲 我的快递还没到 | 订单FH-204817到哪了
        | Ridgeline 2 tent的帐杆断了怎么办 | Emberlite gas cartridge可以退吗 | 谢谢
        | 你好，请问什么时候发货？ | 退款 | chen@example.org 就是这个邮箱 | 密码忘了 | 我想取消訂單
        | FH-411222，想换货 | Kestrel jacket 漏水了 | ok 那算了""",
    "de": """wo ist meine bestellung | Ich möchte etwas zurückgeben
        | Mein Paket ist noch nicht angekommen | wann kommt mein paket?
        | Können Sie mir bitte die Rechnung schicken? | hallo, ich habe eine Frage
        | Der Reißverschluss vom Zelt ist kaputt | kann ich die bestellung FH-204817 noch stornieren
        | bitte um rückruf, das ist nicht ok | danke | wie viel kostet der versand nach österreich""",
    "fr": """où est ma commande | je voudrais retourner un article | Bonjour, mon colis n'est pas arrivé
        | quand vais-je recevoir mon colis ? | Pouvez-vous m'envoyer la facture ?
        | j'ai oublié mon mot de passe | la tente est cassée, que faire | bonjour
        | je veux annuler la commande FH-204818 | merci beaucoup
        | c'est combien la livraison pour la Belgique""",
    "es": """dónde está mi pedido | quiero devolver una chaqueta | Hola, mi paquete todavía no ha llegado
        | hola | cuando llega mi pedido FH-204817 | ¿Pueden enviarme la factura por favor?
        | necesito hablar con una persona | la tienda llegó rota, qué hago
        | no puedo entrar en mi cuenta | quiero cancelar el pedido | gracias""",
    "it": """dov'è il mio ordine | vorrei restituire le scarpe
        | Buongiorno, il mio pacco non è ancora arrivato | grazie | quando arriva il mio ordine?
        | Potete mandarmi la fattura per favore? | la tenda è arrivata rotta, cosa posso fare
        | voglio annullare l'ordine FH-204818 | non riesco ad accedere al mio account
        | ho bisogno di parlare con una persona""",
    "pt": """onde está o meu pedido | quero devolver uma jaqueta | Olá, minha encomenda ainda não chegou
        | olá | quando chega o meu pedido? | Podem enviar-me a fatura por favor?
        | preciso falar com uma pessoa | quero cancelar o pedido FH-204818
        | não consigo entrar na minha conta | bom dia, tenho uma pergunta""",
    "nl": """waar is mijn bestelling | ik wil graag iets terugsturen
        | Goedemiddag, mijn pakket is nog niet aangekomen | wanneer komt mijn pakketje
        | Kunt u mij de factuur sturen? | ik kan niet inloggen | dank je wel
        | de tent is kapot, wat nu | ik wil de bestelling FH-204818 annuleren
        | mag ik met een mens praten""",
    "pl": """gdzie jest moje zamówienie | chcę zwrócić kurtkę | Dzień dobry, paczka jeszcze nie dotarła
        | dzień dobry | kiedy będzie moja paczka? | Proszę o fakturę do zamówienia
        | chciałbym anulować zamówienie FH-204818 | nie mogę się zalogować
        | namiot jest uszkodzony, co robić""",
    "sv": """var är min beställning | jag vill returnera en jacka | Hej, mitt paket har inte kommit än
        | när kommer mitt paket? | Kan ni skicka fakturan till mig? | jag kan inte logga in
        | tältet är trasigt, vad gör jag | tack | jag vill avbeställa order FH-204818""",
    "tr": """siparişim nerede | iade etmek istiyorum | Merhaba, kargom hala gelmedi
        | siparişi iptal etmek istiyorum | merhaba
        | fatura gönderir misiniz lütfen, sipariş FH-204817 için | param ne zaman iade edilecek""",
    "cs": """kde je moje objednávka | chci vrátit bundu | Dobrý den, balík ještě nedorazil, kde je
        | dobrý den | kdy dorazí můj balík | chtěl bych zrušit objednávku FH-204818
        | prosím o fakturu na e-mail, objednávka je moje""",
    "fi": """missä minun tilaus on | haluan palauttaa takin, miten se on | kiitos
        | voinko vielä peruuttaa tilaukseni""",
    "ja": """注文はどこですか | 返品したいです | こんにちは | 荷物がまだ届きません | キャンセルできますか
        | FH-204817の状況を教えてください""",
    "ko": """제 주문은 어디에 있나요 | 반품하고 싶어요 | 안녕하세요 | 환불은 언제 되나요?
        | 주문 FH-204818 취소해 주세요""",
    "ru": """где мой заказ | хочу вернуть куртку | Здравствуйте | когда придёт посылка?
        | отмените заказ FH-204818 пожалуйста""",
    "ar": """أين طلبي | أريد إرجاع المنتج | مرحبا | متى يصل الطرد؟ | ألغوا الطلب FH-204818 من فضلكم""",
    "el": """πού είναι η παραγγελία μου | καλημέρα | θέλω να επιστρέψω το μπουφάν""",
    "he": """איפה ההזמנה שלי | שלום | אני רוצה להחזיר את המעיל""",
    "en": """where is my order | cancel order FH-204818 please | Hi, my parcel hasn't arrived
        | can i get a refund | how much is shipping | I bought the Kestrel, it leaks
        | my name is 王伟 and my order is late, where is it | the Hallo tent is broken, can you help
        | is the pas de deux code still valid | I'm in Den Haag and want to change my address
        | hello where is my stuff""",
}
# In these the conversation keeps its language.
SAYS_NOTHING = """FH-204817 | anna@example.org | ok | 12345 | Hauptstraße 5, 10969 Berlin
        | 12 rue de la Paix, 75002 Paris | Via Roma 8, 20121 Milano
        | Calle de Alcalá 15, 28014 Madrid | Kestrel | Ridgeline 2 | Emberlite | Jan de Vries
        | María José García | Storgatan 40, 11423 Stockholm | Rue des Lilas 3, 69003 Lyon, France
        | ul. Długa 5, 00-238 Warszawa | XL | ??? | 👍 | hmm
        | c/o Jansen, Kerkstraat 44, 3512 Utrecht | Avenida da Liberdade 110, 1250-146 Lisboa | Ben
        | Müller | /track_order | 43 EU | Lindenweg 7, 50667 Köln | PayPal | Klarna | iDEAL | lol
        | Quai Voltaire 17, 75007 Paris"""
TABLE = [(text.strip(), code) for code, texts in SAID.items() for text in texts.split("|")]


def of(texts: str) -> list[str]:
    return [text.strip() for text in texts.split("|")]


@pytest.mark.parametrize(("text", "code"), TABLE)
def test_the_language_of_a_short_message(text, code):
    assert language(text) == code


@pytest.mark.parametrize("text", of(SAYS_NOTHING))
def test_what_is_of_no_language_keeps_the_conversations_language(text):
    assert language(text) is None


@pytest.mark.parametrize("text", ["hola", "Bonjour !", "danke", "Vielen Dank!", "dzień dobry"])
def test_a_greeting_alone_is_a_courtesy(text):
    assert is_courtesy(text)


@pytest.mark.parametrize("text", ["hola, dónde está mi pedido", "hello", "", "FH-204817"])
def test_more_than_a_greeting_is_none(text):
    assert not is_courtesy(text)


def own_english() -> list[str]:
    """Return our English examples, tickets and questions, the latter also sentence by sentence."""
    texts: list[str] = []
    for path in sorted((ROOT / "training_data" / "nlu").glob("*.yml")):
        if path.name in ("courtesies.yml", "other_language.yml"):
            continue
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            lines = entry["examples"].splitlines() if "intent" in entry else []
            texts += [re.sub(r"\[([^]]*)\](?:\([^)]*\)|\{[^}]*\})", r"\1", line.removeprefix("- ")) for line in lines]
    for path in sorted((ROOT / "training_data" / "tickets").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            ticket = json.loads(line)
            if ticket["language"] == "en":
                said = [ticket["subject"], *(turn["text"] for turn in ticket["messages"])]
                texts += [*said, *(part for text in said for part in re.split(r"(?<=[.!?])\s+", text))]
    for path in sorted((ROOT / "training_data" / "questions").glob("*.jsonl")):
        texts += [json.loads(line)["question"] for line in path.read_text(encoding="utf-8").splitlines()]
    return [text for text in texts if text.isascii() or not re.search(r"[\u4e00-\u9fff]", text)]


def test_hardly_an_english_message_is_taken_for_another_language():
    texts = own_english()
    taken = [text for text in texts if language(text) not in (None, "en") and not is_courtesy(text)]
    assert len(texts) > 7000
    assert len(taken) <= len(texts) / 1000, taken
