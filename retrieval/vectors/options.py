"""What a team may choose about its index."""

from __future__ import annotations

from dataclasses import dataclass, field

FAISS, MILVUS = "faiss", "milvus"


@dataclass(frozen=True)
class IndexOptions:
    """Engine and limits; the defaults are those of one machine.

    ``recall`` is the recall@10 against exact search that lists must hold. ``device`` is auto, cpu or gpu.
    """

    engine: str = FAISS
    exact_up_to: int = 10_000
    recall: float = 0.99
    device: str = "auto"
    milvus_uri: str = ""
    milvus_prefix: str = "frontdesk"
    milvus_token: str = field(default="", repr=False)
