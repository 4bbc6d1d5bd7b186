"""What must be set before Rasa is imported, and what must be replaced in it at run time, each with its reason.

Import this module first; call :func:`prepare` before the first import of Rasa.
"""

from __future__ import annotations

import logging
import os
import sys
import warnings
from typing import Any

from bot.settings import PROJECT_ROOT


def prepare(threads: int) -> None:
    """Set process-wide switches; values that the operator has set stay as they are.

    Thread counts: with OpenMP's default on a busy two-core machine the median parse time rises twentyfold
    (tensorflow#56671). Telemetry would send events to a third party. TensorFlow prints start-up notes to stderr.
    """
    defaults = {
        "RASA_TELEMETRY_ENABLED": "false",
        "OMP_NUM_THREADS": str(threads),
        "TF_INTRA_OP_PARALLELISM_THREADS": str(threads),
        "TF_INTER_OP_PARALLELISM_THREADS": str(threads),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",
        "TOKENIZERS_PARALLELISM": "false",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "LOG_LEVEL_LIBRARIES": "ERROR",
    }
    for name, value in defaults.items():
        os.environ.setdefault(name, value)
    # Model archives and rasa-sdk's registry import `bot` and `actions` by name, whatever the working directory is.
    if str(PROJECT_ROOT) not in sys.path:
        sys.path.insert(0, str(PROJECT_ROOT))
    warnings.simplefilter("ignore")


def adapt_rasa() -> None:
    """Replace two things in Rasa, once per process."""
    from rasa.utils.log_utils import configure_structlog

    # Without this, structlog prints the text of every message to stdout.
    configure_structlog(logging.WARNING)
    _cache_action_validator()


def _cache_action_validator() -> None:
    """Build the schema validator of action results once: Rasa checks the schema itself on each call (20 ms of CPU)."""
    from jsonschema import Draft7Validator
    from rasa.core.actions.action import RemoteAction

    validator = Draft7Validator(RemoteAction.action_response_format_spec())

    def validate(_: RemoteAction, result: dict[str, Any]) -> bool:
        validator.validate(result)
        return True

    RemoteAction._validate_action_result = validate
