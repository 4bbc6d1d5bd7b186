"""Choosing the order system, and registering the actions as rasa-sdk does."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from rasa_sdk.executor import ActionExecutor

from actions.backend import build_backend
from actions.demo_shop import DemoShop
from actions.http_shop import HttpShop
from bot.errors import SettingsError
from bot.settings import OrdersSettings, Settings

ROOT = Path(__file__).resolve().parent.parent
NAMES = {
    *("action_order_status", "action_cancel_order", "action_change_address", "action_send_invoice"),
    *("action_start_return", "action_refund_status", "action_report_damage", "action_reset_access"),
    *("action_return_number", "action_validate_slot_mappings", "action_refuse", "action_which"),
    *("action_second_thought", "action_ready", "action_complaint", "action_invoice_detail"),
    *("action_language", "action_note_language"),
    *("action_answer_question", "action_out_of_scope", "action_distress", "action_handoff", "action_stop"),
    *("validate_track_order_form", "validate_cancel_order_form", "validate_address_form", "validate_invoice_form"),
    *("validate_return_form", "validate_refund_status_form", "validate_damage_form", "validate_access_form"),
}


def settings(tmp_path, **orders):
    return Settings(var=tmp_path, orders=OrdersSettings(**orders))


def test_the_demo_says_that_it_is_one(tmp_path, caplog):
    with caplog.at_level(logging.INFO):
        assert isinstance(build_backend(settings(tmp_path)), DemoShop)
    assert "DEMO" in caplog.text
    assert list(tmp_path.iterdir()) == []


def test_the_real_shop_is_another_class_without_that_line(tmp_path, caplog):
    with caplog.at_level(logging.INFO):
        shop = build_backend(settings(tmp_path, backend="http", url="https://shop.example"))
    assert isinstance(shop, HttpShop)
    assert "DEMO" not in caplog.text


@pytest.mark.parametrize("orders", [{"backend": "htpp"}, {"backend": "http"}])
def test_a_wrong_setting_is_named(tmp_path, orders):
    with pytest.raises(SettingsError, match=r"orders\.(backend|url) is"):
        build_backend(settings(tmp_path, **orders))


def test_rasa_sdk_registers_exactly_these_actions():
    executor = ActionExecutor()
    executor.register_package("actions")
    assert set(executor.actions) == NAMES


async def test_an_action_built_by_rasa_sdk_reads_its_settings_when_it_runs(tmp_path, monkeypatch):
    from actions.backend import order_backend

    monkeypatch.setenv("FRONTDESK_VAR", str(tmp_path))
    order_backend.cache_clear()
    executor = ActionExecutor()
    executor.register_package("actions")
    slots = {"order_number": "FH-204817", "email": "anna@example.org"}
    call = {"next_action": "action_order_status", "tracker": {"sender_id": "s", "slots": slots}}
    result = await executor.run(call)
    order_backend.cache_clear()
    assert result["responses"][0]["response"] == "utter_order_status"
    assert (tmp_path / "demo_shop.db").exists()


def test_importing_opens_nothing(tmp_path):
    """A fresh interpreter with unusable settings imports every module and writes nothing."""
    code = "import sys, actions.account, actions.answer, actions.feedback, actions.returns, actions.handoff\n"
    code += "heavy = {'torch', 'faiss', 'onnxruntime', 'rasa', 'tensorflow'} & set(sys.modules)\n"
    code += "assert not heavy, heavy"
    env = {**os.environ, "FRONTDESK_VAR": str(tmp_path / "var"), "FRONTDESK_SETTINGS": str(tmp_path / "none.yml")}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, check=True, timeout=60)
    assert not (tmp_path / "var").exists()


@pytest.mark.skipif(not (ROOT / "domain.yml").exists(), reason="the domain is not there yet")
def test_the_domain_knows_every_action_and_every_response():
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    assert set(domain["actions"]) >= NAMES
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "actions").glob("*.py"))
    used = {word.strip('",:(){}') for word in source.replace("=", " ").split() if word.startswith('"utter_')}
    used -= {"utter_action"}  # where Rasa notes which response was said
    assert used <= set(domain["responses"]), used - set(domain["responses"])
