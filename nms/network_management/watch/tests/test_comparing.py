"""What a sight means beside what is stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from api_clients.network.snmp.values import SnmpTarget
from nms.network_management.watch.compare import Finding, KnownInterface, compare_sight
from nms.network_management.watch.poll import Sight

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
BOOTED = NOW - timedelta(days=1)
PROFILED = NOW - timedelta(minutes=2)
PORT = KnownInterface(5, 1, 1, "Gi0/1", "up", "up")
UP = {1: ("up", "up")}


def look(**values: object) -> Finding:
    sight = {"uptime_seconds": 86400.0, "statuses": UP, **values}
    profiled = sight.pop("profiled", PROFILED)
    return compare_sight(
        Sight(1, SnmpTarget("192.0.2.1"), **sight),  # type: ignore[arg-type]
        [PORT],
        known_boot_time=BOOTED,
        last_profiled_at=profiled,  # type: ignore[arg-type]
        now=NOW,
    )


def test_the_same_again_is_no_finding() -> None:
    assert look() == Finding((), False)


def test_a_status_that_differs_is_a_change_and_a_reason_to_read_again() -> None:
    found = look(statuses={1: ("up", "down")})
    assert [(change.interface.name, change.oper_status) for change in found.changes] == [("Gi0/1", "down")]
    assert found.read_again


def test_statuses_that_could_not_be_read_change_nothing() -> None:
    assert look(statuses=None) == Finding((), False)


@pytest.mark.parametrize(
    ("seconds_since", "again"),
    [
        ({}, False),
        ({"lldp": 3600.0}, False),
        ({"lldp": 60.0}, True),
        ({"lldp": 129.0}, True),  # while the last reading was under way
        ({"components": 131.0, "cdp": 1.0}, True),
    ],
)
def test_a_table_that_changed_since_the_last_reading_is_read_again(
    seconds_since: dict[str, float], again: bool
) -> None:
    assert look(seconds_since=seconds_since).read_again is again


def test_a_restart_is_a_reason_to_read_again() -> None:
    assert look(uptime_seconds=5.0).read_again
    assert not look(uptime_seconds=None).read_again


def test_interfaces_that_come_or_go_are_read_again_but_not_in_every_round() -> None:
    other = {1: ("up", "up"), 2: ("up", "up")}
    assert not look(statuses=other).read_again
    assert look(statuses=other, profiled=NOW - timedelta(minutes=6)).read_again
    assert look(profiled=None).read_again
