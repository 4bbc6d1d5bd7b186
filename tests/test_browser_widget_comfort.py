"""What makes the widget pleasant: comment, file, sound, title, stars, typing, waiting, phone, keyboard."""

import time

import pytest
from browser_driver import Page, SmallDesk
from host_page import HostPage
from selenium.webdriver.common.keys import Keys

ANSWER = "Wash it by hand with down soap.\nSee https://fernhollow.example/care."
FOCUS = "return document.querySelector('frontdesk-widget').shadowRoot.activeElement?.className ?? ''"
BUSY = """const real = window.fetch; let left = 1;
window.fetch = (address, options) => options?.method === "POST" && String(address).endsWith("/messages") && left-- > 0
  ? Promise.resolve(new Response('{"error": {}}', {status: %d, headers: {"Retry-After": "2"}}))
  : real(address, options);"""


@pytest.fixture
def page(driver, desk):
    page = Page(driver, desk.url)
    page.emulate(1360, 860)
    page.complaints()
    yield page.visit()
    driver.get("about:blank")


@pytest.fixture
def answered(page):
    page.open().say("how do I wash it?")
    page.wait_for("how do I wash it?", ANSWER)
    return page


def focus(page):
    return page.driver.execute_script(FOCUS)


def test_escape_leaves_the_comment_and_not_the_panel(answered, desk):
    page = answered
    page.find(".thumb.down").send_keys(Keys.ENTER)
    page.wait(lambda: page.find_all(".comment"), "the field")
    assert page.driver.execute_script(FOCUS.replace("className", "placeholder")) == "What was missing? (optional)"
    page.find(".comment textarea").send_keys("half a", Keys.ESCAPE)
    assert page.find_all(".comment") == []
    assert focus(page) == "thumb down"
    assert page.find(".panel").is_displayed()
    assert desk.rows("SELECT value, comment FROM feedback") == [("down", "")]


def test_the_conversation_as_a_file(answered):
    page = answered
    page.driver.execute_script("const real = URL.createObjectURL; URL.createObjectURL = b => real(window.saved = b)")
    page.find(".plain.save").click()
    text = page.driver.execute_async_script("saved.text().then(arguments[0])")
    lines = text.splitlines()
    assert lines[:3] == ["Fernhollow help", page.url, ""]
    assert lines[3].endswith("  You") and lines[4] == "how do I wash it?"
    assert lines[6].endswith("  Bot") and "\n".join(lines[7:9]) == ANSWER
    assert lines[9:11] == ["Based on 1 solved case:", "  [T-7] Washing a <b>down</b> bag"]
    assert page.driver.execute_script("return saved.type") == "text/plain;charset=utf-8"
    assert page.complaints() == []


def test_sound_is_off_until_it_is_turned_on(page, desk):
    count = "const p = AudioContext.prototype, real = p.createOscillator; window.notes = 0;"
    page.driver.execute_script(count + "p.createOscillator = function () { notes++; return real.call(this) }")
    notes = lambda: page.driver.execute_script("return notes")  # noqa: E731
    page.open().say("person")
    page.wait_for("person", "A person will answer.")
    page.find(".plain.close").click()
    desk.answer_as_agent("Maren", "one")
    page.wait(lambda: page.find(".badge").text == "1", "the badge")
    assert notes() == 0
    bell = page.open().find(".sound")
    assert bell.get_attribute("aria-pressed") == "false"
    bell.click()
    assert bell.get_attribute("aria-pressed") == "true"
    assert notes() == 2, "how it sounds"
    page.find(".plain.close").click()
    desk.answer_as_agent("Maren", "two")
    page.wait(lambda: notes() == 4, "the chime", notes)
    assert page.visit().find(".sound").get_attribute("aria-pressed") == "true", "it is remembered"


@pytest.mark.parametrize("asked", [True, False])
def test_unread_in_the_title_only_if_the_page_asks(driver, tmp_path, asked):
    host = HostPage()
    desk = SmallDesk(tmp_path / "var", allowed_origins=(host.url,))
    host.gateway, host.attributes = desk.url, {"unread-in-title": ""} if asked else {}
    page = Page(driver, host.url).visit().open()
    page.say("person")
    page.wait_for("person", "A person will answer.")
    page.find(".plain.close").click()
    desk.answer_as_agent("Maren", "Here I am.")
    page.wait(lambda: page.find(".badge").text == "1", "the badge")
    assert driver.title == ("(1) host" if asked else "host")
    page.open()
    assert driver.title == "host"
    driver.get("about:blank")
    desk.stop()
    host.close()


def test_stars_for_the_work_of_a_person(page, desk):
    page.open().say("stars")
    page.wait_for("stars", "How did we do?")
    stars = page.find_all(".star")
    assert [star.get_attribute("aria-label") for star in stars] == ["1 (poor)", "2", "3", "4", "5 (very good)"]
    assert page.find(".stars").get_attribute("aria-label") == "Your rating"
    stars[4].click()
    page.wait(lambda: page.texts()[2:3] == ["5 (very good)"], "the rating", page.texts)
    assert not page.find(".stars").is_displayed()


def test_a_person_who_writes_is_shown_by_name(page, desk):
    page.open().say("person")
    page.wait_for("person", "A person will answer.")
    desk.answer_as_agent("Maren", "One moment.")
    page.wait(lambda: len(page.texts()) == 3, "the agent", page.texts)
    desk.agent_types()
    page.wait(lambda: page.find(".typing").is_displayed(), "the sign")
    assert page.find(".typing .meta").text == "Maren is writing"
    desk.answer_as_agent("Maren", "Here.")
    page.wait(lambda: not page.find(".typing").is_displayed(), "the sign to go")


@pytest.mark.parametrize(("status", "words"), [(429, "A little too fast"), (503, "very busy")])
def test_it_waits_as_long_as_it_is_told_and_says_so(driver, desk, status, words):
    source = {"source": BUSY % status}
    added = driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", source)
    try:
        page = Page(driver, desk.url).visit().open()
        page.say("patience")
        page.wait(lambda: words in page.find(".notice").text and "2 s" in page.find(".notice").text, "the notice")
        began = time.monotonic()
        assert page.texts(".pending") == ["patience"]
        page.wait_for("patience", "You said patience")
        assert 1 < time.monotonic() - began < 6
        page.wait(lambda: page.find(".notice").text == "", "the notice to go")
        assert len(desk.worker.heard) == 1
    finally:
        driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)


def test_the_newest_messages_are_one_press_away(page):
    page.open()
    for number in range(3):
        page.say(f"a long one {number} " + "word " * 80)
        page.wait(lambda number=number: len(page.texts()) == 2 * number + 2, "the echo")
    assert not page.find(".jump").is_displayed()
    page.driver.execute_script("arguments[0].scrollTop = 0", page.find(".scroll"))
    page.wait(lambda: page.find(".jump").is_displayed(), "the button")
    page.find(".jump").click()
    page.wait(lambda: not page.find(".jump").is_displayed(), "the button to go")


def test_each_message_is_said_once_to_a_screen_reader(page):
    page.open()
    assert page.find(".log").get_attribute("aria-live") == "polite"
    watch = """window.added = []; new MutationObserver(records => records.forEach(record => record.addedNodes.forEach(
      node => node.className?.includes('message') && added.push(node.textContent)))).observe(arguments[0],
      {childList: true, subtree: true})"""
    page.driver.execute_script(watch, page.find(".log"))
    page.say("hello")
    page.wait_for("hello", "You said hello")
    time.sleep(0.3)
    added = page.driver.execute_script("return added")
    assert sum("You said hello" in text for text in added) == 1
    assert page.find(".log").get_attribute("aria-busy") == "false"


def test_a_phone_keeps_the_focus_and_gives_way_to_its_keyboard(page):
    page.emulate(390, 844, mobile=True)
    overflow = "return document.documentElement.style.overflow"
    page.visit().open()
    panel = page.find(".panel")
    assert (panel.get_attribute("aria-modal"), page.driver.execute_script(overflow)) == ("true", "hidden")
    page.type("words")
    page.find(".send").send_keys(Keys.TAB)
    assert focus(page) == "plain sound", "from the last back to the first"
    page.find(".sound").send_keys(Keys.SHIFT + Keys.TAB)
    assert focus(page) == "send"
    keyboard = "Object.defineProperty(visualViewport, 'height', {get: () => arguments[0], configurable: true});"
    resized = "visualViewport.dispatchEvent(new Event('resize'))"
    page.driver.execute_script(keyboard.replace("arguments[0]", "500") + resized)
    assert panel.rect["height"] == 500
    page.driver.execute_script("delete visualViewport.height;" + resized)
    assert panel.rect["height"] == 844
    page.type(Keys.ESCAPE)
    assert page.driver.execute_script(overflow) == ""
    assert focus(page) == "launcher"


def test_less_motion_for_who_wants_it(page):
    page.open()
    assert page.find(".panel").value_of_css_property("animation-name") == "none"
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    assert page.find(".panel").value_of_css_property("animation-name") == "rise"
