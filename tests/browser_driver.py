"""What the browser tests drive: a real Chromium, and a real gateway behind a cable, with a scripted dialogue."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from aiohttp import web
from cable import Cable
from fakes import ScriptedWorker
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from bot.gateway.app import create_app
from bot.gateway.parts import PARTS
from bot.settings import DialogueSettings, GatewaySettings, Secrets, Settings

API_KEY = "key-of-the-tests"
IDENTIFY_SECRET = "identify-secret-of-the-tests"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
CHROMEDRIVER = shutil.which("chromedriver")
QUIET = (
    "--headless=new --no-sandbox --disable-gpu --disable-background-networking --disable-component-update "
    "--disable-sync --no-first-run --disable-dev-shm-usage --hide-scrollbars --lang=en-GB"
)
SOURCED = {
    "text": "Wash it by hand with down soap.\nSee https://fernhollow.example/care.",
    "rung": "ticket",
    "confidence": 0.9,
    "answer_id": "a" * 32,
    "sources": [{"id": "T-7", "title": "Washing a <b>down</b> bag", "excerpt": "Down soap, low heat.", "score": 0.8}],
    "buttons": [{"title": "Talk to a person", "payload": "/talk_to_person"}],
}


MARKUP = "<img src=x onerror=window.pwned=1>"
# Replies by a word of the question.
KNOWN = {
    "wash": SOURCED,
    "stars": {
        "text": "How did we do?",
        "buttons": [{"title": title, "payload": "/affirm"} for title in ("1 (poor)", "2", "3", "4", "5 (very good)")],
    },
    "markup": {
        **SOURCED,
        "text": MARKUP,
        "sources": [{"id": MARKUP, "title": MARKUP, "excerpt": MARKUP, "score": 0.8}],
        "buttons": [{"title": MARKUP, "payload": "/affirm"}],
    },
}


class DeskWorker(ScriptedWorker):
    """The scripted worker, which also knows one solved ticket: the one about washing."""

    async def _lines(self, words: str) -> list[dict[str, object] | bytes]:
        for word, reply in KNOWN.items():
            if word in words:
                return [{"type": "typing"}, {"type": "reply", "reply": reply}, {"type": "end"}]
        return await super()._lines(words)


class SmallDesk:
    """The real gateway with a scripted dialogue, in a thread with a loop of its own."""

    def __init__(self, var: Path, **gateway: Any) -> None:
        self.worker = DeskWorker()
        self._gateway = {"messages_per_minute": 6000, "sessions_per_minute": 6000, **gateway}
        self._var = var
        self._started = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._started.wait(20), "the gateway did not start"
        self.cable = Cable(self.port)
        self.url = self.cable.url

    def stop(self) -> None:
        self.cable.close()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(20)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the gateway's ledger holds."""
        with closing(sqlite3.connect(self._var / "conversations.db")) as connection:
            return connection.execute(query).fetchall()

    def answer_as_agent(self, agent: str, text: str) -> None:
        [(handoff,)] = self.rows("SELECT id FROM handoffs WHERE closed_at IS NULL")
        body = json.dumps({"agent": agent, "text": text}).encode()
        address = f"http://127.0.0.1:{self.port}/api/v1/handoffs/{handoff}/messages"
        urllib.request.urlopen(urllib.request.Request(address, body, {"X-API-Key": API_KEY}), timeout=10).close()

    def agent_types(self) -> None:
        [(sender,)] = self.rows("SELECT sender_id FROM conversations")
        self._loop.call_soon_threadsafe(self._hub.typing, sender, "agent")

    def release(self) -> None:
        self._loop.call_soon_threadsafe(self.worker.release.set)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        runners = self._loop.run_until_complete(self._start())
        self._started.set()
        self._loop.run_forever()
        for runner in reversed(runners):
            self._loop.run_until_complete(runner.cleanup())
        self._loop.close()

    async def _start(self) -> list[web.AppRunner]:
        inner, inner_port = await _serve(self.worker.app())
        settings = Settings(
            var=self._var,
            gateway=GatewaySettings(**self._gateway),
            dialogue=DialogueSettings(ports=(inner_port,)),
            secrets=Secrets(
                signing="secret-of-the-tests", api_key=API_KEY, inner_token="inner", identify=IDENTIFY_SECRET
            ),
        )
        app = create_app(settings)
        self._hub = app[PARTS].hub
        outer, self.port = await _serve(app)
        return [inner, outer]


async def _serve(app: web.Application) -> tuple[web.AppRunner, int]:
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return runner, runner.addresses[0][1]


class Page:
    """The demo page in a browser, and the widget on it as its visitor sees it."""

    def __init__(self, driver: webdriver.Chrome, url: str) -> None:
        self.driver = driver
        self.url = url

    def visit(self, path: str = "/") -> Page:
        self.driver.get(self.url + path)
        self.wait(lambda: self.driver.find_elements("css selector", "frontdesk-widget"), "the widget")
        return self

    def open(self) -> Page:
        if not self.find(".panel").is_displayed():
            self.find(".launcher").click()
        self.wait(lambda: self.find(".panel").is_displayed(), "the open panel")
        return self

    def find_all(self, selector: str) -> list[WebElement]:
        host = self.driver.find_element("css selector", "frontdesk-widget")
        return host.shadow_root.find_elements("css selector", selector)

    def find(self, selector: str) -> WebElement:
        return self.wait(lambda: self.find_all(selector), selector)[0]

    def type(self, text: str) -> None:
        self.find(".field textarea").send_keys(text)

    def say(self, text: str) -> None:
        self.type(text + Keys.ENTER)

    def texts(self, kind: str = "") -> list[str]:
        """What the bubbles of the conversation say, in the order in which they stand."""
        script = (
            "return [...document.querySelector('frontdesk-widget').shadowRoot.querySelectorAll(arguments[0])]"
            ".map(b => [...b.childNodes].slice(1).map(n => n.textContent).join(''))"
        )
        return self.driver.execute_script(script, f".log .message{kind} .bubble")

    def wait_for(self, *texts: str, kind: str = "") -> None:
        """Wait until the conversation is exactly these texts."""
        self.wait(lambda: self.texts(kind) == list(texts), f"{texts}", lambda: self.texts(kind))

    def wait(
        self, probe: Callable[[], Any], what: str, seen: Callable[[], Any] = lambda: None, seconds: float = 20
    ) -> Any:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if found := probe():
                return found
            time.sleep(0.05)
        raise AssertionError(f"waited {seconds} s for {what}; saw {seen()}")

    def complaints(self) -> list[str]:
        """Errors in the browser's console since the last call; a blocked script or style is among them."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]

    def emulate(self, width: int, height: int, *, dark: bool = False, mobile: bool = False) -> None:
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        features = [
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


@contextmanager
def chromium(profile: Path) -> Iterator[webdriver.Chrome]:
    """A headless Chromium with a profile of its own."""
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM or ""
    for argument in (*QUIET.split(), f"--user-data-dir={profile}", "--window-size=1360,900"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options, Service(CHROMEDRIVER))
    try:
        yield driver
    finally:
        driver.quit()
