"""A customer in the widget and agents at the desk, each in a window of their own, talk to each other."""

import sqlite3
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
from browser_driver import Page
from conftest import need
from desk_driver import PASSWORD, DeskPage, StaffedDesk, new_window
from selenium.webdriver.common.keys import Keys

HANDED = ["How do I mend a pole?", "You said How do I mend a pole?", "person", "A person will answer."]


@pytest.fixture
def desk(tmp_path):
    desk = StaffedDesk(tmp_path / "var")
    yield desk
    desk.stop()


@pytest.fixture
def windows(driver, desk):
    """The customer's window and one for the desk; both are closed or emptied in the end."""
    customer, first = Page(driver, desk.url), driver.current_window_handle
    customer.emulate(1360, 860)
    customer.visit().open().say(HANDED[0])
    customer.wait_for(*HANDED[:2])
    customer.say("person")
    customer.wait_for(*HANDED)
    second = new_window(driver)
    page = DeskPage(driver, desk.url)
    page.emulate(1440, 900)
    yield customer, first, page, second
    for handle in driver.window_handles:
        driver.switch_to.window(handle)
        if handle != first:
            driver.close()
    driver.switch_to.window(first)
    driver.delete_all_cookies()
    driver.get("about:blank")


def test_from_the_first_word_to_the_rating(driver, windows):
    customer, first, page, second = windows
    page.log_in("Maren").choose(HANDED[2])
    page.wait_for_said(*HANDED)
    page.press("Take")
    page.press("Use this answer")
    assert page.find("#words").get_attribute("value") == "A sleeve mends the pole. Write us!"
    page.find("#words").clear()
    page.answer("Hello, <b>I</b> am Maren.")
    page.wait_for_said(*HANDED, "Hello, <b>I</b> am Maren.")
    page.press("Note")
    page.answer("Ask the workshop.")
    page.wait(lambda: page.said()[-1] == "Ask the workshop.", "the note", page.said)

    driver.switch_to.window(first)
    customer.wait_for(*HANDED, "Hello, <b>I</b> am Maren.")
    customer.say("thank you!")
    driver.switch_to.window(second)
    page.wait(lambda: page.said()[-1] == "thank you!", "the customer's words, live", page.said)
    page.wait(lambda: page.lines("Mine") == ["thank you!"], "the inbox, live")
    page.driver.refresh()
    page.wait(lambda: page.said()[-2:] == ["Ask the workshop.", "thank you!"], "the same after a reload", page.said)
    page.close_with("Solved")
    page.wait(lambda: "solved by Maren" in page.find(".owner").text, "the outcome")

    driver.switch_to.window(first)
    customer.wait(lambda: "How did we do?" in customer.texts()[-1], "the question", customer.texts)
    customer.find_all(".log .chip")[-1].click()
    customer.wait(lambda: "Thank you for the rating" in customer.texts()[-1], "thanks", customer.texts)
    assert "workshop" not in " ".join(customer.texts())
    driver.switch_to.window(second)
    page.wait(lambda: "rated 5 of 5" in page.find(".owner").text, "the rating, live", lambda: page.find(".owner").text)
    assert [line for line in page.complaints() if "401" not in line] == []


def test_a_reload_in_the_middle_loses_nothing_and_doubles_nothing(driver, desk, windows):
    _, _, page, _ = windows
    page.log_in("Maren").choose(HANDED[2])
    page.write("I have begun to")
    page.driver.refresh()
    page.wait(lambda: page.find("#words").get_attribute("value") == "I have begun to", "the draft")
    page.write(" write", Keys.CONTROL + Keys.ENTER)
    page.wait_for_said(*HANDED, "I have begun to write")
    page.find(".composer[data-sending=false]")
    page.wait(lambda: "answered" in page.find(".line").text, "the last look", lambda: page.find(".line").text)
    assert page.lines("Mine") == [HANDED[2]], "the customer's words, not one's own"
    time.sleep(1)  # nothing else is on its way
    # The answer to the call is lost: the page sends it again after a reload, under the same id.
    # Put in at once: the sign that somebody writes, on its way to the customer, would break the cable before.
    driver.execute_script("document.getElementById('words').value = 'only once'")
    desk.cable.answers_left = 0
    page.write(Keys.CONTROL + Keys.ENTER)
    page.wait(lambda: desk.rows("SELECT 1 FROM messages WHERE body LIKE '%only once%'"), "the message to arrive")
    desk.cable.plug()
    page.driver.refresh()
    page.wait_for_said(*HANDED, "I have begun to write", "only once")
    assert len(desk.rows("SELECT 1 FROM messages WHERE body LIKE '%only once%'")) == 1


def test_colleagues_see_each_other(driver, windows):
    _, _, maren, second = windows
    maren.log_in("Maren").choose(HANDED[2])
    handoff = maren.driver.current_url.partition("#")[2]
    maren.press("Take")
    maren.wait(lambda: maren.lines("Mine"), "mine")
    driver.switch_to.new_window("window")
    # One browser holds one log-in: Tom uses the other name of this machine.
    tom = DeskPage(driver, maren.url.replace("127.0.0.1", "localhost"))
    tom.emulate(1440, 900)
    tom.log_in("Tom").wait(lambda: tom.lines("With colleagues"), "what Maren has")
    tom.choose(HANDED[2])
    tom.wait(lambda: tom.find("[data-kind=messages]").get_attribute("disabled"), "not over Maren's head")
    tom.press("Take over")
    tom.wait(lambda: tom.lines("Mine"), "taken over")
    tom.write("I am")
    driver.switch_to.window(second)
    maren.wait(lambda: maren.find(".others").text == "Tom is writing…", "the sign", lambda: maren.find(".others").text)
    maren.wait(lambda: maren.find(".others").text == "Tom is looking", "its end", lambda: maren.find(".others").text)
    maren.wait(lambda: "Tom has it" in maren.find(".owner").text, "live", lambda: maren.find(".owner").text)
    assert maren.driver.current_url.endswith(handoff)


def test_in_chinese_and_on_a_phone(driver, windows):
    _, _, page, _ = windows
    page.emulate(390, 844, mobile=True)
    page.visit("/desk?lang=zh").find("#name").send_keys("Maren")
    assert (page.find(".login .primary").text, page.find(".login h1").text) == ("登录", "客服台")
    page.find("#password").send_keys("a wrong password" + Keys.ENTER)
    page.wait(lambda: page.find(".problem").text == "姓名和密码不匹配。", "why", lambda: page.find(".problem").text)
    page.find("#password").send_keys(PASSWORD + Keys.ENTER)
    page.choose(HANDED[2])
    page.press("接手")
    page.wait(lambda: page.find(".owner").text == "由您处理，机器人保持安静", "mine", lambda: page.find(".owner").text)
    page.answer("您好")
    page.wait_for_said(*HANDED, "您好")
    driver.execute_script("document.getElementById('words').value = 'x'.repeat(4001)")
    page.write(Keys.CONTROL + Keys.ENTER)
    page.wait(lambda: page.find(".notice").text == "内容太长，请分成几条发送。", "the reason")
    page.find("#words").clear()
    # All that is written on the page, but what was said and the solved tickets, is Chinese.
    script = (
        "const walk = document.createTreeWalker(document.querySelector('.desk'), NodeFilter.SHOW_TEXT), found = [];"
        "while (walk.nextNode()) if (!walk.currentNode.parentNode.closest('.bubble, .offered, .snippet, .hits, time,"
        " blockquote, .me, .by, details .sources, .who')) found.push(walk.currentNode.data.trim()); return found"
    )
    page.wait(lambda: page.find_all(".hits .plain"), "the tickets")
    english = [text for text in driver.execute_script(script) if text.isascii() and any(map(str.isalpha, text))]
    assert english == ["web"]
    assert driver.execute_script("return document.documentElement.scrollWidth <= innerWidth"), "nothing hangs over"
    assert driver.execute_script("return document.documentElement.lang") == "zh"


def test_what_was_not_delivered_is_shown(driver, desk, windows):
    _, _, page, _ = windows
    page.log_in("Maren").choose(HANDED[2])
    page.press("Take")
    page.answer("Are you there?")
    page.wait_for_said(*HANDED, "Are you there?")
    reason = "Forbidden: bot was blocked by the user"
    query = "INSERT INTO undelivered SELECT sender_id, max(seq), ?, max(at) FROM messages GROUP BY sender_id"
    with sqlite3.connect(desk._var / "conversations.db") as ledger:
        ledger.execute(query, (reason,))
    page.driver.refresh()
    page.wait(lambda: page.find(".refused").text == "Not delivered: the customer has blocked the bot.", "the reason")
    page.wait(lambda: "not delivered" in page.find(".line").text, "the inbox", lambda: page.find(".line").text)


def test_help_for_the_keyboard(driver, windows):
    _, _, page, _ = windows
    page.log_in("Maren").choose(HANDED[2])
    page.press("Take")
    page.write("why?")
    assert page.find_all("dialog[open]") == [], "a question mark in a field is one"
    page.find(".names h1").send_keys("?")
    assert "Ctrl + Enter" in page.find("dialog[open]").text
    driver.switch_to.active_element.send_keys(Keys.ESCAPE)
    page.wait(lambda: page.find_all("dialog[open]") == [], "the help to close")


def test_with_the_keyboard_alone(driver, windows):
    _, _, page, _ = windows
    page.visit().find("#name").send_keys("Maren" + Keys.TAB + PASSWORD + Keys.ENTER)
    page.find(".line")
    driver.execute_script("arguments[0].focus()", page.find(".bar button:last-child"))
    driver.switch_to.active_element.send_keys(Keys.TAB)
    assert driver.switch_to.active_element.get_attribute("class").startswith("line")
    driver.switch_to.active_element.send_keys(Keys.ENTER)
    page.find(".composer")
    page.wait(lambda: "Waits" in page.find(".owner").text, "the conversation")
    page.find(".actions .primary").send_keys(Keys.ENTER)
    page.wait(lambda: driver.switch_to.active_element.get_attribute("id") == "words", "the field to have the focus")
    driver.switch_to.active_element.send_keys("hello", Keys.CONTROL + Keys.ENTER)
    page.wait(lambda: page.said()[-1] == "hello", "the answer", page.said)
    page.find(".composer[data-sending=false]")
    page.find(".closing button").send_keys(Keys.ENTER)
    page.wait(lambda: driver.switch_to.active_element.tag_name == "h1", "the focus to stay in the conversation")


def test_a_wrong_password_is_said_and_nothing_is_shown(driver, windows):
    _, _, page, _ = windows
    page.log_in("Maren", "wrong password")
    page.wait(lambda: "do not belong together" in page.find(".problem").text, "the refusal")
    assert page.find_all(".inbox") == []


@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing(driver, windows, dark):
    need(find_spec("axe_playwright_python") is not None, "axe-playwright-python (dev)")
    import axe_playwright_python

    axe = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
    _, _, page, _ = windows
    page.emulate(1440, 900, dark=dark)

    def violations():
        driver.execute_script(axe)
        found = driver.execute_async_script("axe.run().then(arguments[arguments.length - 1])")["violations"]
        return [(rule["id"], [node["html"][:200] for node in rule["nodes"]]) for rule in found]

    page.visit()
    assert violations() == []
    page.log_in("Maren").find(".line")
    assert violations() == []
    page.choose(HANDED[2])
    page.press("Take")
    page.answer("hello")
    page.wait_for_said(*HANDED, "hello")
    page.find(".hits .plain")
    assert violations() == []
    page.press("?")
    page.find("dialog[open]")
    assert violations() == []
