"""The small generator's weights: how they are stored, checked and turned into an ONNX graph of the encoder.

A file holds the layers alone, as int8 with one scale for each row; the vectors of words come from the installed
MiniLM. Does not tokenise and does not write.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.errors import GenerationError
from retrieval.embedding.bert import Encoder, Graph, Int8Graph, Weights
from retrieval.embedding.minilm import packaged_folder, read_weights
from retrieval.reranking.network import SCALE, WORDS, compressed, restored

NAME = "small"
SHIPPED = Path(__file__).with_name("generator.safetensors")
# Another form of the graph below needs another name here, or files made before would be used on.
GRAPH = b"1"
# Our names of a layer's parts and BERT's.
PARTS = {
    "attention.query": "attention.self.query",
    "attention.key": "attention.self.key",
    "attention.value": "attention.self.value",
    "attention.out": "attention.output.dense",
    "attended": "attention.output.LayerNorm",
    "wide": "intermediate.dense",
    "narrow": "output.dense",
    "norm": "output.LayerNorm",
}


def fingerprint(path: Path) -> str:
    """Return the hash of a weight file, under which the graph made from it is kept."""
    return hashlib.sha256(GRAPH + path.read_bytes()).hexdigest()


def stored(weights: Mapping[str, npt.NDArray[Any]]) -> Weights:
    """Return what a file holds: matrices as int8 with a scale for each row, the list of common words as it is."""
    found: Weights = {}
    for name, value in weights.items():
        if name != "words.weight":
            found |= {name: value.astype(np.int32)} if name == "common" else compressed(name, value)
    return found


def read(path: Path) -> Weights:
    """Return the weights in float32, without the vectors of words.

    Raises:
        GenerationError: the file is not there, or is no file of this kind.
    """
    from safetensors.numpy import load

    try:
        raw = dict(load(path.read_bytes()))
    except Exception as exc:  # noqa: BLE001 - the library raises classes of its own for damaged files
        raise GenerationError(
            f"The generator's weights {path} cannot be read: {exc}. Install the package again, or remove the file to "
            "go back to the shipped model."
        ) from exc
    if "common" not in raw or "copy_key.weight" not in raw:
        raise GenerationError(f"{path} holds no small generator. Train one: frontdesk generator train")
    names = [name for name in raw if not name.endswith(SCALE)]
    return {name: raw[name] if name == "common" else restored(name, raw) for name in names}


def word_vectors() -> npt.NDArray[np.float32]:
    """Return the packaged model's vectors of words [words, width]."""
    return np.asarray(read_weights(packaged_folder())[WORDS], dtype=np.float32)


def write_onnx(weights: Weights, words: npt.NDArray[np.float32], path: Path, *, int8: bool = True) -> None:
    """Write the encoder's graph to ``path``, whole or not at all.

    Inputs ``input_ids``, ``attention_mask`` and ``token_type_ids`` int32 [batch, tokens]; output ``hidden`` float32
    [batch, tokens, width].
    """
    import onnx

    named = bert_names(weights) | {WORDS: np.concatenate([words, weights["special.weight"]])}
    layers = 1 + max(int(name.split(".")[1]) for name in weights if name.startswith("encoder."))
    encoder = Encoder(NAME, layers=layers, heads=12, dimension=words.shape[1])
    path.parent.mkdir(parents=True, exist_ok=True)
    staged = path.with_name(f"{path.name}.{os.getpid()}")
    onnx.save_model((ReadingGraph if int8 else PlainReadingGraph)(encoder, named).build(), str(staged))
    os.replace(staged, path)


def bert_names(weights: Weights) -> Weights:
    """Return the encoder's weights by the names that BERT has for them."""
    found: Weights = {
        "embeddings.position_embeddings.weight": weights["places.weight"],
        "embeddings.token_type_embeddings.weight": weights["kinds.weight"],
        "embeddings.LayerNorm.weight": weights["read_norm.weight"],
        "embeddings.LayerNorm.bias": weights["read_norm.bias"],
    }
    for name, value in weights.items():
        if name.startswith("encoder."):
            _, layer, *inner, kind = name.split(".")
            found[f"encoder.layer.{layer}.{PARTS['.'.join(inner)]}.{kind}"] = value
    return found


def outputs(graph: Graph) -> Any:
    """Return the ONNX model of an encoder whose every token is kept."""
    from onnx import TensorProto, helper

    hidden = graph.embeddings()
    for number in range(graph.encoder.layers):
        hidden = graph.layer(hidden, f"encoder.layer.{number}")
    graph.node("Identity", [hidden], "hidden")
    names, tokens = ("input_ids", "attention_mask", "token_type_ids"), ["batch", "tokens"]
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT32, tokens) for name in names]
    output = helper.make_tensor_value_info("hidden", TensorProto.FLOAT, [*tokens, graph.encoder.dimension])
    made = helper.make_graph(graph.nodes, graph.encoder.name, inputs, [output], graph.constants)
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(made, opset_imports=opsets, ir_version=8)


class PlainReadingGraph(Graph):
    """The encoder in float32; questions and evidence are of two kinds."""

    segments = "token_type_ids"

    def build(self) -> Any:
        """Return the ONNX model."""
        return outputs(self)


class ReadingGraph(Int8Graph):
    """The encoder in int8; questions and evidence are of two kinds."""

    segments = "token_type_ids"

    def build(self) -> Any:
        """Return the ONNX model."""
        return outputs(self)
