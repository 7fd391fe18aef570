"""What became of a run's steps, for people and programs that look at its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from common.domain.workflows.definition import Workflow
from common.domain.workflows.situation import CANCELLED, FAILED, FINAL, SKIPPED, SUCCEEDED, StepView


def summary_of(workflow: Workflow, steps: Mapping[str, StepView]) -> dict[str, Any]:
    """`text` for people, and which steps were skipped and failed, each with the reason."""
    views = [steps[step.id] for step in workflow.in_order]
    return {
        "text": _told(views),
        "skipped": [_reason(view) for view in views if view.state == SKIPPED],
        "failed": [_reason(view) for view in views if view.state == FAILED],
    }


def _told(views: list[StepView]) -> str:
    counts = Counter(view.state if view.state in FINAL else CANCELLED for view in views)
    if counts[SKIPPED] == len(views):
        return (
            "Nothing was done: the only step was skipped."
            if len(views) == 1
            else (f"Nothing was done: all {len(views)} steps were skipped.")
        )
    parts = [f"{counts[state]} {state}" for state in (SUCCEEDED, SKIPPED, FAILED, CANCELLED) if counts[state]]
    return f"{len(views)} {'step' if len(views) == 1 else 'steps'}: {', '.join(parts)}."


def _reason(view: StepView) -> dict[str, str]:
    return {"step": view.key.step, "reason": view.error}
