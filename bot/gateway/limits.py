"""Rate limits: a token bucket per key, in memory.

Limits are per process and forgotten at a restart; they keep one visitor from using up the bot, they are not a bill.
"""

from __future__ import annotations

import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from bot.errors import BotError, SettingsError
from bot.settings import GatewaySettings

# A whole office may share one address, so an address may do this many times what one session may.
ADDRESS_FACTOR = 10
# Reading (resume, stream, feedback) is cheap next to a turn.
READ_FACTOR = 10
# Who may not open one more stream asks again after so long; seconds.
STREAM_PATIENCE = 25.0
# More keys than this are forgotten oldest first, so that a flood of addresses cannot fill the memory.
MAX_KEYS = 100_000


class RateLimited(BotError):
    """The caller must wait ``retry_after`` seconds."""

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Limiter:
    """Lets each key through ``per_minute`` times a minute, evenly refilled."""

    def __init__(self, what: str, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        if per_minute < 1:
            raise SettingsError(f"The limit of {what} is {per_minute} per minute; it must be at least 1.")
        self._what = what
        self._per_minute = per_minute
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> None:
        """Count one use by ``key``.

        Raises:
            RateLimited: the key has used up its minute.
        """
        now = self._clock()
        tokens = self._tokens(key, now)
        self._buckets.pop(key, None)
        self._buckets[key] = (tokens - 1 if tokens >= 1 else tokens, now)
        if len(self._buckets) > MAX_KEYS:
            self._buckets.popitem(last=False)
        self._refuse_below_one(tokens)

    def check(self, key: str) -> None:
        """Count nothing.

        Raises:
            RateLimited: the key has used up its minute.
        """
        self._refuse_below_one(self._tokens(key, self._clock()))

    def _tokens(self, key: str, now: float) -> float:
        """Return how many uses ``key`` has left."""
        full = float(self._per_minute)
        tokens, then = self._buckets.get(key, (full, now))
        return min(full, tokens + (now - then) * self._per_minute / 60)

    def _refuse_below_one(self, tokens: float) -> None:
        if tokens < 1:
            wait = (1 - tokens) / self._per_minute * 60
            raise RateLimited(
                f"Too many {self._what}: {self._per_minute} per minute are allowed. Try again in {wait:.0f} s.", wait
            )


class Open:
    """Counts what is open at one time, by key; a key holds at most ``most``."""

    def __init__(self, what: str, most: int, patience: float) -> None:
        """Tell who is refused to come back in ``patience`` seconds."""
        self._what = what
        self._most = most
        self._patience = patience
        self._counts: Counter[str] = Counter()

    @contextmanager
    def hold(self, key: str) -> Iterator[None]:
        """Count one as open until the block ends.

        Raises:
            RateLimited: the key holds as many as it may.
        """
        if self._counts[key] >= self._most:
            raise RateLimited(f"Too many {self._what}: {self._most} may be open. Close one first.", self._patience)
        self._counts[key] += 1
        try:
            yield
        finally:
            self._counts[key] -= 1
            if not self._counts[key]:
                del self._counts[key]


class Limits:
    """The gateway's limits, by what is being asked for."""

    def __init__(self, settings: GatewaySettings) -> None:
        messages = settings.messages_per_minute
        by_address = messages * ADDRESS_FACTOR
        self._requests = Limiter("requests from this address", by_address * READ_FACTOR)
        self._refused = Limiter("refused requests from this address", by_address)
        self._sessions = Limiter("new sessions from this address", settings.sessions_per_minute)
        self._session_messages = Limiter("messages in this session", messages)
        self._address_messages = Limiter("messages from this address", by_address)
        self._reads = Limiter("requests in this session", messages * READ_FACTOR)
        self._frames = Limiter("frames in this session", messages * READ_FACTOR)
        self._streams = Limiter("new streams from this address", by_address)
        self._searches = Limiter("searches from this address", by_address)
        self._wrong_keys = Limiter("wrong API keys from this address", by_address)
        self._open_streams = Open("streams of this address", settings.streams_per_address, STREAM_PATIENCE)

    def request(self, address: str) -> None:
        """Count one request, whatever it asks for."""
        self._requests.take(address)

    def refused(self, address: str) -> None:
        """Count one event of a channel that was refused."""
        self._refused.take(address)

    def session(self, address: str) -> None:
        """Count one new session."""
        self._sessions.take(address)

    def message(self, sender_id: str, address: str) -> None:
        """Count one message of a customer."""
        self._session_messages.take(sender_id)
        self._address_messages.take(address)

    def read(self, sender_id: str) -> None:
        """Count one read of a transcript, one feedback or one identification."""
        self._reads.take(sender_id)

    def frame(self, sender_id: str) -> None:
        """Count one frame that a stream was sent."""
        self._frames.take(sender_id)

    def stream(self, address: str) -> AbstractContextManager[None]:
        """Count one opened stream, and as open as long as the block runs."""
        self._streams.take(address)
        return self._open_streams.hold(address)

    def search(self, address: str) -> None:
        """Count one search of the team."""
        self._searches.take(address)

    def may_try_key(self, address: str) -> None:
        """Refuse an address that has sent too many wrong API keys, before the next one is looked at."""
        self._wrong_keys.check(address)

    def wrong_key(self, address: str) -> None:
        """Count one refused API key: guessing is slowed down."""
        self._wrong_keys.take(address)
