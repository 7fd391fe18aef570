"""Cancel, pause and resume runs, with the runs that their steps have started."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from django.db import transaction

from common.application.workflows.opened import OpenRun, change_run
from common.application.workflows.results import StoredResults
from common.application.workflows.stored import STATE, STEP_TASK
from common.domain.errors import Conflict, Unknown
from common.domain.hub_events import workflows as events
from common.infrastructure.work.waking import wake_on_commit
from common.models import StepRun, WorkflowRun

RUN = WorkflowRun.State
NAMED = 50  # of what was not compensated

log = structlog.get_logger(__name__)


def cancel_run(run_id: int, *, actor: str) -> None:
    """End the run now: what runs is told to stop, and its result is not taken. Nothing is compensated.

    Raises Unknown, and Conflict for a run that has ended.
    """

    def cancel(opened: OpenRun) -> None:
        _refuse_ended(opened.row)
        opened.end_what_is_left("was cancelled", f"cancelled by {actor}")
        error = f"cancelled by {actor}" + _left_undone(opened)
        opened.put_end(RUN.CANCELLED, error)
        opened.tell(events.RunCancelled(**opened.about(), by=actor))

    change_run(run_id, cancel, actor=actor)
    _then_the_children(run_id, cancel_run, actor=actor)


def pause_run(run_id: int, *, actor: str) -> None:
    """Let nothing new start. Raises Unknown, and Conflict for a run that is not running."""

    def pause(opened: OpenRun) -> None:
        _refuse_ended(opened.row)
        if opened.row.state != RUN.RUNNING:
            raise Conflict(f"Run {run_id} is {opened.row.state} and cannot be paused.", code=f"run_{opened.row.state}")
        StepRun.objects.filter(run_id=run_id, state=STATE.WAITING, signal="").update(state=STATE.HELD)
        opened.put_run(state=RUN.PAUSED)
        opened.tell(events.RunPaused(**opened.about(), by=actor))

    change_run(run_id, pause, actor=actor)
    _then_the_children(run_id, pause_run, actor=actor)


def resume_run(run_id: int, *, actor: str) -> None:
    """Let a paused run go on. Raises Unknown, and Conflict for a run that is not paused."""

    def resume(opened: OpenRun) -> None:
        if opened.row.state != RUN.PAUSED:
            raise Conflict(f"Run {run_id} is {opened.row.state}, not paused.", code=f"run_{opened.row.state}")
        held = StepRun.objects.filter(run_id=run_id, state=STATE.HELD).order_by()
        queues = set(held.values_list("queue", flat=True))
        held.update(state=STATE.WAITING)
        for queue in queues:
            wake_on_commit(STEP_TASK, queue)
        opened.put_run(state=RUN.RUNNING)
        opened.tell(events.RunResumed(**opened.about(), by=actor))
        opened.advance()

    change_run(run_id, resume, actor=actor)
    _then_the_children(run_id, resume_run, actor=actor)


def _left_undone(opened: OpenRun) -> str:
    """Of a run that was compensating: what it did not come to."""
    if opened.row.state != RUN.COMPENSATING:
        return ""
    left = [str(key) for key in StoredResults(opened.row.pk, opened.workflow).not_compensated()]
    more = f" and {len(left) - NAMED} more" if len(left) > NAMED else ""
    return f" while it compensated; not compensated: {', '.join(left[:NAMED]) or 'nothing'}{more}"


def _refuse_ended(run: WorkflowRun) -> None:
    if run.state in WorkflowRun.FINAL:
        raise Conflict(f"Run {run.pk} has ended: it is {run.state}.", code="run_ended")


def _then_the_children(run_id: int, change: Callable[..., None], *, actor: str) -> None:
    """After the commit, each in a transaction of its own: a child that ends locks itself, then its parent's step.

    What gets lost here by a crash the sweep makes good for (sweeping.py).
    """

    def follow() -> None:
        children = WorkflowRun.objects.filter(parent__run_id=run_id).exclude(state__in=WorkflowRun.FINAL)
        for child in children.order_by("id").values_list("pk", flat=True):
            try:
                change(child, actor=actor)
            except (Conflict, Unknown):
                continue  # it has just ended, or is already as it should be
            except Exception:
                log.exception("a run within a run could not be changed; the sweep looks after it", run=child)

    transaction.on_commit(follow, robust=True)
