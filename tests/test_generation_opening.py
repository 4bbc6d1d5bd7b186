"""The generator that settings name: with its limits, its cache, and what goes on where it fails."""

from __future__ import annotations

import json
import logging

import pytest
from click.testing import CliRunner
from conftest import needs_torch
from fakes import KeywordEmbedder, evidence
from model_server import Step, running, says

from bot.answering.extractive import ExtractiveComposer
from bot.answering.generation import opening
from bot.answering.generation.opening import check_generator, open_generator, rules_of
from bot.answering.reading import Reader
from bot.commands.doctor import doctor
from bot.errors import GenerationError, SettingsError
from bot.process import free_port
from bot.settings import AnswersSettings, Secrets, Settings
from bot.settings_generator import GeneratorSettings, ToneSettings

EVIDENCE = [evidence("Boots can go back for sixty days after you bought them.")]
QUOTED = ("Boots can go back for sixty days after you bought them.",)


@pytest.fixture(autouse=True)
def close_servers():
    yield
    if opening._server.cache_info().currsize:
        opening._server.cache_clear()


def settings(tmp_path, **generator) -> Settings:
    return Settings(var=tmp_path, generator=GeneratorSettings(**generator), secrets=Secrets(generator_key="k3y"))


def reader() -> Reader:
    return Reader(KeywordEmbedder("boots"))


def test_the_extractive_composer_stands_alone(tmp_path):
    named = settings(tmp_path, backend="extractive")
    assert isinstance(open_generator(named, reader()), ExtractiveComposer)
    assert check_generator(named, reader()).startswith("extractive")


def test_a_server_is_asked_once_for_the_same_and_with_the_key(tmp_path):
    with running(says("Sixty days from delivery.")) as server:
        named = settings(tmp_path, backend="server", url=server.url, model="tiny", max_words=40)
        made = open_generator(named, reader())
        assert made.name == "server:tiny"
        assert made.compose("boots?", EVIDENCE) == made.compose(" Boots?", EVIDENCE) == ("Sixty days from delivery.",)
        assert len(server.asked) == 1
        assert server.headers[0]["Authorization"] == "Bearer k3y"
        assert "at most 40 words" in server.asked[0]["messages"][0]["content"]


def test_a_new_release_begins_with_an_empty_cache_and_the_same_connections(tmp_path):
    with running(says("Sixty days from delivery.")) as server:
        named = settings(tmp_path, backend="server", url=server.url, model="tiny")
        for _ in range(2):
            open_generator(named, reader()).compose("boots?", EVIDENCE)
        assert len(server.asked) == 2
        assert opening._server.cache_info().misses >= 1 and opening._server.cache_info().currsize == 1


def test_without_a_cache_each_question_is_composed(tmp_path):
    with running(says("Sixty days from delivery.")) as server:
        made = open_generator(
            settings(tmp_path, backend="server", url=server.url, model="tiny", cache_size=0), reader()
        )
        for _ in range(2):
            made.compose("boots?", EVIDENCE)
        assert len(server.asked) == 2


def test_a_server_that_fails_is_replaced_by_quotations(tmp_path, caplog):
    with running(Step(status=500)) as server, caplog.at_level(logging.INFO):
        made = open_generator(settings(tmp_path, backend="server", url=server.url, model="tiny"), reader())
        assert [made.compose(f"boots {at}?", EVIDENCE) for at in range(5)] == [QUOTED] * 5
    assert len(server.asked) == 3, "after three failures it rests"
    (warning,) = (record for record in caplog.records if record.levelname == "WARNING")
    assert "server:tiny failed, extractive goes on in its place" in warning.message
    assert "answered 500" in warning.message


def test_a_generator_that_cannot_be_opened_is_replaced_with_one_warning(tmp_path, caplog, monkeypatch):
    monkeypatch.setattr("bot.answering.small.network.SHIPPED", tmp_path / "none.safetensors")
    with caplog.at_level(logging.WARNING):
        made = open_generator(settings(tmp_path), reader())
    assert made.compose("boots?", EVIDENCE) == QUOTED
    assert len(caplog.records) == 1
    assert "none.safetensors" in caplog.messages[0]
    with pytest.raises(GenerationError, match=r"none\.safetensors"):
        check_generator(settings(tmp_path), reader())


def test_settings_that_cannot_work_are_not_passed_over(tmp_path):
    needs_torch()
    with pytest.raises(SettingsError, match="/no/such/folder"):
        open_generator(settings(tmp_path, backend="transformers", model="/no/such/folder"), reader())


def test_the_model_is_told_the_tone(tmp_path):
    tone = ToneSettings(formality="formal", forbidden=("legal_advice",))
    rules = rules_of(Settings(var=tmp_path, generator=GeneratorSettings(max_words=30), tone=tone))
    assert (rules.max_words, rules.formality, rules.forbidden) == (30, "formal", ("legal_advice",))


def test_the_limit_follows_the_callers(tmp_path):
    with running(says("Sixty days from delivery.", before=5)) as server:
        generator = GeneratorSettings(backend="server", url=server.url, model="tiny")
        named = Settings(var=tmp_path, generator=generator, answers=AnswersSettings(timeout_seconds=1.0))
        assert open_generator(named, reader()).compose("boots?", EVIDENCE) == QUOTED


def findings(tmp_path, monkeypatch, **environ) -> dict[str, dict[str, str]]:
    monkeypatch.setenv("FRONTDESK_VAR", str(tmp_path))
    for name, value in environ.items():
        monkeypatch.setenv(f"FRONTDESK_GENERATOR_{name}", value)
    done = CliRunner().invoke(doctor, ["--json"])
    return {finding["name"]: finding for finding in json.loads(done.stdout)}


def test_doctor_finds_the_server(tmp_path, monkeypatch):
    with running(says("x")) as server:
        found = findings(tmp_path, monkeypatch, BACKEND="server", URL=server.url, MODEL="tiny")["generator"]
    assert (found["value"], found["remedy"]) == (f"server, tiny at {server.url}", "")


@pytest.mark.parametrize(
    ("environ", "remedy"),
    [
        ({"BACKEND": "server", "URL": "http://127.0.0.1:{port}/v1", "MODEL": "tiny"}, "Is the server up?"),
        ({"BACKEND": "transformers", "MODEL": "/no/such/folder"}, ""),
    ],
)
def test_doctor_says_what_is_missing(tmp_path, monkeypatch, environ, remedy):
    environ = {name: value.format(port=free_port()) for name, value in environ.items()}
    found = findings(tmp_path, monkeypatch, **environ)["generator"]
    assert found["value"] == "not usable"
    assert found["remedy"] and remedy in found["remedy"]
