"""The widget on somebody else's page: another origin, a strict policy, other words and colours."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from browser_driver import Page, SmallDesk

HTML = """<!doctype html><html lang="zh-CN" dir="{dir}"><head><meta charset="utf-8"><title>host</title>
<link rel="icon" href="data:,"></head><body><h1>host</h1>
<script src="{gateway}/widget.js" data-title="客服" data-accent="#ffd24a" data-theme="dark"
  data-position="left"></script>
</body></html>"""


class HostPage:
    """A site of its own, with a policy that allows the gateway and nothing else."""

    def __init__(self) -> None:
        self.gateway = ""
        self.dir = "ltr"
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Security-Policy", host.policy())
                self.end_headers()
                self.wfile.write(HTML.format(gateway=host.gateway, dir=host.dir).encode())

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://localhost:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def policy(self) -> str:
        socket = self.gateway.replace("http", "ws")
        return f"default-src 'none'; img-src data:; script-src {self.gateway}; connect-src {self.gateway} {socket}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


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


def test_it_works_across_origins_under_a_strict_policy(page):
    page.visit().open().say("你好")
    page.wait_for("你好", "You said 你好")
    page.visit().wait_for("你好", "You said 你好")
    page.open().say("再问一次")
    page.wait_for("你好", "You said 你好", "再问一次", "You said 再问一次")
    assert page.complaints() == []


def test_the_page_chooses_language_colour_side_and_scheme(page):
    page.visit().open()
    assert page.find("h2").text == "客服"
    assert page.find(".field textarea").get_attribute("placeholder") == "请输入消息…"
    assert page.find(".launcher").value_of_css_property("background-color") == "rgba(255, 210, 74, 1)"
    assert page.find(".launcher").value_of_css_property("color") == "rgba(17, 17, 17, 1)", "dark ink on a light accent"
    assert page.find(".frontdesk").get_attribute("data-scheme") == "dark"
    assert page.find(".panel").rect["x"] < 100


def test_right_to_left(page, host):
    host.dir = "rtl"
    page.visit().open().say("shalom")
    page.wait_for("shalom", "You said shalom")
    assert page.find(".customer .bubble").rect["x"] < page.find(".bot .bubble").rect["x"]


def test_a_page_that_is_not_listed_gets_nothing(driver, host, tmp_path):
    desk = SmallDesk(tmp_path / "var")
    host.gateway = desk.url
    driver.get(host.url)
    page = Page(driver, host.url)
    page.wait(lambda: any("CORS" in line for line in page.complaints()), "the browser to refuse")
    assert driver.find_elements("css selector", "frontdesk-widget") == []
    desk.stop()
