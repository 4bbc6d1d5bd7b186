"""The customer's language: noted for the responses, and customers whose language the bot does not speak handed over."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.done import FLOW_SLOTS, Events, clear, end_turn, leave_form
from bot.messages import Reply

SLOT = "language"
# Languages that the responses in domain.yml are written in.
SPOKEN = ("en", "zh")
REASON = "language"
ENGLISH = "I speak English and Chinese only, so I am passing this on to a colleague, who will answer you here."
# The same in the customer's language.
SENTENCES = {
    "ar": "أتحدث الإنجليزية والصينية فقط، لذلك أحوّل محادثتك إلى أحد الزملاء وسيجيبك هنا.",
    "cs": "Mluvím jen anglicky a čínsky, proto vás předávám kolegovi, který vám odpoví přímo zde.",
    "da": "Jeg taler kun engelsk og kinesisk, så jeg giver dette videre til en kollega, som svarer dig her.",
    "de": "Ich spreche nur Englisch und Chinesisch und gebe dies an eine Kollegin weiter, die Ihnen hier antwortet.",
    "el": "Μιλάω μόνο αγγλικά και κινεζικά, γι' αυτό σας συνδέω με συνάδελφο που θα σας απαντήσει εδώ.",
    "es": "Solo hablo inglés y chino, así que paso su mensaje a una persona del equipo, que le responderá aquí.",
    "fi": "Puhun vain englantia ja kiinaa, joten välitän viestin kollegalle, joka vastaa teille tässä.",
    "fr": "Je ne parle qu'anglais et chinois : je transmets votre message à une collègue, qui vous répondra ici.",
    "he": "אני דובר אנגלית וסינית בלבד, ולכן אני מעביר את הפנייה לאיש צוות שיענה לך כאן.",
    "hi": "मैं केवल अंग्रेज़ी और चीनी बोलता हूँ, इसलिए आपका संदेश एक सहकर्मी को दे रहा हूँ।",
    "hu": "Csak angolul és kínaiul beszélek, ezért továbbadom az üzenetet egy kollégának, aki itt válaszol Önnek.",
    "id": "Saya hanya berbahasa Inggris dan Mandarin, jadi seorang rekan akan menjawab Anda di sini.",
    "it": "Parlo solo inglese e cinese, quindi passo il messaggio a un collega, che Le risponderà qui.",
    "ja": "英語と中国語のみ対応しておりますので、担当者におつなぎします。こちらでそのままお待ちください。",
    "ko": "저는 영어와 중국어만 할 수 있어서 담당자에게 전달해 드립니다. 담당자가 여기에서 답변드릴 것입니다.",
    "nl": "Ik spreek alleen Engels en Chinees, dus ik geef uw bericht door aan een collega, die u hier antwoordt.",
    "no": "Jeg snakker bare engelsk og kinesisk, så jeg sender dette videre til en kollega som svarer deg her.",
    "pl": "Mówię tylko po angielsku i chińsku, dlatego przekazuję wiadomość osobie z zespołu, która odpowie tutaj.",
    "pt": "Só falo inglês e chinês, por isso passo a sua mensagem a um colega, que responderá aqui.",
    "ro": "Vorbesc doar engleză și chineză, așa că transmit mesajul unui coleg, care vă va răspunde aici.",
    "ru": "Я говорю только по-английски и по-китайски, поэтому передаю ваше сообщение коллеге: вам ответят здесь.",
    "sv": "Jag talar bara engelska och kinesiska, så jag lämnar över till en kollega som svarar dig här.",
    "th": "ฉันสื่อสารได้เฉพาะภาษาอังกฤษและภาษาจีน จึงส่งต่อข้อความของคุณให้เพื่อนร่วมงานตอบที่นี่",
    "tr": "Yalnızca İngilizce ve Çince biliyorum; bir çalışma arkadaşım size buradan yanıt verecek.",
    "vi": "Tôi chỉ nói tiếng Anh và tiếng Trung, nên đồng nghiệp của tôi sẽ trả lời bạn tại đây.",
}


def spoken(tracker: Tracker) -> str:
    """Return the language that the customer is answered in."""
    return str(tracker.get_slot(SLOT) or "en")


class ActionNoteLanguage(Action):
    """Fills the slot ``language`` from each message that tells one; says nothing."""

    def name(self) -> str:
        """Return the name that the slot's mapping uses."""
        return "action_note_language"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Return the change of language, nothing where there is none: an event less in every turn."""
        noticed = tracker.latest_message.get("language")
        if noticed not in SPOKEN or noticed == spoken(tracker):
            return []
        return [SlotSet(SLOT, noticed)]


class ActionLanguage(Action):
    """Says in the customer's language and in English that a person takes over, and ends flow and turn."""

    def name(self) -> str:
        """Return the name that rules use."""
        return "action_language"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Hand over with the reason ``language``."""
        own = SENTENCES.get(str(tracker.latest_message.get("language") or ""), "")
        said = "\n".join(part for part in (own, ENGLISH) if part)
        custom = Reply(text="", rung="handoff", confidence=0.0, handoff=REASON).to_custom()
        dispatcher.utter_message(text=said, json_message=custom)
        return [*leave_form(), *clear((*FLOW_SLOTS, "misses")), end_turn()]
