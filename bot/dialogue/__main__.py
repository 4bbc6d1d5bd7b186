"""Starts one dialogue worker: ``python -m bot.dialogue`` (``FRONTDESK_WORKER`` is its index, 0 when unset)."""

from __future__ import annotations

import logging
import os

from aiohttp import web

from bot import log
from bot.dialogue import environment, lean
from bot.dialogue.models import chosen_model
from bot.errors import BotError
from bot.process import stop_with_parent
from bot.settings import load_settings


def main() -> None:
    """Load Rasa and the model that ``FRONTDESK_MODEL`` names, the newest when it names none; listen on loopback."""
    stop_with_parent()
    settings = load_settings()
    index = int(os.environ.get("FRONTDESK_WORKER", "0"))
    model = chosen_model(settings.models_dir, os.environ.get("FRONTDESK_MODEL", ""))
    environment.prepare(settings.dialogue.threads)
    lean.import_rasa("rasa.core.agent", lean.components_of_model(model), lean.BYSTANDERS)
    from bot.dialogue.agent import Dialogue
    from bot.dialogue.service import create_app

    environment.adapt_rasa()
    log.configure(f"dialogue-{index}")
    dialogue = Dialogue.load(model, settings)
    logging.getLogger(__name__).info("worker %d serves model %s", index, dialogue.model_name)
    app = create_app(settings, dialogue)
    web.run_app(app, host="127.0.0.1", port=settings.dialogue.ports[index], print=None, access_log=None)


if __name__ == "__main__":
    try:
        main()
    except BotError as exc:
        raise SystemExit(str(exc)) from exc  # one sentence in the log, which `frontdesk train` and `reload` repeat
