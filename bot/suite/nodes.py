"""YAML with the line of every value, so that an error names the place; texts stay as they were written."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import yaml

from bot.errors import SuiteError


class _Loader(yaml.SafeLoader):
    """Knows only true, false, whole numbers and nothing: Yes, No and dates are texts, as a customer writes them."""


_Loader.yaml_implicit_resolvers = {}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("(?:true|false)$"), ["t", "f"])
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile("(?:0|[1-9][0-9]*)$"), list("0123456789"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile("(?:~|null|)$"), ["~", "n", ""])


class Place:
    """One value in a file."""

    def __init__(self, path: Path, node: yaml.Node, name: str) -> None:
        self.path = path
        self.line: int = node.start_mark.line + 1
        self._node = node
        self._name = name

    def error(self, message: str) -> SuiteError:
        """Return an error that names file and line."""
        return SuiteError(f"{self.path}:{self.line}: {message}")

    def mapping(self, allowed: Iterable[str], hints: dict[str, str] | None = None) -> dict[str, Place]:
        """Return keys and values.

        Raises:
            SuiteError: this is no mapping, or a key is unknown or stands there twice.
        """
        if not isinstance(self._node, yaml.MappingNode):
            raise self._not("keys with values")
        found: dict[str, Place] = {}
        for key, value in self._node.value:
            name = str(key.value)
            here = Place(self.path, key, name)
            if name in found:
                raise here.error(f"the key {name} stands here twice.")
            if name not in allowed:
                hint = (hints or {}).get(name) or f"allowed: {', '.join(allowed)}."
                raise here.error(f"{name} is no key of {self._name}; {hint}")
            found[name] = Place(self.path, value, name)
        return found

    def items(self) -> list[Place]:
        """Return the entries of a list.

        Raises:
            SuiteError: this is no list, or an empty one.
        """
        if not isinstance(self._node, yaml.SequenceNode) or not self._node.value:
            raise self._not("a list with at least one entry")
        return [Place(self.path, node, f"an entry of {self._name}") for node in self._node.value]

    def text(self) -> str:
        """Return a text as it was written.

        Raises:
            SuiteError: this is no text, or an empty one.
        """
        if not isinstance(self._node, yaml.ScalarNode) or not self._node.value.strip() or self._is("null"):
            raise self._not("a text")
        return str(self._node.value)

    def texts(self) -> tuple[str, ...]:
        """Return one text, or a list of texts."""
        if isinstance(self._node, yaml.SequenceNode):
            return tuple(item.text() for item in self.items())
        return (self.text(),)

    def number(self, least: int) -> int:
        """Return a whole number.

        Raises:
            SuiteError: this is none, or below ``least``.
        """
        if not isinstance(self._node, yaml.ScalarNode) or not self._is("int") or int(self._node.value) < least:
            raise self._not(f"a whole number from {least} on")
        return int(self._node.value)

    def truth(self) -> bool:
        """Return true or false.

        Raises:
            SuiteError: this is neither.
        """
        if not isinstance(self._node, yaml.ScalarNode) or not self._is("bool"):
            raise self._not("true or false")
        return bool(self._node.value == "true")

    def _is(self, kind: str) -> bool:
        return bool(self._node.tag == f"tag:yaml.org,2002:{kind}")

    def _not(self, wanted: str) -> SuiteError:
        value = (
            repr(self._node.value)
            if isinstance(self._node, yaml.ScalarNode)
            else f"a {type(self._node).__name__.removesuffix('Node').lower()}"
        )
        return self.error(f"{self._name} is {value[:80]}; it must be {wanted}.")


def read_place(path: Path) -> Place:
    """Return the whole content of a YAML file.

    Raises:
        SuiteError: the file cannot be read, is not YAML, or is empty.
    """
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=_Loader)
    except (OSError, UnicodeDecodeError) as exc:
        raise SuiteError(f"{path} cannot be read: {exc}") from exc
    except yaml.MarkedYAMLError as exc:
        line = exc.problem_mark.line + 1 if exc.problem_mark else 1
        raise SuiteError(f"{path}:{line}: this is not YAML: {exc.problem}.") from exc
    except yaml.YAMLError as exc:
        raise SuiteError(f"{path}: this is not YAML: {exc}") from exc
    if node is None:
        raise SuiteError(f"{path} is empty; it must hold `suite:` with a list of stories.")
    return Place(path, node, "a suite file")
