"""Log set-up for all processes: one line per event on stderr, customer text never at INFO."""

from __future__ import annotations

import logging
import os
from pathlib import Path

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


def configure(process: str) -> None:
    """Send log lines of this process to stderr with its name; ``FRONTDESK_LOG_LEVEL`` sets the level."""
    level = os.environ.get("FRONTDESK_LOG_LEVEL", "INFO").upper()
    logging.basicConfig(
        level=level if level in LEVELS else "INFO",
        format=f"%(asctime)s {process} %(levelname)s %(name)s: %(message)s",
        force=True,
    )
    # Libraries that print the text of every message at DEBUG or every request at INFO.
    for name in ("aiohttp.access", "rasa", "rasa_sdk", "matplotlib", "urllib3", "httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)


def tail(path: Path, lines: int = 15) -> str:
    """Return the last lines of a log file, nothing when it does not exist."""
    if not path.exists():
        return ""
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
