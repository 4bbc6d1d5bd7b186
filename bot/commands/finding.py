"""One line of what ``frontdesk doctor`` reports."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """What was looked at and what it is; ``remedy`` is empty when all is well."""

    name: str
    value: str
    remedy: str = ""
