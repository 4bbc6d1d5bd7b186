"""`frontdesk test` without an address: an installation of its own, started, used, stopped."""

from dataclasses import replace

import pytest
from conftest import RunningFrontdesk, prepared_copy
from test_suite_command import frontdesk as command
from test_suite_reading import written

from bot.errors import ServiceUnavailable
from bot.settings import load_settings
from bot.suite.installation import own_environment, own_installation

CANCELS = """version: "3.1"
suite:
- story: cancels on a fresh shop
  fresh_orders: true
  steps:
  - user: cancel FH-204818, anna@example.org
    bot: [{text: Shall I cancel}]
  - press: "Yes, cancel it"
    bot: [{text: is cancelled}]
"""


def test_it_starts_plays_and_leaves_nothing_running(frontdesk, tmp_path):
    var = prepared_copy(frontdesk.var, tmp_path / "var")
    done = command("test", written(tmp_path, CANCELS), "--var", var, "--repeat", 2, seconds=250)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 of 1 stories passed" in done.stdout
    assert list(RunningFrontdesk(var, 0).processes()) == []
    assert not (var / "demo_shop.db").exists(), "the shop was left as a story had changed it"


def test_nothing_of_the_operators_shell_reaches_it(tmp_path, monkeypatch):
    production = {
        "FRONTDESK_TRACKER_URL": "postgresql://bot@db/production",
        "FRONTDESK_LOCK_URL": "redis://locks/0",
        "FRONTDESK_SETTINGS": str(tmp_path / "production.yml"),
        "FRONTDESK_ORDERS_BACKEND": "http",
        "FRONTDESK_ORDERS_URL": "https://orders.example.org",
        "FRONTDESK_ORDERS_TOKEN": "t0ken",
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_APP_TOKEN": "xapp-1",
        "TELEGRAM_BOT_TOKEN": "1:a",
    }
    for name, value in production.items():
        monkeypatch.setenv(name, value)
    settings = load_settings(own_environment(tmp_path))
    assert settings == replace(load_settings({"FRONTDESK_VAR": str(tmp_path)}), gateway=settings.gateway)
    (tmp_path / "settings.yml").write_text(
        "orders: {backend: http, url: 'https://orders.example.org'}\n"
        "dialogue: {tracker_url: 'postgresql://bot@db/production', lock_url: 'redis://locks/0'}\n"
    )
    settings = load_settings(own_environment(tmp_path))
    assert settings.orders.backend == "demo"
    assert (settings.dialogue.tracker_url, settings.dialogue.lock_url) == ("", "")


def test_what_does_not_start_says_why(tmp_path):
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "settings.yml").write_text("nonsense: 1")
    with pytest.raises(ServiceUnavailable, match="unknown section"), own_installation(tmp_path / "var", print):
        pytest.fail("it started")
    assert list(RunningFrontdesk(tmp_path / "var", 0).processes()) == []
