"""Serve the gateway: ``python -m bot.gateway``."""

from __future__ import annotations

from aiohttp import web

from bot import log
from bot.errors import BotError
from bot.gateway.app import create_app
from bot.process import stop_with_parent
from bot.settings import load_settings

# Turns at work may finish after a stop was asked for; seconds.
SHUTDOWN_TIMEOUT = 10.0


def main() -> None:
    """Start the gateway and serve until it is stopped."""
    stop_with_parent()
    log.configure("gateway")
    settings = load_settings()
    web.run_app(
        create_app(settings),
        host=settings.gateway.host,
        port=settings.gateway.port,
        access_log=None,
        print=None,
        shutdown_timeout=SHUTDOWN_TIMEOUT,
        handler_cancellation=False,
    )


if __name__ == "__main__":
    try:
        main()
    except BotError as exc:
        raise SystemExit(str(exc)) from exc  # one sentence in the log, which `frontdesk up` repeats
