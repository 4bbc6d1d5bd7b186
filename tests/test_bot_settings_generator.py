"""The settings of composed answers, and what of them is refused before anything starts."""

from __future__ import annotations

import json

import pytest

from bot.errors import SettingsError
from bot.settings import load_settings
from bot.settings_generator import GeneratorSettings, own_rule

SERVER = {"FRONTDESK_GENERATOR_BACKEND": "server", "FRONTDESK_GENERATOR_MODEL": "tiny"}
URL = "http://127.0.0.1:8000/v1"


def load(tmp_path, **environ):
    return load_settings({"FRONTDESK_VAR": str(tmp_path), **environ})


def test_the_defaults_need_nothing(tmp_path):
    settings = load(tmp_path)
    assert settings.generator == GeneratorSettings()
    assert settings.generator.backend == "small"
    assert settings.tone.forbidden == settings.tone.languages == ()


@pytest.mark.parametrize(("named", "call", "limit"), [(0.0, 10.0, 5.0), (3.0, 10.0, 3.0), (0.0, 4.0, 2.0)])
def test_the_time_limit_is_half_of_the_call_unless_named(named, call, limit):
    assert GeneratorSettings(timeout_seconds=named).limit(call) == limit


@pytest.mark.parametrize(
    ("seconds", "call", "allowed"), [(7.9, 10, True), (8, 10, False), (9, 10, False), (8, 20, True)]
)
def test_the_generator_must_be_done_before_the_caller_is_told(tmp_path, seconds, call, allowed):
    environ = {"FRONTDESK_GENERATOR_TIMEOUT_SECONDS": str(seconds), "FRONTDESK_ANSWERS_TIMEOUT_SECONDS": str(call)}
    if allowed:
        assert load(tmp_path, **environ).generator.timeout_seconds == seconds
        return
    with pytest.raises(SettingsError, match=rf"generator.timeout_seconds is {seconds}, .*Set it below 8, or raise"):
        load(tmp_path, **environ)


def test_the_key_is_a_secret_and_no_setting(tmp_path):
    settings = load(tmp_path, FRONTDESK_GENERATOR_KEY="k3y")
    assert settings.secrets.generator_key == "k3y"
    assert "k3y" not in repr(settings)


def test_another_key_is_not_taken_for_a_secret(tmp_path):
    with pytest.raises(SettingsError, match="FRONTDESK_GENERATOR_TOKEN is not a setting"):
        load(tmp_path, FRONTDESK_GENERATOR_TOKEN="t")


def test_a_server_is_named_by_address_and_model(tmp_path):
    settings = load(tmp_path, **SERVER, FRONTDESK_GENERATOR_URL=URL)
    assert (settings.generator.url, settings.generator.model) == (URL, "tiny")


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"FRONTDESK_GENERATOR_BACKEND": "gpt"}, "it must be one of small, extractive, server, transformers"),
        ({"FRONTDESK_GENERATOR_BACKEND": "transformers"}, "generator.model is empty"),
        ({"FRONTDESK_GENERATOR_BACKEND": "server", "FRONTDESK_GENERATOR_URL": URL}, "generator.model is empty"),
        (SERVER, "generator.url is ''; the backend server needs an address"),
        ({**SERVER, "FRONTDESK_GENERATOR_URL": "localhost:8000"}, "generator.url is 'localhost:8000'"),
        ({**SERVER, "FRONTDESK_GENERATOR_URL": "ftp://host/v1"}, "generator.url is 'ftp://host/v1'"),
        ({**SERVER, "FRONTDESK_GENERATOR_URL": "http:///v1"}, "generator.url is 'http:///v1'"),
        ({**SERVER, "FRONTDESK_GENERATOR_URL": "http://[::1/v1"}, "cannot be read as an address"),
        ({**SERVER, "FRONTDESK_GENERATOR_URL": "http://host:port/v1"}, "cannot be read as an address"),
        ({"FRONTDESK_TONE_FORMALITY": "rude"}, "it must be one of neutral, formal, casual"),
        (
            {"FRONTDESK_TONE_FORBIDDEN": "[refund_amount]"},
            "names 'refund_amount'; allowed: refund_amounts, legal_advice",
        ),
        ({"FRONTDESK_TONE_FORBIDDEN": '["/price (/"]'}, "holds /price (/, which is not a regular expression"),
        ({"FRONTDESK_TONE_FORBIDDEN": '["//"]'}, "names '//'"),
        ({"FRONTDESK_TONE_LANGUAGES": "[English]"}, "names 'English'; it must be a code of two letters"),
        ({"FRONTDESK_GENERATOR_MAX_WORDS": "5"}, "it must be from 10 to 400"),
    ],
)
def test_what_cannot_work_says_what_would(tmp_path, environ, words):
    with pytest.raises(SettingsError) as error:
        load(tmp_path, **environ)
    assert words in str(error.value)


@pytest.mark.parametrize("url", ["http://user:s3cret@host/v1", "ftp://user:s3cret@host", "https://s3cret@host"])
def test_a_password_in_the_address_is_refused_and_not_repeated(tmp_path, url):
    with pytest.raises(SettingsError, match="FRONTDESK_GENERATOR_KEY") as error:
        load(tmp_path, **SERVER, FRONTDESK_GENERATOR_URL=url)
    assert "s3cret" not in str(error.value)


def test_the_tone_is_read_from_the_file(tmp_path):
    tone = {"greeting": "Hi {first_name},", "languages": ["en", "de"], "forbidden": ["legal_advice", "/price match/"]}
    (tmp_path / "settings.yml").write_text(json.dumps({"tone": tone}))
    settings = load(tmp_path)
    assert settings.tone.greeting == "Hi {first_name},"
    assert settings.tone.languages == ("en", "de")
    assert own_rule("legal_advice") is None
    assert own_rule(settings.tone.forbidden[1]).search("We PRICE MATCH.")
