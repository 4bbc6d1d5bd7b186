"""Whether ledger, tracker store and lock store can be reached, for ``frontdesk doctor``; shows no password."""

from __future__ import annotations

from pathlib import Path

from bot.commands.finding import Finding
from bot.settings import Settings

SECONDS = 3


def stores(settings: Settings) -> list[Finding]:
    """Return where messages, trackers and locks are kept, and what to do where that place does not answer."""
    return [_ledger(settings), _trackers(settings), _locks(settings)]


def _ledger(settings: Settings) -> Finding:
    if isinstance(settings.ledger, Path):
        return Finding("ledger", f"SQLite, {settings.ledger}")
    import psycopg2
    from psycopg2.extensions import parse_dsn

    parsed = {"connect_timeout": str(SECONDS), **parse_dsn(settings.ledger.replace("+psycopg2:", ":", 1))}
    place = f"PostgreSQL, {_place(parsed['host'], parsed.get('port'), parsed.get('dbname'))}"
    try:
        psycopg2.connect(**parsed).close()
    except psycopg2.Error as exc:
        remedy = f"{type(exc).__name__}: start it, or check FRONTDESK_LEDGER_URL (gateway.ledger_url)"
        return Finding("ledger", place, remedy)
    return Finding("ledger", place)


def _trackers(settings: Settings) -> Finding:
    url = settings.dialogue.tracker_url
    if not url:
        return Finding("tracker store", f"SQLite, {settings.tracker_db}")
    import sqlalchemy as sa

    parsed = sa.engine.make_url(url)
    place = f"PostgreSQL, {_place(parsed.host or 'local socket', parsed.port, parsed.database)}"
    engine = sa.create_engine(url, connect_args={"connect_timeout": SECONDS})
    try:
        with engine.connect() as connection:
            connection.execute(sa.text("SELECT 1"))
    except sa.exc.SQLAlchemyError as exc:
        remedy = f"{type(exc).__name__}: start it, or check FRONTDESK_TRACKER_URL (dialogue.tracker_url)"
        return Finding("tracker store", place, remedy)
    finally:
        engine.dispose()
    return Finding("tracker store", place)


def _locks(settings: Settings) -> Finding:
    url = settings.dialogue.lock_url
    if not url:
        return Finding("lock store", "in the worker's memory")
    import redis

    parsed = redis.connection.parse_url(url)
    place = f"Redis, {_place(parsed['host'], parsed.get('port'), parsed.get('db'))}"
    client = redis.Redis.from_url(url, socket_connect_timeout=SECONDS, socket_timeout=SECONDS)
    try:
        client.ping()
    except redis.RedisError as exc:
        remedy = f"{type(exc).__name__}: start it, or check FRONTDESK_LOCK_URL (dialogue.lock_url)"
        return Finding("lock store", place, remedy)
    finally:
        client.close()
    return Finding("lock store", place)


def _place(host: str, port: int | str | None, name: object) -> str:
    return host + (f":{port}" if port else "") + (f"/{name}" if name is not None else "")
