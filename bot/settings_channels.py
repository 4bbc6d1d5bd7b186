"""The settings of Slack and Telegram, and whether what they need is there.

Declares and compares names of secrets; asks no server. The channels themselves are in ``bot.channels``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.settings_file import choice


@dataclass(frozen=True)
class SlackSettings:
    """Slack; ``mode`` auto means events when there is a signing secret, else socket."""

    mode: str = choice("auto", "auto", "events", "socket")
    base_url: str = "https://slack.com/api/"


@dataclass(frozen=True)
class TelegramSettings:
    """Telegram; ``mode`` auto means webhook when there is a webhook secret, else polling."""

    mode: str = choice("auto", "auto", "webhook", "polling")
    base_url: str = "https://api.telegram.org"
    public_url: str = ""


@dataclass(frozen=True)
class ChannelSecrets:
    """Tokens of the two platforms, from the environment alone; never shown by ``repr``."""

    slack_bot: str = field(default="", repr=False)
    slack_signing: str = field(default="", repr=False)
    slack_app: str = field(default="", repr=False)
    telegram_bot: str = field(default="", repr=False)
    telegram_webhook: str = field(default="", repr=False)


@dataclass(frozen=True)
class ChannelState:
    """Whether a channel is on and how; ``missing`` names the environment variables that would turn it on."""

    name: str
    mode: str
    missing: tuple[str, ...]

    @property
    def on(self) -> bool:
        """Say whether all secrets of this mode are there."""
        return not self.missing

    @property
    def reason(self) -> str:
        """Say what to do when the channel is off."""
        return "" if self.on else f"Off: set {' and '.join(self.missing)}, see docs/channels.md."

    def to_dict(self) -> dict[str, object]:
        """Return what ``/readyz`` shows."""
        return {"on": True, "mode": self.mode} if self.on else {"on": False, "reason": self.reason}


def channel_secrets(env: Mapping[str, str]) -> ChannelSecrets:
    """Return the tokens in the environment, without the white space that copying brings along."""
    names = {
        "slack_bot": "SLACK_BOT_TOKEN",
        "slack_signing": "SLACK_SIGNING_SECRET",
        "slack_app": "SLACK_APP_TOKEN",
        "telegram_bot": "TELEGRAM_BOT_TOKEN",
        "telegram_webhook": "TELEGRAM_WEBHOOK_SECRET",
    }
    return ChannelSecrets(**{field: env.get(name, "").strip() for field, name in names.items()})


def slack_state(settings: SlackSettings, secrets: ChannelSecrets) -> ChannelState:
    """Return how Slack would run with these settings and secrets."""
    automatic = "socket" if secrets.slack_app and not secrets.slack_signing else "events"
    mode = automatic if settings.mode == "auto" else settings.mode
    second = (
        ("SLACK_APP_TOKEN", secrets.slack_app) if mode == "socket" else ("SLACK_SIGNING_SECRET", secrets.slack_signing)
    )
    return ChannelState("slack", mode, _missing(("SLACK_BOT_TOKEN", secrets.slack_bot), second))


def telegram_state(settings: TelegramSettings, secrets: ChannelSecrets) -> ChannelState:
    """Return how Telegram would run with these settings and secrets."""
    automatic = "webhook" if secrets.telegram_webhook else "polling"
    mode = automatic if settings.mode == "auto" else settings.mode
    needed = [("TELEGRAM_BOT_TOKEN", secrets.telegram_bot)]
    if mode == "webhook":
        needed.append(("TELEGRAM_WEBHOOK_SECRET", secrets.telegram_webhook))
    return ChannelState("telegram", mode, _missing(*needed))


def _missing(*needed: tuple[str, str]) -> tuple[str, ...]:
    return tuple(name for name, value in needed if not value)
