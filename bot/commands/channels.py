"""``frontdesk channels``: whether Slack and Telegram would work with these settings, and what is missing."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from bot.channels.push import TryLater, Undeliverable
from bot.channels.telegram import UPDATES
from bot.channels.telegram_api import TelegramApi
from bot.commands.finding import Finding
from bot.commands.output import json_option, print_json
from bot.errors import BotError, SettingsError
from bot.settings import Settings, load_settings
from bot.settings_channels import ChannelState, slack_state, telegram_state

if TYPE_CHECKING:
    from bot.channels.slack_api import SlackApi

SCOPES = ("app_mentions:read", "chat:write", "im:history")
EVENTS = "app_mention and message.im"
WHERE = {
    "SLACK_BOT_TOKEN": "api.slack.com/apps, your app, OAuth & Permissions, Bot User OAuth Token (xoxb-...)",
    "SLACK_SIGNING_SECRET": "api.slack.com/apps, your app, Basic Information, Signing Secret",
    "SLACK_APP_TOKEN": "api.slack.com/apps, your app, Basic Information, App-Level Tokens, with connections:write",
    "TELEGRAM_BOT_TOKEN": "write /newbot to @BotFather in Telegram; it answers with the token",
    "TELEGRAM_WEBHOOK_SECRET": "choose one: 1 to 256 letters, digits, _ and -, for example from: openssl rand -hex 32",
}
HOOK = "/channels/telegram/webhook"
NO_WAY = "This says nothing about the token: see whether this machine reaches `{}`, and try again"


@click.group()
def channels() -> None:
    """Check and set up Slack and Telegram."""


@channels.command()
@click.argument("name", type=click.Choice(["slack", "telegram"]), required=False)
@json_option
def check(name: str | None, as_json: bool) -> None:
    """Ask Slack and Telegram whether the credentials work, and say what is missing.

    Example: frontdesk channels check slack
    """
    settings = load_settings()
    checks: dict[str, Callable[[Settings], Awaitable[list[Finding]]]] = {"slack": _slack, "telegram": _telegram}
    findings = [finding for one in ([name] if name else checks) for finding in asyncio.run(_all(checks[one], settings))]
    if as_json:
        print_json([asdict(finding) for finding in findings])
    for finding in () if as_json else findings:
        click.echo(f"{'!' if finding.remedy else 'ok':<3} {finding.name:<23} {finding.value}")
        if finding.remedy:
            click.echo(f"    {'':<23} -> {finding.remedy}")
    if any(finding.remedy for finding in findings):
        sys.exit(1)


@channels.group()
def setup() -> None:
    """Tell a platform where this gateway is."""


@setup.command("telegram")
@click.option("--url", default="", help="Public https address of the gateway (default: telegram.public_url).")
def setup_telegram(url: str) -> None:
    """Set the menu of commands in English and Chinese, and the webhook with the secret that proves who calls.

    Without a webhook secret the bot asks for its updates, and only the menu is set.

    Example: frontdesk channels setup telegram --url https://bot.shop.example
    """
    settings = load_settings()
    address = (url or settings.telegram.public_url).rstrip("/")
    secrets = settings.channel_secrets
    if not address and secrets.telegram_bot and telegram_state(settings.telegram, secrets).mode == "polling":
        asyncio.run(_with_telegram(settings, "set the menu", lambda api: api.set_menu()))
        click.echo("The menu is set. The bot asks for its updates (polling); for a webhook give --url.")
        return
    if not address.startswith("https://"):
        raise SettingsError(f"The address is {address!r}; Telegram calls https addresses only. Give --url https://...")
    for name, value in (
        ("TELEGRAM_BOT_TOKEN", secrets.telegram_bot),
        ("TELEGRAM_WEBHOOK_SECRET", secrets.telegram_webhook),
    ):
        if not value:
            raise SettingsError(f"{name} is not set. To get it: {WHERE[name]}")
    asyncio.run(_set_webhook(settings, address + HOOK))
    click.echo(f"The menu is set, and Telegram calls {address}{HOOK} from now on.")
    click.echo("Check it with: frontdesk channels check telegram")


@channels.command("remove")
@click.argument("name", type=click.Choice(["telegram"]))
def remove(name: str) -> None:
    """Take Telegram's webhook away, so that the bot can ask for its updates instead.

    Example: frontdesk channels remove telegram
    """
    asyncio.run(_remove_webhook(load_settings()))
    click.echo("Telegram calls nobody from now on; updates wait up to 24 hours for the bot to ask for them.")


async def _remove_webhook(settings: Settings) -> None:
    await _with_telegram(settings, "remove the webhook", lambda api: api.call(api.bot.delete_webhook()))


async def _set_webhook(settings: Settings, url: str) -> None:
    secret = settings.channel_secrets.telegram_webhook

    async def work(api: TelegramApi) -> None:
        await api.call(api.bot.set_webhook(url, secret_token=secret, allowed_updates=list(UPDATES)))
        await api.set_menu()

    await _with_telegram(settings, f"set the webhook {url}", work)


async def _with_telegram(settings: Settings, what: str, work: Callable[[TelegramApi], Awaitable[object]]) -> None:
    api = await _open_telegram(settings)
    try:
        await work(api)
    except (TryLater, Undeliverable) as exc:
        raise BotError(f"Telegram did not {what}: {exc}. Run: frontdesk channels check telegram") from exc
    finally:
        await api.close()


async def _all(check_one: Callable[[Settings], Awaitable[list[Finding]]], settings: Settings) -> list[Finding]:
    return await check_one(settings)


def _unanswered(exc: BotError) -> bool:
    """Return whether the platform gave no answer at all, so that nobody knows about the token."""
    return isinstance(exc, TryLater) and (exc.sent or isinstance(exc.__cause__, OSError))


def _missing(state: ChannelState) -> list[Finding]:
    return [Finding(name, "not set", f"To get it: {WHERE[name]}") for name in state.missing]


async def _slack(settings: Settings) -> list[Finding]:
    from bot.channels.slack_api import SlackApi

    secrets = settings.channel_secrets
    state = slack_state(settings.slack, secrets)
    findings = [Finding("slack", f"mode {state.mode}"), *_missing(state)]
    if not secrets.slack_bot:
        return findings
    api = SlackApi(secrets.slack_bot, settings.slack.base_url)
    await api.open()
    try:
        findings += await _slack_token(api)
        if state.mode == "socket" and secrets.slack_app:
            findings.append(await _slack_socket(api, secrets.slack_app))
    finally:
        await api.close()
    path = "/channels/slack/events, interactivity at /channels/slack/interactivity"
    where = "over the socket" if state.mode == "socket" else f"request URL: your address with {path}"
    return [*findings, Finding("slack events", f"subscribe to {EVENTS} ({where}); Slack shows no app what it is sent")]


async def _slack_token(api: SlackApi) -> list[Finding]:
    try:
        data, scopes = await api.identity()
    except (TryLater, Undeliverable) as exc:
        if _unanswered(exc):
            return [Finding("slack token", f"not checked: {exc}", NO_WAY.format("slack.base_url"))]
        return [Finding("slack token", f"refused: {exc}", f"Take it anew: {WHERE['SLACK_BOT_TOKEN']}")]
    who = Finding("slack token", f"{data.get('user')} in {data.get('team')}")
    lacking = [scope for scope in SCOPES if scope not in scopes]
    remedy = "Add them under OAuth & Permissions, Bot Token Scopes, and install the app again" if lacking else ""
    said = f"missing: {', '.join(lacking)}" if lacking else ", ".join(SCOPES)
    return [who, Finding("slack scopes", said, remedy)]


async def _slack_socket(api: SlackApi, app_token: str) -> Finding:
    try:
        await api.socket_address(app_token)
    except (TryLater, Undeliverable) as exc:
        if _unanswered(exc):
            return Finding("slack app token", f"not checked: {exc}", NO_WAY.format("slack.base_url"))
        remedy = f"Turn Socket Mode on, and: {WHERE['SLACK_APP_TOKEN']}"
        return Finding("slack app token", f"refused: {exc}", remedy)
    return Finding("slack app token", "a connection can be opened")


async def _open_telegram(settings: Settings) -> TelegramApi:
    api = TelegramApi(settings.channel_secrets.telegram_bot, settings.telegram.base_url)
    await api.open()
    return api


async def _telegram(settings: Settings) -> list[Finding]:
    state = telegram_state(settings.telegram, settings.channel_secrets)
    findings = [Finding("telegram", f"mode {state.mode}"), *_missing(state)]
    if not settings.channel_secrets.telegram_bot:
        return findings
    api = await _open_telegram(settings)
    try:
        me = await api.call(api.bot.get_me())
        hook = await api.call(api.bot.get_webhook_info())
        menu = await api.has_menu()
    except (TryLater, Undeliverable) as exc:
        if _unanswered(exc):
            return [*findings, Finding("telegram token", f"not checked: {exc}", NO_WAY.format("telegram.base_url"))]
        return [*findings, Finding("telegram token", f"not usable: {exc}", WHERE["TELEGRAM_BOT_TOKEN"])]
    finally:
        await api.close()
    groups = "sees all of its groups" if me.can_read_all_group_messages else "in groups sees what names or answers it"
    findings += [Finding("telegram token", f"@{me.username}, {groups}"), _hook(settings, state, hook.url), _menu(menu)]
    if hook.pending_update_count or hook.last_error_message:
        trouble = f", last error: {hook.last_error_message}" if hook.last_error_message else ""
        findings.append(Finding("telegram waiting", f"{hook.pending_update_count} updates{trouble}"))
    return findings


def _menu(is_set: bool) -> Finding:
    # The bot works without one.
    said = "in English and Chinese" if is_set else "not set; to set it: frontdesk channels setup telegram"
    return Finding("telegram menu", said)


def _hook(settings: Settings, state: ChannelState, url: str) -> Finding:
    if state.mode == "polling":
        remedy = "Remove it, Telegram refuses polling beside it: frontdesk channels remove telegram" if url else ""
        return Finding("telegram webhook", url or "none, as polling needs it", remedy)
    wanted = settings.telegram.public_url.rstrip("/")
    wrong = not url.endswith(HOOK) or (wanted and url != wanted + HOOK)
    remedy = "frontdesk channels setup telegram --url https://your.address" if wrong else ""
    return Finding("telegram webhook", url or "none", remedy)
