"""What expressions see of a run: `input`, `steps` and `run`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from common.domain.workflows.situation import Results, RunView, StepView


class StepNames(Mapping[str, Any]):
    """`steps.ID.output`, `.state` and `.error`; an output is fetched when it is asked for."""

    def __init__(self, steps: Mapping[str, StepView], results: Results, own: Mapping[str, Any] | None = None) -> None:
        self._steps = steps
        self._results = results
        self._own = own or {}  # outputs that stand for those of the rows
        self._read: dict[str, dict[str, Any]] = {}

    def __getitem__(self, step: str) -> dict[str, Any]:
        view = self._steps[step]
        if step not in self._read:
            output = self._own[step] if step in self._own else self._results.output(step)
            self._read[step] = {"output": output, "state": view.state, "error": view.error}
        return self._read[step]

    def __iter__(self) -> Iterator[str]:
        return iter(self._steps)

    def __len__(self) -> int:
        return len(self._steps)


def names_of(
    run: RunView, steps: Mapping[str, StepView], results: Results, own: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    return {
        "input": run.input,
        "steps": StepNames(steps, results, own),
        "run": {
            "id": run.id,
            "workflow": run.workflow,
            "actor": run.actor,
            "correlation_id": run.correlation_id,
            "started_at": run.started_at,
        },
    }
