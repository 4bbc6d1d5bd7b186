import os
import stat

import pytest

from bot.errors import SettingsError
from bot.settings import Secrets, Settings, load_settings, signing_secret, signing_secrets


def write(tmp_path, text):
    (tmp_path / "settings.yml").write_text(text)
    return {"FRONTDESK_VAR": str(tmp_path)}


def test_defaults_without_a_file(tmp_path):
    settings = load_settings({"FRONTDESK_VAR": str(tmp_path)})
    assert settings.gateway.port == 8080
    assert settings.tickets_db == tmp_path / "tickets.db"


def test_file_then_environment(tmp_path):
    environ = write(
        tmp_path, "gateway:\n  port: 9000\n  turn_timeout_seconds: 5\n  allowed_origins: [https://shop.example]\n"
    )
    settings = load_settings({**environ, "FRONTDESK_DIALOGUE_PORTS": "[5101, 5102]", "FRONTDESK_GATEWAY_PORT": "9001"})
    assert settings.gateway.port == 9001
    assert settings.gateway.turn_timeout_seconds == 5.0
    assert settings.gateway.allowed_origins == ("https://shop.example",)
    assert settings.dialogue.ports == (5101, 5102)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("gatway:\n  port: 1\n", "unknown section ['gatway']; allowed: gateway"),
        ("gateway:\n  prot: 1\n", "unknown key ['prot']; allowed: allowed_origins"),
        ("gateway:\n  port: '8080'\n", "gateway.port is '8080'"),
        ("gateway:\n  port: true\n", "gateway.port is True"),
        ("gateway:\n  allowed_origins: https://a\n", "must be a list such as [https://shop.example]"),
        ("gateway:\n  port: 70000\n", "gateway.port is 70000; it must be from 1 to 65535"),
        ("gateway:\n  messages_per_minute: 0\n", "it must be from 1 to"),
        ("gateway:\n  turn_timeout_seconds: 0\n", "it must be from 1 to 600"),
        ("dialogue:\n  workers: 0\n", "it must be from 1 to 64"),
        ("dialogue:\n  ports: [5101, 5101]\n", "a value twice"),
        ("dialogue:\n  ports: [80]\n", "it must be from 1024"),
        ("answers:\n  top_k: -4\n", "it must be from 1 to 50"),
        ("orders:\n  backend: shopify\n", "it must be one of demo, http"),
        ("gateway: 5\n", "must hold keys and values, not 5"),
        ("- 1\n", "must hold sections"),
        ("gateway: {\n", "cannot be read as YAML"),
    ],
)
def test_a_wrong_file_says_what_and_what_is_allowed(tmp_path, text, words):
    with pytest.raises(SettingsError) as error:
        load_settings(write(tmp_path, text))
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("FRONTDESK_GATEWAY_PROT", "1", "FRONTDESK_GATEWAY_PROT is not a setting"),
        ("FRONTDESK_GATEWAY_HOST", "[::", "cannot be read as YAML"),
        ("FRONTDESK_GATEWAY_PORT", "many", "is 'many'"),
    ],
)
def test_a_wrong_variable_says_which(tmp_path, name, value, words):
    with pytest.raises(SettingsError) as error:
        load_settings({"FRONTDESK_VAR": str(tmp_path), name: value})
    assert words in str(error.value)


def test_a_secret_beside_a_section_is_no_setting(tmp_path):
    settings = load_settings({"FRONTDESK_VAR": str(tmp_path), "FRONTDESK_ORDERS_TOKEN": "t", "FRONTDESK_SETTINGS": ""})
    assert settings.secrets.orders_token == "t"


def test_a_named_file_must_exist(tmp_path):
    with pytest.raises(SettingsError, match="does not exist"):
        load_settings({"FRONTDESK_VAR": str(tmp_path), "FRONTDESK_SETTINGS": str(tmp_path / "none.yml")})


def test_secrets_come_from_the_environment_and_stay_out_of_repr(tmp_path):
    settings = load_settings({"FRONTDESK_VAR": str(tmp_path), "FRONTDESK_SECRET": "s3cret", "FRONTDESK_API_KEY": "k3y"})
    assert settings.secrets == Secrets(signing="s3cret", api_key="k3y")
    assert "s3cret" not in repr(settings)
    assert "k3y" not in repr(settings)
    assert signing_secret(settings) == "s3cret"


@pytest.mark.parametrize("secret", ["short", "s" * 31, " " * 40, "s" * 31 + "\n"])
def test_a_secret_of_the_shop_that_could_be_guessed_is_refused(tmp_path, secret):
    with pytest.raises(SettingsError, match="FRONTDESK_IDENTIFY_SECRET has .*openssl rand -hex 32") as caught:
        load_settings({"FRONTDESK_VAR": str(tmp_path), "FRONTDESK_IDENTIFY_SECRET": secret})
    assert secret.strip() not in str(caught.value) or not secret.strip()


@pytest.mark.parametrize("secret", ["", "s" * 32, "0f" * 32])
def test_a_secret_of_the_shop_is_long_or_absent(tmp_path, secret):
    environment = {"FRONTDESK_VAR": str(tmp_path), "FRONTDESK_IDENTIFY_SECRET": secret}
    assert load_settings(environment).secrets.identify == secret


@pytest.mark.parametrize(
    ("old", "read"), [("", ("n3w",)), ("0ld", ("n3w", "0ld")), ("n3w", ("n3w",))], ids=["none", "replaced", "the same"]
)
def test_the_secret_that_was_replaced_is_read_and_does_not_sign(tmp_path, old, read):
    environment = {"FRONTDESK_VAR": str(tmp_path), "FRONTDESK_SECRET": "n3w", "FRONTDESK_SECRET_OLD": old}
    settings = load_settings(environment)
    assert signing_secrets(settings) == read
    assert "0ld" not in repr(settings) and "n3w" not in repr(settings)


def test_the_signing_secret_is_made_once_and_readable_by_the_owner_alone(tmp_path):
    settings = Settings(var=tmp_path / "new")
    secret = signing_secret(settings)
    assert len(secret) >= 32
    assert signing_secret(settings) == secret
    assert stat.S_IMODE(os.stat(tmp_path / "new" / "secret").st_mode) == 0o600
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["secret"]
