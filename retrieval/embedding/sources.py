"""Finds the files of an embedder by its name, and makes those that are made here.

A name is that of a packaged model, a folder, or ``owner/model`` on the model hub. Does not run anything.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from pathlib import Path
from typing import Any

from retrieval.embedding import e5, minilm
from retrieval.embedding.bert import write_graph
from retrieval.embedding.runtime import Model, Prompts, Tokenize
from retrieval.errors import EmbedderUnavailable

# A new version of the graphs needs a new name here, or old files would be reused, and a new mark in the fingerprint.
VERSION = {False: "v1", True: "int8.v1"}
E5_PROMPTS = Prompts(query="query: ", passage="passage: ")
FILES = {"model": ("model.onnx", "onnx/model.onnx"), "tokenizer": ("tokenizer.json", "onnx/tokenizer.json")}
TORCH_FILES = ("config.json", "model.safetensors")
PROMPTS_FILE = "config_sentence_transformers.json"


def packaged_minilm(folder: Path, *, int8: bool) -> Model:
    """Return the packaged all-MiniLM-L6-v2, its graph made in ``folder`` if it is not there yet."""
    source = minilm.packaged_folder()
    path = folder / f"{minilm.NAME}.{VERSION[int8]}.onnx"
    if not path.exists():
        write_graph(minilm.ENCODER, minilm.read_weights(source), path, int8=int8)
    tokenize = hub_tokenizer(source / "tokenizer.json", minilm.MAX_TOKENS)
    return Model(minilm.NAME, path, tokenize, _mark(minilm.WEIGHTS_SHA256, int8=int8), int8=int8)


def packaged_e5(folder: Path, *, int8: bool) -> Model:
    """Return the packaged multilingual-e5-small, its graph made in ``folder`` if it is not there yet."""
    path, words = folder / f"{e5.NAME}.{VERSION[int8]}.onnx", folder / f"{e5.NAME}.v1.tokenizer.json"
    if not (path.exists() and words.exists()):
        packed = e5.PackedModel(e5.packaged_file())
        e5.write_tokenizer(packed, words)
        write_graph(e5.ENCODER, packed.weights(), path, int8=int8)
    return Model(e5.NAME, path, e5.E5Tokenizer(words), _mark(e5.WEIGHTS_SHA256, int8=int8), E5_PROMPTS, int8)


def torch_minilm() -> Model:
    """Return the packaged all-MiniLM-L6-v2 as transformers reads it; its vectors are those of the float32 graph."""
    source = minilm.packaged_folder()
    minilm.read_weights(source)
    tokenize = hub_tokenizer(source / "tokenizer.json", minilm.MAX_TOKENS)
    return Model(minilm.NAME, source, tokenize, minilm.WEIGHTS_SHA256)


def model_in_folder(folder: Path, name: str) -> Model:
    """Return the model of a folder: ``model.onnx`` (or ``onnx/model.onnx``) and ``tokenizer.json``.

    Raises:
        EmbedderUnavailable: a file is missing.
    """
    found = {
        kind: next((folder / at for at in places if (folder / at).exists()), None) for kind, places in FILES.items()
    }
    for kind, path in found.items():
        if path is None:
            raise EmbedderUnavailable(
                f"The embedder {name!r} needs {folder / FILES[kind][0]}, which does not exist. "
                f"Use {minilm.NAME}, {e5.NAME} or a folder with both files."
            )
    model, tokenizer = Path(found["model"] or ""), Path(found["tokenizer"] or "")
    prompts = _prompts(folder, name)
    return Model(_short(name), model, hub_tokenizer(tokenizer, e5.MAX_TOKENS), _hash(model, prompts), prompts)


def torch_model_in_folder(folder: Path, name: str) -> Model:
    """Return the model of a folder in transformers' form, for torch.

    Raises:
        EmbedderUnavailable: a file is missing.
    """
    for file in (*TORCH_FILES, "tokenizer.json"):
        if not (folder / file).exists():
            raise EmbedderUnavailable(f"answers.backend torch needs {folder / file}, which does not exist. Use onnx.")
    prompts = _prompts(folder, name)
    tokenize = hub_tokenizer(folder / "tokenizer.json", e5.MAX_TOKENS)
    return Model(_short(name), folder, tokenize, _hash(folder / TORCH_FILES[1], prompts), prompts)


def from_hub(name: str, cache: Path, *, torch: bool) -> Path:
    """Fetch ``owner/model`` from the model hub, or take what an earlier start fetched, and return its folder.

    Raises:
        EmbedderUnavailable: neither the hub nor a former copy has it.
    """
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError

    needed = TORCH_FILES if torch else ("onnx/model.onnx",)
    try:
        paths = [Path(hf_hub_download(name, file, cache_dir=str(cache))) for file in (*needed, "tokenizer.json")]
    except Exception as exc:  # noqa: BLE001 - the client's errors and its HTTP library's share no base
        raise EmbedderUnavailable(
            f"The embedder {name!r} cannot be fetched from the model hub ({type(exc).__name__}). Name {e5.NAME} for "
            "other languages than English, or a folder with model.onnx and tokenizer.json."
        ) from exc
    # Most models expect nothing in front of a text and so have no such file.
    with contextlib.suppress(EntryNotFoundError, OSError):
        hf_hub_download(name, PROMPTS_FILE, cache_dir=str(cache))
    return paths[-1].parent


def quantised_copy(model: Model, folder: Path) -> Model:
    """Return a model of a folder with its matrix products in int8, made in ``folder`` if it is not there yet."""
    path = folder / f"{model.fingerprint[:16]}.{VERSION[True]}.onnx"
    if not path.exists():
        import onnx
        from onnxruntime.quantization import QuantType, quantize_dynamic

        folder.mkdir(parents=True, exist_ok=True)
        staged = path.with_name(f"{path.name}.{os.getpid()}")
        # Nodes of other domains hide what type they give; all of these models work in float32.
        options = {"DefaultTensorType": onnx.TensorProto.FLOAT}
        quantize_dynamic(model.path, staged, per_channel=True, weight_type=QuantType.QInt8, extra_options=options)
        os.replace(staged, path)
    mark = _mark(model.fingerprint, int8=True)
    return Model(model.name, path, model.tokenize, mark, model.prompts, int8=True)


def hub_tokenizer(path: Path, most: int) -> Tokenize:
    """Return the tokenizer of a ``tokenizer.json``, cutting texts at its own limit or at ``most`` tokens."""
    from tokenizers import Tokenizer

    tokenizer: Any = Tokenizer.from_file(str(path))
    tokenizer.enable_truncation(most)
    tokenizer.no_padding()
    return lambda texts: [encoded.ids for encoded in tokenizer.encode_batch(list(texts))]


def _prompts(folder: Path, name: str) -> Prompts:
    """Return what the folder's own settings say; models of the E5 family say nothing there and need both."""
    path = folder / PROMPTS_FILE
    named = json.loads(path.read_text()).get("prompts", {}) if path.exists() else {}
    query, passage = named.get("query", ""), named.get("passage") or named.get("document", "")
    if not (query or passage) and "e5" in _short(name).lower().replace("_", "-").split("-"):
        return E5_PROMPTS
    return Prompts(query, passage)


def _hash(model: Path, prompts: Prompts) -> str:
    digest = hashlib.sha256()
    with model.open("rb") as handle:
        while block := handle.read(1 << 20):
            digest.update(block)
    if prompts != Prompts():
        digest.update(f"{prompts.query}\0{prompts.passage}".encode())
    return digest.hexdigest()


def _mark(fingerprint: str, *, int8: bool) -> str:
    return hashlib.sha256(f"{fingerprint} {VERSION[True]}".encode()).hexdigest() if int8 else fingerprint


def _short(name: str) -> str:
    return name.rstrip("/").rsplit("/", 1)[-1]
