"""GNS3 at /health/: from the records, so that a probe neither waits for a server nor wakes one."""

from __future__ import annotations

from common.application.gns3.servers import servers
from common.domain.errors import Unavailable
from common.infrastructure.health import Failing, register_report
from common.models import Gns3Server


def connect() -> None:
    """Once, from AppConfig.ready()."""
    register_report("gns3", _check)


def _check() -> str:
    try:
        names = servers()
    except Unavailable as error:
        raise Failing("the clients' configuration cannot be used") from error
    if not names:
        return "not configured"
    looked_at = Gns3Server.objects.filter(pk__in=names, reachable_since__isnull=False)
    known = dict(looked_at.values_list("name", "reachable"))
    answering = sum(known.values())
    told = f"{answering} of {len(names)} servers answer"
    if not known:
        return "not looked at yet"
    if answering < len(known):
        raise Failing(told)
    return told
