"""Reads what callers of the answers service send: JSON bodies into checked values. Answers nothing itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast, get_args

from bot.answering.ladder import Turn
from bot.answering.pages import depth
from bot.answering.search import Mode
from bot.errors import MalformedMessage
from retrieval.errors import FilterInvalid
from retrieval.filters import Filters

MAX_TOP_K = 50
MAX_CONTEXT = 20  # turns; older ones are left out
ROLES = ("customer", "bot")
# Field of a search -> condition of a filter.
FILTERS = {name: name for name in ("product", "channel", "language", "topic")}
FILTERS |= {"from": "created_from", "to": "created_to"}


@dataclass(frozen=True)
class SearchRequest:
    """Body of ``POST /v1/search``."""

    query: str
    top_k: int
    offset: int
    depth: int
    mode: Mode
    context: tuple[str, ...]
    filters: Filters


@dataclass(frozen=True)
class AnswerRequest:
    """Body of ``POST /v1/answer``."""

    question: str
    context: tuple[Turn, ...]


def search_request(body: bytes, max_characters: int) -> SearchRequest:
    """Check a search.

    Raises:
        MalformedMessage: the body is not JSON, or a field is missing or not allowed.
    """
    data = _object(body)
    top_k, offset, mode = data.get("top_k", 10), data.get("offset", 0), data.get("mode", "hybrid")
    if type(top_k) is not int or not 1 <= top_k <= MAX_TOP_K:
        raise MalformedMessage(f"top_k is {str(top_k)[:40]!r}; it must be a whole number from 1 to {MAX_TOP_K}.")
    if type(offset) is not int or offset < 0:
        raise MalformedMessage(f"offset is {str(offset)[:40]!r}; it must be a whole number from 0.")
    if mode not in get_args(Mode):
        raise MalformedMessage(f"mode is {str(mode)[:40]!r}; it must be one of {', '.join(get_args(Mode))}.")
    context = data.get("context", [])
    if not isinstance(context, list) or not all(isinstance(text, str) for text in context):
        raise MalformedMessage("context must be a list of texts.")
    kept = tuple(text[:max_characters] for text in context[-MAX_CONTEXT:])
    query = _text(data, "query", max_characters)
    try:
        deep = depth(offset, top_k)
        return SearchRequest(query, top_k, offset, deep, cast(Mode, mode), kept, _filters(data))
    except (ValueError, FilterInvalid) as exc:
        raise MalformedMessage(str(exc)) from exc


def _filters(data: Mapping[str, Any]) -> Filters:
    given = {name: data[field] for field, name in FILTERS.items() if data.get(field) is not None}
    for field, name in FILTERS.items():
        if not isinstance(given.get(name, ""), str):
            raise MalformedMessage(f"{field} is a {type(given[name]).__name__}; it must be text.")
    return Filters(**given)


def answer_request(body: bytes, max_characters: int) -> AnswerRequest:
    """Check a question; raises as ``search_request`` does."""
    data = _object(body)
    context = data.get("context", [])
    if not isinstance(context, list):
        raise MalformedMessage('context must be a list of {"role", "text"}.')
    turns = tuple(_turn(item, max_characters) for item in context[-MAX_CONTEXT:])
    return AnswerRequest(_text(data, "question", max_characters), turns)


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise MalformedMessage("The body is not JSON. Send an object with content-type application/json.") from exc
    if not isinstance(data, dict):
        raise MalformedMessage(f"The body is a {type(data).__name__}; it must be a JSON object.")
    return data


def _text(data: Mapping[str, Any], key: str, max_characters: int) -> str:
    text = data.get(key)
    if not isinstance(text, str) or not text.strip():
        raise MalformedMessage(f"{key} is missing or empty; it must be text.")
    if len(text) > max_characters:
        raise MalformedMessage(f"{key} has {len(text)} characters; at most {max_characters} are read. Shorten it.")
    return text.replace("\x00", " ").strip()


def _turn(item: Any, max_characters: int) -> Turn:
    if not isinstance(item, dict) or item.get("role") not in ROLES or not isinstance(item.get("text"), str):
        raise MalformedMessage('Each turn of context must be {"role": "customer" or "bot", "text": ...}.')
    return Turn(item["role"], item["text"][:max_characters])
