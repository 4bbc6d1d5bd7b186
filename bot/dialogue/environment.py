"""What must be set before Rasa is imported, and what must be replaced in it at run time, each with its reason.

Import this module first; call :func:`prepare` before the first import of Rasa.
"""

from __future__ import annotations

import logging
import os
import sys
import warnings
from functools import lru_cache
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
    """Replace what is said below in Rasa, once per process."""
    import rasa.core.processor
    from rasa.core.actions.action import RemoteAction
    from rasa.core.policies.rule_policy import RulePolicy
    from rasa.shared.core.events import Event
    from rasa.utils.log_utils import configure_structlog

    from bot.dialogue.rules import narrowed
    from bot.dialogue.runner import SequentialGraphRunner

    # Without this, structlog prints the text of every message to stdout.
    configure_structlog(logging.WARNING)
    # The processor names its runner in its code; what the other one saves is said in runner.py.
    rasa.core.processor.DaskGraphRunner = SequentialGraphRunner
    # Rasa checks what an action returns against a JSON schema, and the schema against its own: 20 ms of CPU for each
    # action, 4 ms with a validator built once. It is meant for a foreign server; here rasa-sdk has made the result.
    RemoteAction._validate_action_result = check_action_result
    # Every rule was compared with the conversation, three times in a turn; see rules.py.
    RulePolicy._get_possible_keys = narrowed(RulePolicy._get_possible_keys)
    # Walks through all classes of events for each event of a conversation that is loaded.
    Event.resolve_by_type = staticmethod(lru_cache(maxsize=None)(Event.resolve_by_type))


def check_action_result(_: object, result: Any) -> bool:
    """Return True when ``result`` has the form of an action's answer; the events' own fields are read by Rasa.

    Raises:
        TypeError: it has not.
    """
    named = isinstance(result, dict) and all(
        isinstance(item, dict) and (key != "events" or isinstance(item.get("event"), str))
        for key in ("events", "responses")
        for item in result.get(key) or ()
    )
    if not named:
        raise TypeError("An action must return {'events': [{'event': ...}], 'responses': [{...}]}.")
    return True
