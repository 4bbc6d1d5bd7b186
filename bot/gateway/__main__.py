"""Serve the gateway: ``python -m bot.gateway``."""

from __future__ import annotations

import logging

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from bot import log
from bot.errors import BotError
from bot.gateway.app import create_app
from bot.process import stop_with_parent
from bot.settings import load_settings

# Turns at work may finish after a stop was asked for; seconds.
SHUTDOWN_TIMEOUT = 10.0
# A connection on which no whole request arrives is closed after this time; longer than proxies keep theirs (60), or
# they would send a request into a closing one. Seconds.
IDLE_TIMEOUT = 75.0


def is_ours(record: logging.LogRecord) -> bool:
    """Say no to what aiohttp logs of requests that are no HTTP: their bytes may be a token, and nothing limits them."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


def main() -> None:
    """Start the gateway and serve until it is stopped."""
    stop_with_parent()
    log.configure("gateway")
    logging.getLogger("aiohttp.server").addFilter(is_ours)
    settings = load_settings()
    web.run_app(
        create_app(settings),
        host=settings.gateway.host,
        port=settings.gateway.port,
        access_log=None,
        print=None,
        shutdown_timeout=SHUTDOWN_TIMEOUT,
        keepalive_timeout=IDLE_TIMEOUT,
        handler_cancellation=False,
    )


if __name__ == "__main__":
    try:
        main()
    except BotError as exc:
        raise SystemExit(str(exc)) from exc  # one sentence in the log, which `frontdesk up` repeats
