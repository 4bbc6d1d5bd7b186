"""What a customer is told while nobody is at the desk: when somebody is again, and that a message can be left.

The opening is computed from the team's hours each time. Decides nothing about who owns the conversation.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.desk.hours import Hours
from bot.gateway import sentences
from bot.messages import Reply

CONTACT = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+|\+?\d[\d ()/.-]{6,}\d")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")  # fmt: skip
WEEKDAYS_ZH = "一二三四五六日"
LEAVE = "You can leave your message here. Add an e-mail address or a phone number if you would like the answer there."
LEAVE_ZH = "您可以在这里留言；如果希望我们通过邮箱或电话回复，请一并写下。"
# To a customer for whose address the shop vouches.
KNOWN = "You can leave your message here. We have your e-mail address if the answer should go there."
KNOWN_ZH = "您可以在这里留言；我们已有您的邮箱，也可以回复到那里。"


class Absence:
    """Knows whether the team is away, and puts it into words."""

    def __init__(self, hours: Hours, clock: Callable[[], datetime]) -> None:
        self._hours = hours
        self._clock = clock

    @property
    def away(self) -> bool:
        """Whether nobody is at the desk now."""
        return not self._hours.is_open(self._clock())

    def handed_over(self, reply: Reply, language: str, email: str = "") -> Reply:
        """Return the reply that hands over; while nobody is there, with the next opening and what to do meanwhile.

        ``email`` is what the shop knows already: nobody is asked for it again.
        """
        if not self.away:
            return reply
        chinese = sentences.is_chinese(reply, language)
        leave = (KNOWN_ZH if chinese else KNOWN) if email else (LEAVE_ZH if chinese else LEAVE)
        said = f"{self._back(chinese)}{'' if chinese else ' '}{leave}"
        return replace(reply, text=f"{reply.text}\n\n{said}".strip())

    def coming(self, language: str) -> Reply:
        """Return what a waiting customer hears who greets or asks for a person again; while nobody is there, when."""
        if not self.away:
            return sentences.COMING
        spoken = sentences.to_customer(sentences.COMING, language)
        return replace(spoken, text=f"{spoken.text}\n\n{self._back(language == 'zh')}")

    def kept(self, language: str, contact: str) -> Reply:
        """Return what a waiting customer hears to a further message."""
        if not self.away:
            return sentences.KEPT
        chinese = language == "zh"
        if chinese:
            noted = f"谢谢，我已经记下，我们会联系 {contact}。" if contact else "谢谢，我已经记下了。"
            return replace(sentences.KEPT, text=f"{noted}{self._back(chinese)}")
        noted = f"we will reach you at {contact}" if contact else "I have added that"
        return replace(sentences.KEPT, text=f"Thank you, {noted}. {self._back(chinese)}")

    def _back(self, chinese: bool) -> str:
        now = self._clock()
        opening = self._hours.next_opening(now)
        if opening is None:
            return "现在没有同事在线。" if chinese else "Nobody is at the desk right now."
        when = _in_chinese(opening) if chinese else _in_english(opening, now.astimezone(opening.tzinfo))
        zone = f" ({getattr(opening.tzinfo, 'key', None) or 'UTC'})"
        if chinese:
            return f"现在没有同事在线，我们{when}{zone}回来。"
        return f"Nobody is at the desk right now; we are back {when}{zone}."


def contact_in(words: str) -> str:
    """Return the e-mail address or phone number that a message holds, or an empty string."""
    match = CONTACT.search(words)
    return match[0].rstrip(".") if match else ""


def _in_english(opening: datetime, now: datetime) -> str:
    clock = f"{opening:%H:%M}"
    if opening.date() == now.date():
        return f"today at {clock}"
    if opening.date() == now.date() + timedelta(days=1):
        return f"tomorrow at {clock}"
    day = f"{WEEKDAYS[opening.weekday()]} {opening.day} {MONTHS[opening.month - 1]}"
    return f"on {day} at {clock}"


def _in_chinese(opening: datetime) -> str:
    return f"{opening.month}月{opening.day}日（星期{WEEKDAYS_ZH[opening.weekday()]}）{opening:%H:%M}"
