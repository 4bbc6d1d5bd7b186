"""Measures search on public question sets in BEIR form: hybrid beside its own two halves, in one run.

Run: python -m benchmarks.retrieval [FOLDER ...]. Folders default to the sets under FRONTDESK_DATA/retrieval; a plain
keyword search (BM25) is the peer.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path
from typing import Literal, get_args

from benchmarks.machine import describe
from retrieval.embedder import PACKAGED, load_embedder
from retrieval.evaluate import evaluate_folder

Mode = Literal["hybrid", "dense", "keyword"]
SHOWN = ("hit@1", "hit@10", "recall@10", "mrr@10", "ndcg@10", "auroc", "latency_ms_p50", "latency_ms_p95")


def main() -> None:
    """Print one Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path)
    folders = parser.parse_args().folders or default_folders()
    print(describe())
    with tempfile.TemporaryDirectory() as folder:
        embedder = load_embedder(PACKAGED, Path(folder), threads=2)
        print(f"| set | search | {' | '.join(SHOWN)} |\n|{'---|' * (len(SHOWN) + 2)}")
        for data in folders:
            for mode in get_args(Mode):
                result = evaluate_folder(data, embedder, mode=mode)
                print(f"| {data.name} | {mode} | {' | '.join(shown(result.get(name)) for name in SHOWN)} |", flush=True)


def default_folders() -> list[Path]:
    """Return the public sets, or stop with a remedy when they are not there."""
    root = Path(os.environ.get("FRONTDESK_DATA", "../shared/data")) / "retrieval"
    if not root.is_dir():
        raise SystemExit(f"{root} is not there: set FRONTDESK_DATA, or name folders in BEIR form.")
    return sorted(path for path in root.iterdir() if path.is_dir())


def shown(value: object) -> str:
    """Return a figure with three digits, or a dash."""
    return f"{value:.3f}" if isinstance(value, float) else "-" if value is None else str(value)


if __name__ == "__main__":
    main()
