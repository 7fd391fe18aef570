"""What a signal makes of a step that waited for it, or that ran too long."""

from __future__ import annotations

from datetime import UTC, datetime

from common.application.workflows.endings import Ended
from common.application.workflows.stored import STATE
from common.domain.times import zulu
from common.models import StepRun, WorkflowRun

SIGNAL, WAITS_FOR = StepRun.Signal, StepRun.WaitsFor


def ended_by_signal(row: StepRun) -> Ended:
    if row.signal == SIGNAL.EVENT:
        return Ended(STATE.SUCCEEDED, output=row.wait["event"])
    if row.signal == SIGNAL.TIME:
        return Ended(STATE.SUCCEEDED, output={"at": zulu(datetime.now(UTC))})
    if row.signal == SIGNAL.CHILD:
        return _ended_by_child(row)
    if row.signal == SIGNAL.TIMEOUT:
        return Ended(STATE.FAILED, error="it took longer than its timeout")
    return _expired(row)


def _ended_by_child(row: StepRun) -> Ended:
    child = row.children.defer("definition", "input").order_by("-id").first()
    assert child is not None, "a step is signalled by the child that it has"
    if child.state == WorkflowRun.State.SUCCEEDED:
        return Ended(STATE.SUCCEEDED, output=child.output)
    return Ended(STATE.FAILED, error=f"run {child.pk} of {child.workflow} {child.state}: {child.error}")


def _expired(row: StepRun) -> Ended:
    if row.waits_for == WAITS_FOR.APPROVAL:
        return Ended(STATE.FAILED, error="nobody approved it in time", retryable=False, refused_approval=True)
    if row.waits_for == WAITS_FOR.EVENT:
        topics = ", ".join(row.wait["topics"])
        return Ended(STATE.FAILED, error=f"no event {topics} came in time", retryable=False)
    if row.waits_for == WAITS_FOR.CHILD:
        return Ended(STATE.FAILED, error="its workflow took longer than its timeout")  # the sweep cancels that run
    return Ended(STATE.FAILED, error=row.error or "it expired", retryable=False)
