"""Starts the answers service: ``python -m bot.answering``."""

from __future__ import annotations

import sys

from aiohttp import web

from bot import log
from bot.answering.service import create_app
from bot.errors import SettingsError
from bot.process import stop_with_parent
from bot.settings import load_settings


def main() -> None:
    """Serve on loopback until stopped; exits with 2 when the settings do not allow a start."""
    stop_with_parent()
    log.configure("answers")
    try:
        settings = load_settings()
        if not settings.answers.port:
            raise SettingsError("answers.port is 0. Start with: frontdesk up, or set FRONTDESK_ANSWERS_PORT.")
        app = create_app(settings)
    except SettingsError as exc:
        sys.stderr.write(f"{exc}\n")
        raise SystemExit(2) from exc
    web.run_app(app, host="127.0.0.1", port=settings.answers.port, print=None, access_log=None)


if __name__ == "__main__":
    main()
