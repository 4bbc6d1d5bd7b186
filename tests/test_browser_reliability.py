"""Nothing lost, nothing doubled: the widget while cables are pulled, answers vanish, tabs double and sessions end."""

import time

import pytest
from browser_driver import Page, SmallDesk

NO_SOCKET = "window.WebSocket = class { constructor() { throw new Error('not today') } }"


@pytest.fixture
def page(driver, desk):
    page = Page(driver, desk.url)
    page.emulate(1360, 860)
    page.visit().open().say("hello")
    page.wait_for("hello", "You said hello")
    yield page
    driver.get("about:blank")


def heard(desk):
    return [turn["text"] for turn in desk.worker.heard]


def notice(page):
    return page.find(".notice").text


def test_a_pulled_cable_loses_and_doubles_nothing(page, desk):
    page.say("wait one")
    page.wait(lambda: "wait one" in heard(desk), "the turn to begin")
    desk.cable.pull()
    page.say("second")
    page.say("third")
    page.wait(lambda: "No connection" in notice(page), "the notice")
    assert page.texts(".pending") == ["second", "third"]
    desk.release()
    desk.cable.plug()
    said = ["hello", "wait one", "second", "third"]
    page.wait(lambda: len(page.texts()) == 8, "all answers", page.texts)
    assert page.texts(".customer") == said
    assert page.texts(".bot") == [f"You said {text}" for text in said]
    assert heard(desk) == said
    page.wait(lambda: notice(page) == "", "the notice to go")
    page.visit().wait(lambda: page.texts(".customer") == said, "the same after a reload", page.texts)


def test_an_answer_that_got_lost_is_asked_for_again(page, desk):
    desk.cable.answers_left = 0
    page.say("once")
    page.wait(lambda: "once" in heard(desk), "the message to arrive")
    time.sleep(0.3)
    desk.cable.plug()
    page.wait_for("hello", "You said hello", "once", "You said once")
    assert heard(desk) == ["hello", "once"]


def test_the_outbox_survives_leaving_the_page(page, desk):
    desk.cable.pull()
    page.say("kept")
    page.wait(lambda: page.texts(".pending") == ["kept"], "the waiting message")
    page.driver.get("about:blank")
    desk.cable.plug()
    page.visit().wait_for("hello", "You said hello", "kept", "You said kept")
    assert heard(desk) == ["hello", "kept"]


def test_offline_is_said_and_ends_by_itself(page, desk):
    page.driver.set_network_conditions(offline=True, latency=0, throughput=-1)
    try:
        page.wait(lambda: "No connection" in notice(page), "the notice")
        page.say("later")
        time.sleep(0.5)
        assert heard(desk) == ["hello"]
        assert page.texts(".pending") == ["later"]
    finally:
        page.driver.delete_network_conditions()
    page.wait_for("hello", "You said hello", "later", "You said later")
    page.wait(lambda: notice(page) == "", "the notice to go")


def test_without_a_websocket_it_asks_again_and_again(driver, desk):
    added = driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": NO_SOCKET})
    try:
        page = Page(driver, desk.url).visit().open()
        page.say("person")
        page.wait_for("person", "A person will answer.")
        desk.answer_as_agent("Maren", "Here I am.")
        page.wait_for("person", "A person will answer.", "Here I am.")
        assert notice(page) == ""
    finally:
        driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)


@pytest.mark.parametrize("reload", [True, False])
def test_a_session_that_is_refused_is_replaced_and_said(page, desk, reload):
    forge = "localStorage.setItem(Object.keys(localStorage).find(k => k.endsWith(':token')), '\"forged\"')"
    page.driver.execute_script(forge)
    if reload:
        page.visit()
    else:
        # Another tab changed the token: this one follows, and meets the refusal.
        page.driver.execute_script("dispatchEvent(new StorageEvent('storage', {key: arguments[0]}))", token_key(page))
    page.wait(lambda: page.find_all(".divider"), "the notice")
    assert "This is a new one" in page.find(".divider").text
    page.say("again")
    page.wait(lambda: page.texts(".bot")[-1:] == ["You said again"], "the answer", page.texts)
    assert heard(desk) == ["hello", "again"]


def token_key(page):
    return page.driver.execute_script("return Object.keys(localStorage).find(k => k.endsWith(':token'))")


def test_a_button_of_an_ended_session_goes_as_its_words(page, desk):
    page.say("ask")
    page.wait_for("hello", "You said hello", "ask", "Shall I?")
    desk.cable.pull()
    page.find(".log .chip").click()
    page.wait(lambda: page.texts(".pending") == ["Yes"], "the waiting button")
    page.driver.execute_script(f"localStorage.setItem({token_key(page)!r}, '\"forged\"')")
    page.driver.get("about:blank")
    desk.cable.plug()
    page.visit().wait_for("Yes", "You said Yes")


def test_too_fast_is_slowed_down_not_lost(driver, tmp_path):
    desk = SmallDesk(tmp_path / "var", messages_per_minute=30)
    page = Page(driver, desk.url).visit().open()
    words = [f"word {number}" for number in range(33)]
    for word in words:
        page.driver.execute_script("window.Frontdesk.ask(arguments[0])", word)
    page.wait(lambda: "too fast" in notice(page), "the notice", seconds=30)
    page.wait(lambda: page.texts(".bot") == [f"You said {word}" for word in words], "all of them", page.texts, 40)
    assert page.texts(".customer") == words
    assert heard(desk) == words
    desk.stop()


def test_two_tabs_are_one_conversation(page, desk):
    first = page.driver.current_window_handle
    page.driver.switch_to.new_window("tab")
    try:
        page.visit().open().wait_for("hello", "You said hello")
        page.say("from the second tab")
        said = ["hello", "You said hello", "from the second tab", "You said from the second tab"]
        page.wait_for(*said)
        page.driver.switch_to.window(first)
        page.wait_for(*said)
        assert heard(desk) == ["hello", "from the second tab"]
    finally:
        for handle in page.driver.window_handles:
            if handle != first:
                page.driver.switch_to.window(handle)
                page.driver.close()
        page.driver.switch_to.window(first)
