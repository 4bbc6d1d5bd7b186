"""What the gateway itself says when the bot cannot: calm, honest, and always with a way on.

Everything else that a customer reads comes from ``domain.yml``, from solved tickets or from a person.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.channels.unread import UNREAD_EMPTY, UNREAD_LONG
from bot.messages import Button, Reply

TALK_TO_PERSON = "/talk_to_person"
# Handled by the gateway, never sent to Rasa.
BACK_TO_BOT = "/back_to_bot"

PERSON_BUTTON = Button("Talk to a person", TALK_TO_PERSON)
BOT_BUTTON = Button("Back to the bot", BACK_TO_BOT)
# What Telegram's /start and /help carry, and every button for a person: nothing to keep for who is coming.
NO_MESSAGE = frozenset(("/greet", "/ask_capabilities", TALK_TO_PERSON))
# What a waiting customer may write instead of pressing the button.
BACK_WORDS = frozenset((BOT_BUTTON.title.lower(), "bot", "nevermind", "never mind", "回到机器人", "机器人", "算了"))


def wants_bot(body: Mapping[str, Any]) -> bool:
    """Say whether a customer's message, pressed or typed, asks to go back to the bot."""
    words = " ".join(str(body["text"]).lower().strip(" \n\t.,!").split())
    return body.get("payload") == BACK_TO_BOT or (body.get("payload") is None and words in BACK_WORDS)


def with_way_back(reply: Reply) -> Reply:
    """Return a reply that hands over, with a button that takes the customer back to the bot."""
    if any(button.payload == BACK_TO_BOT for button in reply.buttons):
        return reply
    return replace(reply, buttons=(*reply.buttons, BOT_BUTTON))


def _calm(text: str, *buttons: Button) -> Reply:
    return Reply(text, rung="handoff", confidence=0.0, buttons=buttons)


FAILED = _calm(
    "Sorry, something went wrong on our side and I could not answer that. "
    "Your message is safe. Please try again in a moment, or talk to a person.",
    PERSON_BUTTON,
)
TOO_SLOW = _calm(
    "Sorry, this is taking longer than it should. Your message is safe. "
    "Please try again in a moment, or talk to a person.",
    PERSON_BUTTON,
)
# Instead of the two above when part of the answer was said.
CUT_SHORT = _calm(
    "Sorry, I was interrupted before I had said everything. Your message is safe. "
    "Please ask again for the rest, or talk to a person.",
    PERSON_BUTTON,
)
QUEUED = _calm("I have asked a person to take over. They will answer you right here.", BOT_BUTTON)
KEPT = _calm(
    "Thank you, I have added that for the person who will answer you right here. "
    "If you would rather go on with me, press the button or write: back to the bot.",
    BOT_BUTTON,
)
# Instead of the sentence above when that was said a moment ago.
NOTED = _calm("Thank you, I have added this for my colleague.", BOT_BUTTON)
# To who waits and asks for something that only the bot would do: a greeting, what it can do, a person once more.
COMING = _calm(
    "A person will answer you right here; you can write in the meantime what they should know. "
    "If you would rather go on with me, press the button or write: back to the bot.",
    BOT_BUTTON,
)
BACK = _calm("You are talking with the bot again. What can I do for you?")
WITH_BOT = _calm("You are talking with the bot. What can I do for you?", PERSON_BUTTON)
NOT_OPEN = Reply("That question is no longer open. Just write what you would like to do.")
CLOSED = _calm("Our colleague has finished here. I am the bot again: just write if there is anything else.")

NO_TEXT = _calm(
    "I can only read text, so I do not know what this says. Please write it, or talk to a person.", PERSON_BUTTON
)
TOO_LONG = _calm("That message is longer than I can read at once. Please send it in shorter parts.", PERSON_BUTTON)
UNREAD = {UNREAD_EMPTY: NO_TEXT, UNREAD_LONG: TOO_LONG}

RETURNED = _calm("Our colleague has given the conversation back to me, the bot. What else can I do for you?")
HOW_WAS_IT = _calm("Our colleague has finished here. How did we do? I am the bot again: just write if there is more.")
THANKS = _calm("Thank you for the rating, the team will see it. Just write if there is anything else.")

HAN, KANA = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]"), re.compile(r"[\u3040-\u30ff]")
# The same for customers who write Chinese, by the English sentence or title.
CHINESE = {
    FAILED.text: "抱歉，我们这边出了点问题，没能回答您。您的消息没有丢失。请稍后再试，或者转人工。",
    TOO_SLOW.text: "抱歉，这次花的时间太长了。您的消息没有丢失。请稍后再试，或者转人工。",
    CUT_SHORT.text: "抱歉，我的话还没说完就中断了。您的消息没有丢失。请再问一次，或者转人工。",
    QUEUED.text: "我已经请同事接手，他们会直接在这里回复您。",
    KEPT.text: "谢谢，我已经转给即将在这里回复您的同事。如果想继续和我聊，请点按钮，或者写：回到机器人。",
    NOTED.text: "谢谢，我已经补充给同事。",
    COMING.text: "同事会直接在这里回复您，您可以先写下要说的内容。如果想继续和我聊，请点按钮，或者写：回到机器人。",
    BACK.text: "您又回到机器人这里了。请问有什么可以帮您？",
    WITH_BOT.text: "您正在和机器人对话。请问有什么可以帮您？",
    NOT_OPEN.text: "那个问题已经结束了。请直接写您想办理什么。",
    NO_TEXT.text: "我只能读文字，不知道这里是什么内容。请用文字告诉我，或者转人工。",
    TOO_LONG.text: "这条消息太长，我一次读不完。请分成几条发送。",
    CLOSED.text: "同事已经处理完了。我是机器人，还有问题请直接写。",
    RETURNED.text: "同事把对话交还给我了，我是机器人。还有什么可以帮您？",
    HOW_WAS_IT.text: "同事已经处理完了。您对服务满意吗？我是机器人，还有问题请直接写。",
    THANKS.text: "谢谢您的评分，我们会看到的。还有问题请直接写。",
    PERSON_BUTTON.title: "转人工",
    "1 (poor)": "1（很差）",
    "5 (very good)": "5（很好）",
    BOT_BUTTON.title: "回到机器人",
}
# What a customer hears when a turn did not work, in each language.
APOLOGIES = frozenset(text for one in (FAILED, TOO_SLOW, CUT_SHORT) for text in (one.text, CHINESE[one.text]))


def in_chinese(words: str) -> bool:
    """Say whether words are Chinese; Japanese has the same signs, and its own beside them."""
    return bool(HAN.search(words)) and not KANA.search(words)


def is_chinese(reply: Reply, language: str) -> bool:
    """Say whether a customer of this language is answered in Chinese, or the reply is Chinese itself."""
    return language == "zh" or in_chinese(reply.text)


def to_customer(reply: Reply, language: str) -> Reply:
    """Return a reply in the customer's language, as far as it is one of ours and the language Chinese."""
    if not is_chinese(reply, language):
        return reply
    buttons = tuple(replace(button, title=CHINESE.get(button.title, button.title)) for button in reply.buttons)
    return replace(reply, text=CHINESE.get(reply.text, reply.text), buttons=buttons)
