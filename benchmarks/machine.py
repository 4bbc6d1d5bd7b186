"""What every benchmark prints first: on which machine and which code."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path


def describe() -> str:
    """Return one line: processor, cores, memory, Python, commit."""
    model = next(
        (row.split(":")[1] for row in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in row), "?"
    )
    kib = int(Path("/proc/meminfo").read_text().split()[1])
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False).stdout
    cores = len(os.sched_getaffinity(0))
    return (
        f"{model.strip()}, {cores} cores, {kib / 2**20:.0f} GiB, Python {platform.python_version()}, {commit.strip()}"
    )
