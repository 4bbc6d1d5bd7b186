"""The widget by the rules of axe-core, in every state that looks different."""

import time
from importlib.util import find_spec
from pathlib import Path

import pytest
from browser_driver import Page, SmallDesk
from conftest import need
from host_page import HostPage
from selenium.webdriver.common.by import By

DESKTOP, PHONE = (1360, 860), (390, 844)
LOOKS = {
    "light": (DESKTOP, {}),
    "dark": (DESKTOP, {"theme": "dark"}),
    "Chinese": (DESKTOP, {"lang": "zh-CN"}),
    "right to left": (DESKTOP, {"dir": "rtl"}),
    "bright accent": (DESKTOP, {"accent": "#ffd24a"}),
    "phone": (PHONE, {}),
    "phone, orange accent, dark, right to left": (PHONE, {"accent": "#e0682f", "theme": "dark", "dir": "rtl"}),
}


@pytest.fixture(scope="module")
def axe():
    need(find_spec("axe_playwright_python") is not None, "axe-playwright-python (dev)")
    import axe_playwright_python

    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    host = HostPage()
    desk = SmallDesk(tmp_path_factory.mktemp("axe") / "var", allowed_origins=(host.url,))
    host.gateway = desk.url
    yield host
    desk.stop()
    host.close()


def violations(page, axe):
    page.driver.execute_script(axe)
    found = page.driver.execute_async_script("axe.run().then(arguments[arguments.length - 1])")["violations"]
    return [(rule["id"], [node["html"][:200] for node in rule["nodes"]]) for rule in found]


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing(driver, place, axe, look):
    size, place.attributes = LOOKS[look]
    page = Page(driver, place.url)
    page.emulate(*size, mobile=size == PHONE)
    page.visit()
    driver.execute_script("localStorage.clear(); sessionStorage.clear()")
    page.visit()
    assert violations(page, axe) == [], "closed"
    page.open()
    assert violations(page, axe) == [], "open"
    page.say("how do I wash it?")
    page.wait(lambda: len(page.texts()) == 2, "the answer", page.texts)
    page.find(".sources summary").click()
    page.find(".thumb.down").click()
    page.wait(lambda: page.find_all(".comment"), "the field")
    assert violations(page, axe) == [], "an answer with sources, thumbs and comment"
    page.say("stars")
    page.wait(lambda: len(page.texts()) == 4, "the stars", page.texts)
    # Until the call has been answered as well: an answer is a sign of a connection.
    page.wait(lambda: not page.find(".typing").is_displayed(), "the end of the turn")
    time.sleep(0.3)
    driver.execute_script("dispatchEvent(new Event('offline'))")
    page.wait(lambda: page.find(".notice").text, "the notice")
    assert violations(page, axe) == [], "stars and a notice"
    driver.get("about:blank")


def test_axe_would_find_something(driver, place, axe):
    place.attributes = {}
    driver.get(place.url)
    driver.execute_script("localStorage.clear(); sessionStorage.clear()")
    page = Page(driver, place.url)
    page.emulate(*DESKTOP)
    page.visit()
    host = driver.find_element(By.CSS_SELECTOR, "frontdesk-widget")
    driver.execute_script("arguments[0].shadowRoot.querySelector('.launcher').removeAttribute('aria-label')", host)
    driver.execute_script("arguments[0].shadowRoot.querySelector('.launcher').removeAttribute('title')", host)
    assert [rule for rule, _ in violations(page, axe)] == ["button-name"]
    driver.get("about:blank")
