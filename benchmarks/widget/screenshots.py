"""Takes the pictures of docs/widget.md: real conversations with a running demo, in the demo page.

Run: python -m benchmarks.widget.screenshots http://127.0.0.1:8080 [--folder docs], against `frontdesk up` on the demo
tickets; Chinese needs a font that has it (apt-get install fonts-wqy-microhei).
"""

from __future__ import annotations

import argparse
import base64
import json
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from selenium import webdriver

from benchmarks.widget.browser import chromium
from benchmarks.widget.smaller import smaller

WIDE, PHONE, PAGE = (900, 720), (390, 740), (1360, 860)
MOST_BYTES = 120_000
ORDER = ("Where is my order FH-204817?", "anna@example.org")
CHINESE = {
    "title": "Fernhollow 客服",
    "subtitle": "机器人先答，需要时转人工",
    "welcome": "您好，欢迎来到 Fernhollow！查订单、办退货、问装备都可以。我不知道的，会有真人来回答。",
    "suggestions": "我的订单到哪了？|如何退货？|转人工",
}
ARABIC = {
    "title": "مساعدة فيرنهولو",
    "subtitle": "روبوت أولاً، ثم إنسان عند الحاجة",
    "welcome": "أهلاً بك! اسأل عن طلبك أو عن الإرجاع أو عن معداتنا.",
    "suggestions": "أين طلبي؟|كيف أرجع منتجاً؟",
}
# Before the widget reads them, the page gets a language, a direction and attributes.
DRESS = """
const look = {look};
new MutationObserver(() => {{
  const page = document.documentElement, script = document.querySelector('script[src*="widget.js"]');
  if (page) Object.assign(page, look.page);
  if (script) Object.assign(script.dataset, look.attributes);
}}).observe(document, {{childList: true, subtree: true}});
"""
ROOT = "const root = document.querySelector('frontdesk-widget').shadowRoot;"
ANSWERS = ROOT + "return root.querySelectorAll('.log .message.bot').length"


@dataclass(frozen=True)
class Picture:
    """One picture: what the visitor says, and on what page."""

    name: str
    says: tuple[str, ...]
    size: tuple[int, int] = WIDE
    dark: bool = False
    page: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)
    then: str = ""
    most_bytes: int = MOST_BYTES


SOURCES = ROOT + "root.querySelector('.sources summary').click(); root.querySelector('.thumb.up').click();"
PICTURES = (
    Picture("desktop", ("Can I take gas cartridges with express delivery?",), then=SOURCES),
    Picture("page", (*ORDER, "Can I take gas cartridges with express delivery?"), size=PAGE, most_bytes=250_000),
    Picture("phone", ORDER, size=PHONE),
    Picture("dark", ("Can I return boots I have worn outside?", "Who won the derby in 1971?"), dark=True),
    Picture("zh", ("我的订单 FH-204817 到哪了？", "anna@example.org"), page={"lang": "zh-CN"}, attributes=CHINESE),
    Picture("rtl", ("Do my Fernpoints expire?",), page={"lang": "ar", "dir": "rtl"}, attributes=ARABIC),
)


def run(driver: webdriver.Chrome, script: str, *values: Any) -> Any:
    return driver.execute_script(script, *values)  # type: ignore[no-untyped-call]


def wait(driver: webdriver.Chrome, script: str, wanted: int) -> None:
    until = time.monotonic() + 60
    while (run(driver, script) or 0) < wanted:
        if time.monotonic() > until:
            raise TimeoutError(f"Fewer than {wanted} after 60 s: {script}")
        time.sleep(0.1)


def take(driver: webdriver.Chrome, gateway: str, picture: Picture) -> bytes:
    """Hold the conversation and return the picture of it."""
    (width, height), mobile = picture.size, picture.size == PHONE
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile}
    scheme = {"name": "prefers-color-scheme", "value": "dark" if picture.dark else "light"}
    look = json.dumps({"page": picture.page, "attributes": picture.attributes})
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
    driver.get(gateway)
    run(driver, "localStorage.clear(); sessionStorage.clear()")
    dressed = driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": DRESS.format(look=look)})
    driver.get(gateway)
    wait(driver, "return Number(Boolean(document.querySelector('frontdesk-widget')))", 1)
    for number, words in enumerate(picture.says, 1):
        run(driver, "Frontdesk.ask(arguments[0])", words)
        wait(driver, ANSWERS, number)
        time.sleep(0.5)
    run(driver, picture.then)
    time.sleep(1)
    driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", dressed)
    return base64.b64decode(driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})["data"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("gateway", help="address of a running demo")
    parser.add_argument("--folder", type=Path, default=Path("docs"))
    arguments = parser.parse_args()
    with chromium() as driver:
        for picture in PICTURES:
            data = smaller(take(driver, arguments.gateway, picture), picture.most_bytes)
            path = arguments.folder / f"widget-{picture.name}.png"
            path.write_bytes(data)
            print(f"{path}: {len(data):,} bytes{'' if len(data) < picture.most_bytes else ', too large for the docs'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
