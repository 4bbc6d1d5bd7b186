"""Who a visitor is, where the shop's own server has said so: its signature checked, its words stored with the talk.

The signature is made by a server that knows the secret, never in a page. Its message is JSON of all the other fields,
UTF-8, keys sorted, no spaces. It stands for one customer for a short time, and may be sent again as often as one likes:
the same words are stored again. A conversation that belongs to one customer never becomes another's.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bot.channels.web import text_field
from bot.errors import BotError, MalformedMessage
from bot.gateway.storage.database import Database
from bot.gateway.storage.engine import Connection
from bot.gateway.transcript import begin

# A signature that is good for longer is worth stealing; seconds.
LONGEST = 86_400
# Clocks of two servers differ; seconds.
SKEW = 60
LENGTHS = {"user_id": 128, "name": 200, "email": 254}
FIELDS = frozenset((*LENGTHS, "expires"))
SIGNATURE = re.compile(r"[0-9a-fA-F]{64}")
EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class IdentifyOff(BotError):
    """A shop's server vouches for a customer, and this installation has no secret to check it with."""


class IdentityRefused(BotError):
    """What is said about a customer was not signed by the shop, or too long ago."""


class IdentityTaken(BotError):
    """The conversation belongs to another customer."""


@dataclass(frozen=True, repr=False)
class Customer:
    """A customer as the shop's server knows them; empty where it has said nothing."""

    user_id: str
    name: str = ""
    email: str = ""

    def to_dict(self) -> dict[str, str]:
        """Return the three fields."""
        return asdict(self)


def sign(secret: str, fields: Mapping[str, Any]) -> str:
    """Return the signature that a shop's server sends with ``fields``, in hexadecimal digits."""
    message = json.dumps(dict(fields), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()


def verified(secret: str, data: Mapping[str, Any], clock: Callable[[], float] = time.time) -> Customer:
    """Return the customer whom the shop vouches for.

    Raises:
        IdentifyOff: there is no secret to check it with.
        MalformedMessage: a field is missing, unknown, of another kind or too long.
        IdentityRefused: the signature is not the shop's, or no longer good.
    """
    if not secret:
        raise IdentifyOff("Identification is off: set FRONTDESK_IDENTIFY_SECRET here and on the shop's server.")
    signature, fields = text_field(data, "signature"), {name: data[name] for name in data if name != "signature"}
    _check_kinds(fields)
    try:
        expected = sign(secret, fields)
    except UnicodeEncodeError as exc:
        raise MalformedMessage("A field holds half of a surrogate pair. Send whole characters.") from exc
    if not SIGNATURE.fullmatch(signature) or not hmac.compare_digest(signature.lower(), expected):
        raise IdentityRefused(
            "The signature does not fit. Sign the JSON of all other fields (UTF-8, keys sorted, no spaces) with "
            "HMAC-SHA256 and FRONTDESK_IDENTIFY_SECRET, on the shop's server."
        )
    _check_time(fields["expires"], clock())
    return _customer(fields)


def _check_kinds(fields: Mapping[str, Any]) -> None:
    unknown = sorted(set(fields) - FIELDS)
    if unknown:
        raise MalformedMessage(f"{unknown[0][:40]!r} is no field of this call; there are {', '.join(sorted(FIELDS))}.")
    text_field(fields, "user_id")
    for name in ("name", "email"):
        if fields.get(name) is not None:
            text_field(fields, name)
    if type(fields.get("expires")) is not int:  # True is an int too, and 1.0 has several spellings.
        raise MalformedMessage("expires must be a whole number: the Unix time in seconds until which this is good.")


def _check_time(expires: int, current: float) -> None:
    if expires < current - SKEW:
        raise IdentityRefused("The signature has expired. Ask the shop's server for a new one.")
    if expires > current + LONGEST + SKEW:
        raise IdentityRefused("The signature is good for more than 24 hours. Sign a nearer time as expires.")


def _customer(fields: Mapping[str, Any]) -> Customer:
    said = {name: str(fields.get(name) or "").strip() for name in LENGTHS}
    for name, value in said.items():
        if len(value) > LENGTHS[name] or _UNPRINTABLE.search(value):
            raise MalformedMessage(f"{name} must be at most {LENGTHS[name]} characters, without control characters.")
    if not said["user_id"]:
        raise MalformedMessage("user_id is empty; send what the shop knows this customer by.")
    if said["email"] and not EMAIL.fullmatch(said["email"]):
        raise MalformedMessage("email is not an e-mail address. Leave it out if the shop knows none.")
    return Customer(**said)


class Identities:
    """Which customer a conversation belongs to, in the ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, sender_id: str, customer: Customer) -> None:
        """Store who the visitor is; a conversation in which nothing was said yet begins with it.

        Raises:
            IdentityTaken: the conversation belongs to another customer.
        """
        await self._database.write(lambda connection: _keep(connection, sender_id, customer))

    async def of(self, sender_id: str) -> Customer | None:
        """Return whom the conversation belongs to, None when nobody has said."""
        return await self._database.read(lambda connection: customer_of(connection, sender_id))


def _keep(connection: Connection, sender_id: str, customer: Customer) -> None:
    known = customer_of(connection, sender_id)
    if known is not None and known.user_id != customer.user_id:
        raise IdentityTaken("This session belongs to another customer. Start a new one: POST /api/v1/sessions.")
    begin(connection, sender_id, "web")
    query = "UPDATE conversations SET customer_id = ?, customer_name = ?, customer_email = ? WHERE sender_id = ?"
    connection.execute(query, (customer.user_id, customer.name, customer.email, sender_id))


def customer_of(connection: Connection, sender_id: str) -> Customer | None:
    """Return whom a conversation belongs to, None when nobody has said."""
    query = "SELECT customer_id, customer_name, customer_email FROM conversations WHERE sender_id = ?"
    row = connection.execute(query, (sender_id,)).fetchone()
    if row is None or not row["customer_id"]:
        return None
    return Customer(row["customer_id"], row["customer_name"], row["customer_email"])
