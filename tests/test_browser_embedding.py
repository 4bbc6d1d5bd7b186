"""The widget on somebody else's page: another origin, a strict policy, hostile styles, other words and colours."""

import pytest
from browser_driver import MARKUP, Page, SmallDesk
from host_page import HostPage

TRUSTED_TYPES = "; style-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'"
HOSTILE = """* { all: unset !important; display: none }
frontdesk-widget { display: none !important; opacity: 0 !important; transform: scale(0) !important }
button { display: none !important } [class] { visibility: hidden !important; font-size: 40px !important }"""


@pytest.fixture
def host():
    page = HostPage()
    yield page
    page.close()


@pytest.fixture
def page(driver, host, tmp_path):
    desk = SmallDesk(tmp_path / "var", allowed_origins=(host.url,))
    host.gateway = desk.url
    page = Page(driver, host.url)
    page.emulate(1360, 860)
    page.complaints()
    yield page
    driver.get("about:blank")
    desk.stop()


def test_it_works_across_origins_under_a_strict_policy(page, host):
    host.lang = "zh-CN"
    page.visit().open().say("你好")
    page.wait_for("你好", "You said 你好")
    page.visit().wait_for("你好", "You said 你好")
    page.open().say("再问一次")
    page.wait_for("你好", "You said 你好", "再问一次", "You said 再问一次")
    assert page.complaints() == []


def test_trusted_types_and_hostile_styles_change_nothing(page, host):
    host.policy += TRUSTED_TYPES
    host.css = HOSTILE
    page.visit().open()
    assert page.find(".launcher").is_displayed()
    assert page.find("h2").value_of_css_property("font-size") == "17px"
    page.say("how do I wash it?")
    page.wait(lambda: len(page.texts()) == 2, "the answer")
    page.find(".sources summary").click()
    page.find(".thumb.down").click()
    page.find(".comment textarea").send_keys("more")
    page.find(".comment .chip").click()
    page.wait(lambda: not page.find_all(".comment"), "the comment to be taken")
    page.find(".plain.save").click()
    assert page.complaints() == []


def test_text_never_becomes_markup(page, host):
    host.attributes = dict.fromkeys(("title", "subtitle", "welcome", "suggestions", "accent", "lang", "dir"), MARKUP)
    page.visit().open()
    assert page.find("h2").text == page.find(".names p").text == page.find(".welcome .bubble").text == MARKUP
    page.find(".welcome .chip").click()
    page.wait(lambda: len(page.texts()) == 2, "the echo", page.texts)
    page.say(f"markup {MARKUP}")
    page.wait(lambda: len(page.texts()) == 4, "the answer", page.texts)
    assert page.texts()[2:] == [f"markup {MARKUP}", MARKUP]
    assert MARKUP in page.find_all(".log .chip")[-1].text
    assert page.find_all("img, script") == []
    assert page.driver.execute_script("return window.pwned") is None


def test_the_page_chooses_language_colour_side_and_scheme(page, host):
    host.lang = "zh-CN"
    host.attributes = {"title": "客服", "accent": "#ffd24a", "theme": "dark", "position": "left"}
    page.visit().open()
    assert page.find("h2").text == "客服"
    assert page.find(".field textarea").get_attribute("placeholder") == "请输入消息…"
    assert page.find(".launcher").value_of_css_property("background-color") == "rgba(255, 210, 74, 1)"
    assert page.find(".launcher").value_of_css_property("color") == "rgba(0, 0, 0, 1)", "dark ink on a light accent"
    assert page.find(".frontdesk").get_attribute("data-scheme") == "dark"
    assert page.find(".panel").rect["x"] < 100


def test_the_page_themes_through_variables(page, host):
    host.policy += "; style-src 'self'"
    host.css = "frontdesk-widget { --frontdesk-accent: rgb(90, 40, 120); --frontdesk-radius: 4px }"
    page.visit().open()
    assert page.find(".launcher").value_of_css_property("background-color") == "rgba(90, 40, 120, 1)"
    assert page.find(".launcher").value_of_css_property("color") == "rgba(255, 255, 255, 1)"
    assert page.find(".panel").value_of_css_property("border-radius") == "4px"


def test_right_to_left_mirrors_everything_that_has_a_side(page, host):
    host.dir, host.lang = "rtl", "ar"
    page.visit().open().say("how do I wash it? שלום")
    page.wait(lambda: len(page.texts()) == 2, "the answer", page.texts)
    assert page.find(".panel").rect["x"] < 100 and page.find(".launcher").rect["x"] < 100
    assert page.find(".customer .bubble").rect["x"] < page.find(".log .bot .bubble").rect["x"]
    assert page.find(".plain.close").rect["x"] < page.find("h2").rect["x"]
    assert page.find(".send").rect["x"] < page.find(".field textarea").rect["x"]
    assert page.find(".turn").value_of_css_property("transform") == "matrix(-1, 0, 0, 1, 0, 0)"
    assert page.find(".field textarea").get_attribute("dir") == "rtl"
    page.type("hello")
    assert page.find(".field textarea").get_attribute("dir") == "auto"


def test_a_page_that_is_not_listed_gets_no_conversation(driver, host, tmp_path):
    desk = SmallDesk(tmp_path / "var")
    host.gateway = desk.url
    page = Page(driver, host.url).visit().open()
    page.say("hello")
    page.wait(lambda: any("CORS" in line for line in page.complaints()), "the browser to refuse")
    page.wait(lambda: "No connection" in page.find(".notice").text, "the notice")
    assert page.texts(".pending") == ["hello"]
    assert desk.rows("SELECT 1 FROM conversations") == []
    driver.get("about:blank")
    desk.stop()
