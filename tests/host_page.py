"""Somebody else's page with the widget on it: another origin, with whatever policy, styles and attributes it likes."""

from __future__ import annotations

import html
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGE = """<!doctype html><html lang="{lang}" dir="{dir}"><head><meta charset="utf-8"><title>host</title>
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<link rel="icon" href="data:,">{head}</head><body><main><h1>host</h1><p>A page with a widget.</p></main>
<script src="{gateway}/widget.js" {attributes} defer></script></body></html>"""


class HostPage:
    """A site of its own. Its ``policy`` allows the gateway and nothing else; an empty one allows everything."""

    def __init__(self) -> None:
        self.gateway = ""
        self.lang, self.dir, self.head = "en", "ltr", ""
        self.css = ""
        self.attributes: dict[str, str] = {}
        self.policy = "default-src 'none'; img-src data:; script-src {gateway}; connect-src {gateway} {socket}"
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                style = self.path.endswith(".css")
                self.send_response(200)
                self.send_header("Content-Type", "text/css" if style else "text/html; charset=utf-8")
                if host.policy:
                    socket = host.gateway.replace("http", "ws")
                    policy = host.policy.format(gateway=host.gateway, socket=socket)
                    self.send_header("Content-Security-Policy", policy)
                self.end_headers()
                self.wfile.write((host.css if style else host.html()).encode())

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://localhost:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def html(self) -> str:
        attributes = " ".join(f'data-{name}="{html.escape(value)}"' for name, value in self.attributes.items())
        head = self.head + ('<link rel="stylesheet" href="/host.css">' if self.css else "")
        return PAGE.format(lang=self.lang, dir=self.dir, head=head, gateway=self.gateway, attributes=attributes)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
