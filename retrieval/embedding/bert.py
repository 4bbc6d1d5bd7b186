"""Builds ONNX graphs of BERT sentence encoders from their weights, in float32 or with int8 matrix products.

Why not export with torch: the export would be the only reason to install torch and its CUDA libraries (5 GB) on a
machine that answers customers. The graph is the published encoder (Devlin et al. 2018, arXiv:1810.04805) with
sentence-transformers' mean pooling and normalisation inside; it uses ONNX Runtime's fused transformer operators. Those
of the float32 graph run on CPU and CUDA alike, those of the int8 graph on CPU. Does not tokenise or run the graph.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Weights = dict[str, npt.NDArray[Any]]

# What GELU lets through is above -0.17, so that nothing is larger in size than the largest value or this.
LEAST_OF_GELU = 0.17


@dataclass(frozen=True)
class Encoder:
    """The size of an encoder; ``Weights`` have the names that transformers' BertModel gives them."""

    name: str
    layers: int
    heads: int
    dimension: int
    epsilon: float = 1e-12


def write_graph(encoder: Encoder, weights: Weights, path: Path, *, int8: bool) -> None:
    """Write the graph to ``path``, whole or not at all.

    Inputs ``input_ids`` and ``attention_mask`` int32 [batch, tokens]; output ``embedding`` float32
    [batch, dimension], rows of unit length.
    """
    import onnx

    model = (Int8Graph if int8 else Graph)(encoder, weights).build()
    path.parent.mkdir(parents=True, exist_ok=True)
    staged = path.with_name(f"{path.name}.{os.getpid()}")
    onnx.save_model(model, str(staged))
    os.replace(staged, path)


class Graph:
    """Collects nodes and weights while walking through the encoder from bottom to top, in float32."""

    mask = "embedded.mask"
    segments = ""  # the input that tells kinds of tokens apart; empty where all are of one kind

    def __init__(self, encoder: Encoder, weights: Weights) -> None:
        self.encoder = encoder
        self.weights = weights
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def build(self) -> Any:
        """Return the ONNX model."""
        from onnx import TensorProto, helper

        hidden = self.embeddings()
        for number in range(self.encoder.layers):
            hidden = self.layer(hidden, f"encoder.layer.{number}")
        self.pool(hidden)
        tokens = ["batch", "tokens"]
        inputs = [
            helper.make_tensor_value_info(name, TensorProto.INT32, tokens) for name in ("input_ids", "attention_mask")
        ]
        output = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", self.encoder.dimension])
        graph = helper.make_graph(self.nodes, self.encoder.name, inputs, [output], self.constants)
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=8)

    def constant(self, name: str, value: npt.NDArray[Any]) -> str:
        """Add a constant and return its name."""
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def weight(self, name: str, *, transpose: bool = False) -> str:
        """Add one of the encoder's weights and return its name."""
        value = self.weights[name]
        return self.constant(name, value.T if transpose else value)

    def node(self, kind: str, inputs: list[str], output: str, *, fused: bool = False, **attributes: Any) -> str:
        """Add a node and return the name of its first output."""
        from onnx import helper

        outputs = [output, f"{output}.mask"] if kind == "EmbedLayerNormalization" else [output]
        domain = "com.microsoft" if fused else ""
        self.nodes.append(helper.make_node(kind, inputs, outputs, name=output, domain=domain, **attributes))
        return output

    def embeddings(self) -> str:
        """Add what turns token ids into vectors."""
        names = [f"embeddings.{kind}_embeddings.weight" for kind in ("word", "position", "token_type")]
        segment = self.segments or self.node("Sub", ["input_ids", "input_ids"], "segment_ids")
        inputs = ["input_ids", segment, *(self.weight(name) for name in names), *self.norm("embeddings")]
        epsilon = self.encoder.epsilon
        return self.node(
            "EmbedLayerNormalization", [*inputs, "attention_mask"], "embedded", fused=True, epsilon=epsilon
        )

    def layer(self, hidden: str, prefix: str) -> str:
        """Add one layer: attention and the feed-forward part, each with its residual."""
        attended = self.project(self.attention(hidden, prefix), f"{prefix}.attention.output.dense")
        middle = self.add_norm(attended, hidden, f"{prefix}.attention.output")
        wide = self.multiply(middle, f"{prefix}.intermediate.dense")
        active = self.gelu(wide, prefix)
        return self.add_norm(self.project(active, f"{prefix}.output.dense"), middle, f"{prefix}.output")

    def attention(self, hidden: str, prefix: str) -> str:
        """Add the attention of one layer, its three projections in one."""
        qkv, bias = self.query_key_value(prefix)
        inputs = [hidden, self.constant(f"{prefix}.qkv", qkv), bias, self.mask]
        return self.node("Attention", inputs, f"{prefix}.attended", fused=True, num_heads=self.encoder.heads)

    def query_key_value(self, prefix: str) -> tuple[npt.NDArray[Any], str]:
        """Return the joined projection of one layer's attention and the name of its bias."""
        parts = [f"{prefix}.attention.self.{part}" for part in ("query", "key", "value")]
        bias = np.concatenate([self.weights[f"{part}.bias"] for part in parts])
        joined = np.concatenate([self.weights[f"{part}.weight"].T for part in parts], axis=1)
        return joined, self.constant(f"{prefix}.qkv_bias", bias)

    def gelu(self, wide: str, prefix: str) -> str:
        """Add bias and activation of the feed-forward part."""
        bias = self.weight(f"{prefix}.intermediate.dense.bias")
        return self.node("BiasGelu", [wide, bias], f"{prefix}.gelu", fused=True)

    def multiply(self, hidden: str, name: str) -> str:
        """Add the product with a weight, without its bias."""
        return self.node("MatMul", [hidden, self.weight(f"{name}.weight", transpose=True)], f"{name}.matmul")

    def project(self, hidden: str, name: str) -> str:
        """Add the product with a weight, and its bias."""
        return self.node("Add", [self.multiply(hidden, name), self.weight(f"{name}.bias")], f"{name}.out")

    def add_norm(self, hidden: str, skip: str, prefix: str) -> str:
        """Add a residual and its normalisation."""
        inputs = [hidden, skip, *self.norm(prefix)]
        epsilon = self.encoder.epsilon
        return self.node("SkipLayerNormalization", inputs, f"{prefix}.norm", fused=True, epsilon=epsilon)

    def norm(self, prefix: str) -> list[str]:
        """Add the scale and shift of a normalisation and return their names."""
        return [self.weight(f"{prefix}.LayerNorm.weight"), self.weight(f"{prefix}.LayerNorm.bias")]

    def pool(self, hidden: str) -> None:
        """Average the vectors of real tokens and scale each row to unit length."""
        last = self.constant("axis.last", np.array([-1], dtype=np.int64))
        tokens = self.constant("axis.tokens", np.array([1], dtype=np.int64))
        mask = self.node("Cast", ["attention_mask"], "mask", to=1)
        mask = self.node("Unsqueeze", [mask, last], "mask.column")
        masked = self.node("Mul", [hidden, mask], "masked")
        total = self.node("ReduceSum", [masked, tokens], "total", keepdims=0)
        self.node("LpNormalization", [total], "embedding", axis=-1, p=2)


class Int8Graph(Graph):
    """The same encoder with int8 weights, one scale for each column, and activations in 8 bits, one for each token.

    ONNX Runtime's own scheme gives all tokens of a batch one scale. A BERT's [CLS] is some ten times as large as its
    neighbours in the feed-forward part, which leaves three of the eight bits less for what matters; and the vector of a
    text depends on what else is in its batch. Here each token is divided by its largest value before it is rounded.
    """

    mask = "attention_mask"

    def embeddings(self) -> str:
        """Add what turns token ids into vectors; the table of words is int8 with one scale for each word."""
        table, scale = quantised(self.weights["embeddings.word_embeddings.weight"].T)
        words = self.node("Gather", [self.constant("words", table.T), "input_ids"], "words.int8")
        scales = self.node("Gather", [self.constant("words.scale", scale[:, None]), "input_ids"], "words.scales")
        words = self.node("Mul", [self.node("Cast", [words], "words.float", to=1), scales], "words.out")
        place, kinds = (self.weights[f"embeddings.{kind}_embeddings.weight"] for kind in ("position", "token_type"))
        if self.segments:
            marked = self.node("Gather", [self.constant("kinds", kinds), self.segments], "kinds.out")
            words = self.node("Add", [words, marked], "words.marked")
        else:
            place = place + kinds[:1]
        start, one, two = (self.constant(f"number.{n}", np.array([n], dtype=np.int64)) for n in range(3))
        width = self.node("Slice", [self.node("Shape", ["input_ids"], "shape"), one, two], "width")
        places = self.node("Slice", [self.constant("places", place), start, width, start], "places.out")
        places = self.node("Unsqueeze", [places, start], "places.row")
        epsilon = self.encoder.epsilon
        inputs = [words, places, *self.norm("embeddings")]
        return self.node("SkipLayerNormalization", inputs, "embedded", fused=True, epsilon=epsilon)

    def attention(self, hidden: str, prefix: str) -> str:
        """Add the attention of one layer, its three projections in one int8 product."""
        from onnx import helper

        qkv, bias = self.query_key_value(prefix)
        parts = [f"{prefix}.{name}" for name in ("query", "key", "value")]
        joined = self.multiply_rows(hidden, f"{prefix}.qkv", qkv)
        self.nodes.append(helper.make_node("Split", [joined], parts, name=f"{prefix}.parts", axis=-1))
        inputs = [*parts, bias, self.mask]
        return self.node("MultiHeadAttention", inputs, f"{prefix}.attended", fused=True, num_heads=self.encoder.heads)

    def gelu(self, wide: str, prefix: str) -> str:
        """Add bias and activation; the tanh form differs by less than int8 does and costs half."""
        bias = self.weight(f"{prefix}.intermediate.dense.bias")
        return self.node("FastGelu", [wide, bias], f"{prefix}.gelu", fused=True)

    def multiply(self, hidden: str, name: str) -> str:
        """Add the int8 product with a weight."""
        after_gelu = name.endswith(".output.dense") and not name.endswith(".attention.output.dense")
        return self.multiply_rows(hidden, name, self.weights[f"{name}.weight"].T, positive=after_gelu)

    def multiply_rows(self, hidden: str, name: str, value: npt.NDArray[Any], *, positive: bool = False) -> str:
        """Add a product in int8 whose rows are divided by their largest value before, and multiplied by it after."""
        size = hidden if positive else self.node("Abs", [hidden], f"{name}.size")
        top = self.node("ReduceMax", [size], f"{name}.largest", axes=[-1], keepdims=1)
        least = np.array(LEAST_OF_GELU if positive else 1e-9, dtype=np.float32)
        top = self.node("Max", [top, self.constant(f"{name}.least", least)], f"{name}.top")
        even = self.node("Div", [hidden, top], f"{name}.even")
        step = self.constant(f"{name}.step", np.array(1 / 127, dtype=np.float32))
        middle = self.constant(f"{name}.middle", np.array(128, dtype=np.uint8))
        rounded = self.node("QuantizeLinear", [even, step, middle], f"{name}.rounded")
        weight, scale, zero = self.quantised_weight(name, value)
        inputs = [rounded, weight, step, scale, middle, zero]
        product = self.node("MatMulIntegerToFloat", inputs, f"{name}.product", fused=True)
        return self.node("Mul", [product, top], f"{name}.matmul")

    def quantised_weight(self, name: str, value: npt.NDArray[Any]) -> list[str]:
        """Add a weight [in, out] in int8 and return the names of values, scales and zero points."""
        table, scale = quantised(value)
        zero = np.zeros(scale.shape, dtype=np.int8)
        parts: dict[str, npt.NDArray[Any]] = {"int8": table, "scale": scale, "zero": zero}
        return [self.constant(f"{name}.{part}", item) for part, item in parts.items()]


def quantised(value: npt.NDArray[Any]) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """Return int8 values and the scale of each column, so that their product is ``value`` to half a step."""
    largest = np.maximum(value.max(axis=0), -value.min(axis=0))
    scale = np.maximum(largest / 127, 1e-12).astype(np.float32)
    steps = value / scale
    return np.rint(steps, out=steps).astype(np.int8), scale
