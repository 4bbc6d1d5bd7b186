"""Where the gateway's ledger is: a file, or an address that may hold a password."""

import pytest

from bot.commands.stores import stores
from bot.errors import SettingsError
from bot.settings import load_settings

URL = "postgresql://frontdesk:s3cret@db.example.org/frontdesk"


def load(tmp_path, text="", **environ):
    (tmp_path / "settings.yml").write_text(text)
    return load_settings({"FRONTDESK_VAR": str(tmp_path), **environ})


def test_nothing_named_means_a_file(tmp_path):
    assert load(tmp_path).ledger == tmp_path / "conversations.db"


def test_the_environment_goes_before_the_file_and_is_not_shown(tmp_path):
    text = "gateway: {ledger_url: 'postgresql://frontdesk@db/frontdesk'}"
    assert load(tmp_path, text).ledger == "postgresql://frontdesk@db/frontdesk"
    settings = load(tmp_path, text, FRONTDESK_LEDGER_URL=URL)
    assert settings.ledger == URL
    assert "s3cret" not in repr(settings)


@pytest.mark.parametrize(
    "url", [URL, "postgresql://u:s3cret/ss@host/db", "postgresql://u@host/db?password=s3cret", "postgresql://:s3cret@h"]
)
def test_a_password_in_the_file_is_refused_and_not_repeated(tmp_path, url):
    with pytest.raises(SettingsError, match="password.*FRONTDESK_LEDGER_URL") as caught:
        load(tmp_path, f"gateway: {{ledger_url: '{url}'}}")
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:p@ss:s3cret@host/db",
        "postgresql://",
        "postgresql:///db?user=s3cret",
        "postgresql://u@host/db?nonsense=s3cret",
        "mysql://u:s3cret@host/db",
        "sqlite:///s3cret.db",
        "host=s3cret",
    ],
)
def test_an_address_that_cannot_be_read_is_refused_in_a_sentence(tmp_path, url):
    with pytest.raises(SettingsError, match="gateway.ledger_url must be an address such as") as caught:
        load(tmp_path, FRONTDESK_LEDGER_URL=url)
    chain = caught.value.__cause__ or caught.value.__context__
    assert "s3cret" not in f"{caught.value} {chain}"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://frontdesk@[::1]:5432/db",
        "postgresql+psycopg2://u:a%40b@one:5432,two:5433/db?target_session_attrs=read-write",
        "postgresql:///db?host=/run/postgresql",
    ],
)
def test_whatever_the_driver_reads_is_an_address(tmp_path, url):
    assert load(tmp_path, FRONTDESK_LEDGER_URL=url).ledger == url


def test_the_doctor_says_where_the_ledger_is_and_whether_it_answers(tmp_path, unused_tcp_port, request):
    [ledger, *_] = stores(load(tmp_path))
    assert (ledger.name, ledger.value, ledger.remedy) == ("ledger", f"SQLite, {tmp_path / 'conversations.db'}", "")
    down = f"postgresql://frontdesk:s3cret@127.0.0.1:{unused_tcp_port}/x"
    [ledger, *_] = stores(load(tmp_path, FRONTDESK_LEDGER_URL=down))
    assert ledger.value == f"PostgreSQL, 127.0.0.1:{unused_tcp_port}/x"
    assert "FRONTDESK_LEDGER_URL" in ledger.remedy and "s3cret" not in str(ledger)
    postgres = request.getfixturevalue("postgres")
    [ledger, *_] = stores(load(tmp_path, FRONTDESK_LEDGER_URL=postgres.ledger()))
    assert ledger.value == f"PostgreSQL, 127.0.0.1:{postgres.port}/postgres" and not ledger.remedy
