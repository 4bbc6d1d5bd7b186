"""Builds the reranker's ONNX graph: word vectors of the packaged MiniLM, and our own layers above them.

The shipped file holds the layers alone, as int8 with one scale for each row; the word vectors were frozen in training
and come from the installed package. The graph multiplies in int8, with the activations quantised as they come. Does not
tokenise and does not run the graph.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from retrieval.embedding.bert import Int8Graph, Weights
from retrieval.embedding.minilm import ENCODER, packaged_folder, read_weights

NAME = "minilm-tickets"
WEIGHTS = Path(__file__).with_name(f"{NAME}.safetensors")
WORDS = "embeddings.word_embeddings.weight"
SCALE = ".scale"
# Another form of the graph below needs another name here, or files made before would be used on.
GRAPH = b"1"
# Matrices with a shorter side stay as they are: nothing is saved on them.
SMALL = 16


def fingerprint(path: Path = WEIGHTS) -> str:
    """Return the hash of the shipped weights, under which the graph made from them is kept."""
    return hashlib.sha256(GRAPH + path.read_bytes()).hexdigest()


def read_layers(path: Path = WEIGHTS) -> Weights:
    """Return the network's weights in float32: the shipped ones, and the word vectors of the package."""
    from safetensors.numpy import load

    stored = load(path.read_bytes())
    words = read_weights(packaged_folder())[WORDS]
    return {WORDS: words, **{name: restored(name, stored) for name in stored if not name.endswith(SCALE)}}


def compressed(name: str, value: npt.NDArray[Any]) -> Weights:
    """Return what is stored of a matrix: int8 rows with a scale each. Vectors stay as they are."""
    if value.ndim < 2 or min(value.shape) < SMALL:
        return {name: value.astype(np.float32)}
    scale = np.maximum(np.abs(value).max(axis=1), 1e-9) / 127.0
    return {name: np.round(value / scale[:, None]).astype(np.int8), name + SCALE: scale.astype(np.float32)}


def restored(name: str, stored: Weights) -> npt.NDArray[np.float32]:
    """Return a stored matrix in float32."""
    value = stored[name].astype(np.float32)
    scale = stored.get(name + SCALE)
    return value if scale is None else value * scale[:, None]


def write_onnx(weights: Weights, path: Path, name: str = NAME) -> None:
    """Write the graph to ``path``, whole or not at all; ``name`` is the graph's own.

    Inputs ``input_ids``, ``attention_mask`` and ``token_type_ids`` int32 [pairs, tokens]; output ``logits`` [pairs].
    """
    import onnx

    layers = 1 + max(int(name.split(".")[2]) for name in weights if name.startswith("encoder.layer."))
    encoder = replace(ENCODER, name=name, layers=layers)
    path.parent.mkdir(parents=True, exist_ok=True)
    staged = path.with_name(f"{path.name}.{os.getpid()}")
    onnx.save_model(PairGraph(encoder, weights).build(), str(staged))
    os.replace(staged, path)


class PairGraph(Int8Graph):
    """The encoder over question and ticket at once; its head compares the mean vectors of the two sides."""

    def build(self) -> Any:
        """Return the ONNX model."""
        from onnx import TensorProto, helper

        hidden = self.embeddings()
        for number in range(self.encoder.layers):
            hidden = self.layer(hidden, f"encoder.layer.{number}")
        self.head(hidden)
        names = ("input_ids", "attention_mask", "token_type_ids")
        inputs = [helper.make_tensor_value_info(name, TensorProto.INT32, ["pairs", "tokens"]) for name in names]
        output = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["pairs"])
        graph = helper.make_graph(self.nodes, self.encoder.name, inputs, [output], self.constants)
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=8)

    def head(self, hidden: str) -> None:
        """Add the weighted product of both sides' mean vectors, and a linear view of the first token."""
        mask, sides = (
            self.node("Cast", [name], f"{name}.float", to=1) for name in ("attention_mask", "token_type_ids")
        )
        ticket = self.node("Mul", [mask, sides], "ticket")
        question = self.node("Sub", [mask, ticket], "question")
        both = self.node("Mul", [self.mean(hidden, question), self.mean(hidden, ticket)], "both")
        likeness = self.node("MatMul", [both, self.weight("likeness.weight", transpose=True)], "likeness")
        zero, one = (self.constant(f"place.{at}", np.array([at], dtype=np.int64)) for at in (0, 1))
        first = self.node("Slice", [hidden, zero, one, one], "first.row")
        first = self.node("Squeeze", [first, one], "first")
        linear = self.node("MatMul", [first, self.weight("head.weight", transpose=True)], "head")
        total = self.node("Add", [self.node("Add", [likeness, linear], "sum"), self.weight("head.bias")], "total")
        self.node("Squeeze", [total, one], "logits")

    def mean(self, hidden: str, chosen: str) -> str:
        """Add the mean vector of the chosen tokens, scaled to unit length."""
        last = self.constant(f"{chosen}.axis", np.array([-1], dtype=np.int64))
        tokens = self.constant(f"{chosen}.tokens", np.array([1], dtype=np.int64))
        masked = self.node(
            "Mul", [hidden, self.node("Unsqueeze", [chosen, last], f"{chosen}.column")], f"{chosen}.masked"
        )
        total = self.node("ReduceSum", [masked, tokens], f"{chosen}.total", keepdims=0)
        return self.node("LpNormalization", [total], f"{chosen}.mean", axis=-1, p=2)
