"""The widget in a real browser: what a visitor sees, types and presses."""

import json
import time

import pytest
from browser_driver import Page, SmallDesk
from conftest import ROOT
from selenium.webdriver.common.keys import Keys

WEB = ROOT / "bot" / "web"
WASHED = "Wash it by hand with down soap.\nSee https://fernhollow.example/care."


@pytest.fixture
def page(driver, desk):
    page = Page(driver, desk.url)
    page.emulate(1360, 860)
    page.complaints()
    yield page.visit()
    driver.get("about:blank")


def test_a_question_its_answer_and_the_source(page):
    page.open().say("how do I wash a sleeping bag?")
    page.wait_for("how do I wash a sleeping bag?", WASHED)
    summary = page.find(".sources summary")
    assert summary.text == "Based on 1 solved case"
    assert page.find_all(".source-title") and not page.find(".source-title").is_displayed()
    summary.click()
    assert page.find(".source-title").text == "T-7Washing a <b>down</b> bag"
    assert page.find(".source-excerpt").text == "Down soap, low heat."
    assert page.complaints() == []


def test_a_button_sends_its_payload_and_shows_its_title(page, desk):
    page.open().say("ask")
    page.wait_for("ask", "Shall I?")
    page.find(".log .chip").click()
    page.wait_for("ask", "Shall I?", "Yes", "You said /affirm")
    assert desk.worker.heard[-1]["payload"] == "/affirm"
    assert not any(chip.is_displayed() for chip in page.find_all(".log .chip"))
    assert page.complaints() == []


def test_a_suggestion_starts_the_conversation(page):
    page.open().find(".welcome .chip").click()
    page.wait_for("Where is my order?", "You said Where is my order?")
    assert not page.find(".welcome .chip").is_displayed()


def test_a_question_of_the_page_opens_the_widget(page):
    page.driver.find_element("css selector", "[data-ask*='FH-204817']").click()
    page.wait_for("Where is my order FH-204817?", "You said Where is my order FH-204817?")
    assert page.find(".panel").is_displayed()


def test_a_reload_shows_the_same_conversation_once(page):
    page.open().say("how do I wash a sleeping bag?")
    page.wait_for("how do I wash a sleeping bag?", WASHED)
    page.say("thanks")
    said = ["how do I wash a sleeping bag?", WASHED, "thanks", "You said thanks"]
    page.wait_for(*said)
    page.visit().wait_for(*said)
    assert page.find(".panel").is_displayed(), "it stays open in this tab"
    time.sleep(0.5)
    page.wait_for(*said)
    assert page.complaints() == []


@pytest.mark.parametrize(
    "text",
    [
        "<img src=x onerror=alert(1)>",
        "<script>document.title='gone'</script>",
        "&lt;b&gt; **bold** [a](javascript:alert(1))",
    ],
)
def test_what_is_typed_stays_text(page, text):
    page.open().say(text)
    page.wait_for(text, f"You said {text}")
    assert page.find_all(".log img, .log script, .log b, .log a") == []
    assert page.complaints() == []


def test_only_web_addresses_become_links(page):
    page.open().say("see https://a.example/x?y=1. or javascript:alert(1), ftp://b.example, http://c.example/)")
    page.wait(lambda: len(page.texts()) == 2, "the echo")
    links = [link.get_attribute("href") for link in page.find_all(".bot a")]
    assert links == ["https://a.example/x?y=1", "http://c.example/"]
    assert all(link.get_attribute("rel") == "noopener noreferrer nofollow" for link in page.find_all(".bot a"))


def test_shift_enter_writes_a_line_and_enter_sends(page):
    page.open().type("one" + Keys.SHIFT + Keys.ENTER + Keys.NULL + "two" + Keys.ENTER)
    page.wait_for("one\ntwo", "You said one\ntwo")


def test_a_text_over_the_limit_is_counted_not_sent(page):
    page.open()
    fill = "const t = arguments[0]; t.value = 'é'.repeat(4003); t.dispatchEvent(new Event('input'))"
    page.driver.execute_script(fill, page.find(".field textarea"))
    assert page.find(".counter").text.startswith("3 characters too many")
    assert not page.find(".send").is_enabled()
    page.type(Keys.ENTER)
    assert page.texts() == []


def test_a_refused_text_comes_back_with_the_reason(driver, tmp_path):
    desk = SmallDesk(tmp_path / "var", max_text_characters=20)
    page = Page(driver, desk.url).visit().open()
    page.say("this is longer than twenty characters")
    page.wait(lambda: "limit is 20" in page.find(".state").text, "the reason")
    assert page.find(".field textarea").get_attribute("value") == "this is longer than twenty characters"
    desk.stop()


def test_thumbs_and_comment_are_stored_once(page, desk):
    page.open().say("wash it")
    page.wait_for("wash it", WASHED)
    page.find(".thumb.down").click()
    page.find(".comment textarea").send_keys("too short")
    page.find(".comment button").click()
    page.wait(lambda: not page.find_all(".comment"), "the comment to be taken")
    assert desk.rows("SELECT value, comment FROM feedback") == [("down", "too short")]
    page.visit()
    page.wait(lambda: page.find(".thumb.down").get_attribute("aria-pressed") == "true", "the remembered thumb")
    page.find(".thumb.up").click()
    page.wait(lambda: desk.rows("SELECT value FROM feedback") == [("up",)], "the changed thumb")


def test_a_person_is_named_and_counted_while_closed(page, desk):
    page.open().say("person")
    page.wait_for("person", "A person will answer.")
    assert page.find_all(".message[data-rung=handoff]")
    page.type(Keys.ESCAPE)
    assert not page.find(".panel").is_displayed()
    desk.answer_as_agent("Maren", "Hello, Maren here.")
    page.wait(lambda: page.find(".badge").text == "1", "the badge")
    assert page.find(".launcher").get_attribute("aria-label") == "Open chat, 1 new message"
    page.open()
    page.wait_for("person", "A person will answer.", "Hello, Maren here.")
    assert page.find("header .names p").text == "You are talking with Maren"
    assert not page.find(".badge").is_displayed()
    assert page.complaints() == []


def test_focus_goes_in_and_comes_back(page):
    page.open()
    focused = "return document.querySelector('frontdesk-widget').shadowRoot.activeElement?.className || 'field'"
    assert page.driver.execute_script(focused) == "field"
    page.type(Keys.ESCAPE)
    assert page.driver.execute_script(focused) == "launcher"
    assert page.find(".launcher").get_attribute("aria-expanded") == "false"
    assert page.find(".log").get_attribute("role") == "log"


@pytest.mark.parametrize(("dark", "colour"), [(False, "rgba(255, 255, 255, 1)"), (True, "rgba(22, 27, 24, 1)")])
def test_a_phone_gets_the_whole_screen_in_its_colours(page, tmp_path, dark, colour):
    page.emulate(390, 844, dark=dark, mobile=True)
    page.visit().open().say("how do I wash a sleeping bag?")
    page.wait_for("how do I wash a sleeping bag?", WASHED)
    time.sleep(0.4)
    rect = page.find(".panel").rect
    assert (rect["x"], rect["y"], rect["width"], rect["height"]) == (0, 0, 390, 844)
    assert page.find(".panel").value_of_css_property("background-color") == colour
    assert not page.find(".launcher").is_displayed()
    wide = "return document.documentElement.scrollWidth > window.innerWidth"
    assert not page.driver.execute_script(wide), "the page must not scroll sideways"
    assert page.driver.save_screenshot(str(tmp_path / "phone.png"))


def test_styles_of_the_page_do_not_reach_the_widget(page):
    page.driver.execute_cdp_cmd("Page.setBypassCSP", {"enabled": True})
    page.visit()
    script = "document.head.append(Object.assign(document.createElement('style'), {textContent: arguments[0]}))"
    hostile = "* { display: none !important; font-size: 40px !important; color: red !important; all: unset }"
    page.driver.execute_script(script, hostile + " html, body { display: block !important }")
    assert page.find(".launcher").is_displayed()
    page.open()
    assert page.find("h2").value_of_css_property("font-size") == "17px"
    page.driver.execute_cdp_cmd("Page.setBypassCSP", {"enabled": False})


def test_the_widget_is_small_and_one_request(page, desk):
    script = page.driver.execute_script(
        "return performance.getEntriesByType('resource').map(e => [e.name, e.encodedBodySize])"
    )
    mine = [(name, size) for name, size in script if "widget" in name]
    assert [name for name, _ in mine] == [f"{desk.url}/widget.js"]
    assert 10_000 < mine[0][1] < 20_000, "bytes on the wire, everything together"


def test_the_widget_makes_no_markup_and_asks_nobody_else():
    for file in (WEB / "widget").glob("*.js"):
        text = file.read_text(encoding="utf-8")
        assert not any(word in text for word in ("innerHTML", "insertAdjacentHTML", "document.write", "eval(")), file
        assert "https://" not in text, file


def test_both_languages_say_the_same_things(page):
    script = (
        "const done = arguments[0]; import('/static/widget/strings.js').then(({stringsFor}) => "
        "done(JSON.stringify(['en-GB', 'zh-CN'].map(stringsFor)"
        ".map(t => Object.entries(t).map(([k, v]) => [k, typeof v])))))"
    )
    english, chinese = json.loads(page.driver.execute_async_script(script))
    assert english == chinese
