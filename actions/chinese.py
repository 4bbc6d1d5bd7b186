"""What Chinese customers type, as values, and what the shop says, in Chinese: wishes, status, days.

Chinese is written without spaces, so words are looked for inside the text. Nothing is guessed.
"""

from __future__ import annotations

import re
from datetime import date

from actions.backend import Order

CHINESE = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
WISHES = {
    "refund": "退款|退钱|退我钱|把钱退|钱退给我|退还",
    "exchange": "换货|调换|更换|换一|换个|换大|换小|换码|换成|换尺码|换别的|要换",
    "repair": "维修|修理|返修|修一下|修好",
    "replacement": "补发|重新发|重发|再发一|重新寄|补寄|换新|换一个新|换个新",
}
# "不要退款", "不用补发", "别换货", "不是要退款"
NOT_BEFORE = r"(?<!不)(?<!别)(?<!不要)(?<!不想)(?<!不用)(?<!不需要)(?<!不是)(?<!不是要)(?<!不想要)(?<!无需)"
# What a message may hold beside a wish and still be nothing else.
FILLERS = re.compile(r"我|想要|想|要|就|行|吧|请|帮|给|可以|谢谢|麻烦|亲|好的|好|的|一个|一件|[\s,，.。!！~～]")
NAMES = {"refund": "退款", "exchange": "换货", "replacement": "补发", "repair": "维修"}
STATUS_PHRASES = {
    "processing": "正在仓库备货",
    "packed": "已打包，等待快递取件",
    "shipped": "已发货",
    "delivered": "已送达",
    "cancelled": "已取消",
    "lost": "逾期未到，快递公司正在查找包裹",
}
REFUND_PHRASES = {"waiting_for_parcel": "正在等待您的包裹到达仓库", "in_progress": "正在处理", "paid": "已退还"}


def wishes(text: str, allowed: tuple[str, ...]) -> list[str]:
    """Return which of the allowed wishes a text names and does not refuse."""
    return [name for name in allowed if re.search(f"{NOT_BEFORE}(?:{WISHES[name]})", text)]


def is_plain(text: str) -> bool:
    """Return whether a text holds nothing beside wishes."""
    return not FILLERS.sub("", re.sub("|".join(WISHES.values()), "", text))


def status_phrase(order: Order) -> str:
    """Return what follows "订单 FH-..." in a sentence."""
    phrase = STATUS_PHRASES[order.status]
    if order.status == "shipped":
        phrase += f"，发货日期 {day(order.shipped_on)}" if order.shipped_on else ""
        phrase += f"，由 {order.carrier} 配送" if order.carrier else ""
        phrase += f"，运单号 {order.tracking}" if order.tracking else ""
    if order.status == "delivered" and order.delivered_on:
        phrase = f"已于 {day(order.delivered_on)}送达"
    return phrase


def refund_phrase(status: str, expected_on: date | None) -> str:
    """Return how far a refund is, as the end of a sentence."""
    return REFUND_PHRASES[status] + (f"，预计 {day(expected_on)}前到账" if expected_on else "")


def day(value: date | None) -> str:
    """Return a date as Chinese customers read it ("2026 年 5 月 4 日"), or nothing."""
    return f"{value.year} 年 {value.month} 月 {value.day} 日" if value else ""
