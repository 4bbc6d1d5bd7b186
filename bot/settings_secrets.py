"""The secrets between this installation and what it speaks to; those of the channels are in ``settings_channels``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.errors import SettingsError

# Whoever holds one signed customer can try secrets at home, as fast as they like: one must be too long to guess.
SHORTEST_IDENTIFY = 32


@dataclass(frozen=True)
class Secrets:
    """Values that come from the environment; never shown by ``repr``."""

    signing: str = field(default="", repr=False)
    signing_old: str = field(default="", repr=False)
    identify: str = field(default="", repr=False)
    api_key: str = field(default="", repr=False)
    inner_token: str = field(default="", repr=False)
    orders_token: str = field(default="", repr=False)
    milvus_token: str = field(default="", repr=False)
    generator_key: str = field(default="", repr=False)


def read_secrets(env: Mapping[str, str]) -> Secrets:
    """Read the environment.

    Raises:
        SettingsError: the secret that is shared with the shop could be guessed.
    """
    return Secrets(
        signing=env.get("FRONTDESK_SECRET", ""),
        signing_old=env.get("FRONTDESK_SECRET_OLD", ""),
        identify=_identify(env.get("FRONTDESK_IDENTIFY_SECRET", "")),
        api_key=env.get("FRONTDESK_API_KEY", ""),
        inner_token=env.get("FRONTDESK_INNER_TOKEN", ""),
        orders_token=env.get("FRONTDESK_ORDERS_TOKEN", ""),
        milvus_token=env.get("FRONTDESK_MILVUS_TOKEN", ""),
        generator_key=env.get("FRONTDESK_GENERATOR_KEY", ""),
    )


def _identify(secret: str) -> str:
    if secret and len(secret.strip()) < SHORTEST_IDENTIFY:
        raise SettingsError(
            f"FRONTDESK_IDENTIFY_SECRET has {len(secret.strip())} characters and could be guessed from one signed "
            f"customer; it needs at least {SHORTEST_IDENTIFY}. Make one with `openssl rand -hex 32`, and set it here "
            "and on the shop's server; unset, identification is off."
        )
    return secret
