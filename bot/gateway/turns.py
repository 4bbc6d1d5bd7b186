"""One turn: who owns the conversation decides who answers, and failure is answered too.

A turn always ends with something said, unless a person owns the conversation: then the bot keeps still and the message
waits in the transcript; or unless who waits for one was thanked for another piece a moment ago. The order of turns is
kept elsewhere (``lanes.py``).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime, timezone
from functools import partial

from bot.channels.channel import UserMessage
from bot.desk import csat
from bot.desk.csat import Rating
from bot.desk.hours import Hours
from bot.errors import DialogueUnavailable, LedgerUnavailable
from bot.gateway import handoffs, sentences, speech
from bot.gateway.absence import Absence, contact_in
from bot.gateway.buttons import Buttons
from bot.gateway.dialogue import DialogueClient, TurnTooSlow, Typing
from bot.gateway.ledger import Ledger
from bot.gateway.metrics import Metrics
from bot.gateway.transcript import Message
from bot.gateway.voice import Voice
from bot.messages import Reply

log = logging.getLogger(__name__)

# How often a dialogue that is still loading is asked whether it is ready; seconds.
READY_INTERVAL = 0.5


ALWAYS = Hours()


def _now() -> datetime:
    return datetime.now(timezone.utc)


class TurnRunner:
    """Works one message at a time: chooses by owner, listens to the dialogue, speaks when it fails."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        dialogue: DialogueClient,
        buttons: Buttons,
        metrics: Metrics,
        deliver: Callable[[str], Awaitable[None]],
        typing: Callable[[str], None],
        new_id: Callable[[], str],
        timeout_seconds: float,
        hours: Hours = ALWAYS,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self._ledger = ledger
        self._dialogue = dialogue
        self._buttons = buttons
        self._metrics = metrics
        self._deliver = deliver
        self._typing = typing
        self._new_id = new_id
        self._timeout = timeout_seconds
        self._absence = Absence(hours, clock)

    async def work(self, message: Message) -> None:
        """Work one pending message to its end and mark it as done."""
        standing = await self._ledger.standing(message.sender_id, message.message_id or "")
        state, already = standing.owner, [str(one.body["text"]) for one in standing.replies]
        if not already and not sentences.wants_bot(message.body):
            state = await speech.heard_again(self._ledger, self._dialogue, message, state)
        language = await speech.language_of(self._ledger, self._dialogue, message, state, standing.language)
        voice = Voice(message, language, state, already, self._ledger, self._buttons)
        voice.customer = standing.customer
        started = time.monotonic()
        rating = await self._rating(message)
        if state.owner == "human":
            outcome = "human"
            if rating is not None:
                await self._ledger.change(message.sender_id, partial(handoffs.rate, rating=rating))
        elif rating is not None:
            outcome = "rated"
            await self._say(voice, sentences.THANKS, partial(handoffs.rate, rating=rating), answers=False)
        elif state.owner == "queued":
            outcome = "queued"
            # Replies that are there already come from a turn that queued the conversation before a crash.
            if not already:
                await self._while_queued(voice)
        elif message.body.get("payload") == sentences.BACK_TO_BOT:
            outcome = "answered"
            await self._say(voice, sentences.WITH_BOT, answers=False)
        elif (unread := sentences.UNREAD.get(str(message.body.get("payload")))) is not None:
            outcome = "unread"
            await self._say(voice, unread, answers=False)
        elif await self._too_late(message):
            outcome = "too_late"
            await self._say(voice, sentences.NOT_OPEN, answers=False)
        else:
            outcome = await self._listen(voice)
        if already or outcome == "timeout":
            # What was stored when nobody waited for it any more has not been sent.
            await self._deliver(message.sender_id)
        await self._ledger.finish(message)
        self._metrics.turn(outcome, time.monotonic() - started)

    async def wait_until_ready(self, patience: float) -> None:
        """Return when the dialogue can work turns, or after ``patience`` seconds."""
        until = time.monotonic() + patience
        while await self._dialogue.not_ready() and time.monotonic() < until:  # noqa: ASYNC110  another process, no event
            await asyncio.sleep(READY_INTERVAL)

    async def _rating(self, message: Message) -> Rating | None:
        """Return the answer to the question how it was, when the message is one."""
        value = csat.typed(message.body)
        if value is None:
            return csat.pressed(message.body)
        handoff_id = await self._ledger.unrated(message)
        return Rating(handoff_id, value) if handoff_id else None

    async def _while_queued(self, voice: Voice) -> None:
        """Keep the message for the person and say so, or give the conversation back to the bot when asked."""
        if sentences.wants_bot(voice.to.body):
            await self._say(voice, sentences.BACK, handoffs.withdraw)
        elif voice.to.body.get("payload") in sentences.NO_MESSAGE:
            await self._say(voice, self._absence.coming(voice.language))
        else:
            words = str(voice.to.body["text"])
            contact = contact_in(words)
            leave = partial(handoffs.leave_contact, contact=contact) if contact else None
            kept = self._absence.kept(voice.language, contact)
            spoken = kept if contact else await speech.once(self._ledger, voice.to, kept)
            if spoken is not None:
                await self._say(voice, spoken, leave)

    async def _too_late(self, message: Message) -> bool:
        """Say whether a pressed button answers a question that is no longer open.

        After a crash the message may have been answered in part; what it asked then made it the open question itself.
        """
        question = message.body.get("question")
        return question is not None and await self._ledger.question(message.sender_id) not in (question, message.seq)

    async def _listen(self, voice: Voice) -> str:
        """Let the dialogue answer; returns the outcome for the metrics."""
        try:
            await asyncio.wait_for(self._hear(voice), self._timeout)
        except asyncio.TimeoutError:
            log.warning("turn of %s took longer than %s s", voice.to.sender_id, self._timeout)
            await self._failed(voice, sentences.TOO_SLOW)
            return "timeout"
        except TurnTooSlow:
            log.warning("turn of %s took longer than the worker allows", voice.to.sender_id)
            await self._failed(voice, sentences.TOO_SLOW)
            return "timeout"
        except DialogueUnavailable as exc:
            log.warning("turn of %s failed: %s", voice.to.sender_id, exc)
            await self._failed(voice, sentences.FAILED)
            return "failed"
        except LedgerUnavailable:
            # Not even "sorry" can be stored, or only that: the lane works the message again when the ledger is back.
            raise
        except Exception:
            # The edge of a turn: whatever else broke, the customer hears from us.
            log.exception("turn of %s failed in the gateway", voice.to.sender_id)
            await self._failed(voice, sentences.FAILED)
            return "failed"
        if voice.said == 0:
            log.warning("turn of %s ended without a word", voice.to.sender_id)
            await self._failed(voice, sentences.FAILED)
            return "empty"
        return "answered"

    async def _hear(self, voice: Voice) -> None:
        body = voice.to.body
        turn = UserMessage(voice.heard_as, voice.to.message_id or "", body["text"], body.get("payload"))
        customer = None if voice.customer is None else voice.customer.to_dict()
        turn = replace(turn, language=voice.language, customer=customer)
        self._typing(voice.to.sender_id)
        async with aclosing(self._dialogue.turn(turn)) as events:
            async for event in events:
                if isinstance(event, Typing):
                    self._typing(voice.to.sender_id)
                elif event.text.strip() or event.buttons:
                    await self._pass_on(voice, event)

    async def _pass_on(self, voice: Voice, reply: Reply) -> None:
        """Say what the dialogue said; who is handed over is told how to come back."""
        voice.language = reply.language or voice.language
        if reply.handoff:
            await self._hand_over(voice, reply, reply.handoff)
        else:
            await self._say(voice, reply)

    async def _failed(self, voice: Voice, sentence: Reply) -> None:
        """Say that it did not work; who asked for a person gets one even when the dialogue is down."""
        if voice.to.body.get("payload") == sentences.TALK_TO_PERSON and voice.said == 0:
            await self._hand_over(voice, sentences.QUEUED, "asked_for_person")
        elif not voice.has_failed():
            # An answer that breaks off after a crash is half of one: the customer is told so.
            voice.nothing_to_skip()
            await self._say(voice, sentences.CUT_SHORT if voice.said else sentence, answers=False)

    async def _hand_over(self, voice: Voice, reply: Reply, reason: str) -> None:
        """Queue the conversation and say so; who finds nobody there is told when somebody is."""
        spoken = sentences.to_customer(reply, voice.language)
        email = "" if voice.customer is None else voice.customer.email
        told = self._absence.handed_over(spoken, voice.language, email)
        await self._say(voice, sentences.with_way_back(told), partial(handoffs.queue_once, reason=reason))

    async def _say(
        self, voice: Voice, reply: Reply, transition: handoffs.Transition | None = None, *, answers: bool = True
    ) -> None:
        spoken = sentences.to_customer(reply, voice.language)
        if await voice.say(spoken, self._new_id(), transition, answers=answers):
            self._metrics.reply(reply.rung)
            await self._deliver(voice.to.sender_id)
