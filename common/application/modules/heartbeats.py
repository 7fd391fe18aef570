"""Which remote modules live: each says so every minute or so, and is lost after five minutes without a word.

State changes are compare-and-set: of two processes that see the same silence one writes it, and publishes the event.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction

from common.application.events.publishing import publish
from common.application.messages.recipients import try_again_now
from common.application.modules import activity, registry
from common.application.modules.registration import SOURCE, need_remote
from common.domain.hub_events.modules import ModuleLost, ModuleRecovered
from common.domain.modules import Health
from common.models import ModuleRecord

log = structlog.get_logger(__name__)

_told = False  # once for each process that sweeps


def beat(name: str, health: Health | None = None) -> bool:
    """Note that the module lives, and how it says it is; return whether it was lost. Raises Unknown or Conflict."""
    now = datetime.now(UTC)
    said = {"heartbeat_at": now} | (
        {"health": health.status, "health_detail": health.detail, "health_at": now} if health else {}
    )
    remote = ModuleRecord.objects.filter(pk=name, kind=ModuleRecord.Kind.REMOTE)
    if remote.filter(state=ModuleRecord.State.ACTIVE).update(**said):
        return False
    with transaction.atomic():
        record = need_remote(name, lock=True)
        silent_since = record.heartbeat_at or record.registered_at
        if not remote.filter(state=ModuleRecord.State.LOST).update(state=ModuleRecord.State.ACTIVE, **said):
            return False  # another heartbeat of the same module was quicker
        publish(ModuleRecovered(name=name, silent_since=silent_since), source=SOURCE, actor=f"module:{name}")
        try_again_now(name)
    return True


def mark_lost() -> list[str]:
    """Write down which modules have been silent for too long; return their names. The sweep calls it every second."""
    silent_since = datetime.now(UTC) - timedelta(seconds=settings.NMS_MODULE_LOST_SECONDS)
    silent = ModuleRecord.objects.filter(
        kind=ModuleRecord.Kind.REMOTE, state=ModuleRecord.State.ACTIVE, heartbeat_at__lt=silent_since
    )
    heard = silent.values_list("name", "heartbeat_at")
    return [name for name, heard_at in heard if heard_at is not None and _lose(name, heard_at)]


def _lose(name: str, heard_at: datetime) -> bool:
    still = ModuleRecord.objects.filter(pk=name, state=ModuleRecord.State.ACTIVE, heartbeat_at=heard_at)
    with transaction.atomic():
        if not still.update(state=ModuleRecord.State.LOST):
            return False
        publish(ModuleLost(name=name, heartbeat_at=heard_at), source=SOURCE)
    return True


def sweep() -> None:
    """What there is to do about modules every second."""
    _tell_overruled()
    mark_lost()
    activity.flush_if_due()


def _tell_overruled() -> None:
    global _told  # of the process
    if _told:
        return
    for capability, remote, local in registry.overruled_claims():
        log.warning(
            "a module of this program now offers what a remote one does; the remote one is not called for it any more",
            capability=capability,
            module=local,
            remote_module=remote,
        )
    _told = True
