"""Follow a run from another process: its events as they are stored, those of the runs within it, until it has ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from common.application.workflows.stored import runs_within
from common.domain.envelope import ENVELOPE_FIELDS, Envelope
from common.models import StoredEvent, WorkflowRun

PAUSE_SECONDS = 0.1
BATCH_SIZE = 500


def _never() -> bool:
    return False


def follow_run(run_id: int, *, gave_up: Callable[[], bool] = _never) -> Iterator[Envelope]:
    """Yield every event of the run, the first as well, in order; end after the one that ends it.

    `gave_up` is asked where nothing has come: where it says so, the run is not waited for any longer.
    """
    position = 0
    while True:
        # Asked before the events are read: what ended it is among them then.
        ended = WorkflowRun.objects.filter(pk=run_id, state__in=WorkflowRun.FINAL).exists() or gave_up()
        subjects = [f"workflow_run:{one}" for one in (run_id, *runs_within(run_id))]
        found = StoredEvent.objects.filter(subject__in=subjects, position__gt=position).order_by("position")
        batch = [Envelope(**row) for row in found.values(*ENVELOPE_FIELDS)[:BATCH_SIZE]]
        yield from batch
        if batch:
            position = batch[-1].position
        elif ended:
            return
        else:
            time.sleep(PAUSE_SECONDS)
