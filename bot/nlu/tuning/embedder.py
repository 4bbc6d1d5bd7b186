"""The tuned embedder: the published model with a project's changes, run like any other through ONNX Runtime.

Does not train.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from bot.nlu.tuning.store import fingerprint_of, with_changes
from retrieval.embedding.bert import write_graph
from retrieval.embedding.minilm import ENCODER, MAX_TOKENS, NAME, WEIGHTS_SHA256, packaged_folder, read_weights
from retrieval.embedding.runtime import Model, OnnxEmbedder, Tokenize
from retrieval.embedding.sources import hub_tokenizer


def tuned_embedder(changes: Path, threads: int) -> OnnxEmbedder:
    """Return an embedder of the packaged model with the changes of a file, in int8 and as fast as without them.

    Raises:
        TuningError: the file belongs to other weights.
    """
    weights = with_changes(changes, read_weights(packaged_folder()), WEIGHTS_SHA256)
    mark = fingerprint_of(changes, WEIGHTS_SHA256)
    # The graph of 23 MB is only on the way: ONNX Runtime holds all of it in memory once it is open.
    with tempfile.TemporaryDirectory() as folder:
        graph = Path(folder) / "tuned.onnx"
        write_graph(ENCODER, weights, graph, int8=True)
        return OnnxEmbedder(Model(f"{NAME} tuned", graph, tokenizer(), mark, int8=True), threads)


def tokenizer() -> Tokenize:
    """Return the packaged model's tokenizer."""
    return hub_tokenizer(packaged_folder() / "tokenizer.json", MAX_TOKENS)
