"""Starts one dialogue worker: ``python -m bot.dialogue`` (``FRONTDESK_WORKER`` is its index, 0 when unset)."""

from __future__ import annotations

import logging
import os

from aiohttp import web

from bot import log
from bot.dialogue import environment
from bot.process import stop_with_parent
from bot.settings import load_settings


def main() -> None:
    """Load Rasa and the newest model, then listen on loopback."""
    stop_with_parent()
    settings = load_settings()
    index = int(os.environ.get("FRONTDESK_WORKER", "0"))
    environment.prepare(settings.dialogue.threads)
    from bot.dialogue.agent import Dialogue, latest_model
    from bot.dialogue.service import create_app

    environment.adapt_rasa()
    log.configure(f"dialogue-{index}")
    dialogue = Dialogue.load(latest_model(settings.models_dir), settings.tracker_db)
    logging.getLogger(__name__).info("worker %d serves model %s", index, dialogue.model_name)
    app = create_app(settings, dialogue)
    web.run_app(app, host="127.0.0.1", port=settings.dialogue.ports[index], print=None, access_log=None)


if __name__ == "__main__":
    main()
