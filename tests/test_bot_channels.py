"""``frontdesk channels`` against servers that answer as Slack and Telegram do."""

import json
import threading

import pytest
from aiohttp import web
from click.testing import CliRunner
from slack_server import APP_TOKEN, SIGNING, SlackWorkspace
from slack_server import TOKEN as SLACK_TOKEN
from telegram_server import SECRET, TelegramServer
from telegram_server import TOKEN as TELEGRAM_TOKEN

from bot.cli import cli
from bot.errors import BotError, SettingsError
from bot.settings import load_settings
from bot.settings_channels import ChannelSecrets, SlackSettings, TelegramSettings, slack_state, telegram_state


@pytest.fixture
def served():
    """Serve applications from a thread: the commands run their own event loop."""
    import asyncio

    loop, runners = asyncio.new_event_loop(), []
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def start(app):
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        runners.append(runner)
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    def run(work):
        return asyncio.run_coroutine_threadsafe(work, loop).result(10)

    yield lambda app: run(start(app))
    for runner in runners:
        run(runner.cleanup())
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


@pytest.fixture
def slack(served, monkeypatch, tmp_path):
    workspace = SlackWorkspace()
    workspace.url = served(workspace.app())
    monkeypatch.setenv("FRONTDESK_VAR", str(tmp_path))
    monkeypatch.setenv("FRONTDESK_SLACK_BASE_URL", f"{workspace.url}/api/")
    return workspace


@pytest.fixture
def telegram(served, monkeypatch, tmp_path):
    server = TelegramServer()
    monkeypatch.setenv("FRONTDESK_VAR", str(tmp_path))
    monkeypatch.setenv("FRONTDESK_TELEGRAM_BASE_URL", served(server.app()))
    return server


def check(name, code):
    result = CliRunner().invoke(cli, ["channels", "check", name, "--json"])
    assert result.exit_code == code, result.output
    return {finding["name"]: finding for finding in json.loads(result.output)}


def test_slack_that_works(slack, monkeypatch):
    monkeypatch.setenv("SLACK_BOT_TOKEN", SLACK_TOKEN)
    monkeypatch.setenv("SLACK_SIGNING_SECRET", f"{SIGNING}\n")
    found = check("slack", 0)
    assert found["slack"]["value"] == "mode events"
    assert found["slack token"]["value"] == "frontdesk in Shop"
    assert found["slack scopes"]["remedy"] == ""
    assert "/channels/slack/interactivity" in found["slack events"]["value"]


def test_slack_without_anything(slack):
    found = check("slack", 1)
    assert "OAuth & Permissions" in found["SLACK_BOT_TOKEN"]["remedy"]
    assert "Signing Secret" in found["SLACK_SIGNING_SECRET"]["remedy"]
    assert slack.calls == []


def test_slack_with_a_wrong_token_and_without_scopes(slack, monkeypatch):
    monkeypatch.setenv("SLACK_SIGNING_SECRET", SIGNING)
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-old")
    assert check("slack", 1)["slack token"]["value"] == "refused: invalid_auth"
    monkeypatch.setenv("SLACK_BOT_TOKEN", SLACK_TOKEN)
    slack.scopes = "chat:write"
    assert check("slack", 1)["slack scopes"]["value"] == "missing: app_mentions:read, im:history"


@pytest.mark.parametrize("name", ["slack", "telegram"])
def test_a_platform_that_nobody_reaches_says_nothing_about_the_token(name, slack, telegram, monkeypatch):
    closed = "http://127.0.0.1:9"
    monkeypatch.setenv("FRONTDESK_SLACK_BASE_URL", f"{closed}/")
    monkeypatch.setenv("FRONTDESK_TELEGRAM_BASE_URL", closed)
    monkeypatch.setenv("SLACK_SIGNING_SECRET", SIGNING)
    monkeypatch.setenv("SLACK_BOT_TOKEN", SLACK_TOKEN)
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TELEGRAM_TOKEN)
    found = check(name, 1)[f"{name} token"]
    assert found["value"].startswith("not checked: ")
    assert "says nothing about the token" in found["remedy"] and f"{name}.base_url" in found["remedy"]


def test_slack_over_a_socket(slack, monkeypatch):
    monkeypatch.setenv("SLACK_BOT_TOKEN", SLACK_TOKEN)
    monkeypatch.setenv("SLACK_APP_TOKEN", APP_TOKEN)
    assert check("slack", 0)["slack app token"]["value"] == "a connection can be opened"
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-old")
    assert "Socket Mode" in check("slack", 1)["slack app token"]["remedy"]


def test_telegram_is_set_up_and_then_works(telegram, monkeypatch):
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TELEGRAM_TOKEN)
    monkeypatch.setenv("TELEGRAM_WEBHOOK_SECRET", SECRET)
    assert "channels setup telegram" in check("telegram", 1)["telegram webhook"]["remedy"]
    result = CliRunner().invoke(cli, ["channels", "setup", "telegram", "--url", "https://bot.shop.example/"])
    assert result.exit_code == 0, result.output
    assert telegram.webhook["url"] == "https://bot.shop.example/channels/telegram/webhook"
    assert telegram.webhook["secret_token"] == SECRET
    assert telegram.webhook["allowed_updates"] == ["message", "callback_query"]
    assert check("telegram", 0)["telegram token"]["value"].startswith("@FrontdeskBot")
    assert check("telegram", 0)["telegram menu"]["value"] == "in English and Chinese"
    assert telegram.menus["zh"][2] == {"command": "person", "description": "转人工"}
    assert [one["command"] for one in telegram.menus[""]] == ["start", "help", "person"]
    monkeypatch.setenv("FRONTDESK_TELEGRAM_PUBLIC_URL", "https://other.example")
    assert check("telegram", 1)["telegram webhook"]["value"].startswith("https://bot.shop.example")


def test_polling_wants_no_webhook(telegram, monkeypatch):
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TELEGRAM_TOKEN)
    assert check("telegram", 0)["telegram webhook"]["value"] == "none, as polling needs it"
    telegram.webhook = {"url": "https://old.example"}
    assert "channels remove telegram" in check("telegram", 1)["telegram webhook"]["remedy"]
    assert CliRunner().invoke(cli, ["channels", "remove", "telegram"]).exit_code == 0
    assert check("telegram", 0)["telegram webhook"]["remedy"] == ""


def test_polling_needs_no_address_for_the_menu(telegram, monkeypatch):
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TELEGRAM_TOKEN)
    assert check("telegram", 0)["telegram menu"]["value"].startswith("not set")
    result = CliRunner().invoke(cli, ["channels", "setup", "telegram"])
    assert (result.exit_code, "menu is set" in result.output, telegram.webhook) == (0, True, {"url": ""})
    assert sorted(telegram.menus) == ["", "zh"]
    telegram.menus["zh"] = telegram.menus[""]
    assert check("telegram", 0)["telegram menu"]["value"].startswith("not set")


def test_telegram_without_a_token_or_with_an_old_one(telegram, monkeypatch):
    assert "@BotFather" in check("telegram", 1)["TELEGRAM_BOT_TOKEN"]["remedy"]
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "1:old")
    found = check("telegram", 1)["telegram token"]
    assert found["value"] == "not usable: the token is refused" and "1:old" not in str(found)


@pytest.mark.parametrize("url", ["", "http://bot.shop.example", "bot.shop.example"])
def test_telegram_calls_https_only(telegram, monkeypatch, url):
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TELEGRAM_TOKEN)
    monkeypatch.setenv("TELEGRAM_WEBHOOK_SECRET", SECRET)
    with pytest.raises(SettingsError, match="https"):
        cli.main(["channels", "setup", "telegram", "--url", url], standalone_mode=False)


def test_a_webhook_is_not_set_without_its_secret(telegram, monkeypatch):
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TELEGRAM_TOKEN)
    arguments = ["channels", "setup", "telegram", "--url", "https://bot.shop.example"]
    with pytest.raises(SettingsError, match="TELEGRAM_WEBHOOK_SECRET"):
        cli.main(arguments, standalone_mode=False)
    monkeypatch.setenv("TELEGRAM_WEBHOOK_SECRET", SECRET)
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "1:old")
    with pytest.raises(BotError, match="the token is refused"):
        cli.main(arguments, standalone_mode=False)


@pytest.mark.parametrize(
    ("mode", "secrets", "expected"),
    [
        ("auto", {}, ("events", ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"))),
        ("auto", {"slack_bot": "b", "slack_signing": "s", "slack_app": "a"}, ("events", ())),
        ("auto", {"slack_bot": "b", "slack_app": "a"}, ("socket", ())),
        ("socket", {"slack_bot": "b", "slack_signing": "s"}, ("socket", ("SLACK_APP_TOKEN",))),
        ("events", {"slack_bot": "b", "slack_app": "a"}, ("events", ("SLACK_SIGNING_SECRET",))),
    ],
)
def test_how_slack_would_run(mode, secrets, expected):
    state = slack_state(SlackSettings(mode=mode), ChannelSecrets(**secrets))
    assert (state.mode, state.missing) == expected


@pytest.mark.parametrize(
    ("mode", "secrets", "expected"),
    [
        ("auto", {}, ("polling", ("TELEGRAM_BOT_TOKEN",))),
        ("auto", {"telegram_bot": "b", "telegram_webhook": "w"}, ("webhook", ())),
        ("auto", {"telegram_bot": "b"}, ("polling", ())),
        ("webhook", {"telegram_bot": "b"}, ("webhook", ("TELEGRAM_WEBHOOK_SECRET",))),
    ],
)
def test_how_telegram_would_run(mode, secrets, expected):
    state = telegram_state(TelegramSettings(mode=mode), ChannelSecrets(**secrets))
    assert (state.mode, state.missing) == expected


def test_tokens_are_not_shown():
    environment = {"SLACK_BOT_TOKEN": "xoxb-1", "TELEGRAM_BOT_TOKEN": "1:2", "TELEGRAM_WEBHOOK_SECRET": "3"}
    settings = load_settings({**environment, "FRONTDESK_VAR": "/nonexistent"})
    assert settings.channel_secrets.slack_bot == "xoxb-1"
    assert "xoxb-1" not in repr(settings)
