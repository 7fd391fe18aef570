"""Rows of recorded tasks: asked for, begun, ended, lost.

The row is the task. Celery's message only names it, so that it does not matter how often one arrives: whoever changes
the row from waiting to running executes, anyone else goes away. The claim and its lease are those of all durable work
(common/infrastructure/work/claims.py), hence a worker that is killed is noticed by its lease.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db.models import F
from django.utils import timezone

from common.infrastructure.work.claims import LEASE_SECONDS
from common.models import TaskRecord

MAX_ATTEMPTS = 3  # a task that killed its worker so often would kill the next one too
FIRST_RESEND_SECONDS, RESEND_SECONDS = 10.0, 60.0  # a message that waits in a long queue is not lost
SWEEP_LIMIT = 100

_State = TaskRecord.State


def create(task_id: UUID, *, name: str, queue: str, arguments: Mapping[str, Any], requested_by: str = "") -> TaskRecord:
    now = timezone.now()
    return TaskRecord.objects.create(
        id=task_id,
        name=name,
        queue=queue,
        arguments=dict(arguments),
        requested_by=requested_by,
        created_at=now,
        order_at=now,
        due_at=now + timedelta(seconds=FIRST_RESEND_SECONDS),
    )


def begin(task_id: UUID, *, name: str, queue: str, arguments: Mapping[str, Any], worker: str) -> TaskRecord | None:
    """Take the task, or return None: it runs elsewhere, has ended or was revoked.

    One that beat or a person sent by hand has no row yet, and gets it here.
    """
    now = timezone.now()
    TaskRecord.objects.bulk_create(
        [
            TaskRecord(
                id=task_id, name=name, queue=queue, arguments=dict(arguments), created_at=now, order_at=now, due_at=now
            )
        ],
        ignore_conflicts=True,
    )
    token = uuid4()
    taken = TaskRecord.objects.filter(pk=task_id, state=_State.WAITING).update(
        state=_State.RUNNING,
        claim=token,
        lease_until=now + timedelta(seconds=LEASE_SECONDS),
        attempts=F("attempts") + 1,
        worker=worker,
        started_at=now,
    )
    return TaskRecord.objects.get(pk=task_id) if taken else None


def end(
    record: TaskRecord, state: TaskRecord.State, *, result: Mapping[str, Any] | None = None, error: str = ""
) -> bool:
    """Write how it ended; False where another worker has taken the task over meanwhile."""
    return bool(
        TaskRecord.objects.filter(pk=record.pk, claim=record.claim, state=_State.RUNNING).update(
            state=state,
            claim=None,
            lease_until=None,
            result=None if result is None else dict(result),
            error=error,
            finished_at=timezone.now(),
        )
    )


def give_back(record: TaskRecord) -> None:
    """Let another worker begin again: this process ends. The attempt does not count."""
    TaskRecord.objects.filter(pk=record.pk, claim=record.claim, state=_State.RUNNING).update(
        state=_State.WAITING,
        claim=None,
        lease_until=None,
        attempts=F("attempts") - 1,
        due_at=timezone.now(),
    )


def stop_requested(task_id: UUID) -> bool:
    return TaskRecord.objects.filter(pk=task_id, stop_requested_at__isnull=False).exists()


def revoke_waiting(task_id: UUID, *, by: str) -> bool:
    """It will never run, whatever message still names it; False where it does not wait."""
    now = timezone.now()
    return bool(
        TaskRecord.objects.filter(pk=task_id, state=_State.WAITING).update(
            state=_State.REVOKED, finished_at=now, stop_requested_at=now, stop_requested_by=by
        )
    )


def request_stop(task_id: UUID, *, by: str) -> bool:
    """Ask one that runs to stop; False where it does not run."""
    return bool(
        TaskRecord.objects.filter(pk=task_id, state=_State.RUNNING).update(
            stop_requested_at=timezone.now(), stop_requested_by=by
        )
    )


def end_terminated(task_id: UUID) -> bool:
    """Its process was ended on request; it can no longer write that itself."""
    return bool(
        TaskRecord.objects.filter(pk=task_id, state=_State.RUNNING, stop_requested_at__isnull=False).update(
            state=_State.REVOKED,
            claim=None,
            lease_until=None,
            error="Its process was ended on request.",
            finished_at=timezone.now(),
        )
    )


@dataclass(frozen=True, slots=True)
class Lost:
    """What became of the tasks of dead workers."""

    revoked: int
    failed: int
    waiting: int


def take_back_lost() -> Lost:
    """Tasks whose lease ran out: revoked if somebody had asked for that, failed after too many attempts, else again."""
    now = timezone.now()
    lost = TaskRecord.objects.filter(state=_State.RUNNING, lease_until__lt=now)
    ended: dict[str, Any] = {"claim": None, "lease_until": None, "finished_at": now}
    revoked = lost.filter(stop_requested_at__isnull=False).update(state=_State.REVOKED, **ended)
    failed = lost.filter(attempts__gte=MAX_ATTEMPTS).update(
        state=_State.FAILED, error=f"Its worker died in the middle of it, {MAX_ATTEMPTS} times.", **ended
    )
    waiting = lost.update(state=_State.WAITING, claim=None, lease_until=None, due_at=now)
    return Lost(revoked, failed, waiting)


def due_messages() -> list[TaskRecord]:
    """Waiting tasks whose message seems lost; the next look at each is put off."""
    now = timezone.now()
    due = TaskRecord.objects.filter(state=_State.WAITING, due_at__lte=now).order_by("order_at")[:SWEEP_LIMIT]
    again = now + timedelta(seconds=RESEND_SECONDS)
    return [
        record
        for record in due
        if TaskRecord.objects.filter(pk=record.pk, state=_State.WAITING, due_at=record.due_at).update(due_at=again)
    ]
