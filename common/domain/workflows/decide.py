"""What a run does next. Pure: the same situation gives the same changes, which the engine then makes true.

A decision goes through the steps in the order of what they need, so that one that is skipped or fails at once lets
those behind it go on in the same decision. Failures stop a run unless the step says otherwise: what runs comes to its
end, nothing new begins, then the run compensates or fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from common.domain.hub_events import workflows as events
from common.domain.roles import includes
from common.domain.workflows.definition import MAX_ITEMS, MAX_SECONDS, Step
from common.domain.workflows.expressions import ExpressionFailed, compile_expression, compile_template
from common.domain.workflows.language.values import size_of_json
from common.domain.workflows.names import names_of
from common.domain.workflows.situation import (
    BLOCKED,
    CANCELLED,
    COMPENSATING,
    FAILED,
    FINAL,
    RUNNING,
    SKIPPED,
    SUCCEEDED,
    SUSPENDED,
    WAITING,
    Activate,
    Change,
    GiveUpItems,
    ItemCounts,
    Key,
    Make,
    Put,
    PutRun,
    Situation,
    StepView,
    Tell,
    Unit,
)

ITEMS_AT_ONCE = 50  # rows made ahead of what may run, so that the list need not be read for each
MAX_LIST_BYTES = 8 * 1024 * 1024
MAX_SHOWN_BYTES = 64 * 1024  # of an input that somebody shall approve: it travels in an event
REASONS = 50  # named in a summary


def decide(situation: Situation) -> list[Change]:
    """What follows now; nothing for a run that is paused or at its end."""
    decision = _Decision(situation)
    if situation.run.state == RUNNING:
        decision.go_on()
    elif situation.run.state == COMPENSATING:
        decision.compensate()
    return decision.changes


class _Failure(Exception):
    """The step cannot begin."""


class _Decision:
    def __init__(self, situation: Situation) -> None:
        self.changes: list[Change] = []
        self._situation = situation
        self._workflow = situation.workflow
        self._run = situation.run
        self._steps = dict(situation.steps)
        self._items = dict(situation.items)
        self._outputs: dict[str, Any] = {}  # of steps that ended in this decision

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
        def those(state: str) -> list[dict[str, str]]:
            return [
                {"step": view.key.step, "reason": view.error}
                for view in (self._steps[step.id] for step in self._workflow.in_order)
                if view.state == state
            ]

        summary: dict[str, Any] = {"skipped": those(SKIPPED), "failed": those(FAILED)}
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
        except (_Failure, ExpressionFailed) as error:
            self._fail(step, str(error))

    def _attempt_to_begin(self, step: Step) -> None:
        names = self._names()
        if step.when is not None and not self._evaluate("when", step.when, names):
            self._skip(step, f"its condition is false: {step.when}")
        elif step.capability and (reason := self._missing(step.capability)):
            if step.if_missing == "fail":
                raise _Failure(reason)
            self._skip(step, reason)
        elif step.map:
            self._begin_items(step, names)
        elif step.wait:
            self._begin_wait(step, names)
        elif step.approval:
            self._begin_approval(step, names)
        else:
            self._put(step, WAITING, **self._work_of(step), input=self._render(step, names))

    def _missing(self, capability: str) -> str | None:
        """Why the capability cannot be called; raises _Failure where this run may not."""
        offer = self._situation.offered(capability)
        if offer is None:
            return f"no module offers the capability {capability}"
        if not includes(self._run.role, offer.role):
            raise _Failure(f"{capability} needs the role {offer.role}, and this run acts as {self._run.role}")
        return None

    def _need(self, capability: str) -> None:
        if reason := self._missing(capability):
            raise _Failure(reason)

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
            raise _Failure(f"input: {step.input} made no object but {value!r:.60}")
        return value

    def _rendered(self, place: str, value: Any, names: Mapping[str, Any]) -> Any:
        try:
            return compile_template(value).render(names)
        except ExpressionFailed as error:
            raise _Failure(f"{place}: {error}") from None

    def _evaluate(self, place: str, text: str, names: Mapping[str, Any]) -> bool:
        try:
            return compile_expression(text).test(names)
        except ExpressionFailed as error:
            raise _Failure(f"{place}: {error}") from None

    # --- Waiting ---

    def _begin_wait(self, step: Step, names: Mapping[str, Any]) -> None:
        assert step.wait is not None
        if step.wait.event is None:
            time = self._time_of(step, names)
            self._put(step, SUSPENDED, waits_for="time", wait={}, wait_until=time, **_unclaimed(self._work_of(step)))
            self._tell_waiting(step, "time", time)
            return
        event = step.wait.event
        subject = self._rendered("wait.event.subject", event.subject, names)
        wait = {
            "topics": list(event.topics),
            "subject": None if subject is None else str(subject),
            "source": event.source,
            "where": event.where,
            "since": event.since,
        }
        until = self._in(step.wait.timeout_seconds)
        self._put(step, SUSPENDED, waits_for="event", wait=wait, wait_until=until, **_unclaimed(self._work_of(step)))
        self._tell_waiting(step, "event", until)

    def _time_of(self, step: Step, names: Mapping[str, Any]) -> datetime:
        assert step.wait is not None
        if step.wait.until is not None:
            return _read_time(self._rendered("wait.until", step.wait.until, names))
        seconds = self._rendered("wait.seconds", step.wait.seconds, names)
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= MAX_SECONDS:
            raise _Failure(f"wait.seconds: {seconds!r:.60} is no number from 0 to {MAX_SECONDS:.0f}")
        return self._situation.now + timedelta(seconds=seconds)

    def _tell_waiting(self, step: Step, what: str, until: datetime | None = None) -> None:
        self._tell(events.StepWaiting(**self._about(Key(step.id)), waits_for=what, until=_iso(until)))

    def _in(self, seconds: float | None) -> datetime | None:
        return None if seconds is None else self._situation.now + timedelta(seconds=seconds)

    # --- Approval ---

    def _begin_approval(self, step: Step, names: Mapping[str, Any]) -> None:
        approval = step.approval
        assert approval is not None
        shown = self._render(step, names) if step.kind != "approval" else None
        if approval.unless is not None and self._evaluate("approval.unless", approval.unless, names):
            self._approved_by_policy(step, shown)
            return
        if size_of_json(shown, MAX_SHOWN_BYTES) > MAX_SHOWN_BYTES:
            raise _Failure(f"its input is larger than the {MAX_SHOWN_BYTES:,} bytes that can be shown for approval")
        message = self._rendered("approval.message", approval.message, names)
        message = message if isinstance(message, str) else repr(message)
        until = self._in(approval.timeout_seconds)
        wait = {"role": approval.role, "message": message[:4000]}
        work = _unclaimed(self._work_of(step))
        self._put(step, SUSPENDED, **{**work, "waits_for": "approval"}, wait=wait, wait_until=until, input=shown)
        self._tell(
            events.ApprovalRequested(
                **self._about(Key(step.id)),
                role=approval.role,
                message=message[:4000],
                capability=step.capability or "",
                input=shown,
                until=_iso(until),
            )
        )

    def _approved_by_policy(self, step: Step, shown: Any) -> None:
        assert step.approval is not None
        self._tell(events.ApprovalGiven(**self._about(Key(step.id)), by="policy", note=step.approval.unless or ""))
        if step.kind == "approval":
            output = {"approved": True, "by": "policy", "note": "", "at": _iso(self._situation.now)}
            self._finish(step, SUCCEEDED, output=output, approved_by="policy")
        else:
            self._put(step, WAITING, **self._work_of(step), input=shown, approved_by="policy")

    # --- Items ---

    def _begin_items(self, step: Step, names: Mapping[str, Any]) -> None:
        assert step.map is not None
        try:
            entries = compile_expression(step.map.over).evaluate(names)
        except ExpressionFailed as error:
            raise _Failure(f"map.over: {error}") from None
        if not isinstance(entries, list):
            raise _Failure(f"map.over: {step.map.over} is no list but {entries!r:.60}")
        if len(entries) > MAX_ITEMS:
            raise _Failure(f"map.over: the list has {len(entries):,} entries; at most {MAX_ITEMS:,} are allowed")
        if not entries:
            self._finish(step, SUCCEEDED, output=[])
            return
        values = {"input": {"items": entries}, "wait": {"count": len(entries)}}
        self._put(step, SUSPENDED, **{**_unclaimed(self._work_of(step)), "waits_for": "items"}, **values)
        self._steps[step.id] = replace(self._steps[step.id], count=len(entries))
        self._items[step.id] = ItemCounts()
        self._tell_waiting(step, "items")
        self._more_items(step, entries)

    def _tend_items(self, step: Step, *, stopping: bool) -> None:
        counts, count = self._items[step.id], self._steps[step.id].count
        if counts.failed and step.on_failure != "continue":
            self._give_up_items(step)
        elif counts.done >= count:
            self._end_of_items(step)
        elif not stopping:
            self._more_items(step)

    def _more_items(self, step: Step, entries: list[Any] | None = None) -> None:
        assert step.map is not None
        counts, count = self._items[step.id], self._steps[step.id].count
        free = step.map.parallel - counts.active
        if free <= 0:
            return
        if activated := min(free, counts.blocked):
            self.changes.append(Activate(step.id, activated))
            counts = replace(counts, blocked=counts.blocked - activated, active=counts.active + activated)
            free -= activated
        if not counts.blocked and counts.made < count:
            entries = self._situation.results.items(step.id) if entries is None else entries
            counts = self._make_items(step, entries, counts, free)
        self._items[step.id] = counts
        if counts.done >= count or (counts.failed and step.on_failure != "continue"):
            self._tend_items(step, stopping=False)  # inputs that could not be rendered

    def _make_items(self, step: Step, entries: list[Any], counts: ItemCounts, free: int) -> ItemCounts:
        assert step.map is not None
        names = self._names()
        first = counts.made
        for index in range(first, min(len(entries), first + max(ITEMS_AT_ONCE, free))):
            key = Key(step.id, index)
            work = self._work_of(step)
            try:
                value = self._render(step, {**names, step.map.as_: entries[index], "index": index})
            except _Failure as failure:
                error = str(failure)
                self.changes.append(
                    Make(key, {**work, "state": FAILED, "error": error, "finished_at": self._situation.now})
                )
                self._tell(events.StepFailed(**self._about(key), error=error))
                counts = replace(counts, done=counts.done + 1, failed=counts.failed + 1)
                if step.on_failure != "continue":
                    break
                continue
            state = WAITING if free > 0 else BLOCKED
            free -= 1
            self.changes.append(Make(key, {**work, "state": state, "input": value}))
            changed = {"active": counts.active + 1} if state == WAITING else {"blocked": counts.blocked + 1}
            counts = replace(counts, **changed)
        return counts

    def _give_up_items(self, step: Step) -> bool:
        """Begin no more of them; return whether some still run. At the end of these the step ends as well."""
        counts = self._items[step.id]
        if counts.blocked or counts.active > counts.busy:
            self.changes.append(GiveUpItems(step.id))
            given_up = counts.blocked + counts.active - counts.busy
            counts = replace(counts, blocked=0, active=counts.busy, done=counts.done + given_up)
            self._items[step.id] = counts
        if counts.busy:
            return True
        if counts.failed:
            self._end_of_items(step)
        else:
            self._give_up(self._steps[step.id])
        return False

    def _end_of_items(self, step: Step) -> None:
        counts, results = self._items[step.id], self._situation.results
        output = self._with_unwritten(step, results.item_outputs(step.id))
        if size_of_json(output, MAX_LIST_BYTES) > MAX_LIST_BYTES:
            self._fail(step, f"the outputs of its items are larger than {MAX_LIST_BYTES:,} bytes together")
        elif counts.failed:
            index, error = self._first_failed(step)
            of = f"{counts.failed} of {self._steps[step.id].count} items failed"
            self._fail(step, f"{of}; item {index}: {error}", output=output)
        else:
            self._finish(step, SUCCEEDED, output=output)

    def _with_unwritten(self, step: Step, outputs: list[Any]) -> list[Any]:
        return [*outputs, *[None] * (self._steps[step.id].count - len(outputs))]

    def _first_failed(self, step: Step) -> tuple[int, str]:
        for change in self.changes:  # not in the tables yet
            if isinstance(change, Make) and change.key.step == step.id and change.values["state"] == FAILED:
                return change.key.item, change.values["error"]
        return self._situation.results.first_failed_item(step.id)

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
        except _Failure as failure:
            # It ends before it began; a worker is asked to look again, so that the next one gets its turn.
            ended = {**work, "state": WAITING, "signal": "expired", "error": str(failure)}
            self.changes.append(Make(key, ended))

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
        self._put(self._workflow.by_id[view.key.step], CANCELLED, finished_at=self._situation.now, wait_until=None)
        self._tell(events.StepCancelled(**self._about(view.key)))

    def _put_run(self, values: Mapping[str, Any]) -> None:
        self.changes.append(PutRun(values))

    def _tell(self, event: Any) -> None:
        self.changes.append(Tell(event))

    def _about_run(self) -> dict[str, Any]:
        return {"run_id": self._run.id, "workflow": self._run.workflow}

    def _about(self, key: Key) -> dict[str, Any]:
        item = key.item if key.item >= 0 else None
        return {**self._about_run(), "step": key.step, "item": item, "compensates": key.compensates}


def _unclaimed(work: dict[str, Any]) -> dict[str, Any]:
    """Of a step that workers shall not find yet; they need the rest when it goes on."""
    return {name: value for name, value in work.items() if name != "waits_for"}


def _iso(time: datetime | None) -> str | None:
    return None if time is None else time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _read_time(text: Any) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise _Failure(f"wait.until: {text!r:.60} is no time such as 2030-01-31T12:00:00Z") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
