"""What a page can do with the widget from a script, and what it hears of it."""

import time

import pytest
from browser_driver import IDENTIFY_SECRET, Page, SmallDesk
from host_page import HostPage

from bot.gateway.identities import sign

RECORDER = """<script>
  window.heard = [];
  window.Frontdesk = window.Frontdesk || [];
  for (const name of ["ready", "open", "close", "message", "unread", "handoff", "identified", "error"])
    Frontdesk.push(["on", name, (detail) => heard.push([name, detail ?? null])]);
</script>"""


@pytest.fixture
def host():
    page = HostPage()
    page.policy, page.head = "", RECORDER
    yield page
    page.close()


@pytest.fixture
def page(driver, host, tmp_path):
    page = Page(driver, host.url)
    desk = page.desk = SmallDesk(tmp_path / "var", allowed_origins=(host.url,))
    host.gateway = desk.url
    page.emulate(1360, 860)
    yield page
    # Refusals that were meant are no complaint in the next test.
    page.complaints()
    driver.get("about:blank")
    desk.stop()


def heard(page, *names):
    return [detail for name, detail in page.driver.execute_script("return heard") if name in names]


def signed(user_id="anna", **fields):
    fields = {"user_id": user_id, "expires": int(time.time()) + 3600, **fields}
    return {**fields, "signature": sign(IDENTIFY_SECRET, fields)}


def call(page, script, *values):
    """The result of a promise, or the code or name of what it was rejected with."""
    run = f"const [done] = [...arguments].slice(-1); ({script}).then(done, e => done(e.code ?? e.name))"
    return page.driver.execute_async_script(run, *values)


def kept(page):
    return page.driver.execute_script("return Object.keys(localStorage).map(k => k.split(':').slice(-2).join(':'))")


def test_calls_before_loading_wait_for_it(page, host):
    host.head += "<script>Frontdesk.push(['nonsense'], ['ask', 'early'], ['open'])</script>"
    page.visit().wait_for("early", "You said early")
    assert page.find(".panel").is_displayed()
    assert any("nonsense" in line for line in page.complaints()), "the page's author is told"


def test_events(page):
    page.visit()
    page.wait(lambda: heard(page, "ready") == [None], "ready")
    assert call(page, "new Promise(done => Frontdesk.on('ready', done))") is None, "who comes late hears it too"
    call(page, "Frontdesk.toggle()")
    page.say("person")
    page.wait_for("person", "A person will answer.")
    page.wait(lambda: heard(page, "handoff"), "the handoff")
    assert heard(page, "handoff") == [{"owner": "queued", "agent": ""}]
    assert page.find(".names p").text == "A person will answer you here"
    call(page, "Frontdesk.toggle()")
    page.desk.answer_as_agent("Maren", "Here I am.")
    page.wait(lambda: heard(page, "unread") == [1], "the count")
    call(page, "Frontdesk.open()")
    assert heard(page, "unread") == [1, 0]
    assert len(heard(page, "open")) == 2 and len(heard(page, "close")) == 1
    said = [(message["from"], message["text"]) for message in heard(page, "message")]
    assert said == [("customer", "person"), ("bot", "A person will answer."), ("agent", "Here I am.")]
    assert heard(page, "handoff")[1]["owner"] == "human"
    page.driver.execute_script("heard.length = 0")
    page.visit().wait(lambda: len(page.texts()) == 3, "the conversation", page.texts)
    assert heard(page, "message") == [], "what was said before is no news"


def test_a_handler_can_be_taken_back_and_its_mistake_is_its_own(page):
    page.visit()
    page.driver.execute_script(
        "window.count = 0; window.handler = () => count++; const no = () => { throw new Error('of the page') };"
        "Frontdesk.on('open', no).on('open', handler); Frontdesk.open()"
    )
    page.wait(lambda: page.driver.execute_script("return count") == 1, "the handler")
    page.driver.execute_script("Frontdesk.off('open', handler); Frontdesk.close(); Frontdesk.open()")
    page.wait(lambda: len(heard(page, "open")) == 2, "the second opening")
    assert page.driver.execute_script("return count") == 1
    assert page.driver.execute_script("try { Frontdesk.on('opened', 1) } catch (e) { return e.name }") == "RangeError"


def test_a_signed_customer_is_known_from_the_first_word(page):
    page.visit()
    page.driver.execute_script("Frontdesk.push(['identify', arguments[0]])", signed(name="Anna", email="a@b.example"))
    time.sleep(0.5)
    assert kept(page) == [], "nothing goes out before the visitor opens the chat"
    page.open()
    page.wait(lambda: heard(page, "identified"), "the answer")
    who = {"user_id": "anna", "name": "Anna", "email": "a@b.example"}
    assert heard(page, "identified") == [who]
    assert page.desk.rows("SELECT customer_id, customer_name FROM conversations") == [("anna", "Anna")]
    page.say("hello")
    page.wait_for("hello", "You said hello")
    page.visit()
    assert call(page, "Frontdesk.identify(arguments[0])", signed()) == {**who, "name": "", "email": ""}, "at once"
    page.wait_for("hello", "You said hello")


@pytest.mark.parametrize(
    ("change", "code", "status"),
    [({"signature": "0" * 64}, "invalid_signature", 403), ({"user_id": "ben"}, "invalid_signature", 403),
     ({"signature": ""}, "TypeError", None)],
)  # fmt: skip
def test_a_wrong_signature_is_said_and_the_conversation_goes_on(page, change, code, status):
    page.visit().open()
    assert call(page, "Frontdesk.identify(arguments[0])", {**signed(), **change}) == code
    page.say("hello")
    page.wait_for("hello", "You said hello")
    assert [error["status"] for error in heard(page, "error")] == ([status] if status else [])
    assert heard(page, "identified") == []


def test_another_customer_gets_a_conversation_of_their_own(page):
    page.visit().open()
    call(page, "Frontdesk.identify(arguments[0])", signed("anna"))
    page.say("my secret")
    page.wait_for("my secret", "You said my secret")
    page.visit()
    assert call(page, "Frontdesk.identify(arguments[0])", signed("ben"))["user_id"] == "ben"
    page.wait_for()
    page.open().say("hello")
    page.wait_for("hello", "You said hello")
    rows = page.desk.rows("SELECT customer_id, last_seq FROM conversations ORDER BY created_at")
    assert rows == [("anna", 2), ("ben", 2)]


def test_logging_out_leaves_nothing_here_or_in_another_tab(page):
    page.visit().open().say("my secret")
    page.wait_for("my secret", "You said my secret")
    first = page.driver.current_window_handle
    page.driver.switch_to.new_window("tab")
    page.visit().wait_for("my secret", "You said my secret")
    second = page.driver.current_window_handle
    try:
        page.driver.switch_to.window(first)
        call(page, "Frontdesk.logout()")
        page.wait_for()
        assert {name.rpartition(":")[2] for name in kept(page)} <= {"left", "seen"}
        assert not page.find(".panel").is_displayed()
        page.driver.switch_to.window(second)
        page.wait_for()
        page.driver.close()
    finally:
        page.driver.switch_to.window(first)
    page.open().say("somebody else")
    page.wait_for("somebody else", "You said somebody else")
    assert len(page.desk.rows("SELECT 1 FROM conversations")) == 2


def test_a_session_is_refreshed_and_stays_the_same(page):
    page.visit().open().say("hello")
    page.wait_for("hello", "You said hello")
    key = "Object.keys(localStorage).find(k => k.endsWith(':refreshed'))"
    page.driver.execute_script(f"localStorage.setItem({key}, '1'); sessionStorage.clear()")
    page.visit()
    page.wait(lambda: page.driver.execute_script(f"return Number(localStorage[{key}])") > 1e12, "the fresh token")
    asked = "return performance.getEntriesByType('resource').filter(e => e.name.endsWith('/sessions')).length"
    assert page.driver.execute_script(asked) == 1
    page.open().say("again")
    page.wait_for("hello", "You said hello", "again", "You said again")
    assert page.find_all(".divider") == []
    page.visit().wait(lambda: len(page.texts()) == 4, "the conversation", page.texts)
    assert page.driver.execute_script(asked) == 0, "once a day"
    fresh = (
        "dispatchEvent(new StorageEvent('storage', {key: Object.keys(localStorage).find(k => k.endsWith(':token'))}))"
    )
    swap = "const k = Object.keys(localStorage).find(k => k.endsWith(':token')); const t = JSON.parse(localStorage[k]);"
    page.driver.execute_script(swap + "localStorage[k] = JSON.stringify(t.split('.')[0] + '.other.tab');" + fresh)
    assert len(page.texts()) == 4 and page.find_all(".divider") == [], "another tab's fresh token is the same session"


def test_a_conversation_is_told_apart_from_another_of_the_same_browser(page):
    page.visit().open().say("hello")
    page.wait_for("hello", "You said hello")
    page.driver.execute_script(
        "const k = Object.keys(localStorage).find(k => k.endsWith(':token')); localStorage[k] = '\"another.one.x\"';"
        "dispatchEvent(new StorageEvent('storage', {key: k}))"
    )
    page.wait(lambda: page.find_all(".divider"), "the notice")
