"""In which language a chat message is written, or None where it could be in any.

By script first. Among languages of the Latin script English is the rule: another one needs words that are its own, that
no English sentence and no postal address holds, and py3langid must agree. Knows no conversation: what has no language
here ("FH-204817", "ok", "Kestrel") stays in the one that is spoken.
"""

from __future__ import annotations

import re

from retrieval.language import HAN, KANA_OR_HANGUL, SCRIPTS, certain_language_of, is_chinese, latin_odds
from retrieval.terms import STOP_WORDS

# Letters of any script but Latin.
NOT_LATIN = re.compile(r"[\u0370-\u1dff\u3040-\ud7af\uf900-\ufaff]")
# Characters and words of orders that only Japanese has: 注文番号 holds no kana.
JAPANESE = re.compile(r"[払戻発収売変続済読]|注文|番号|返品|返金")
SCRIPT_CODES = frozenset(code for code, _ in SCRIPTS)
# What is of no language: addresses, links, numbers, sizes, anything with a digit in it.
NOT_WORDS = re.compile(r"[^\s\u3040-\uffef]*[@/#\d][^\s\u3040-\uffef]*")
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
# Text beyond it tells nothing more.
MAX_CHARACTERS = 1000

# Words of English that its function words leave out and that short messages to a shop consist of.
SHOP_ENGLISH = """
    about already any anyone anything back bought buy call cancel cant change delivered delivery didnt doesnt dont
    email ever every good great help hows isnt last long money need never new number okay old open opening order ordered
    other package parcel people person please price problem product question really receive received refund return
    right send sent shipped shipping shop size someone something sorry start still stop talk tell thing think track
    tracking try until update use using want wanted week where wheres whats work working works write wrong yesterday
"""
ENGLISH = STOP_WORDS | frozenset(SHOP_ENGLISH.split())
# Words that are of one language (or two near ones) and are no name, no part of an address, no English.
OWN = {
    "de": """ich mich mir mein meine meinen meiner meinem ist sind bin nicht kein keine keinen wo wann wie warum wieso
        welche welcher kann können könnt könnten habe haben hat hab möchte will wollte würde bitte danke dankeschön
        und oder aber auch noch schon immer jetzt heute gestern morgen für mit auf ihr ihre euch eure sie es das dass
        bestellung bestellt paket lieferung rechnung geld zurück zurückgeben kaputt angekommen geliefert hallo guten
        stornieren umtauschen gibt wurde werden bekomme bekommen funktioniert passt gerne wird viel kostet der
        versand nach nur wenn sehr dem den""",
    "fr": """je j'ai mon ma mes est c'est suis sont n'est pas ne vous nous votre vos où quand comment pourquoi quel
        quelle peux pouvez puis peut ai avez avoir voudrais veux bonjour bonsoir merci salut s'il plaît svp et ou
        mais encore déjà aujourd'hui hier avec pour sur cette dans toujours reçu commande colis livraison facture
        remboursement rembourser retourner annuler j'aimerais qu'est que qui une il elle cassé arrivé livré""",
    "es": """mi mis es está están estoy soy dónde donde cuándo cuando cómo como qué que por favor puedo puede pueden
        quiero quisiera necesito tengo tiene hola buenos buenas gracias pedido paquete envío factura dinero devolver
        devolución reembolso cancelar cambiar llegado llega recibido todavía aún ya pero para con una y hoy ayer
        cuánto cuesta hay ustedes roto rota se lo ha han hacer""",
    "it": """mio mia miei è sono dove quando come perché che cosa posso potete può vorrei voglio ho hai avete ciao
        buongiorno buonasera grazie per favore ordine pacco spedizione fattura soldi rimborso restituire reso annullare
        cambiare arrivato ricevuto ancora già ma con una un il la ieri oggi quanto costa non di del mi si rotto
        riesco al alla stato""",
    "pt": """meu minha meus é está estão estou onde quando como por favor posso pode quero queria preciso tenho tem
        olá oi bom boa obrigado obrigada pedido encomenda pacote entrega fatura dinheiro devolver devolução reembolso
        cancelar trocar chegou recebi ainda já mas para com uma e hoje ontem quanto custa não sim vocês você eu que""",
    "nl": """ik mijn mij is het een niet geen waar wanneer hoe waarom welke kan kunnen kunt heb hebben heeft wil zou
        graag alstublieft alsjeblieft bedankt dank dankjewel hallo goedemorgen goedendag bestelling besteld pakket
        pakje levering factuur geld terug terugsturen annuleren ruilen ontvangen nog al maar ook met voor jullie
        wordt gisteren vandaag kapot mag deze dit zijn en van""",
    "pl": """jest są nie tak gdzie kiedy jak dlaczego mogę można czy chcę chciałbym chciałabym mam moje moja mój
        mojego proszę dziękuję dzięki dzień dobry cześć zamówienie zamówienia paczka paczki przesyłka dostawa faktura
        faktury zwrot zwrócić pieniądze anulować wymienić dotarła dotarło jeszcze już ale z dla i się do co na w""",
    "sv": """jag min mitt mina är inte ingen var när hur varför kan har vill skulle tack hej god beställning order
        beställt paket leverans faktura pengar tillbaka returnera avbeställa byta fått kommit ännu redan men och med
        för ni er det den igår idag trasig som att en ett på av snälla vad""",
    "da": """jeg min mit mine er ikke ingen hvor hvornår hvordan hvorfor kan har vil gerne tak hej bestilling ordre
        pakke levering faktura penge tilbage returnere annullere bytte modtaget endnu men og med for det den en et
        ødelagt som at på af hvad""",
    "no": """jeg min mitt mine er ikke ingen hvor når hvordan hvorfor kan har vil gjerne takk hei bestilling ordre
        pakke levering faktura penger tilbake returnere avbestille bytte mottatt ennå men og med for det den en et
        ødelagt som at på av hva""",
    "fi": """minun on ei ole missä milloin miten miksi voinko voin haluan haluaisin kiitos hei moi tilaus tilaukseni
        paketti pakettini toimitus lasku rahat takaisin palauttaa peruuttaa perua vaihtaa saapunut vielä mutta ja se
        tämä en rikki""",
    "cs": """je jsem není kde kdy jak proč mohu můžu chci chtěl chtěla bych mám moje můj prosím děkuji dobrý den ahoj
        objednávka objednávku balík zásilka doručení faktura fakturu peníze vrátit zrušit vyměnit dorazil ještě už
        ale a s pro se na to co""",
    "tr": """siparişim sipariş nerede ne zaman nasıl neden merhaba teşekkürler teşekkür ederim lütfen kargo kargom
        paket paketim teslimat fatura param para iade etmek istiyorum iptal değiştirmek gelmedi hala henüz var yok mı
        mi bir ve bu için ama benim değil""",
}
OWN_WORDS = {code: frozenset(words.split()) for code, words in OWN.items()}
# Whole messages that leave no doubt although they are short. "Hi", "ciao" and "adios" are said in English, too.
COURTESIES = {
    "de": ("hallo", "guten tag", "guten morgen", "guten abend", "danke", "danke schön", "vielen dank", "grüß gott")
    + ("moin", "servus", "tschüss", "auf wiedersehen", "hallo zusammen"),
    "fr": ("bonjour", "bonsoir", "salut", "merci", "merci beaucoup", "au revoir"),
    "es": ("hola", "buenas", "buenos días", "buenos dias", "buenas tardes", "gracias", "muchas gracias", "hasta luego"),
    "it": ("buongiorno", "buonasera", "salve", "grazie", "grazie mille", "arrivederci"),
    "pt": ("olá", "bom dia", "boa tarde", "boa noite", "obrigado", "obrigada", "muito obrigado"),
    "nl": ("goedemorgen", "goedemiddag", "goedendag", "goedenavond", "dank je", "dank je wel", "dankjewel", "bedankt")
    + ("dank u wel", "tot ziens"),
    "pl": ("dzień dobry", "dzien dobry", "cześć", "czesc", "dziękuję", "dziekuje", "dzięki", "do widzenia"),
    "sv": ("hej", "hej hej", "god morgon", "tack", "tack så mycket", "hejdå"),
    "da": ("goddag", "tak", "mange tak"),
    "no": ("hei", "takk", "tusen takk", "god dag"),
    "fi": ("moi", "terve", "hyvää päivää", "kiitos", "paljon kiitoksia"),
    "cs": ("dobrý den", "ahoj", "děkuji", "díky", "na shledanou"),
    "tr": ("merhaba", "selam", "teşekkürler", "teşekkür ederim", "günaydın"),
}
COURTESY_OF = {phrase: code for code, phrases in COURTESIES.items() for phrase in phrases}
# Chinese courtesies that people put beside a sentence in English.
POLITE = re.compile(r"(?:谢谢|多谢|感谢)(?:[您你]|啦|了)?|[您你]好|拜托")
LEAST_WORDS = 3
LEAST_OWN = 2
# Share of own words among all words; where there are fewer words than LEAST_WORDS, all must be.
LEAST_SHARE = 0.3
# Languages without a list above, by py3langid alone: so sure, and so many words of which none is English.
SURE = 0.9999
MANY_WORDS = 6


def language(text: str) -> str | None:
    """Return the ISO 639-1 code of a message's language, None where it could be in any.

    Languages of the Latin script without a list of words here are named only where py3langid has no doubt.
    """
    if text.startswith("/"):
        return None  # a button
    cut = text[:MAX_CHARACTERS]
    if HAN.search(cut) and not KANA_OR_HANGUL.search(cut):
        if JAPANESE.search(cut):
            return "ja"
        bare = POLITE.sub(" ", cut)
        if not HAN.search(bare) and _latin(bare) == "en":
            return "en"  # "where is it 谢谢"
        return "zh" if is_chinese(cut) else "en"
    if NOT_LATIN.search(cut) and (found := certain_language_of(NOT_WORDS.sub(" ", cut))) in SCRIPT_CODES:
        return found
    return _latin(cut)


def is_courtesy(text: str) -> bool:
    """Return whether a message is nothing but a greeting, a thank-you or a farewell in a language we have words of."""
    return " ".join(_words(text)) in COURTESY_OF


def without_courtesies(text: str) -> str:
    """Return an English message without the Chinese thanks or greeting beside it, which its model cannot read."""
    return POLITE.sub(" ", text).strip() if HAN.search(text) else text


def _latin(text: str) -> str | None:
    words = _words(text)
    if not words:
        return None
    if courtesy := COURTESY_OF.get(" ".join(words)):
        return courtesy
    english = sum(word.replace("'", "") in ENGLISH for word in words)
    other = _other(words, english)
    if other:
        return other
    return "en" if english >= LEAST_OWN or (english and len(words) >= LEAST_WORDS) else None


def _other(words: list[str], english: int) -> str | None:
    """Return the language other than English that enough of the words are of."""
    own = {code: len({word for word in words if word in listed}) for code, listed in OWN_WORDS.items()}
    most = max(own.values())
    # Words that English has, too ("is", "was", "me"), count for it unless the other language has more.
    share = LEAST_SHARE if len(words) >= LEAST_WORDS else 1.0
    if most >= LEAST_OWN and most >= share * len(words) and most > english:
        return _likeliest([code for code, count in own.items() if count >= most - 1], own, " ".join(words))
    if english or len(words) < MANY_WORDS:
        return None
    odds = latin_odds(" ".join(words))
    code = max(odds, key=lambda name: odds[name])
    return code if code != "en" and code not in OWN_WORDS and odds[code] >= SURE else None


def _likeliest(codes: list[str], own: dict[str, int], text: str) -> str:
    """Return which of some near languages a text is in: the one with most words, then the one py3langid likes best."""
    odds = latin_odds(text)
    return max(codes, key=lambda code: (own[code] + odds.get(code, 0.0) * 2, code))


def _words(text: str) -> list[str]:
    return [word.lower().replace("’", "'") for word in WORD.findall(NOT_WORDS.sub(" ", text))]
