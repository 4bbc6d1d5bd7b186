"""Reads one section of the settings: file first, then environment, each value checked against its field.

Knows no setting by name; ``bot.settings`` declares them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, fields, is_dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

import yaml

from bot.errors import SettingsError

T = TypeVar("T")

# Secrets beside the sections whose names they begin with.
NOT_SETTINGS = {"FRONTDESK_ORDERS_TOKEN", "FRONTDESK_GENERATOR_KEY"}


def number(default: Any, least: float, most: float) -> Any:
    """Declare a number with its bounds, both allowed."""
    return field(default=default, metadata={"least": least, "most": most})


def choice(default: str, *choices: str) -> Any:
    """Declare one of a few words."""
    return field(default=default, metadata={"choices": choices})


def read_yaml(path: Path, *, required: bool) -> dict[str, Any]:
    """Return the file's sections, nothing when it does not exist and need not.

    Raises:
        SettingsError: the file is missing though named, or is not YAML of sections.
    """
    if not path.exists():
        if required:
            raise SettingsError(
                f"FRONTDESK_SETTINGS names {path}, which does not exist. Create it or unset the variable."
            )
        return {}
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as exc:
        raise SettingsError(f"{path} cannot be read as YAML: {exc}") from exc
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise SettingsError(f"{path} must hold sections with keys and values, not a {type(data).__name__}.")
    return data


def read_section(kind: type[T], raw: Any, env: Mapping[str, str], where: str) -> T:
    """Return one section; ``where`` is the file and the section's name, as "file: name".

    Raises:
        SettingsError: a key is unknown, or a value of the wrong kind or out of bounds.
    """
    if not isinstance(raw, dict):
        raise SettingsError(f"{where} must hold keys and values, not {raw!r}.")
    assert is_dataclass(kind)
    known = {item.name: item for item in fields(kind)}
    names = set(known)
    unknown = set(raw) - names
    if unknown:
        raise SettingsError(f"{where}: unknown key {sorted(unknown)}; allowed: {', '.join(sorted(names))}")
    hints = get_type_hints(kind)
    section = where.rsplit(" ", 1)[-1].upper()
    _refuse_unknown_variables(names, env, f"FRONTDESK_{section}_")
    values = {key: _convert(value, hints[key], f"{where}.{key}") for key, value in raw.items()}
    for name in names:
        variable = f"FRONTDESK_{section}_{name.upper()}"
        if variable in env:
            values[name] = _convert(_yaml_value(env[variable], variable), hints[name], variable)
    for name, value in values.items():
        _check(value, known[name].metadata, f"{where}.{name}")
    return kind(**values)


def _refuse_unknown_variables(names: set[str], env: Mapping[str, str], prefix: str) -> None:
    for variable in env:
        name = variable.removeprefix(prefix).lower()
        if variable.startswith(prefix) and name not in names and variable not in NOT_SETTINGS:
            raise SettingsError(f"{variable} is not a setting; allowed after {prefix}: {', '.join(sorted(names))}")


def _yaml_value(text: str, variable: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as exc:
        raise SettingsError(f"{variable} is {text!r}, which cannot be read as YAML: {exc}") from exc


def _check(value: Any, rule: Mapping[str, Any], where: str) -> None:
    """Refuse a value that would only fail later, far from its cause."""
    if "choices" in rule and value not in rule["choices"]:
        raise SettingsError(f"{where} is {value!r}; it must be one of {', '.join(rule['choices'])}.")
    for number in value if isinstance(value, tuple) else (value,):
        if "least" in rule and not rule["least"] <= number <= rule["most"]:
            raise SettingsError(f"{where} is {number}; it must be from {rule['least']} to {rule['most']}.")
    if isinstance(value, tuple) and len(set(value)) < len(value):
        raise SettingsError(f"{where} names {value} with a value twice.")


def _convert(value: Any, kind: Any, where: str) -> Any:
    """Check one value against its annotation; numbers and text are not mixed up silently."""
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if kind in (int, float, str) and type(value) is kind:
        return value
    if kind is str and value is None:
        return ""
    if kind is str and type(value) is date:  # YAML reads 2026-12-25 as a day
        return value.isoformat()
    if kind in (tuple[str, ...], tuple[int, ...]) and isinstance(value, list):
        inner = str if kind == tuple[str, ...] else int
        return tuple(_convert(item, inner, where) for item in value)
    wanted = {tuple[str, ...]: "a list such as [https://shop.example]", tuple[int, ...]: "a list such as [5101, 5102]"}
    raise SettingsError(f"{where} is {value!r}; it must be {wanted.get(kind) or 'of the kind ' + kind.__name__}.")
