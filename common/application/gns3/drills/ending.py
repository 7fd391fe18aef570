"""End drills: when their time is over, by a worker; early, because somebody asked. Each is undone once.

The worker claims the row as any work (common/infrastructure/work/claims.py): if it dies, another takes it up after the
lease. What the first had put back already the second finds as it was before, and leaves it (kinds.py). While GNS3 is
away it is tried again, later and later, without end: what was broken on purpose must not stay broken.

A hub that is paused still undoes drills.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import structlog
from django.db import transaction
from django.utils import timezone

from common.application import services
from common.application.events.publishing import publish
from common.application.gns3.drills import faults
from common.application.gns3.drills.kinds import Outcome
from common.application.work.turns import WorkKind
from common.domain.errors import HubError, Unknown
from common.domain.hub_events.gns3_drills import SOURCE, DrillEnded
from common.infrastructure.work.claims import LEASE_SECONDS, Batch, claim, is_due
from common.infrastructure.work.leases import holding
from common.infrastructure.work.waking import wake
from common.models import Gns3Drill
from common.models.gns3_drills import ENDED
from common.models.work import RUNNING, WAITING

TASK = "common.undo_drills"
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 30.0

log = structlog.get_logger(__name__)


def perform(batch: Batch) -> None:
    for drill in batch.rows:
        _undo(drill)


DRILL_WORK = WorkKind(model=Gns3Drill, task=TASK, perform=perform, largest_batch=1)


def undo_due(queue: str) -> None:
    """What a woken worker does: one drill after the other, and another worker beside it where more are due."""
    while not services.stopping.is_set() and (batch := claim(Gns3Drill, queue, limit=1)) is not None:
        if is_due(Gns3Drill, queue):
            wake(TASK, queue)
        with holding(Gns3Drill, batch.claim):
            perform(batch)


def end_drill(drill_id: int, *, actor: str) -> Gns3Drill:
    """End a drill now. One that is over stays as it is; one that GNS3 does not take back is tried again ("ending").

    Raises Unknown.
    """
    find_drill(drill_id)
    now, token = timezone.now(), uuid4()
    taken = {"state": RUNNING, "claim": token, "lease_until": now + timedelta(seconds=LEASE_SECONDS)}
    mine = Gns3Drill.objects.filter(pk=drill_id, state=WAITING)
    early = {"ended_by": actor, "until": now, "due_at": now, "order_at": now}
    if mine.filter(until__gt=now).update(**taken, **early) or mine.update(
        **taken
    ):  # else somebody is at it, or it is over
        drill = Gns3Drill.objects.get(claim=token)
        with holding(Gns3Drill, token):
            _undo(drill)
    return find_drill(drill_id)


def find_drill(drill_id: int) -> Gns3Drill:
    drill = Gns3Drill.objects.filter(pk=drill_id).first()
    if drill is None:
        raise Unknown(f"There is no drill {drill_id}.", code="unknown_drill")
    return drill


def _undo(drill: Gns3Drill) -> None:
    try:
        outcome, note = faults.put_back(drill)
    except HubError as error:
        _try_again(drill, str(error))
    except Exception as error:
        log.exception("a drill cannot be undone; it is tried again", drill=drill.pk)
        _try_again(drill, f"{type(error).__name__}: {error}")
    else:
        _end(drill, outcome, note)


def _end(drill: Gns3Drill, outcome: Outcome, note: str) -> None:
    with transaction.atomic():
        mine = Gns3Drill.objects.filter(pk=drill.pk, claim=drill.claim, state=RUNNING)
        ended = mine.update(
            state=ENDED, ended_at=timezone.now(), outcome=outcome, note=note, error="", **Gns3Drill.NO_CLAIM
        )
        if not ended or drill.began_at is None:  # of one that nobody was told of
            return
        publish(
            DrillEnded(
                drill_id=drill.pk,
                server=drill.server,
                project_id=drill.project_id,
                project=drill.project,
                kind=drill.kind,
                about=drill.about,
                label=drill.label,
                outcome=outcome,
                note=note,
                ended_by=drill.ended_by,
            ),
            source=SOURCE,
            actor=drill.ended_by or drill.actor,
            correlation_id=drill.correlation_id,
            causation_id=drill.causation_id,
        )


def _try_again(drill: Gns3Drill, reason: str) -> None:
    pause = min(FIRST_PAUSE_SECONDS * 2 ** min(drill.attempts, 10), LONGEST_PAUSE_SECONDS)
    due = timezone.now() + timedelta(seconds=pause)
    log.info("a drill is not undone yet", drill=drill.pk, reason=reason, again_in_seconds=pause)
    mine = Gns3Drill.objects.filter(pk=drill.pk, claim=drill.claim, state=RUNNING)
    mine.update(state=WAITING, due_at=due, order_at=due, error=reason[:2000], **Gns3Drill.NO_CLAIM)
