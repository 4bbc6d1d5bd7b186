"""Documentation cannot drift: commands, settings and the tree are compared with what the documents say."""

import re
from dataclasses import fields

import click
import pytest
import yaml
from conftest import ROOT

from bot.cli import cli
from bot.settings import SECTIONS

README = (ROOT / "README.md").read_text()


def commands(group: click.Group, prefix: str = "frontdesk") -> list[tuple[str, click.Command]]:
    found = []
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found += commands(command, f"{prefix} {name}")
        else:
            found.append((f"{prefix} {name}", command))
    return found


@pytest.mark.parametrize(("name", "command"), commands(cli), ids=[name for name, _ in commands(cli)])
def test_every_command_is_explained(name, command):
    assert f"`{name}" in README, "each command stands in the README"
    assert command.help and "Example: frontdesk" in command.help
    assert all(option.help for option in command.params if isinstance(option, click.Option))


def test_every_setting_is_in_the_table():
    table = (ROOT / "docs" / "settings.md").read_text()
    documented = dict(re.findall(r"^\| `(\w+\.\w+)` \| `?([^`|]*?)`? \|", table, flags=re.MULTILINE))
    actual = {f"{name}.{item.name}": item.default for name, kind in SECTIONS.items() for item in fields(kind)}
    assert set(documented) == set(actual)
    for key, default in actual.items():
        shown = {"": "empty", (): "[]"}.get(default, str(default))
        assert documented[key] == shown, key


def test_every_action_and_response_exists():
    domain = yaml.safe_load((ROOT / "domain.yml").read_text())
    source = "".join(path.read_text() for path in (ROOT / "actions").glob("*.py"))
    rules = "".join(path.read_text() for path in (ROOT / "training_data").rglob("*.yml"))
    for name in domain["actions"]:
        assert f'"{name}"' in source, f"{name} is in domain.yml, no action has this name"
    used = set(re.findall(r"utter_[a-z_]+", source + rules)) - {"utter_message", "utter_action"}
    asked = {f"utter_ask_{slot}" for form in domain["forms"].values() for slot in form["required_slots"]}
    missing = {name for name in used if name not in domain["responses"]}
    assert missing == set()
    assert any(name in domain["responses"] for name in asked)


def test_the_tree_in_the_readme_is_the_tree():
    tree = README.split("## The tree")[1].split("```")[1]
    named = {line.split()[0].strip("├└─│ /") for line in tree.splitlines() if re.match(r"^[a-zA-Z.]", line)}
    for name in named:
        assert (ROOT / name).exists(), name


def test_files_named_in_documents_exist():
    for document in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]:
        for name in re.findall(
            r"`((?:bot|actions|retrieval|tests|benchmarks|training_data)/[\w./-]+)`", document.read_text()
        ):
            assert (ROOT / name).exists(), f"{document.name} names {name}"
        for link in re.findall(r"\]\(((?!http)[^)#]+)\)", document.read_text()):
            assert (document.parent / link).exists(), f"{document.name} links {link}"
