"""Loads Rasa's Agent with our endpoint and tracker store, and runs single turns on it.

Import only after :func:`bot.dialogue.environment.prepare`: importing Rasa takes seconds and starts thread pools.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncGenerator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.core.lock_store import LockStore
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.dialogue.channel import TurnChannel
from bot.dialogue.endpoint import InProcessEndpoint, failures, record_failure
from bot.dialogue.lock_store import LocalLocks, RedisLocks
from bot.dialogue.opening import tell_hours
from bot.dialogue.parts import (
    LANGUAGE,
    STOPPED,
    Part,
    Reader,
    intent_of,
    is_open,
    is_over,
    may_go_on,
    spoken_in,
    waiting,
)
from bot.dialogue.silence import break_silence
from bot.dialogue.tracker_store import DurableTrackerStore
from bot.errors import DialogueUnavailable
from bot.messages import CUSTOMER, WAITING, Reply
from bot.nlu.requests import FLOWS
from bot.settings import Settings

log = logging.getLogger(__name__)

# One of each language that has an embedder of its own.
FIRST_SENTENCES = ("hello", "你好")


class Dialogue:
    """Rasa's Agent for one worker; one turn per conversation at a time."""

    def __init__(self, agent: Agent, store: DurableTrackerStore, locks: LockStore | None = None) -> None:
        self._agent = agent
        self._store = store
        self._locks = locks or LocalLocks()

    @classmethod
    def load(cls, model: Path, settings: Settings) -> Dialogue:
        """Load the model archive and open the tracker store and the locks that settings name."""
        store = DurableTrackerStore(settings.dialogue.tracker_url or settings.tracker_db)
        locks = RedisLocks(settings.dialogue.lock_url) if settings.dialogue.lock_url else LocalLocks()
        # Rasa locks again inside; its own tickets run out after a minute, however long a turn may take.
        agent = Agent(tracker_store=store, lock_store=LocalLocks(), action_endpoint=InProcessEndpoint())
        agent.tracker_store = store  # not Rasa's fail-safe wrapper: see tracker_store.py
        agent.load_model(str(model))
        tell_hours(agent.domain.responses, settings.desk)
        agent.processor.on_circuit_break = lambda *_: record_failure("an action was predicted again and again")
        return cls(agent, store, locks)

    @property
    def model_name(self) -> str:
        """Return the archive's file name."""
        return str(self._agent.model_name)

    async def turn(
        self, sender_id: str, text: str, message_id: str, language: str = "", customer: Mapping[str, str] | None = None
    ) -> AsyncGenerator[Reply, None]:
        """Run one turn and yield its replies as they appear; closing the generator early cancels the turn.

        ``language`` is that of the conversation so far, or of the customer's app: for who has not told it by writing.
        ``customer``, who this is by the word of the shop's own server, goes into the message's metadata.

        Raises:
            DialogueUnavailable: an action failed, the tracker could not be stored, or Rasa raised. Replies yielded
                before stay valid.
        """
        noted: list[str] = []
        failures.set(noted)
        channel = TurnChannel()
        channel.customer = customer
        task = asyncio.create_task(self._handle(sender_id, text, message_id, channel, language))
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

    async def _handle(self, sender_id: str, text: str, message_id: str, channel: TurnChannel, language: str) -> None:
        # Rasa locks later. A gateway that died in the middle of a turn asks again while the first turn still runs, and
        # the second must wait here until it can see what the first has done.
        async with self._locks.lock(sender_id):
            last = await self._store.last_worked(sender_id)
            tracker = await self._store.retrieve(sender_id)
            left = waiting(last, time.time())
            if message_id and last.get("message_id") == message_id:
                await _repeat(tracker, message_id, channel)
                parts, left = [], left if may_go_on(tracker) else []
            else:
                heard = None if is_over(last, time.time()) else tracker
                parts = spoken_in(await Reader(self._parse, heard).parts(text), language, tracker)
                if left and parts[0].intent == "affirm" and intent_of(last) in STOPPED:
                    parts = []
                elif not is_open(tracker):
                    left = []
            await self._work(sender_id, parts, left, message_id, channel, tracker)
            if not failures.get():
                await break_silence(channel, sender_id, self._store)

    async def _work(
        self,
        sender_id: str,
        parts: Sequence[Part],
        later: Sequence[str],
        message_id: str,
        channel: TurnChannel,
        tracker: DialogueStateTracker | None,
    ) -> None:
        """Work the parts of a message, then what was left of earlier ones, until something is asked back.

        All carry the message's id, and each the words of those that follow it: a turn is stored at its end, so after a
        crash the same message goes on behind the last part that was stored. ``tracker`` is the conversation as it is
        stored now.
        """
        todo: deque[Part | str] = deque([*parts, *later])
        intent = ""
        while todo:
            following = todo.popleft()
            part = following if isinstance(following, Part) else await Reader(self._parse, tracker).part(following)
            if following is not part and part.intent == intent and intent in FLOWS:
                continue  # The customer has asked for it again in the meantime.
            intent = part.intent
            rest = [other.text if isinstance(other, Part) else other for other in todo]
            with self._store.handed(tracker):
                await self._run(sender_id, part, rest, message_id, channel)
            if rest:
                tracker = await self._store.retrieve(sender_id)
                if failures.get() or not may_go_on(tracker):
                    return

    async def _run(
        self, sender_id: str, part: Part, rest: Sequence[str], message_id: str, channel: TurnChannel
    ) -> None:
        metadata: dict[str, Any] = {WAITING: list(rest)} if rest else {}
        if channel.customer is not None:
            metadata[CUSTOMER] = dict(channel.customer)
        message = UserMessage(
            part.text,
            channel,
            sender_id,
            input_channel=channel.name(),
            message_id=message_id,
            metadata=metadata or None,
        )
        # Parsed before handle_message, so that replies know the intent's confidence.
        message.parse_data = part.parse_data
        channel.confidence, channel.language = intent_confidence(part.parse_data), language_of(part.parse_data)
        await self._agent.handle_message(message)

    async def _parse(self, text: str, tracker: DialogueStateTracker | None) -> dict[str, Any]:
        parsed: dict[str, Any] = await self._agent.processor.parse_message(UserMessage(text), tracker)
        return parsed

    async def check(self) -> None:
        """Raise ``DialogueUnavailable`` when no turn could be stored now."""
        await self._store.check()

    async def warm_up(self) -> None:
        """Parse one sentence in each language, so that no first customer waits for lazy initialisation.

        A model without Chinese examples loads nothing for the Chinese one.
        """
        for text in FIRST_SENTENCES:
            await self._agent.processor.parse_message(UserMessage(text))


async def _repeat(tracker: DialogueStateTracker | None, message_id: str, channel: TurnChannel) -> None:
    """Say again what was said to a message: the gateway asks again if it died before it could store the replies."""
    answering = False
    for event in tracker.events if tracker else ():
        if isinstance(event, UserUttered):
            answering = event.message_id == message_id
            channel.confidence, channel.language = intent_confidence(event.parse_data), language_of(event.parse_data)
        elif answering and isinstance(event, BotUttered):
            await channel.send_response(channel.name(), event.message())


def intent_confidence(parse_data: dict[str, Any]) -> float:
    """Return the confidence of the best intent that is not the fallback, 0..1."""
    ranking = parse_data.get("intent_ranking") or [parse_data["intent"]]
    named = [item for item in ranking if item.get("name") != "nlu_fallback"]
    return max((float(item.get("confidence") or 0.0) for item in named), default=0.0)


def language_of(parse_data: dict[str, Any]) -> str:
    """Return the language that a message was noticed to be in, an empty string where it could be in any."""
    return str(parse_data.get(LANGUAGE) or "")


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
