"""The desk's pages as the browser tests drive them: a gateway with accounts, solved tickets and a scripted dialogue."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiohttp import web
from browser_driver import API_KEY, Page, SmallDesk, _serve
from fakes import ScriptedSearch
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select

from bot.desk.accounts import Role
from bot.gateway.app import create_app
from bot.gateway.desk.accounts import Accounts
from bot.gateway.storage.database import Database
from bot.settings import AnswersSettings, DialogueSettings, GatewaySettings, Secrets, Settings
from bot.settings_desk import DeskSettings

PASSWORD = "a long password"
HIT = {
    "id": "T-9",
    "title": "Pole broke",
    "excerpt": "A sleeve mends",
    "answer": "Hi, a sleeve mends the pole. Write us! Priya",
    "draft": "A sleeve mends the pole. Write us!",
}


class StaffedDesk(SmallDesk):
    """A gateway with two accounts, Maren (admin) and Tom, and one solved ticket to be found."""

    def __init__(self, var: Path, **desk: Any) -> None:
        self.search = ScriptedSearch()
        self.search.answer = {"hits": [{**HIT, "score": 0.91, "topic": "tents"}]}
        self._desk = desk
        super().__init__(var)

    async def _start(self) -> list[web.AppRunner]:
        inner, inner_port = await _serve(self.worker.app())
        search, search_port = await _serve(self.search.app())
        settings = Settings(
            var=self._var,
            gateway=GatewaySettings(**self._gateway),
            dialogue=DialogueSettings(ports=(inner_port,)),
            answers=AnswersSettings(port=search_port),
            secrets=Secrets(signing="secret-of-the-tests", api_key=API_KEY, inner_token="inner"),
            desk=DeskSettings(**self._desk),
        )
        await make_accounts(settings, Maren="admin", Tom="agent")
        outer, self.port = await _serve(create_app(settings))
        return [inner, search, outer]


async def make_accounts(settings: Settings, **roles: Role) -> None:
    database = Database(settings.conversations_db)
    await database.open()
    accounts = Accounts(database, settings.desk.session_hours)
    await asyncio.gather(*(accounts.add(name, PASSWORD, role) for name, role in roles.items()))
    await database.close()


class DeskPage(Page):
    """The desk in a browser window of its own, as an agent sees it."""

    def visit(self, path: str = "/desk") -> DeskPage:
        self.driver.get(self.url + path)
        self.find(".desk, .login")
        return self

    def find_all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements("css selector", selector)

    def log_in(self, name: str, password: str = PASSWORD) -> DeskPage:
        self.visit().find("#name").send_keys(name)
        self.find("#password").send_keys(password + Keys.ENTER)
        return self

    def wait(
        self, probe: Callable[[], Any], what: str, seen: Callable[[], Any] = lambda: None, seconds: float = 20
    ) -> Any:
        """Wait as a page does; what is being replaced at this moment is looked at again."""

        def patient() -> Any:
            try:
                return probe()
            except StaleElementReferenceException:
                return None

        return super().wait(patient, what, seen, seconds)

    def said(self) -> list[str]:
        """What the bubbles of the open conversation say."""
        script = "return [...document.querySelectorAll('.said .bubble')].map(b => b.textContent)"
        return self.driver.execute_script(script)

    def lines(self, group: str) -> list[str]:
        script = (
            "return [...document.querySelectorAll(`.inbox section[aria-label='${arguments[0]}'] .snippet`)]"
            ".map(s => s.textContent)"
        )
        return self.driver.execute_script(script, group)

    def wait_for_said(self, *texts: str) -> None:
        self.wait(lambda: self.said() == list(texts), f"{texts}", self.said)

    def choose(self, text: str) -> None:
        self.click(".line", lambda line: text in line.text, text)
        self.find(".composer")

    def write(self, *keys: str) -> None:
        """Type into the answer's field; if it is being replaced at this moment, into the one that follows."""

        def written() -> bool:
            self.find("#words").send_keys(*keys)
            return True

        self.wait(written, "the field to write into")

    def press(self, text: str) -> None:
        self.click(".place button, .bar button", lambda button: button.text == text, text)

    def click(self, selector: str, wanted: Callable[[WebElement], bool], what: str) -> None:
        """Click an element that others of the page may be replacing at this moment."""

        def clicked() -> bool:
            found = [element for element in self.find_all(selector) if wanted(element)]
            for element in found[:1]:
                element.click()
            return bool(found)

        self.wait(clicked, what)

    def answer(self, text: str) -> None:
        self.write(text, Keys.CONTROL + Keys.ENTER)

    def close_with(self, outcome: str) -> None:
        Select(self.find(".closing select")).select_by_visible_text(outcome)
        self.press("Close")


def new_window(driver: webdriver.Chrome) -> str:
    """Open a window beside the others and return its handle."""
    driver.switch_to.new_window("window")
    return driver.current_window_handle
