"""Which error becomes which answer: the one table, read by the one middleware that makes error bodies.

Anything that is not in the table is a bug and becomes a 500 without details.
"""

from __future__ import annotations

import math
from http import HTTPStatus

from aiohttp import web

from bot.channels.channel import ButtonRefused, EmptyText, TextTooLong
from bot.channels.push import SignatureRefused
from bot.desk.accounts import RoleMissing
from bot.desk.handoff import EpochPassed
from bot.errors import (
    BotError,
    HandoffError,
    InvalidSignature,
    LedgerUnavailable,
    MalformedMessage,
    ServiceUnavailable,
)
from bot.gateway.desk.accounts import LoginNeeded, LoginRefused
from bot.gateway.handoffs import HandoffNotFound
from bot.gateway.identities import IdentifyOff, IdentityRefused, IdentityTaken
from bot.gateway.lanes import TurnLost
from bot.gateway.ledger import AnswerNotFound, ConversationBusy
from bot.gateway.limits import RateLimited
from bot.gateway.transcript import MessageIdReused

# A crowded conversation moves on about this fast; seconds.
BUSY_RETRY = 5
# A database that is started again is there after about this time; seconds.
LEDGER_RETRY = 2


class KeyMissing(BotError):
    """The call needs an API key and this installation has none."""


class KeyRefused(BotError):
    """The API key is absent or wrong."""


class OriginRefused(BotError):
    """A page of a foreign site opened a connection."""


class ChannelOff(BotError):
    """An event came for a channel that this installation does not have."""


# First match wins: subclasses stand before their base.
ANSWERS: tuple[tuple[type[BotError], int, str], ...] = (
    (TextTooLong, 413, "text_too_long"),
    (EmptyText, 400, "empty_message"),
    (ButtonRefused, 400, "button_refused"),
    (MalformedMessage, 400, "malformed"),
    (SignatureRefused, 401, "signature_refused"),
    (InvalidSignature, 401, "session_refused"),
    (KeyRefused, 401, "api_key_refused"),
    (LoginNeeded, 401, "login_needed"),
    (LoginRefused, 401, "login_refused"),
    (RoleMissing, 403, "role_missing"),
    (KeyMissing, 403, "api_key_missing"),
    (IdentityRefused, 403, "invalid_signature"),
    (OriginRefused, 403, "origin_refused"),
    (ChannelOff, 404, "channel_off"),
    (IdentifyOff, 404, "identify_off"),
    (AnswerNotFound, 404, "answer_not_found"),
    (HandoffNotFound, 404, "handoff_not_found"),
    (EpochPassed, 409, "changed_hands"),
    (HandoffError, 409, "handoff_state"),
    (IdentityTaken, 409, "identified_as_another"),
    (MessageIdReused, 409, "message_id_reused"),
    (RateLimited, 429, "rate_limited"),
    (ConversationBusy, 429, "conversation_busy"),
    (TurnLost, 503, "turn_lost"),
    (LedgerUnavailable, 503, "ledger_unavailable"),
    (ServiceUnavailable, 503, "unavailable"),
)


def error_response(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> web.Response:
    """Return the documented error body; a time to wait stands in the header and in the body."""
    error: dict[str, object] = {"code": code, "message": message}
    if headers is not None and "Retry-After" in headers:
        error["retry_after"] = int(headers["Retry-After"])
    return web.json_response({"error": error}, status=status, headers=headers)


def answer_for(error: BotError) -> web.Response | None:
    """Return the answer for an error that was raised on purpose, None when the table does not know it."""
    for kind, status, code in ANSWERS:
        if isinstance(error, kind):
            return error_response(status, code, str(error), _headers(error, status))
    return None


def answer_for_http(error: web.HTTPException, path: str) -> web.Response:
    """Return the answer for an error that aiohttp raised: no such path, wrong method, body too large."""
    messages = {
        404: f"There is nothing at {path[:200]}. The calls are listed in /api/v1/openapi.json.",
        405: f"This path does not take that method. Allowed: {error.headers.get('Allow', '')}.",
    }
    phrase = HTTPStatus(error.status).phrase
    headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else None
    code = "body_too_large" if error.status == 413 else phrase.lower().replace(" ", "_")
    response = error_response(error.status, code, messages.get(error.status, error.text or phrase), headers)
    if error.status == 408:  # The rest of the body would be taken for the next request.
        response.force_close()
    return response


def _headers(error: BotError, status: int) -> dict[str, str] | None:
    if status == 401:
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(error, RateLimited):
        return {"Retry-After": str(max(1, math.ceil(error.retry_after)))}
    if isinstance(error, LedgerUnavailable):
        return {"Retry-After": str(LEDGER_RETRY)}
    if isinstance(error, ConversationBusy):
        return {"Retry-After": str(BUSY_RETRY)}
    return None
