"""Who works on a run: exactly one worker, or none. Every change of state is a compare-and-set on the run's row.

A worker's heartbeat is its claim. Where it is older than STALE_AFTER the worker is taken for dead, and the run may
be claimed again; a worker that was only asleep learns from its next heartbeat that the run is no longer its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from nms.network_management.discovery.announce import announce
from nms.network_management.events import DiscoveryFinished
from nms.network_management.models import DiscoveryRun

STALE_AFTER = timedelta(seconds=60)
MAX_CLAIMS = 3  # a run that outlived that many workers probably kills them

_State = DiscoveryRun.State


class ClaimLost(Exception):
    """Another worker took the run over, or it was ended; whoever gets this must write nothing more about it."""


class Claim:
    """The right to work on one run, as long as `beat` goes well."""

    def __init__(self, run: DiscoveryRun, heartbeat_at: datetime) -> None:
        self.run = run
        self._heartbeat_at = heartbeat_at

    def beat(self, **counters: int) -> bool:
        """Give a sign of life, store `counters`, and tell whether cancelling was asked for. Raises ClaimLost."""
        now = timezone.now()
        self._update({"heartbeat_at": now, **counters})
        self._heartbeat_at = now
        return DiscoveryRun.objects.filter(id=self.run.id, cancel_requested=True).exists()

    def release(self) -> None:
        """Hand the run back, because this process ends; whoever starts next takes it up. Raises ClaimLost."""
        claims = max(0, self.run.result["claims"] - 1)  # only deaths count
        self._update({"state": _State.QUEUED, "heartbeat_at": None, "result": {**self.run.result, "claims": claims}})

    def finish(self, state: str, fields: Mapping[str, Any] | None = None, *, error: str = "") -> None:
        """End the run, store `fields` (its columns) with it, and tell everyone. Raises ClaimLost."""
        with transaction.atomic():
            self._update({"state": state, "error": error, "finished_at": timezone.now(), **(fields or {})})
            self.run.refresh_from_db()
            _publish_finished(self.run)

    def _update(self, fields: Mapping[str, Any]) -> None:
        mine = DiscoveryRun.objects.filter(id=self.run.id, state=_State.RUNNING, heartbeat_at=self._heartbeat_at)
        if not mine.update(**fields):
            raise ClaimLost(f"discovery run {self.run.id} is no longer this worker's")


def claim(run_id: int) -> Claim | None:
    """Take the run if it is queued or its worker is dead; None where there is nothing to take."""
    now = timezone.now()
    if not DiscoveryRun.objects.filter(_claimable(now), id=run_id).update(state=_State.RUNNING, heartbeat_at=now):
        return None
    run = DiscoveryRun.objects.get(id=run_id)
    claims = run.result.get("claims", 0) + 1
    run.result = {**run.result, "claims": claims}
    run.started_at = run.started_at or now
    run.save(update_fields=["result", "started_at"])
    mine = Claim(run, now)
    if claims > MAX_CLAIMS:
        mine.finish(
            _State.FAILED,
            error=f"{MAX_CLAIMS} workers died while they worked on it; discover its targets in smaller parts",
        )
        return None
    return mine


def waiting_run_ids() -> list[int]:
    """The runs that a worker should take up: queued ones and those whose worker is dead, oldest first."""
    return list(DiscoveryRun.objects.filter(_claimable(timezone.now())).order_by("id").values_list("id", flat=True))


def cancel_discovery(run_id: int) -> bool:
    """End a queued run at once, ask a running one to end soon; False where it has ended already."""
    with transaction.atomic():
        ended = DiscoveryRun.objects.filter(id=run_id, state=_State.QUEUED).update(
            state=_State.CANCELLED, cancel_requested=True, finished_at=timezone.now()
        )
        if ended:
            _publish_finished(DiscoveryRun.objects.get(id=run_id))
            return True
    return bool(DiscoveryRun.objects.filter(id=run_id, state=_State.RUNNING).update(cancel_requested=True))


def _claimable(now: datetime) -> Q:
    return Q(state=_State.QUEUED) | Q(state=_State.RUNNING, heartbeat_at__lt=now - STALE_AFTER)


def _publish_finished(run: DiscoveryRun) -> None:
    announce(
        run,
        DiscoveryFinished(
            run_id=run.id,
            state=run.state,
            addresses_total=run.addresses_total,
            addresses_done=run.addresses_done,
            alive=run.alive,
            profiled=run.profiled,
            devices_new=run.devices_new,
            devices_changed=run.devices_changed,
            devices_unchanged=run.devices_unchanged,
            problems=run.problem_count,
            error=run.error,
        ),
    )
