"""Decide about steps that wait: for a time, an event, or somebody's approval."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from common.domain.hub_events import workflows as events
from common.domain.times import read_time, zulu
from common.domain.workflows.definition import MAX_SECONDS, Step
from common.domain.workflows.drafting import Draft, StepFailure, unclaimed
from common.domain.workflows.language.values import size_of_json
from common.domain.workflows.situation import SUCCEEDED, SUSPENDED, WAITING, Key

MAX_SHOWN_BYTES = 64 * 1024  # of an input that somebody shall approve: it travels in an event


class Waits(Draft):
    def _begin_wait(self, step: Step, names: Mapping[str, Any]) -> None:
        assert step.wait is not None
        if step.wait.event is None:
            time = self._time_of(step, names)
            self._put(step, SUSPENDED, waits_for="time", wait={}, wait_until=time, **unclaimed(self._work_of(step)))
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
        self._put(step, SUSPENDED, waits_for="event", wait=wait, wait_until=until, **unclaimed(self._work_of(step)))
        self._tell_waiting(step, "event", until)

    def _time_of(self, step: Step, names: Mapping[str, Any]) -> datetime:
        assert step.wait is not None
        if step.wait.until is not None:
            try:
                return read_time(self._rendered("wait.until", step.wait.until, names))
            except ValueError as error:
                raise StepFailure(f"wait.until: {error}") from None
        seconds = self._rendered("wait.seconds", step.wait.seconds, names)
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= MAX_SECONDS:
            raise StepFailure(f"wait.seconds: {seconds!r:.60} is no number from 0 to {MAX_SECONDS:.0f}")
        return self._situation.now + timedelta(seconds=seconds)

    def _tell_waiting(self, step: Step, what: str, until: datetime | None = None) -> None:
        self._tell(
            events.StepWaiting(**self._about(Key(step.id)), waits_for=what, until=zulu(until) if until else None)
        )

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
            raise StepFailure(f"its input is larger than the {MAX_SHOWN_BYTES:,} bytes that can be shown for approval")
        message = self._rendered("approval.message", approval.message, names)
        message = message if isinstance(message, str) else repr(message)
        until = self._in(approval.timeout_seconds)
        wait = {"role": approval.role, "message": message[:4000]}
        work = unclaimed(self._work_of(step))
        self._put(step, SUSPENDED, **{**work, "waits_for": "approval"}, wait=wait, wait_until=until, input=shown)
        self._tell(
            events.ApprovalRequested(
                **self._about(Key(step.id)),
                role=approval.role,
                message=message[:4000],
                capability=step.capability or "",
                input=shown,
                until=zulu(until) if until else None,
            )
        )

    def _approved_by_policy(self, step: Step, shown: Any) -> None:
        assert step.approval is not None
        self._tell(events.ApprovalGiven(**self._about(Key(step.id)), by="policy", note=step.approval.unless or ""))
        if step.kind == "approval":
            output = {"approved": True, "by": "policy", "note": "", "at": zulu(self._situation.now)}
            self._finish(step, SUCCEEDED, output=output, approved_by="policy")
        else:
            self._put(step, WAITING, **self._work_of(step), input=shown, approved_by="policy")
