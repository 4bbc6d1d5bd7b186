"""Imports go one way; a file or function does not outgrow its room."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LEAVES = {
    "bot",
    "bot.settings",
    "bot.live",
    "bot.settings_channels",
    "bot.settings_desk",
    "bot.settings_dialogue",
    "bot.settings_file",
    "bot.settings_generator",
    "bot.settings_ledger",
    "bot.settings_secrets",
    "bot.errors",
    "bot.messages",
    "bot.log",
    "bot.process",
    "bot.progress",
}
SHIPPED = sorted(path for folder in ("bot", "actions", "retrieval") for path in (ROOT / folder).rglob("*.py"))

# room -> the rooms of this project it may import, besides itself (LEAVES are open to all but retrieval)
ALLOWED = {
    "retrieval": set(),
    "bot.answering": {"retrieval"},
    "bot.nlu": {f"retrieval.{name}" for name in ("embedder", "embedding", "errors", "language", "terms")},
    "actions": {"bot.answering.client"},
    "bot.dialogue": {"bot.nlu", "bot.desk.hours", "bot.desk.telling"},
    "bot.gateway.storage": set(),
    "bot.gateway": {"bot.channels", "bot.desk"},
    "bot.channels": {"bot.gateway"},
    "bot.desk": {"bot.gateway"},
    # Customers of the gateway: they speak HTTP only.
    "bot.client": {"bot.retries"},
    "bot.retries": set(),
    "bot.suite": {"bot.client"},
}
HEAVY = ("rasa", "rasa_sdk", "torch", "tensorflow", "faiss", "onnx", "onnxruntime", "transformers", "sklearn")
MAX_FILE_LINES = 250
MAX_FUNCTION_LINES = 60


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports_of(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            modules = {name for name in names if (ROOT / (name.replace(".", "/") + ".py")).exists()}
            found |= modules or {node.module or ""}
    return found


def room_of(module: str) -> str | None:
    return next((room for room in ALLOWED if module == room or module.startswith(room + ".")), None)


def allowed(room: str, name: str) -> bool:
    if name == room or name.startswith(room + "."):
        return True
    if name in LEAVES and room != "retrieval":
        return True
    return any(name == other or name.startswith(other + ".") for other in ALLOWED[room])


@pytest.mark.parametrize("path", SHIPPED, ids=module_of)
def test_imports_go_one_way(path):
    room = room_of(module_of(path))
    if room is None:
        return  # leaves, command line and starter
    ours = {name for name in imports_of(path) if name.split(".")[0] in ("bot", "actions", "retrieval")}
    assert {name for name in ours if not allowed(room, name)} == set()


@pytest.mark.parametrize("path", [p for p in SHIPPED if module_of(p) in LEAVES], ids=module_of)
def test_leaves_import_only_leaves(path):
    ours = {name for name in imports_of(path) if name.split(".")[0] in ("bot", "actions", "retrieval")}
    assert ours <= LEAVES


@pytest.mark.parametrize(
    "path",
    [p for p in SHIPPED if (room_of(module_of(p)) or "") in ("bot.gateway", "bot.channels", "bot.desk")],
    ids=module_of,
)
def test_the_public_door_imports_nothing_heavy(path):
    assert {name for name in imports_of(path) if name.split(".")[0] in HEAVY} == set()


def test_the_command_line_does_not_import_actions():
    for path in SHIPPED:
        if module_of(path).startswith(("bot.cli", "bot.commands")):
            assert not any(name.split(".")[0] == "actions" for name in imports_of(path)), path


def test_only_settings_read_the_environment():
    readers = {
        "bot.settings",
        "bot.log",
        "bot.process",
        "bot.starter",
        "bot.suite.installation",
        "bot.dialogue.environment",
        "bot.dialogue.train",
        "bot.dialogue.understanding",
    }
    for path in SHIPPED:
        text = path.read_text()
        if module_of(path) not in readers and module_of(path) != "bot.dialogue.__main__":
            assert "os.environ" not in text and "getenv" not in text, path


@pytest.mark.parametrize("path", SHIPPED, ids=module_of)
def test_files_and_functions_stay_small(path):
    text = path.read_text()
    assert len(text.splitlines()) <= MAX_FILE_LINES
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno + 1 <= MAX_FUNCTION_LINES, node.name


def test_shipped_imports_are_runtime_dependencies():
    """A package that only the dev group brings would break a real installation at import."""
    from importlib.metadata import packages_distributions

    import tomli

    project = tomli.loads((ROOT / "pyproject.toml").read_text())["project"]
    # An extra is asked for by name; what it brings is imported where settings name it, never at start.
    extras = [item for name, items in project["optional-dependencies"].items() if name != "dev" for item in items]
    declared = {name_of(item) for item in [*project["dependencies"], *extras]}
    provided = packages_distributions()
    missing = {}
    for path in SHIPPED:
        for name in {name.split(".")[0] for name in imports_of(path)}:
            owners = {name_of(owner) for owner in provided.get(name, [])}
            if owners and not owners & declared and "frontdesk" not in owners:
                missing[name] = module_of(path)
    assert missing == {}


def name_of(requirement: str) -> str:
    for character in "=<>[;! ":
        requirement = requirement.split(character)[0]
    return requirement.lower().replace("_", "-")
