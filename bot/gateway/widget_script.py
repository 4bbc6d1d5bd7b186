"""The widget as browsers get it: its modules joined into one script, so that a page needs one request for it.

Reads only the plain form in which the widget's modules are written: imports and exports at the start of a line.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from string import ascii_letters

ENTRY = "entry.js"
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([\w-]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:class|function|const|let) )", re.MULTILINE)
_TOP = re.compile(r"^(?:async )?(?:class|function|const|let) (\w+)", re.MULTILINE)
# Whole lines only: what stands inside a line may be part of a text.
_COMMENT = re.compile(r"^[ \t]*(?:/\*(?:(?!\*/).)*\*/|//[^\n]*)[ \t]*\n", re.MULTILINE | re.DOTALL)
# With comments gone, a line that ends so goes on as well in the same line.
_SPACE = re.compile(r"^[ \t]+|^\n|(?<=[{;,])\n", re.MULTILINE)
_PRIVATE = re.compile(r"(?<![\w#&])#([a-z]\w*)\b", re.IGNORECASE)
_SHEET = re.compile(r"(?<=css = `)[^`]*")
_AROUND = re.compile(r"\s*([{};,])\s*|(?<=:) ")


def join(folder: Path) -> str:
    """Return the modules as one classic script; each runs once, after those that it imports.

    Raises:
        ValueError: two modules use one name at their top level.
    """
    parts: dict[str, str] = {}
    _add(folder, ENTRY, parts)
    names = Counter(_TOP.findall("".join(parts.values())))
    twice = sorted(name for name, count in names.items() if count > 1)
    if twice:
        raise ValueError(f"Two modules of the widget define {', '.join(twice)}. Give one of them another name.")
    return "(() => {\n" + "".join(_shortened(list(parts.values()))) + "})();\n"


def _add(folder: Path, name: str, parts: dict[str, str]) -> None:
    if name in parts:
        return
    source = (folder / name).read_text(encoding="utf-8")
    for other in _IMPORT.findall(source):
        _add(folder, other, parts)
    parts[name] = _COMMENT.sub("", _EXPORT.sub("", _IMPORT.sub("", source)))


def _shortened(parts: list[str]) -> list[str]:
    """Return the modules without what only people need: indentation, the spaces of the style sheet, private names."""
    scripts = [part for part in parts if not _SHEET.search(part)]
    names = sorted({name for part in scripts for name in _PRIVATE.findall(part)})
    short = {name: f"#{ascii_letters[number % 52]}{number // 52 or ''}" for number, name in enumerate(names)}
    shorter = [
        _PRIVATE.sub(lambda match: short[match[1]], part)
        if part in scripts
        else _SHEET.sub(lambda match: _AROUND.sub(r"\1", match[0]).replace(";}", "}"), part)
        for part in parts
    ]
    return [_SPACE.sub("", part) for part in shorter]
