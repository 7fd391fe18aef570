"""The record of a run: who may write of it, and how it comes to its one end.

Who works on a run, and who takes it up when a worker died, is decided by the engine of workflows, not here. What is
kept here is that only one writes: whoever began last. Each word of his stands in `heartbeat_at`, and is written only
where his last one still stands; a worker that was asleep while another began learns it from its next word.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Case, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from common.models import WorkflowRun
from nms.network_management.discovery.announce import announce
from nms.network_management.events import DiscoveryFinished, DiscoveryProgress
from nms.network_management.models import DiscoveryProblem, DiscoveryRun

# A worker gives a sign of life each second. Without one for so long nobody works on the run; what is not part of a
# workflow of ours waits longer, since whoever called may call again when its own worker died.
SILENT_FOR = timedelta(seconds=20)
SILENT_FOR_WITHOUT_WORKFLOW = timedelta(minutes=5)

_State = DiscoveryRun.State
_COUNTERS = ("addresses_done", "alive", "profiled", "devices_new", "devices_changed", "devices_unchanged")
_ABANDONED = "whoever worked on it went away and nobody took it up; start it again"


class Superseded(Exception):
    """Another worker began the run anew, or it was ended; whoever gets this must write nothing more of it."""


class Record:
    """The right to write of one run, until somebody else begins it."""

    def __init__(self, run: DiscoveryRun) -> None:
        self.run = run

    def beat(self, **counters: int) -> bool:
        """Give a sign of life, store `counters`, tell of them where they are new; say whether to cancel.

        Raises Superseded.
        """
        with transaction.atomic():
            told = all(getattr(self.run, name) == value for name, value in counters.items())
            self._update(counters)
            if not told:
                announce(self.run, _progress(self.run))
        return DiscoveryRun.objects.filter(id=self.run.id, cancel_requested=True).exists()

    def note(self, result: Mapping[str, Any]) -> None:
        """Store what the run came to, for whoever goes on with it. Raises Superseded."""
        self._update({"result": dict(result)})

    def finish(self, state: str, fields: Mapping[str, Any] | None = None, *, error: str = "") -> None:
        """End the run, store `fields` (its columns) with it, and tell everyone. Raises Superseded."""
        with transaction.atomic():
            self._update({**(fields or {}), **_end(state, error)})
            announce(self.run, _finished(self.run))

    def _update(self, fields: Mapping[str, Any]) -> None:
        now = timezone.now()
        mine = DiscoveryRun.objects.filter(id=self.run.id, state=_State.RUNNING, heartbeat_at=self.run.heartbeat_at)
        if not mine.update(heartbeat_at=now, **fields):
            raise Superseded(f"discovery run {self.run.id} has ended, or another worker began it anew")
        for name, value in {"heartbeat_at": now, **fields}.items():
            setattr(self.run, name, value)


def begin(run_id: int) -> Record | None:
    """Begin the run, or begin it anew where an earlier worker did not come to the end; None where it has ended."""
    with transaction.atomic():
        run = lock(run_id)
        if run.state in DiscoveryRun.FINAL and not _is_taken_up_again(run):
            return None
        for counter in (*_COUNTERS, "problem_count"):
            setattr(run, counter, 0)
        DiscoveryProblem.objects.filter(run=run).delete()  # an earlier attempt's, which this one finds again
        return _open(run)


def resume(run_id: int) -> Record:
    """Go on with a run that was begun, with all that it came to so far; its state tells whether it has ended."""
    with transaction.atomic():
        run = lock(run_id)
        return _open(run) if _is_taken_up_again(run) else Record(run)


def _is_taken_up_again(run: DiscoveryRun) -> bool:
    """Its workflow failed or was cancelled, which ended the run, and then somebody had it retried."""
    ended = run.state in (_State.FAILED, _State.CANCELLED) and run.workflow_run_id is not None
    return ended and WorkflowRun.objects.filter(pk=run.workflow_run_id or 0, state=WorkflowRun.State.RUNNING).exists()


def _open(run: DiscoveryRun) -> Record:
    now = timezone.now()
    run.state, run.error, run.cancel_requested = _State.RUNNING, "", False
    run.heartbeat_at, run.started_at, run.finished_at = now, run.started_at or now, None
    run.save()
    announce(run, _progress(run))
    return Record(run)


def lock(run_id: int) -> DiscoveryRun:
    """The row, locked for this transaction, which must publish only afterwards (see common's event_store)."""
    return DiscoveryRun.objects.select_for_update().get(id=run_id)


def request_cancel(run: DiscoveryRun) -> None:
    """End a locked run at once that nobody has begun; ask whoever works on it to end soon."""
    run.cancel_requested = True
    run.save(update_fields=["cancel_requested"])
    if run.state == _State.QUEUED:
        _close(run, _State.CANCELLED, "")


def is_cancelled(run_id: int) -> bool:
    """Whether somebody asked for the end of the run itself, or of the workflow that it is part of.

    Of a run that is part of none, whoever called for it has stopped waiting.
    """
    run = DiscoveryRun.objects.only("cancel_requested", "workflow_run_id").get(id=run_id)
    if run.cancel_requested or run.workflow_run_id is None:
        return True
    cancelled = Q(state=WorkflowRun.State.CANCELLED) | Q(outcome=WorkflowRun.State.CANCELLED)
    return WorkflowRun.objects.filter(cancelled, pk=run.workflow_run_id).exists()


def close_abandoned() -> list[int]:
    """End runs that nobody will go on with, because their workflow is over; return their ids.

    The worker of a cancelled one has a moment to end the run itself, with all that it found.
    """
    now = timezone.now()
    workflow = WorkflowRun.objects.filter(pk=OuterRef("workflow_run_id"))
    rows = DiscoveryRun.objects.filter(state__in=(_State.QUEUED, _State.RUNNING)).annotate(
        ends_as=Case(
            When(workflow_run_id=None, then=Value("")),
            # One that was cleaned up was over before.
            default=Coalesce(Subquery(workflow.values("state")[:1]), Value(WorkflowRun.State.FAILED.value)),
        )
    )
    silent = Q(heartbeat_at=None) | Q(heartbeat_at__lt=now - SILENT_FOR)
    alone = Q(ends_as="", heartbeat_at__lt=now - SILENT_FOR_WITHOUT_WORKFLOW)
    over = Q(ends_as__in=(WorkflowRun.State.FAILED, WorkflowRun.State.SUCCEEDED))
    cancelled = Q(ends_as=WorkflowRun.State.CANCELLED) & silent
    ids = list(rows.filter(over | cancelled | alone).order_by("id").values_list("id", flat=True))
    for run_id in ids:
        _close_as_workflow(run_id)
    return ids


def close_if_over(run_id: int) -> None:
    """End a run whose workflow has ended without it, for a process that knows that nobody works on it."""
    over = WorkflowRun.objects.filter(state__in=WorkflowRun.FINAL)
    if DiscoveryRun.objects.filter(id=run_id, workflow_run_id__in=over.values("pk")).exists():
        _close_as_workflow(run_id)


def _close_as_workflow(run_id: int) -> None:
    """End a run as its workflow ended; nothing where it has ended itself."""
    with transaction.atomic():
        run = lock(run_id)
        if run.state in DiscoveryRun.FINAL:
            return
        workflow = WorkflowRun.objects.filter(pk=run.workflow_run_id or 0).only("state", "error").first()
        if workflow is not None and workflow.state == WorkflowRun.State.CANCELLED:
            _close(run, _State.CANCELLED, "")
        else:
            _close(run, _State.FAILED, (workflow.error if workflow else "") or _ABANDONED)


def _close(run: DiscoveryRun, state: str, error: str) -> None:
    """For a row that this transaction has locked."""
    for name, value in _end(state, error).items():
        setattr(run, name, value)
    run.save(update_fields=["state", "error", "finished_at"])
    announce(run, _finished(run))


def _end(state: str, error: str) -> dict[str, Any]:
    return {"state": state, "error": error, "finished_at": timezone.now()}


def _progress(run: DiscoveryRun) -> DiscoveryProgress:
    counters = {name: getattr(run, name) for name in _COUNTERS}
    return DiscoveryProgress(run_id=run.id, addresses_total=run.addresses_total, problems=run.problem_count, **counters)


def _finished(run: DiscoveryRun) -> DiscoveryFinished:
    counters = {name: getattr(run, name) for name in _COUNTERS}
    return DiscoveryFinished(
        run_id=run.id,
        state=run.state,
        addresses_total=run.addresses_total,
        problems=run.problem_count,
        error=run.error,
        **counters,
    )
