"""Runs ``actions/`` inside the worker, behind the interface of Rasa's HTTP action endpoint.

The same turn over an HTTP action server takes several times as long, and an action that raises would be answered with
silence. Here each failure is written down for the turn that is running.
"""

from __future__ import annotations

import logging
from contextvars import ContextVar
from typing import Any

from rasa.core.actions.action import ActionExecutionRejection
from rasa.utils.endpoints import EndpointConfig
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection as SdkRejection

log = logging.getLogger(__name__)

# Failures of the running turn; Rasa itself logs an action's exception and goes on.
failures: ContextVar[list[str] | None] = ContextVar("failures", default=None)


def record_failure(what: str) -> None:
    """Note a failure of the turn that is running in this context."""
    noted = failures.get()
    if noted is not None:
        noted.append(what)


class InProcessEndpoint(EndpointConfig):
    """An action endpoint that calls rasa-sdk's executor directly."""

    def __init__(self, package: str = "actions") -> None:
        super().__init__(url="inprocess://actions")
        self._executor = ActionExecutor()
        self._executor.register_package(package)

    @property
    def action_names(self) -> list[str]:
        """Names of all registered actions, sorted."""
        return sorted(self._executor.actions)

    async def request(
        self,
        method: str = "post",
        subpath: str | None = None,
        content_type: str | None = "application/json",
        compress: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Run the action named in ``kwargs["json"]`` and return its events and responses."""
        call = kwargs["json"]
        try:
            return await self._executor.run(call)
        except SdkRejection as rejection:
            # A form's way of saying that another action should be chosen.
            raise ActionExecutionRejection(rejection.action_name, rejection.message) from rejection
        except Exception as exc:
            record_failure(f"action {call.get('next_action')} failed: {type(exc).__name__}")
            raise
