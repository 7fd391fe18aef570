"""Writing down what the pipeline hands out: profiles into the inventory in batches, problems and progress into
the run's record.

Synchronous, on the caller's database connection. A device enters the inventory whole or not at all (see reconcile);
one that the inventory cannot take becomes a problem of the run.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from api_clients.network.snmp.values import SnmpTarget
from nms.network_management.addresses import address_sort_key
from nms.network_management.discovery.outcome import Found, Outcome, Problem, Progress, Silent
from nms.network_management.discovery.plan import Plan
from nms.network_management.discovery.record import Record
from nms.network_management.inventory.reconcile import ReconcileReport, mark_unreachable, reconcile
from nms.network_management.models import DiscoveryProblem
from nms.network_management.profile import DeviceProfile

BATCH = 100
_PAUSE_SECONDS = 1.0  # between two writes of progress, and the longest a finished profile waits


class Recorder:
    """Takes outcomes one by one. `clock` is monotonic time in seconds."""

    def __init__(self, record: Record, plan: Plan, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._record = record
        self._plan = plan
        self._clock = clock
        self._written_at = clock()
        self._profiles: list[DeviceProfile] = []
        self._problems: list[Problem] = []
        self._progress = Progress(sum(part.size for part in plan.ranges), 0, 0, 0)
        self._report = ReconcileReport()
        self._unreachable: list[str] = []
        self._lost: set[int] = set()
        self._problem_count = 0

    def take(self, outcome: Outcome) -> bool:
        """Record one outcome; say whether the run was asked to end. Raises Superseded."""
        match outcome:
            case Found(profile=profile):
                self._profiles.append(profile)
            case Problem():
                self._problems.append(outcome)
            case Silent():
                self._silent(outcome)
            case Progress():
                self._progress = outcome
        if len(self._profiles) >= BATCH or self._clock() - self._written_at >= _PAUSE_SECONDS:
            return self.write()
        return False

    def write(self) -> bool:
        """Write all that waits and how far the run is; say whether it was asked to end. Raises Superseded."""
        self._reconcile()
        self._write_problems()
        cancelled = self._record.beat(**self.counters())
        self._written_at = self._clock()
        return cancelled

    def counters(self) -> dict[str, int]:
        """Return the run's columns."""
        return {
            "addresses_total": self._progress.total,
            "addresses_done": self._progress.done,
            "alive": self._progress.alive,
            "profiled": self._progress.profiled,
            "devices_new": len(self._report.new),
            "devices_changed": len(self._report.changed),
            "devices_unchanged": len(self._report.unchanged),
            "problem_count": self._problem_count,
        }

    def result(self) -> dict[str, Any]:
        return {"device_ids": sorted(self._report.device_ids), "unreachable": self._unreachable}

    def concerned(self) -> set[int]:
        """Return the devices whose links may be others now: those read, those replaced and those fallen silent."""
        return self._report.concerned | self._lost

    def _reconcile(self) -> None:
        profiles, self._profiles = self._profiles, []
        if profiles:
            report = reconcile(profiles, correlation_id=self._record.run.correlation_id)
            self._report.add(report)
            self._problems.extend(
                Problem(item.target.address, item.target.port, "reconcile", "internal_error", item.message)
                for item in report.problems
            )

    def _silent(self, silent: Silent) -> None:
        port = self._plan.port
        # Only silence to the credential that used to work says something of a known device.
        known = [SnmpTarget(address, port) for address in silent.addresses if address in self._plan.remembered]
        if known:
            self._reconcile()  # a device that moved is found at its new address before it is missed at the old one
            self._lost |= mark_unreachable(known, correlation_id=self._record.run.correlation_id)
        for address in sorted(silent.expected, key=address_sort_key):
            self._unreachable.append(address)
            self._problems.append(silence(port, address, up=address in silent.up))

    def _write_problems(self) -> None:
        problems, self._problems = self._problems, []
        run = self._record.run
        DiscoveryProblem.objects.bulk_create(DiscoveryProblem(run=run, **asdict(problem)) for problem in problems)
        self._problem_count += len(problems)


def silence(port: int, address: str, *, up: bool) -> Problem:
    """What to say of an address that stayed silent; `up` where its host answers otherwise."""
    if up:
        message = (
            f"the host is up, but nothing answers on UDP port {port}: check that its SNMP agent runs, that its access "
            "list lets NMS in, and that one of the credentials is right (a wrong community is answered with silence)"
        )
    else:
        message = f"no answer on UDP port {port}, nor to ping: check its address, its power and the way to it"
    return Problem(address, port, "alive", "unreachable", message)
