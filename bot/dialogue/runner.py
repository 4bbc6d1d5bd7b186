"""Runs a trained model's graph node by node, without a scheduler.

Rasa hands its graph to dask for each message and for each prediction, three times in a turn, and each time the graph is
cut to its targets and what never changes is planned anew. Here the order is worked out once for each target.
"""

from __future__ import annotations

from functools import lru_cache
from graphlib import TopologicalSorter
from typing import Any

from rasa.engine.exceptions import GraphRunError
from rasa.engine.runner.dask import DaskGraphRunner

Step = tuple[str, tuple[str, ...]]


class SequentialGraphRunner(DaskGraphRunner):
    """Loads nodes as Rasa's runner does and runs them one after the other, which is what dask did too."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._steps = lru_cache(maxsize=None)(self._plan)

    def run(self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None) -> dict[str, Any]:
        """Run what ``targets`` need and return their outputs by name.

        Args:
            inputs: Values for the graph's placeholders.
            targets: Names of nodes; all targets of the graph when empty.

        Raises:
            GraphRunError: a node could not run.
        """
        wanted = tuple(targets or self._graph_schema.target_names)
        done = {name: (name, value) for name, value in (inputs or {}).items()}
        try:
            for node, needs in self._steps(wanted):
                done[node] = self._instantiated_nodes[node](*(done.get(need, need) for need in needs))
        except RuntimeError as exc:
            raise GraphRunError("Error running runner.") from exc
        return {name: done[name][1] for name in wanted}

    def _plan(self, targets: tuple[str, ...]) -> list[Step]:
        """Return the nodes that ``targets`` need, parents first, each with the names of its inputs."""
        schema = self._graph_schema.minimal_graph_schema(list(targets))
        needs = {name: tuple(node.needs.values()) for name, node in schema.nodes.items()}
        order = TopologicalSorter({name: set(parents) & set(needs) for name, parents in needs.items()})
        return [(name, needs[name]) for name in order.static_order()]
