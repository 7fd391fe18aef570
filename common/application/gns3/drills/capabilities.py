"""Drills as capabilities of the module `gns3`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from common.application.gns3.drills.beginning import begin_drill
from common.application.gns3.drills.contracts import (
    INPUTS,
    MOST_LISTED,
    Drill,
    DrillList,
    EndDrill,
    ListDrills,
)
from common.application.gns3.drills.ending import end_drill
from common.application.gns3.drills.kinds import ON_NODE, Kind
from common.domain.errors import HubError, TimedOut, Unavailable
from common.domain.modules import Call, Capability, CapabilityFailed
from common.models import Gns3Drill
from common.models.gns3_drills import ENDED
from common.models.work import RUNNING

_DESCRIPTIONS: dict[Kind, str] = {
    "packet_loss": "Lose packets on a link of a lab for a while.",
    "delay": "Delay packets on a link of a lab for a while, with jitter if wanted.",
    "corruption": "Corrupt packets on a link of a lab for a while.",
    "link_suspended": "Cut a link of a lab for a while.",
    "node_stopped": "Stop a node of a lab for a while.",
}


def described(drill: Gns3Drill) -> Drill:
    return Drill(
        drill_id=drill.pk,
        kind=drill.kind,
        state=_state(drill),
        server=drill.server,
        project_id=drill.project_id,
        project=drill.project,
        link_id=None if drill.kind == ON_NODE else drill.about,
        node_id=drill.about if drill.kind == ON_NODE else None,
        label=drill.label,
        parameters=drill.parameters,
        before=drill.before,
        seconds=drill.seconds,
        created_at=drill.created_at,
        began_at=drill.began_at,
        until=drill.until,
        ended_at=drill.ended_at,
        ended_by=drill.ended_by,
        outcome=drill.outcome,
        note=drill.note,
        error=drill.error,
        actor=drill.actor,
    )


def _state(drill: Gns3Drill) -> Any:
    if drill.state == ENDED:
        return "ended"
    if drill.until <= timezone.now():
        return "ending"
    if drill.began_at is None:
        return "starting"
    return "ending" if drill.state == RUNNING else "active"


def _begin(kind: Kind) -> Callable[[Any, Call], Drill]:
    def begin(asked: Any, call: Call) -> Drill:
        return _told(lambda: begin_drill(kind, asked, call))

    return begin


def _end(asked: EndDrill, call: Call) -> Drill:
    return _told(lambda: end_drill(asked.drill_id, actor=call.actor))


def _list(asked: ListDrills, call: Call) -> DrillList:
    rows = Gns3Drill.objects.order_by("-id")
    if asked.project_id is not None:
        rows = rows.filter(project_id=asked.project_id)
    if asked.open:
        rows = rows.exclude(state=ENDED)
    return DrillList(drills=[described(drill) for drill in rows[:MOST_LISTED]])


def _told(do: Callable[[], Gns3Drill]) -> Drill:
    try:
        return described(do())
    except HubError as error:
        retryable = isinstance(error, Unavailable | TimedOut)
        raise CapabilityFailed(str(error), code=error.code, retryable=retryable) from error


DRILL_CAPABILITIES: tuple[Capability, ...] = (
    *(
        Capability(f"gns3.drill_{kind}", _begin(kind), INPUTS[kind], Drill, description, timeout_seconds=120.0)
        for kind, description in _DESCRIPTIONS.items()
    ),
    Capability("gns3.drill_end", _end, EndDrill, Drill, "End a drill before its time.", timeout_seconds=120.0),
    Capability("gns3.drill_list", _list, ListDrills, DrillList, "Drills, the newest first.", role="viewer"),
)
