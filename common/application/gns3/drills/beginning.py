"""Begin a drill: the row first, then the fault, then the event. What dies in between is undone by the row."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone

from common.application.events.publishing import publish
from common.application.gns3 import central
from common.application.gns3.drills import faults
from common.application.gns3.drills.contracts import INPUTS, Strict
from common.application.gns3.drills.kinds import ON_NODE, Kind
from common.domain.errors import Conflict, Failed, HubError, Invalid
from common.domain.hub_events.gns3_drills import SOURCE, DrillStarted
from common.domain.modules import Call
from common.infrastructure.work.claims import LEASE_SECONDS, order_at
from common.infrastructure.work.leases import holding
from common.models import Gns3Drill
from common.models.gns3_drills import ENDED
from common.models.work import RUNNING, WAITING

_PRIORITY: Final = "high"


def begin_drill(kind: Kind, asked: Strict, call: Call) -> Gns3Drill:
    """Bring the fault about; called again with the same idempotency key it returns the drill that there is.

    Raises Unknown, and Conflict where there is a drill on the same link or node, where the project is closed, or where
    the link cannot have the fault; Unavailable and its like where GNS3 did not do it, and then nothing stays of it.
    """
    assert isinstance(asked, INPUTS[kind])
    if (known := _begun_before(call)) is not None:
        return known
    wanted = asked.model_dump()
    server, project = central.find(wanted.pop("project_id"))
    about = wanted.pop("node_id" if kind == ON_NODE else "link_id")
    about, before, label = faults.look(server, project.project_id, kind, about)
    seconds = wanted.pop("seconds")
    now = timezone.now()
    drill = Gns3Drill(
        server=server,
        project_id=project.project_id,
        project=project.name,
        kind=kind,
        about=about,
        label=label[:500],
        parameters=wanted,
        before=before,
        seconds=seconds,
        until=now + timedelta(seconds=seconds),
        actor=call.actor,
        correlation_id=call.correlation_id,
        causation_id=call.causation_id,
        idempotency_key=call.idempotency_key or None,
        created_at=now,
        **_under_claim(now),
    )
    _enter(drill)
    _bring_about(drill)
    return drill


def _begun_before(call: Call) -> Gns3Drill | None:
    """A step whose worker died is done again: its drill may be there, and may not have begun yet."""
    found = Gns3Drill.objects.filter(idempotency_key=call.idempotency_key).first() if call.idempotency_key else None
    if found is None or found.began_at is not None or found.state == ENDED:
        return found
    now = timezone.now()
    mine = Gns3Drill.objects.filter(pk=found.pk, state=WAITING, began_at__isnull=True, until__gt=now)
    if not mine.update(**(taken := _under_claim(now))):
        raise Conflict(f"Drill {found.pk} is being begun or undone.", code="drill_busy")
    for name, value in taken.items():
        setattr(found, name, value)
    _bring_about(found)
    return found


def _under_claim(now: datetime) -> dict[str, Any]:
    """As if claimed by a worker: if this process dies, the row goes back to those that are due."""
    return {
        "state": RUNNING,
        "claim": uuid4(),
        "lease_until": now + timedelta(seconds=LEASE_SECONDS),
    }


def _enter(drill: Gns3Drill) -> None:
    drill.priority = drill.queue = _PRIORITY
    drill.due_at, drill.order_at = drill.until, order_at(drill.until, _PRIORITY)
    try:
        with transaction.atomic():
            drill.save(force_insert=True)
    except IntegrityError:
        raise _taken(drill) from None


def _taken(drill: Gns3Drill) -> Conflict:
    other = Gns3Drill.objects.filter(server=drill.server, project_id=drill.project_id, about=drill.about)
    running = other.exclude(state=ENDED).first()
    if running is None:
        return Conflict("A drill with this idempotency key was begun a moment ago.", code="drill_busy")
    what = running.kind.replace("_", " ")
    until = running.until.isoformat(timespec="seconds")
    return Conflict(
        f"There is drill {running.pk} on {drill.label} already: {what} until {until}. End it first.",
        code="drill_running",
    )


def _bring_about(drill: Gns3Drill) -> None:
    assert drill.claim is not None
    with holding(Gns3Drill, drill.claim):
        try:
            faults.bring_about(drill)
        except HubError as error:
            _give_up(drill, error)
            raise
        _began(drill)


def _began(drill: Gns3Drill) -> None:
    now = timezone.now()
    drill.until = now + timedelta(seconds=drill.seconds)
    changes = {
        "state": WAITING,
        "began_at": now,
        "until": drill.until,
        "due_at": drill.until,
        "order_at": order_at(drill.until, _PRIORITY),
        **Gns3Drill.NO_CLAIM,
    }
    with transaction.atomic():
        mine = Gns3Drill.objects.filter(pk=drill.pk, claim=drill.claim, state=RUNNING)
        if not mine.update(**changes):
            raise Failed(f"Drill {drill.pk} was taken for dead while it began, and is undone.", code="drill_lost")
        for name, value in changes.items():
            setattr(drill, name, value)
        publish(
            DrillStarted(
                drill_id=drill.pk,
                server=drill.server,
                project_id=drill.project_id,
                project=drill.project,
                kind=drill.kind,
                about=drill.about,
                label=drill.label,
                parameters=drill.parameters,
                until=drill.until,
            ),
            source=SOURCE,
            actor=drill.actor,
            correlation_id=drill.correlation_id,
            causation_id=drill.causation_id,
        )


def _give_up(drill: Gns3Drill, error: HubError) -> None:
    """What GNS3 refuses as nonsense has changed nothing. Of all else nobody knows, for it may have gone wrong after the
    fault (an answer that was lost, a reading that was overtaken, a project that was closed): it is undone to be sure.
    """
    mine = Gns3Drill.objects.filter(pk=drill.pk, claim=drill.claim, state=RUNNING)
    if isinstance(error, Invalid):
        mine.delete()
        return
    now = timezone.now()
    mine.update(
        state=WAITING,
        until=now,
        due_at=now,
        order_at=now,
        error=str(error),
        idempotency_key=None,
        **Gns3Drill.NO_CLAIM,
    )
