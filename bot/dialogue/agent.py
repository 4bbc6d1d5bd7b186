"""Loads Rasa's Agent with our endpoint and tracker store, and runs single turns on it.

Import only after :func:`bot.dialogue.environment.prepare`: importing Rasa takes seconds and starts thread pools.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.events import BotUttered, UserUttered

from bot.dialogue.channel import TurnChannel
from bot.dialogue.endpoint import InProcessEndpoint, failures, record_failure
from bot.dialogue.tracker_store import DurableTrackerStore
from bot.errors import DialogueUnavailable
from bot.messages import Reply

log = logging.getLogger(__name__)


class Dialogue:
    """Rasa's Agent for one worker; one turn per conversation at a time."""

    def __init__(self, agent: Agent, store: DurableTrackerStore) -> None:
        self._agent = agent
        self._store = store
        # A lock lives as long as a turn holds it or waits for it.
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @classmethod
    def load(cls, model: Path, tracker_db: Path) -> Dialogue:
        """Load the model archive and open the tracker store."""
        store = DurableTrackerStore(tracker_db)
        agent = Agent(tracker_store=store, action_endpoint=InProcessEndpoint())
        agent.tracker_store = store  # not Rasa's fail-safe wrapper: see tracker_store.py
        agent.load_model(str(model))
        agent.processor.on_circuit_break = lambda *_: record_failure("an action was predicted again and again")
        return cls(agent, store)

    @property
    def model_name(self) -> str:
        """Return the archive's file name."""
        return str(self._agent.model_name)

    async def turn(self, sender_id: str, text: str, message_id: str) -> AsyncGenerator[Reply, None]:
        """Run one turn and yield its replies as they appear; closing the generator early cancels the turn.

        Raises:
            DialogueUnavailable: an action failed, the tracker could not be stored, or Rasa raised. Replies yielded
                before stay valid.
        """
        noted: list[str] = []
        failures.set(noted)
        channel = TurnChannel()
        task = asyncio.create_task(self._handle(sender_id, text, message_id, channel))
        try:
            async for reply in _drain(channel.queue, task):
                yield reply
            await task
        except DialogueUnavailable:
            raise
        except Exception as exc:
            log.exception("turn failed")
            raise DialogueUnavailable(f"The dialogue core failed: {type(exc).__name__}") from exc
        finally:
            task.cancel()
            # Whoever is told that the turn is over can rely on it: nothing is stored after this.
            await asyncio.gather(task, return_exceptions=True)
        if noted:
            raise DialogueUnavailable("; ".join(noted))

    async def _handle(self, sender_id: str, text: str, message_id: str, channel: TurnChannel) -> None:
        # Rasa locks later. A gateway that died in the middle of a turn asks again while the first turn still runs, and
        # the second must wait here until it can see what the first has done.
        lock = self._locks.setdefault(sender_id, asyncio.Lock())
        async with lock:
            if message_id and self._store.last_message_id(sender_id) == message_id:
                await self._repeat(sender_id, channel)
                return
            message = UserMessage(text, channel, sender_id, input_channel=channel.name(), message_id=message_id)
            # Parsed here rather than inside handle_message, so that replies know the intent's confidence.
            message.parse_data = await self._agent.processor.parse_message(message)
            channel.confidence = intent_confidence(message.parse_data)
            await self._agent.handle_message(message)

    async def _repeat(self, sender_id: str, channel: TurnChannel) -> None:
        """Say again what the last turn said: the gateway asks again if it died before it could store the replies."""
        tracker = await self._store.retrieve(sender_id)
        events = list(tracker.events) if tracker else []
        turns = [at for at, event in enumerate(events) if isinstance(event, UserUttered)]
        if not turns:
            return
        channel.confidence = intent_confidence(events[turns[-1]].parse_data)
        for event in events[turns[-1] :]:
            if isinstance(event, BotUttered):
                await channel.send_response(sender_id, event.message())

    async def warm_up(self) -> None:
        """Parse one sentence, so that the first customer does not wait for lazy initialisation."""
        await self._agent.processor.parse_message(UserMessage("hello"))


def intent_confidence(parse_data: dict[str, Any]) -> float:
    """Return the confidence of the best intent that is not the fallback, 0..1."""
    ranking = parse_data.get("intent_ranking") or [parse_data["intent"]]
    named = [item for item in ranking if item.get("name") != "nlu_fallback"]
    return max((float(item.get("confidence") or 0.0) for item in named), default=0.0)


async def _drain(queue: asyncio.Queue[Reply], task: asyncio.Task[None]) -> AsyncGenerator[Reply, None]:
    """Yield what is put into ``queue`` until ``task`` has ended and the queue is empty."""
    while not (task.done() and queue.empty()):
        getter = asyncio.ensure_future(queue.get())
        try:
            await asyncio.wait({getter, task}, return_when=asyncio.FIRST_COMPLETED)
            if getter.done():
                yield getter.result()
        finally:
            getter.cancel()


def latest_model(folder: Path) -> Path:
    """Return the newest model archive in ``folder``.

    Raises:
        DialogueUnavailable: there is none.
    """
    archives = sorted(folder.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    if not archives:
        raise DialogueUnavailable(f"There is no trained model in {folder}. Run: frontdesk train")
    return archives[-1]
