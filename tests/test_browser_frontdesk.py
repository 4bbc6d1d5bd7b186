"""The whole product in a browser: demo page, widget, gateway, dialogue, answers, as `frontdesk up` starts them."""

import pytest
from browser_driver import Page

QUESTION = "Can I take gas cartridges with express delivery?"


@pytest.fixture(scope="module")
def page(driver, frontdesk):
    page = Page(driver, frontdesk.url)
    page.emulate(1360, 860)
    page.complaints()
    return page.visit()


def said(page, count):
    return page.wait(lambda: len(page.texts()) >= count and page.texts(), f"{count} messages", page.texts, 40)


def test_a_visitor_asks_presses_a_button_and_comes_back(page):
    page.driver.find_element("css selector", f"[data-ask='{QUESTION}']").click()
    assert said(page, 2)[0] == QUESTION
    page.find(".sources summary").click()
    assert page.find(".source-title").text and page.find(".source-excerpt").text
    page.find(".thumb.up").click()
    page.wait(lambda: page.find(".rating-state").text == "Thank you.", "the thanks")

    page.say("Which horse won the derby in 1971?")
    said(page, 4)
    [button] = [chip for chip in page.find_all(".log .chip") if chip.is_displayed() and "person" in chip.text.lower()]
    button.click()
    everything = said(page, 6)
    assert everything[4] == "Talk to a person"

    page.visit()
    assert said(page, 6) == everything
    assert page.complaints() == []
