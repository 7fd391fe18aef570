"""A run that is being changed: its row locked, what was decided written, its events published at the end.

    def cancel(opened): ...
    change_run(7, cancel)

All of it is one transaction. Only the state of rows that workers, the sweep or events may change at the same time is
checked when it is written; where one has changed, everything is undone and done again from what is true now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

import structlog
from django.db import DataError, Error, IntegrityError, transaction
from django.utils import timezone

from common.application.events.publishing import publish
from common.application.workflows.attempts import begun, started
from common.application.workflows.results import StoredResults
from common.application.workflows.stored import (
    NO_CLAIM,
    SOURCE,
    STATE,
    STEP_TASK,
    items_of,
    offered,
    steps_of,
    view_of,
    workflow_of,
)
from common.application.workflows.waits import settle_event_waits
from common.domain.errors import Conflict, Unknown
from common.domain.events import Event
from common.domain.hub_events.workflows import RunFailed, StepCancelled
from common.domain.workflows.decide import decide
from common.domain.workflows.definition import Workflow
from common.domain.workflows.situation import (
    Activate,
    Change,
    GiveUpItems,
    Key,
    Make,
    Put,
    PutRun,
    Situation,
    Tell,
)
from common.domain.workflows.summary import summary_of
from common.infrastructure.work.claims import LEASE_SECONDS, order_at
from common.infrastructure.work.waking import wake_on_commit
from common.models import StepRun, WorkflowRun

ATTEMPTS = 10
BATCH_SIZE = 500

T = TypeVar("T")

log = structlog.get_logger(__name__)


class Stale(Exception):
    """A row is no longer in the state that the decision was made for."""


class Undecided(Exception):
    """What follows could not be decided or written, and will not be the next time either: a defect, no outage."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(f"what follows could not be decided: {type(cause).__name__}: {cause}"[:2000])
        self.cause = cause


@contextmanager
def _defects() -> Iterator[None]:
    """Tell defects from rows that have changed and from databases that are away, where trying again helps."""
    try:
        yield
    except (Stale, Undecided):
        raise
    except (DataError, IntegrityError) as error:
        raise Undecided(error) from error
    except Error:
        raise
    except Exception as error:
        raise Undecided(error) from error


@dataclass(slots=True)
class Taker:
    """A worker that goes on with a step which becomes ready, without waiting to be woken for it."""

    queue: str
    claim: UUID = field(default_factory=uuid4)
    taken: StepRun | None = None  # what it got
    run: WorkflowRun | None = None


def change_run(
    run_id: int,
    operate: Callable[[OpenRun], T],
    *,
    actor: str = "",
    cause: str = "",
    taker: Taker | None = None,
) -> T:
    """Lock the run, let `operate` change it, and publish. Raises Unknown where there is none.

    Where what follows cannot be decided, `operate` does its part once more and the run fails: a step that succeeded
    has done so, and is not done again because of what comes behind it.
    """
    defect: Undecided | None = None
    for _ in range(ATTEMPTS):
        try:
            with transaction.atomic():
                opened = OpenRun(_locked(run_id), actor=actor, cause=cause, taker=taker, defect=defect)
                result = operate(opened)
                opened.close()
        except Stale:
            continue
        except Undecided as error:
            if defect is not None:
                raise error.cause from None
            log_defect(run_id, error)
            defect = error
            continue
        return result
    raise Conflict(f"Run {run_id} changes too quickly; try again.", code="run_busy")


def log_defect(run_id: int, defect: Undecided) -> None:
    log.error("a run fails, because what follows cannot be decided", run=run_id, exc_info=defect.cause)


def _locked(run_id: int) -> WorkflowRun:
    rows = WorkflowRun.objects.defer("definition", "output", "summary").select_for_update()
    run = rows.filter(pk=run_id).first()
    if run is None:
        raise Unknown(f"There is no run {run_id}.", code="unknown_run")
    return run


def cause_of(row: StepRun) -> str:
    """Names a step in the events that follow from it; the same for every attempt at it."""
    what = f"{row.step}:{row.item}" if row.item >= 0 else row.step
    return f"run:{row.run_id}:step:{what}" + (":compensation" if row.compensates else "")


class OpenRun:
    """Use it inside a transaction that has locked the run, or made it; call `close` last."""

    def __init__(
        self,
        row: WorkflowRun,
        *,
        actor: str = "",
        cause: str = "",
        taker: Taker | None = None,
        defect: Undecided | None = None,
    ) -> None:
        self.row = row
        self._defect = defect
        self.workflow: Workflow = workflow_of(row)
        self.now: datetime = timezone.now()
        self._actor = actor or row.actor
        self._cause = cause
        self._events: list[Event] = []
        self._event_waits: dict[int, Mapping[str, Any]] = {}
        self._ready: list[tuple[Key, str]] = []  # with their queues
        self._taker = taker

    def tell(self, event: Event) -> None:
        self._events.append(event)

    def about(self) -> dict[str, Any]:
        return {"run_id": self.row.pk, "workflow": self.row.workflow}

    def put_run(self, **values: Any) -> None:
        for name, value in values.items():
            setattr(self.row, name, value)
        WorkflowRun.objects.filter(pk=self.row.pk).update(**values)

    def advance(self) -> None:
        """Decide what follows, and write it down; where that was tried in vain, the run fails."""
        if self._defect is not None:
            self._fail(str(self._defect))
            return
        with _defects():
            self._write(decide(self._situation()))

    def _situation(self) -> Situation:
        steps = steps_of(self.row.pk)
        return Situation(
            workflow=self.workflow,
            run=view_of(self.row),
            steps=steps,
            results=StoredResults(self.row.pk, self.workflow),
            offered=offered,
            now=self.now,
            items=items_of(self.row.pk, steps.values()),
            compensating=self.row.state == WorkflowRun.State.COMPENSATING and self._compensation_is_on_its_way(),
        )

    def _fail(self, error: str) -> None:
        self.end_what_is_left("failed")
        self.put_end(WorkflowRun.State.FAILED, error)
        self.tell(RunFailed(**self.about(), error=error))

    def put_end(self, state: str, error: str) -> None:
        """The end of a run that does not come to it by itself."""
        summary = summary_of(self.workflow, steps_of(self.row.pk))
        self.put_run(state=state, error=error, summary=summary, finished_at=self.now)

    def end_what_is_left(self, ended: str, reason: str = "") -> None:
        """Cancel the steps that have not ended, for a run that ends now; each tells why."""
        left = StepRun.objects.filter(run_id=self.row.pk).exclude(state__in=StepRun.FINAL)
        begun = left.exclude(state=STATE.BLOCKED)
        for step, item, compensates in begun.values_list("step", "item", "compensates").order_by("id")[:1000]:
            about = {**self.about(), "step": step, "item": None if item < 0 else item}
            self.tell(StepCancelled(**about, compensates=compensates))
        ends = {"state": STATE.CANCELLED, "signal": "", "finished_at": self.now, "wait_until": None, **NO_CLAIM}
        begun.update(**ends, error=reason or f"the run {ended}")
        left.filter(state=STATE.BLOCKED).update(**ends, error=f"not begun: {reason or f'the run {ended}'}")

    def _compensation_is_on_its_way(self) -> bool:
        rows = StepRun.objects.filter(run_id=self.row.pk, compensates=True)
        return rows.exclude(state__in=StepRun.FINAL).exists()

    # --- Changes ---

    def _write(self, changes: list[Change]) -> None:
        made: list[Make] = []
        for change in changes:
            if isinstance(change, Make):
                made.append(change)
            elif isinstance(change, Put):
                self._put(change)
            elif isinstance(change, Activate):
                self._activate(change)
            elif isinstance(change, GiveUpItems):
                self._make(made)  # they are given up with the others
                made = []
                self.give_up(step=change.step, item__gte=0)
            elif isinstance(change, PutRun):
                self.put_run(**change.values)
            else:
                assert isinstance(change, Tell)
                self.tell(change.event)
        self._make(made)

    def _put(self, change: Put) -> None:
        values = self._columns(change.key, change.values)
        rows = self.rows(change.key)
        if not rows.filter(state=change.was).update(**values):
            raise Stale(str(change.key))
        if values["state"] == STATE.SUSPENDED and values["waits_for"] == "event":
            pk = rows.values_list("pk", flat=True).get()
            self._event_waits[pk] = values["wait"]

    def _make(self, changes: list[Make]) -> None:
        StepRun.objects.bulk_create(
            [
                StepRun(
                    run_id=self.row.pk,
                    step=change.key.step,
                    item=change.key.item,
                    compensates=change.key.compensates,
                    **self._columns(change.key, change.values),
                )
                for change in changes
            ],
            batch_size=BATCH_SIZE,
        )

    def _columns(self, key: Key, values: Mapping[str, Any]) -> dict[str, Any]:
        """With what follows from the state: a place in the queue, no claim, the time of the beginning."""
        columns = dict(values)
        if "due_at" in columns:
            columns["order_at"] = order_at(columns["due_at"], columns["priority"])
        if columns["state"] == STATE.WAITING:
            self._ready.append((key, columns["queue"]))
        elif columns["state"] == STATE.SUSPENDED:
            columns["started_at"] = self.now
        elif columns["state"] in StepRun.FINAL:
            columns |= {**NO_CLAIM, "signal": ""}
        return columns

    def _activate(self, change: Activate) -> None:
        blocked = StepRun.objects.filter(
            run_id=self.row.pk, step=change.step, item__gte=0, compensates=False, state=STATE.BLOCKED
        )
        rows = list(blocked.order_by("item").values_list("pk", "queue", "priority", "item")[: change.count])
        if rows:
            due = {"due_at": self.now, "order_at": order_at(self.now, rows[0][2])}  # type: ignore[arg-type] # only priorities are stored
            StepRun.objects.filter(pk__in=[row[0] for row in rows]).update(state=STATE.WAITING, **due)
            self._ready += [(Key(change.step, item), queue) for _, queue, _, item in rows]

    def give_up(self, **which: Any) -> None:
        """Cancel what no worker has begun."""
        rows = StepRun.objects.filter(run_id=self.row.pk, compensates=False, **which)
        unbegun = rows.filter(state__in=[STATE.BLOCKED, STATE.WAITING, STATE.HELD])
        unbegun.update(state=STATE.CANCELLED, finished_at=self.now, error="the run had failed", **NO_CLAIM)

    def rows(self, key: Key) -> Any:
        return StepRun.objects.filter(
            run_id=self.row.pk, step=key.step, item=key.item, compensates=key.compensates
        ).order_by()

    def _wake(self, queue: str) -> None:
        wake_on_commit(STEP_TASK, queue)

    # --- The end of the transaction ---

    def close(self) -> int:
        """Tell the parent of a run that ended, and publish; returns the position of the last event."""
        with _defects():
            return self._close()

    def _close(self) -> int:
        if self.row.parent_id is not None and self.row.state in WorkflowRun.FINAL:
            self._signal_parent(self.row.parent_id)
        if self._taker is not None:
            self._take_one(self._taker)
        for queue in {queue for _, queue in self._ready}:
            self._wake(queue)
        if not self._event_waits:
            return self._publish()
        return settle_event_waits(self.row, self._event_waits, self._publish)

    def _take_one(self, taker: Taker) -> None:
        """Give the worker the first ready step of its queue that calls a capability."""
        taker.taken = None
        mine = next((ready for ready in self._ready if ready[1] == taker.queue and self._calls(ready[0])), None)
        if mine is None:
            return
        self._ready.remove(mine)
        row: StepRun = self.rows(mine[0]).get()
        if row.signal:
            return
        taken = {**begun(row, self.workflow.by_id[row.step], self.now), "state": STATE.RUNNING, "claim": taker.claim}
        taken |= {"lease_until": self.now + timedelta(seconds=LEASE_SECONDS), "attempts": row.attempts + 1}
        StepRun.objects.filter(pk=row.pk).update(**taken)
        for name, value in taken.items():
            setattr(row, name, value)
        self.tell(started(self.row, row))
        taker.taken, taker.run = row, self.row

    def _calls(self, key: Key) -> bool:
        return key.compensates or self.workflow.by_id[key.step].capability is not None

    def _publish(self) -> int:
        return publish(
            *self._events,
            source=SOURCE,
            actor=self._actor,
            correlation_id=self.row.correlation_id,
            causation_id=self._cause or self.row.causation_id,
        )

    def _signal_parent(self, parent_id: int) -> None:
        parent = StepRun.objects.filter(pk=parent_id, state=STATE.SUSPENDED, waits_for=StepRun.WaitsFor.CHILD)
        queue = parent.values_list("queue", flat=True).first()
        if queue is not None:
            parent.update(state=STATE.WAITING, signal=StepRun.Signal.CHILD, due_at=self.now, order_at=self.now)
            self._wake(queue)
