"""What a first start imports; index and training are met in test_end_to_end.py."""

import subprocess
import sys

import pytest

from bot import prepare
from bot.settings import Settings
from retrieval.store import TicketStore


def count(settings):
    with TicketStore(settings.tickets_db) as store:
        return store.count()


def test_the_demo_tickets_come_once(tmp_path):
    settings, said = Settings(var=tmp_path), []
    prepare.ensure_tickets(settings, said.append)
    full = count(settings)
    prepare.ensure_tickets(settings, said.append)
    assert full == count(settings) >= 400
    assert said == [said[0], f"tickets: {full} in the store"]


def test_an_import_that_was_killed_is_finished_by_the_next_start(tmp_path, monkeypatch):
    settings, files = Settings(var=tmp_path), []

    def killed(path, *arguments, **options):
        if files:
            raise KeyboardInterrupt
        files.append(path)
        return whole(path, *arguments, **options)

    from retrieval import importers

    whole = importers.import_tickets
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(importers, "import_tickets", killed)
        prepare.ensure_tickets(settings, str)
    part = count(settings)
    prepare.ensure_tickets(settings, str)
    assert 0 < part < count(settings)


def test_a_warning_of_the_training_reaches_the_screen(tmp_path, monkeypatch):
    said, start = [], subprocess.Popen

    def trained(_command, **options):
        return start([sys.executable, "-c", "print('many lines\\nWarning: no Chinese\\nmore')"], **options)

    monkeypatch.setattr(prepare.subprocess, "Popen", trained)
    prepare.train_model(Settings(var=tmp_path), said.append)
    assert said == ["Warning: no Chinese", "dialogue model: trained"]
