"""A conversation longer than a page: the widget asks on, the desk begins at the end and goes back when asked."""

import pytest
from browser_driver import Page
from desk_driver import DeskPage, StaffedDesk, new_window

from bot.gateway import conversations, stream
from bot.gateway.desk import inbox


@pytest.fixture
def desk(tmp_path, monkeypatch):
    for module in (conversations, stream, inbox):
        monkeypatch.setattr(module, "PAGE", 3)
    desk = StaffedDesk(tmp_path / "var")
    yield desk
    desk.stop()


@pytest.fixture
def customer(driver, desk):
    first, page = driver.current_window_handle, Page(driver, desk.url)
    page.emulate(1360, 860)
    yield page
    for handle in driver.window_handles:
        driver.switch_to.window(handle)
        if handle != first:
            driver.close()
    driver.switch_to.window(first)
    driver.delete_all_cookies()
    driver.get("about:blank")


def test_a_long_conversation_is_whole_in_the_widget_and_reached_from_its_end_at_the_desk(driver, desk, customer):
    customer.visit().open()
    for text in ("two", "hello", "person"):
        customer.say(text)
        customer.wait(lambda text=text: text in customer.texts()[:-1], f"an answer to {text}", customer.texts)
    said = customer.texts()
    assert len(said) == 7
    driver.refresh()
    customer.open()
    customer.wait_for(*said)

    first, _ = driver.current_window_handle, new_window(driver)
    page = DeskPage(driver, desk.url)
    page.emulate(1440, 900)
    page.log_in("Maren").choose("person")
    page.wait_for_said(*said[-3:])
    page.press("Earlier messages")
    page.wait_for_said(*said[-6:])
    page.press("Earlier messages")
    page.wait_for_said(*said)
    assert not page.find(".scroll > button").is_displayed()
    second = driver.current_window_handle
    driver.switch_to.window(first)
    customer.say("thank you")
    driver.switch_to.window(second)
    page.wait(lambda: page.said()[:8] == [*said, "thank you"], "what was asked for stays", page.said)
