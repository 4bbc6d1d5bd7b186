"""Takes apart JSON of which nobody promises the shape: what is not as documented is as good as absent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def mapped(value: object) -> dict[str, Any]:
    """Return an object, or an empty one where something else stands."""
    return value if isinstance(value, dict) else {}


def listed(value: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """Return the objects of a list, or none where something else stands."""
    return objects(value.get(key))


def objects(value: object) -> list[dict[str, Any]]:
    """Return the objects in a list, or none where something else stands."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def by_name(value: object, key: str, content: str) -> dict[str, Any]:
    """Return pairs such as ``{"id": 27642, "value": "745"}`` as one object, so that a mapping can name them."""
    pairs = value if isinstance(value, list) else []
    return {str(pair.get(key)): pair.get(content) for pair in pairs if isinstance(pair, dict)}


def found_text(value: object) -> str:
    """Return a text or a number as text; an empty text for all else."""
    return str(value).strip() if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


def found_number(value: object) -> int:
    """Return a whole number; -1, which help desks give no meaning, for all else."""
    return value if isinstance(value, int) and not isinstance(value, bool) else -1
