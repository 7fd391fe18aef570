"""What a run does next. Pure: the same situation gives the same changes, which the engine then makes true.

A decision goes through the steps in the order of what they need, so that one that is skipped or fails at once lets
those behind it go on in the same decision. Failures stop a run unless the step says otherwise: what runs comes to its
end, nothing new begins, then the run compensates or fails.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from common.domain.hub_events import workflows as events
from common.domain.workflows.definition import Step
from common.domain.workflows.drafting import StepFailure
from common.domain.workflows.expressions import ExpressionFailed
from common.domain.workflows.lists import Lists
from common.domain.workflows.names import names_of
from common.domain.workflows.situation import (
    BLOCKED,
    COMPENSATING,
    FAILED,
    FINAL,
    RUNNING,
    SUCCEEDED,
    SUSPENDED,
    WAITING,
    Change,
    Make,
    Situation,
    Unit,
)
from common.domain.workflows.summary import summary_of
from common.domain.workflows.waiting import Waits

REASONS = 50  # named in a summary


def decide(situation: Situation) -> list[Change]:
    """What follows now; nothing for a run that is paused or at its end."""
    decision = _Decision(situation)
    if situation.run.state == RUNNING:
        decision.go_on()
    elif situation.run.state == COMPENSATING:
        decision.compensate()
    return decision.changes


class _Decision(Waits, Lists):
    # --- The run ---

    def go_on(self) -> None:
        stopping = self._stopping()
        for step in self._workflow.in_order:
            view = self._steps[step.id]
            if view.state == SUSPENDED and view.waits_for == "items":
                self._tend_items(step, stopping=stopping)
            elif view.state == BLOCKED and not stopping and self._needs_met(step):
                self._begin(step)
            stopping = stopping or self._stops(step)
        if stopping:
            self._wind_up()
        elif all(view.state in FINAL for view in self._steps.values()):
            self._succeed()

    def _stopping(self) -> bool:
        return any(self._stops(step) for step in self._workflow.steps)

    def _stops(self, step: Step) -> bool:
        return self._steps[step.id].state == FAILED and step.on_failure != "continue"

    def _needs_met(self, step: Step) -> bool:
        return all(self._steps[need].state in FINAL for need in step.needs)

    def _wind_up(self) -> None:
        """Nothing new begins; at the end of what runs the run compensates or fails."""
        busy = False
        for step in self._workflow.in_order:
            view = self._steps[step.id]
            if view.state == SUSPENDED and view.waits_for == "items":
                busy = self._give_up_items(step) or busy
            elif view.state == RUNNING or view.interrupted or (view.state == SUSPENDED and view.waits_for == "child"):
                busy = True
            elif view.state not in FINAL and view.state != BLOCKED:
                self._give_up(view)
        if busy:
            return
        error = self._first_error()
        for step in self._workflow.in_order:
            if self._steps[step.id].state == BLOCKED:
                self._cancel(self._steps[step.id], "not begun: the run had failed")
        if any(self._stops(step) and step.on_failure == "compensate" for step in self._workflow.steps):
            self._put_run({"state": COMPENSATING, "outcome": FAILED, "error": error})
            self._tell(events.RunCompensating(**self._about_run(), error=error))
            self.compensate(error)
        else:
            self._fail_run(error)

    def _first_error(self) -> str:
        failed = (self._steps[step.id] for step in self._workflow.in_order if self._stops(step))
        view = next(failed)
        return f"{view.key.step}: {view.error}"

    def _succeed(self) -> None:
        try:
            output = self._workflow.output_template.render(self._names())
        except ExpressionFailed as error:
            self._fail_run(f"output: {error}")
            return
        summary = self._summary()
        self._put_run({"state": SUCCEEDED, "output": output, "summary": summary, "finished_at": self._situation.now})
        named = {what: tuple(entry["step"] for entry in summary[what]) for what in ("skipped", "failed")}
        self._tell(events.RunSucceeded(**self._about_run(), **named))

    def _fail_run(self, error: str) -> None:
        self._put_run({"state": FAILED, "error": error, "summary": self._summary(), "finished_at": self._situation.now})
        self._tell(events.RunFailed(**self._about_run(), error=error))

    def _summary(self) -> dict[str, Any]:
        summary = summary_of(self._workflow, self._steps)
        if any(step.compensate for step in self._workflow.steps) and self._run.state == COMPENSATING:
            results = self._situation.results
            summary["compensated"] = [str(replace(key, compensates=False)) for key in results.compensated()[:REASONS]]
            summary["not_compensated"] = [
                {"step": str(replace(key, compensates=False)), "reason": error}
                for key, error in results.failed_compensations()[:REASONS]
            ]
        return summary

    # --- One step ---

    def _begin(self, step: Step) -> None:
        try:
            self._attempt_to_begin(step)
        except (StepFailure, ExpressionFailed) as error:
            self._fail(step, str(error))

    def _attempt_to_begin(self, step: Step) -> None:
        names = self._names()
        if step.when is not None and not self._evaluate("when", step.when, names):
            self._skip(step, f"its condition is false: {step.when}")
        elif step.capability and (reason := self._missing(step.capability)):
            if step.if_missing == "fail":
                raise StepFailure(reason)
            self._skip(step, reason)
        elif step.map:
            self._begin_items(step, names)
        elif step.wait:
            self._begin_wait(step, names)
        elif step.approval:
            self._begin_approval(step, names)
        else:
            self._put(step, WAITING, **self._work_of(step), input=self._render(step, names))

    # --- Compensation ---

    def compensate(self, error: str = "") -> None:
        """Begin with the next one, or come to the end. One that fails does not keep the others from theirs."""
        if self._situation.compensating:
            return
        unit = self._situation.results.next_to_compensate()
        if unit is None:
            self._run = replace(self._run, state=COMPENSATING)
            self._fail_run(error or self._run.error)
        else:
            self._compensate(unit)

    def _compensate(self, unit: Unit) -> None:
        key = replace(unit.key, compensates=True)
        step = self._workflow.by_id[key.step]
        assert step.compensate is not None
        work = self._work_of(step, compensates=True)
        try:
            self._need(step.compensate.capability)
            own = {**self._outputs, step.id: unit.output}
            names = names_of(self._run, self._steps, self._situation.results, own)
            if step.map and key.item >= 0:
                names |= {step.map.as_: self._situation.results.items(step.id)[key.item], "index": key.item}
            value = self._rendered("compensate.input", step.compensate.input, names)
            self.changes.append(Make(key, {**work, "state": WAITING, "input": value}))
        except StepFailure as failure:
            # It ends before it began; a worker is asked to look again, so that the next one gets its turn.
            ended = {**work, "state": WAITING, "signal": "expired", "error": str(failure)}
            self.changes.append(Make(key, ended))
