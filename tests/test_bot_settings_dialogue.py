"""Where trackers and locks are kept: addresses that may hold a password."""

import pytest

from bot.commands.stores import stores
from bot.errors import SettingsError
from bot.settings import load_settings

TRACKERS = "postgresql://frontdesk:s3cret@db.example.org/frontdesk"
LOCKS = "rediss://:s3cret@locks.example.org:6380/1"


def load(tmp_path, text="", **environ):
    (tmp_path / "settings.yml").write_text(text)
    return load_settings({"FRONTDESK_VAR": str(tmp_path), **environ})


def test_nothing_named_means_sqlite_and_memory(tmp_path):
    dialogue = load(tmp_path).dialogue
    assert (dialogue.tracker_url, dialogue.lock_url) == ("", "")


def test_an_address_without_a_password_may_stand_in_the_file(tmp_path):
    text = "dialogue: {tracker_url: 'postgresql://frontdesk@db/frontdesk', lock_url: 'redis://locks:6379/0'}"
    assert load(tmp_path, text).dialogue.lock_url == "redis://locks:6379/0"
    settings = load(tmp_path, text, FRONTDESK_TRACKER_URL=TRACKERS, FRONTDESK_LOCK_URL=LOCKS)
    assert settings.dialogue.tracker_url == TRACKERS, "the environment goes first"
    assert settings.dialogue.lock_url == LOCKS
    assert "s3cret" not in repr(settings)


@pytest.mark.parametrize("name", ["tracker_url", "lock_url"])
def test_a_password_in_the_file_is_refused_and_not_repeated(tmp_path, name):
    url = TRACKERS if name == "tracker_url" else LOCKS
    with pytest.raises(SettingsError, match=f"password.*FRONTDESK_{name.upper()}") as caught:
        load(tmp_path, f"dialogue: {{{name}: '{url}'}}")
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:s3cret/ss@host/db",
        "postgresql://u@host/db?password=s3cret",
        "postgresql://host/db?user=u&sslpassword=s3cret",
        "postgresql://u:p@s3cret:word@host/db",
        "postgresql://:s3cret@host",
    ],
)
def test_a_password_is_found_wherever_it_stands(tmp_path, url):
    for name, address in (("tracker_url", url), ("lock_url", url.replace("postgresql", "redis"))):
        with pytest.raises(SettingsError, match="holds a password") as caught:
            load(tmp_path, f"dialogue: {{{name}: '{address}'}}")
        assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("url", ["postgresql://frontdesk@[::1]:5432/db", "postgresql:///db?host=/run/postgresql", ""])
def test_a_place_without_a_password_may_be_any_host(tmp_path, url):
    assert load(tmp_path, f"dialogue: {{tracker_url: '{url}'}}").dialogue.tracker_url == url


@pytest.mark.parametrize(
    ("variable", "url"),
    [
        ("FRONTDESK_TRACKER_URL", "postgresql://u:p@ss:s3cret@host/db"),
        ("FRONTDESK_TRACKER_URL", "postgresql://"),
        ("FRONTDESK_TRACKER_URL", "postgresql:///db?user=s3cret"),
        ("FRONTDESK_LOCK_URL", "redis://:pa/s3cret@h:6379/0"),
        ("FRONTDESK_LOCK_URL", "redis://u:s3cret@:x/0"),
        ("FRONTDESK_LOCK_URL", "redis://h/0?socket_timeout=s3cret"),
        ("FRONTDESK_LOCK_URL", "redis://"),
        ("FRONTDESK_LOCK_URL", "unix://s3cret"),
    ],
)
def test_an_address_that_cannot_be_read_is_refused_in_a_sentence(tmp_path, variable, url):
    with pytest.raises(SettingsError, match="must be an address such as") as caught:
        load(tmp_path, **{variable: url})
    chain = caught.value.__cause__ or caught.value.__context__
    assert "s3cret" not in f"{caught.value} {chain}", "a traceback shows both"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://u:s3cret/ss@db.invalid:5433/talks", "PostgreSQL, db.invalid:5433/talks"),
        ("postgresql+psycopg2://u:s3cret@db.invalid/talks", "PostgreSQL, db.invalid/talks"),
    ],
)
def test_doctor_shows_the_place_and_no_password(tmp_path, url, shown):
    finding = stores(load(tmp_path, FRONTDESK_TRACKER_URL=url, FRONTDESK_LOCK_URL="redis://:s3cret@locks.invalid/2"))[
        1:
    ]
    assert [one.value for one in finding] == [shown, "Redis, locks.invalid/2"]
    assert all(one.remedy for one in finding)
    assert "s3cret" not in str(finding)


@pytest.mark.parametrize("variable", ["FRONTDESK_TRACKER_URL", "FRONTDESK_LOCK_URL"])
@pytest.mark.parametrize("url", ["mysql://a:s3cret@b/c", "/var/rasa.db", "s3cret", "http://[s3cret"])
def test_another_kind_of_address_is_refused_and_not_repeated(tmp_path, variable, url):
    with pytest.raises(SettingsError, match="dialogue.") as caught:
        load(tmp_path, **{variable: url})
    assert "s3cret" not in str(caught.value)
