"""What happens to runs of workflows and to their steps. The subject is the run; `step` with `item` tells which step."""

from __future__ import annotations

from typing import Any, ClassVar

from common.domain.events import Event
from common.domain.topics import Priority


class _RunEvent(Event):
    run_id: int
    workflow: str

    def subject(self) -> str:
        return f"workflow_run:{self.run_id}"


class RunStarted(_RunEvent):
    """A run of a workflow began."""

    type = "workflow.started"
    parent_run_id: int | None = None
    steps: int


class RunPaused(_RunEvent):
    """Somebody paused a run: what runs comes to its end, nothing new starts."""

    type = "workflow.paused"
    by: str


class RunResumed(_RunEvent):
    """Somebody let a paused run go on."""

    type = "workflow.resumed"
    by: str


class RunRetried(_RunEvent):
    """Somebody let a run that had ended go on from the steps that failed."""

    type = "workflow.retried"
    by: str
    steps: tuple[str, ...]


class RunCompensating(_RunEvent):
    """A step failed; what the steps before it did is being undone, the latest first."""

    type = "workflow.compensating"
    priority: ClassVar[Priority] = "high"
    error: str


class RunSucceeded(_RunEvent):
    """A run came to its end; steps that were skipped or allowed to fail are named."""

    type = "workflow.succeeded"
    skipped: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


class RunFailed(_RunEvent):
    """A run came to its end by a failure."""

    type = "workflow.failed"
    priority: ClassVar[Priority] = "high"
    error: str


class RunCancelled(_RunEvent):
    """Somebody cancelled a run; what still runs is told to stop, and its result is not taken."""

    type = "workflow.cancelled"
    by: str


class _StepEvent(_RunEvent):
    step: str
    item: int | None = None  # of a step that maps over a list
    compensates: bool = False


class StepStarted(_StepEvent):
    """A worker began with an attempt at a step."""

    type = "workflow.step_started"
    attempt: int
    capability: str = ""


class StepSucceeded(_StepEvent):
    """A step came to its end."""

    type = "workflow.step_succeeded"


class StepRetrying(_StepEvent):
    """An attempt at a step failed; another follows."""

    type = "workflow.step_retrying"
    error: str
    failures: int
    in_seconds: float


class StepFailed(_StepEvent):
    """A step came to its end by a failure."""

    type = "workflow.step_failed"
    priority: ClassVar[Priority] = "high"
    error: str


class StepSkipped(_StepEvent):
    """A step was left out, and why."""

    type = "workflow.step_skipped"
    reason: str


class StepCancelled(_StepEvent):
    """A step that had not come to its end was given up, because the run ends."""

    type = "workflow.step_cancelled"


class StepWaiting(_StepEvent):
    """A step waits for an event, a time, another run, or the entries of its list."""

    type = "workflow.step_waiting"
    waits_for: str
    until: str | None = None


class ApprovalRequested(_StepEvent):
    """A run waits for somebody to approve a step; this is exactly what will be done."""

    type = "workflow.approval_requested"
    priority: ClassVar[Priority] = "high"
    role: str
    message: str
    capability: str = ""
    input: Any = None
    until: str | None = None


class ApprovalGiven(_StepEvent):
    """Somebody, or the policy of the workflow, approved a step."""

    type = "workflow.approved"
    by: str
    note: str = ""


class ApprovalRefused(_StepEvent):
    """Somebody rejected a step, or nobody answered in time."""

    type = "workflow.rejected"
    priority: ClassVar[Priority] = "high"
    by: str
    note: str = ""
