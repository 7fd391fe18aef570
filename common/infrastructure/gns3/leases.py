"""Which process listens to a server: one at a time, by a lease in the server's row that it renews.

Moments are of the processes' own clocks, as with all leases of the hub; several machines need NTP.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from common.models import Gns3Server

LEASE_SECONDS = 6.0
RENEW_SECONDS = 1.5


def take(server: str, holder: UUID) -> bool:
    """Become or stay the one who listens; False where another process is."""
    now = timezone.now()
    until = now + timedelta(seconds=LEASE_SECONDS)
    row = Gns3Server.objects.filter(pk=server)
    if row.filter(holder=holder, lease_until__gte=now).update(lease_until=until):
        return True
    free = Q(holder=None) | Q(holder=holder) | Q(lease_until__lt=now)
    if row.filter(free).update(holder=holder, lease_until=until, held_since=now):
        return True
    if row.exists():
        return False
    Gns3Server.objects.bulk_create([Gns3Server(name=server)], ignore_conflicts=True)
    return bool(row.filter(holder=None).update(holder=holder, lease_until=until, held_since=now))


def leave(server: str, holder: UUID) -> None:
    """Let another process have it at once."""
    Gns3Server.objects.filter(pk=server, holder=holder).update(holder=None, lease_until=None, held_since=None)
