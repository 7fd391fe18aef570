"""Tell of a run itself: in the name of whoever asked for it, tied to all else that comes of it."""

from __future__ import annotations

from common.application.events.publishing import publish
from common.domain.events import Event
from nms.network_management.events import SOURCE
from nms.network_management.models import DiscoveryRun


def announce(run: DiscoveryRun, event: Event) -> None:
    """Publish `event` in the current transaction."""
    publish(event, source=SOURCE, actor=run.requested_by, correlation_id=run.correlation_id)
