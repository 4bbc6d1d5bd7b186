"""Makes what a first start needs and is not there yet: demo tickets, the index, the dialogue model.

Each step says what it does, is skipped when it has been done, and can be interrupted and repeated. Run as
``python -m bot.prepare``; ``frontdesk up`` does.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

import click
from tqdm import tqdm

from bot.errors import BotError
from bot.log import tail
from bot.progress import advance
from bot.settings import PROJECT_ROOT, Settings, load_settings, signing_secret
from retrieval.errors import IndexMismatch, IndexMissing, RetrievalError

Say = Callable[[str], None]

DEMO_TICKETS = PROJECT_ROOT / "training_data" / "tickets"


def prepare_apart() -> None:
    """Run all steps in a process of its own, so that models and index do not stay in the memory of `frontdesk up`.

    Raises:
        BotError: a step failed; its message is on the screen.
    """
    done = subprocess.run([sys.executable, "-W", "ignore", "-m", "bot.prepare"], cwd=PROJECT_ROOT, check=False)
    if done.returncode:
        raise BotError("The installation could not be prepared; the reason is above.")


def prepare(settings: Settings, say: Say) -> None:
    """Run all steps that are still needed."""
    settings.var.mkdir(parents=True, exist_ok=True)
    ensure_tickets(settings, say)
    ensure_index(settings, say)
    ensure_model(settings, say)


def ensure_tickets(settings: Settings, say: Say) -> None:
    """Import the demo team's tickets into an empty store; a store with any ticket of its own in it is left alone."""
    from retrieval.importers import import_tickets
    from retrieval.store import TicketStore

    unfinished = settings.var / "demo-import-unfinished"  # a kill between two files must not pass for a full store
    with TicketStore(settings.tickets_db) as store:
        if store.count() and not unfinished.exists():
            say(f"tickets: {store.count()} in the store")
            return
        unfinished.touch()
        for path in sorted(DEMO_TICKETS.glob("*.jsonl")):
            import_tickets(path, store, form="jsonl", mapping={}, secret=signing_secret(settings))
        unfinished.unlink()
        say(f"tickets: imported {store.count()} of the demo shop (bring your own: frontdesk tickets import FILE)")


def ensure_index(settings: Settings, say: Say) -> None:
    """Build the index unless it fits the tickets and the embedder already."""
    from bot.answering.opening import embedder_of, index_options
    from retrieval.index import build_index, load_index
    from retrieval.store import TicketStore

    embedder, options = embedder_of(settings), index_options(settings)
    with TicketStore(settings.tickets_db) as store:
        try:
            load_index(settings.index_dir, embedder, content_hash=store.content_hash(), options=options)
            say("index: up to date")
            return
        except (IndexMissing, IndexMismatch):
            pass
        with tqdm(total=store.count(), desc="index", unit="ticket") as bar:
            build_index(store, embedder, settings.index_dir, advance(bar), options)


def ensure_model(settings: Settings, say: Say) -> None:
    """Train Rasa unless the newest model was made from today's training data.

    Raises:
        BotError: training failed.
    """
    from bot.dialogue.train import is_current

    if is_current(settings):
        say("dialogue model: up to date")
        return
    train_model(settings, say)


def train_model(settings: Settings, say: Say) -> None:
    """Train Rasa in a process of its own, with the elapsed time on the screen and its output in a log.

    A failed training must not leave half of TensorFlow behind in the caller.

    Raises:
        BotError: training failed; holds the end of the log.
    """
    log = settings.var / "log" / "train.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-W", "ignore", "-m", "bot.dialogue.train"]
    with log.open("w") as output, tqdm(desc="dialogue model: training", bar_format="{desc} {elapsed}") as bar:
        child = subprocess.Popen(command, cwd=PROJECT_ROOT, stdout=output, stderr=subprocess.STDOUT)
        while child.poll() is None:
            bar.update()
            time.sleep(0.5)
    if child.returncode:
        raise BotError(f"Training failed, an older model stays in use. The end of {log}:\n{tail(log)}")
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith("Warning: "):
            say(line)
    say("dialogue model: trained")


def main() -> None:
    """Prepare the installation that the environment names."""
    try:
        prepare(load_settings(), click.echo)
    except (BotError, RetrievalError) as exc:
        raise SystemExit(f"Error: {exc}") from exc


if __name__ == "__main__":
    main()
