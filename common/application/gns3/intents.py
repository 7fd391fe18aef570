"""Who is doing what over the hub, so that an event has its actor and its cause whoever notices the change first.

The listener often hears of a node that starts before the process that asked for it has its answer. An event without
its cause would lack its actor, and let triggers go round in circles (common/application/starting/loops.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import groupby

from django.db import transaction
from django.utils import timezone

from common.application.events.causes import current_call, on_behalf_of
from common.application.events.publishing import publish
from common.domain.events import Event
from common.domain.hub_events.gns3 import SOURCE, ProjectCreated
from common.domain.modules import Call
from common.models import Gns3Intent

LONGEST = timedelta(hours=1)  # of one undertaking; a process that was killed leaves its intents behind for so long
ANYTHING = ""
_NOBODY = Call()


@contextmanager
def intending(server: str, project_id: str, about: Iterable[str], *, actor: str) -> Iterator[None]:
    """What happens meanwhile to these nodes or links (ANYTHING: to the project, and to what is new in it) is ours.

    With project_id "" it is about projects that are being made, by their names.
    """
    call = current_call()
    actor = actor or call.actor
    if not (actor or call.correlation_id or call.causation_id):
        yield
        return
    now = timezone.now()
    Gns3Intent.objects.filter(until__lt=now).delete()
    made = Gns3Intent.objects.bulk_create(
        Gns3Intent(
            server=server,
            project_id=project_id,
            about=thing,
            actor=actor,
            correlation_id=call.correlation_id,
            causation_id=call.causation_id,
            until=now + LONGEST,
        )
        for thing in set(about)
    )
    try:
        yield
    finally:
        Gns3Intent.objects.filter(pk__in=[intent.pk for intent in made]).delete()


def publish_with_causes(server: str, project_id: str, events: Sequence[Event]) -> None:
    """Publish in order, each with the actor and cause of whoever intended it; last in a transaction."""
    assert transaction.get_connection().in_atomic_block, "an event must not outlive its facts"
    if not events:
        return
    intents = _intents(server, project_id)
    with on_behalf_of(_NOBODY):  # what we merely notice is not our doing
        for call, together in groupby(events, key=lambda event: _behind(event, intents)):
            publish(
                *together,
                source=SOURCE,
                actor=call.actor,
                correlation_id=call.correlation_id,
                causation_id=call.causation_id,
            )


def _intents(server: str, project_id: str) -> dict[tuple[str, str], Call]:
    now: datetime = timezone.now()
    rows = Gns3Intent.objects.filter(server=server, project_id__in=[project_id, ""], until__gte=now).order_by("pk")
    return {
        (row.project_id, row.about): Call(
            actor=row.actor, correlation_id=row.correlation_id, causation_id=row.causation_id
        )
        for row in rows
    }


def _behind(event: Event, intents: dict[tuple[str, str], Call]) -> Call:
    data = event.__dict__
    project_id = data.get("project_id", "")
    keys = [(project_id, str(data.get("node_id") or data.get("link_id") or ANYTHING)), (project_id, ANYTHING)]
    if isinstance(event, ProjectCreated):
        keys = [("", event.project)]
    return next((intents[key] for key in keys if key in intents), _NOBODY)
