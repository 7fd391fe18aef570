"""What every part of a decision needs: the situation as it changes in the course of it, and words for the changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from common.domain.hub_events import workflows as events
from common.domain.roles import includes
from common.domain.workflows.definition import Step
from common.domain.workflows.expressions import ExpressionFailed, compile_expression, compile_template
from common.domain.workflows.names import names_of
from common.domain.workflows.situation import (
    CANCELLED,
    FAILED,
    SKIPPED,
    SUCCEEDED,
    Change,
    Key,
    Put,
    PutRun,
    Situation,
    StepView,
    Tell,
)


class StepFailure(Exception):
    """The step cannot begin."""


class Draft:
    """A decision in the making; the steps stand as they will once the changes are written."""

    def __init__(self, situation: Situation) -> None:
        self.changes: list[Change] = []
        self._situation = situation
        self._workflow = situation.workflow
        self._run = situation.run
        self._steps = dict(situation.steps)
        self._items = dict(situation.items)
        self._outputs: dict[str, Any] = {}  # of steps that ended in this decision

    # --- What a step needs to begin ---

    def _missing(self, capability: str) -> str | None:
        """Why the capability cannot be called; raises StepFailure where this run may not."""
        offer = self._situation.offered(capability)
        if offer is None:
            return f"no module offers the capability {capability}"
        if not includes(self._run.role, offer.role):
            raise StepFailure(f"{capability} needs the role {offer.role}, and this run acts as {self._run.role}")
        return None

    def _need(self, capability: str) -> None:
        if reason := self._missing(capability):
            raise StepFailure(reason)

    def _work_of(self, step: Step, compensates: bool = False) -> dict[str, Any]:
        """What workers look at to find it."""
        capability = step.compensate.capability if compensates and step.compensate else step.capability or ""
        offer = self._situation.offered(capability) if capability else None
        priority = step.priority or self._run.priority
        return {
            "capability": capability,
            "priority": priority,
            "queue": step.queue or (offer.queue if offer else None) or priority,
            "due_at": self._situation.now,
            "waits_for": "",
        }

    def _render(self, step: Step, names: Mapping[str, Any]) -> Any:
        value = self._rendered("input", step.input, names)
        if not isinstance(value, dict):
            raise StepFailure(f"input: {step.input} made no object but {value!r:.60}")
        return value

    def _rendered(self, place: str, value: Any, names: Mapping[str, Any]) -> Any:
        try:
            return compile_template(value).render(names)
        except ExpressionFailed as error:
            raise StepFailure(f"{place}: {error}") from None

    def _evaluate(self, place: str, text: str, names: Mapping[str, Any]) -> bool:
        try:
            return compile_expression(text).test(names)
        except ExpressionFailed as error:
            raise StepFailure(f"{place}: {error}") from None

    # --- Words for the changes ---

    def _names(self) -> dict[str, Any]:
        return names_of(self._run, self._steps, self._situation.results, self._outputs)

    def _put(self, step: Step, state: str, **values: Any) -> None:
        view = self._steps[step.id]
        self.changes.append(Put(view.key, view.state, {"state": state, **values}))
        self._steps[step.id] = replace(view, state=state, waits_for=values.get("waits_for", view.waits_for))

    def _finish(self, step: Step, state: str, *, error: str = "", **values: Any) -> None:
        self._put(step, state, error=error, finished_at=self._situation.now, waits_for="", wait_until=None, **values)
        self._steps[step.id] = replace(self._steps[step.id], error=error)
        self._outputs[step.id] = values.get("output")
        if state == SUCCEEDED:
            self._tell(events.StepSucceeded(**self._about(Key(step.id))))

    def _skip(self, step: Step, reason: str) -> None:
        self._finish(step, SKIPPED, error=reason)
        self._tell(events.StepSkipped(**self._about(Key(step.id)), reason=reason))

    def _fail(self, step: Step, error: str, **values: Any) -> None:
        self._finish(step, FAILED, error=error, **values)
        self._tell(events.StepFailed(**self._about(Key(step.id)), error=error))

    def _give_up(self, view: StepView) -> None:
        self._cancel(view, "the run had failed")
        self._tell(events.StepCancelled(**self._about(view.key)))

    def _cancel(self, view: StepView, error: str) -> None:
        ends = {"finished_at": self._situation.now, "wait_until": None}
        self._put(self._workflow.by_id[view.key.step], CANCELLED, error=error, **ends)

    def _put_run(self, values: Mapping[str, Any]) -> None:
        self.changes.append(PutRun(values))

    def _tell(self, event: Any) -> None:
        self.changes.append(Tell(event))

    def _about_run(self) -> dict[str, Any]:
        return {"run_id": self._run.id, "workflow": self._run.workflow}

    def _about(self, key: Key) -> dict[str, Any]:
        item = key.item if key.item >= 0 else None
        return {**self._about_run(), "step": key.step, "item": item, "compensates": key.compensates}


def unclaimed(work: dict[str, Any]) -> dict[str, Any]:
    """Of a step that workers shall not find yet; they need the rest when it goes on."""
    return {name: value for name, value in work.items() if name != "waits_for"}
