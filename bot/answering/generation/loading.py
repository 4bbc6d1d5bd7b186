"""Loads models of others with transformers, in the number format that suits the device. Needs torch.

Only imported where torch and transformers are installed.
"""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForSeq2SeqLM, AutoTokenizer

from bot.errors import GenerationError

log = logging.getLogger(__name__)

# Tokens between two looks at the text: decoding it costs more than a comparison of times.
LOOK_EVERY = 4


def load(model: str, adapter: str, threads: int) -> tuple[Any, Any]:
    """Return the network, ready to write, and its tokenizer.

    On a GPU in bfloat16; else with the linear layers in int8, or in float32 where torch cannot do that.

    Raises:
        GenerationError: a file is missing, cannot be fetched, or is not of a kind that transformers knows.
    """
    on_gpu = torch.cuda.is_available()
    source = _place(model)
    try:
        config = AutoConfig.from_pretrained(source, trust_remote_code=False)
        kind = AutoModelForSeq2SeqLM if config.is_encoder_decoder else AutoModelForCausalLM
        network = kind.from_pretrained(source, trust_remote_code=False)
        network = network.to(torch.bfloat16 if on_gpu else torch.float32)
        tokenizer = AutoTokenizer.from_pretrained(source, trust_remote_code=False)
        if adapter:
            network = _adapted(network, adapter)
    except (OSError, ValueError, KeyError, RuntimeError, ImportError) as exc:
        raise GenerationError(
            f"The generator {model!r}{f' with adapter {adapter!r}' if adapter else ''} cannot be loaded "
            f"({type(exc).__name__}). Name a folder with config.json, model.safetensors and tokenizer.json, or a model "
            "on the hub that can be reached."
        ) from exc
    network = network.eval()
    if on_gpu:
        log.info("generator %s: torch bfloat16 on GPU", model)
        return network.to("cuda"), tokenizer
    torch.set_num_threads(threads)
    return _small(network, model), tokenizer


def _place(name: str) -> str:
    path = Path(name).expanduser()
    return str(path) if path.is_dir() else name


def _adapted(network: Any, adapter: str) -> Any:
    """Return the network with the adapter's weights added to its own: nothing is left to compute at each token."""
    from peft import PeftModel

    return PeftModel.from_pretrained(network, _place(adapter)).merge_and_unload()


def _small(network: Any, name: str) -> Any:
    """Return the network with int8 weights in its linear layers where torch can do that, else as it is."""
    try:
        # A trial first: what fails halfway through the network itself would leave it unusable.
        _quantised(torch.nn.Sequential(torch.nn.Linear(8, 8)))(torch.zeros(1, 8))
    except (AttributeError, RuntimeError, NotImplementedError) as exc:
        log.info("generator %s: torch float32 on CPU (no int8: %s)", name, type(exc).__name__)
        return network
    log.info("generator %s: torch int8 on CPU, %d threads", name, torch.get_num_threads())
    return _quantised(network)


def _quantised(network: Any) -> Any:
    with warnings.catch_warnings():
        # torch 2.13 says that a later one will not have this; the trial above finds out.
        warnings.simplefilter("ignore")
        return torch.ao.quantization.quantize_dynamic(network, {torch.nn.Linear}, dtype=torch.qint8, inplace=True)


class Until:
    """Ends writing at a time or when what was written is enough."""

    def __init__(self, deadline: float, is_enough: Callable[[Sequence[int]], bool], start: int) -> None:
        """Remember when to end.

        Args:
            deadline: a time of ``time.monotonic()``.
            is_enough: is asked every few tokens, with the tokens written.
            start: the place of the first token written.
        """
        self._deadline = deadline
        self._is_enough = is_enough
        self._start = start

    def __call__(self, input_ids: Any, scores: Any, **_: Any) -> Any:
        """Return for each row [1] whether to end now."""
        new = input_ids[0, self._start :]
        late = time.monotonic() >= self._deadline
        done = late or (len(new) % LOOK_EVERY == 0 and self._is_enough(new.tolist()))
        return torch.full((input_ids.shape[0],), done, dtype=torch.bool, device=input_ids.device)
