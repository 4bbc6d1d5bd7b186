"""The objects behind the desk's pages."""

from __future__ import annotations

from dataclasses import dataclass

from bot.desk.hours import Hours
from bot.gateway.desk.accounts import Accounts
from bot.gateway.desk.inbox import DeskInbox
from bot.gateway.desk.presence import Presence
from bot.gateway.hub import Hub
from bot.gateway.limits import Limiter

# One name for all listeners: whoever works at the desk sees every change.
EVERYBODY = "desk"
# The same for where everybody is, so that a look at a conversation makes nobody look again.
PLACES = "places"
# Log-ins a minute. An office shares an address; nobody mistypes a password so often. From everywhere together an
# account may be tried more often than from one address, or anybody who knows a name could keep its owner out.
PER_ADDRESS = 30
PER_ACCOUNT = 6
PER_ACCOUNT_EVERYWHERE = 60


class LoginLimits:
    """Slows down whoever guesses passwords, by address and by account, known or not."""

    def __init__(self) -> None:
        self._addresses = Limiter("log-ins from this address", PER_ADDRESS)
        self._pairs = Limiter("log-ins of this account from this address", PER_ACCOUNT)
        self._accounts = Limiter("log-ins of this account", PER_ACCOUNT_EVERYWHERE)

    def attempt(self, address: str, account: str) -> None:
        """Count one attempt.

        Raises:
            RateLimited: too many came from this address or for this account.
        """
        self._addresses.take(address)
        self._pairs.take(f"{address} {account}")
        self._accounts.take(account)


@dataclass(frozen=True)
class Desk:
    """What a handler of the desk may use beside the gateway's other parts."""

    accounts: Accounts
    inbox: DeskInbox
    hours: Hours
    limits: LoginLimits
    hub: Hub
    presence: Presence

    def changed(self) -> None:
        """Tell everybody at the desk to look again."""
        self.hub.notify(EVERYBODY)
