"""One turn of a conversation at a time: in this worker, or in all workers of all machines.

Rasa's own stores hand out tickets and look once a second whose turn it is; the one on Redis reads, changes and writes
back, so two workers can get the same ticket. These keep Rasa's interface and nothing else of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from weakref import WeakValueDictionary

from rasa.core.lock_store import LockStore
from redis.asyncio import Redis
from redis.asyncio.lock import Lock
from redis.asyncio.retry import Retry
from redis.backoff import ConstantBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import LockError, RedisError

from bot.errors import DialogueUnavailable

log = logging.getLogger(__name__)

# A lock is held for this long and renewed while the turn runs: when a worker is killed, the conversation goes on
# after it, however long a turn may take. Seconds.
LEASE = 6.0
RENEW_EVERY = 1.5
LOOK_EVERY = 0.05
REDIS_TIMEOUT = 2.0


class LocalLocks(LockStore):
    """Locks in the memory of one worker. A lock lives as long as a turn holds it or waits for it."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def __len__(self) -> int:
        return len(self._locks)

    @contextlib.asynccontextmanager
    async def lock(self, conversation_id: str, *_: float, **__: float) -> AsyncIterator[None]:
        """Hold the conversation's lock; those who wait get it in the order in which they came."""
        lock = self._locks.setdefault(conversation_id, asyncio.Lock())
        async with lock:
            yield


class RedisLocks(LockStore):
    """Locks that all workers share; within one worker turns wait in order and ask Redis one by one."""

    def __init__(self, url: str) -> None:
        """Connect at the first turn, so that a worker starts while Redis is down."""
        self._here = LocalLocks()
        self._redis: Redis[bytes] = Redis.from_url(
            url,
            socket_timeout=REDIS_TIMEOUT,
            socket_connect_timeout=REDIS_TIMEOUT,
            # Connections are kept, and all of them are dead after Redis was started again.
            retry=Retry(ConstantBackoff(0.05), 2),
            retry_on_error=[RedisConnectionError],
        )

    @contextlib.asynccontextmanager
    async def lock(self, conversation_id: str, *_: float, **__: float) -> AsyncIterator[None]:
        """Hold the conversation's lock on Redis.

        Raises:
            DialogueUnavailable: Redis does not answer; the turn was not begun.
        """
        async with self._here.lock(conversation_id):
            held = self._redis.lock(f"frontdesk:turn:{conversation_id}", timeout=LEASE, sleep=LOOK_EVERY)
            try:
                await held.acquire()
            except (RedisError, OSError) as exc:
                log.warning("the lock store failed: %s", type(exc).__name__)
                raise DialogueUnavailable(f"The lock store failed: {type(exc).__name__}") from exc
            renewing = asyncio.create_task(_renew(held))
            try:
                yield
            finally:
                renewing.cancel()
                await asyncio.shield(_release(held))


async def _renew(held: Lock) -> None:
    """Keep a lock while its turn runs; a turn that loses it is not stored over another (``tracker_store.py``)."""
    while True:
        await asyncio.sleep(RENEW_EVERY)
        try:
            await held.extend(LEASE, replace_ttl=True)
        except (RedisError, OSError) as exc:
            log.warning("a lock could not be renewed: %s", type(exc).__name__)


async def _release(held: Lock) -> None:
    try:
        await held.release()
    except LockError:
        log.warning("a lock had run out before its turn ended")
    except (RedisError, OSError) as exc:
        # The turn is stored; the lock runs out by itself.
        log.warning("a lock could not be given back: %s", type(exc).__name__)
