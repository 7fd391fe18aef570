"""When a device started, told from a counter that wraps and clocks that drift."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from nms.network_management.inventory.uptime import boot_time

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
WRAP = 2**32 / 100


def days(number: float) -> datetime:
    return NOW - timedelta(days=number)


@pytest.mark.parametrize(
    ("known", "uptime_seconds", "expected", "why"),
    [
        (None, None, None, "it never said"),
        (None, 60.0, NOW - timedelta(seconds=60), "first word"),
        (days(1), None, days(1), "it does not say this time"),
        (days(1), 86400.0, days(1), "it goes on"),
        (days(1), 86400.0 + 45, days(1), "reading took a while"),
        (days(100), 8640000.0 + 600, days(100), "its clock drifts by seconds a day"),
        (days(1), 30.0, NOW - timedelta(seconds=30), "it restarted"),
        (days(1), 86400.0 - 300, NOW - timedelta(seconds=86100), "it restarted early on"),
        (days(500), 500 * 86400 - WRAP, days(500), "the counter wrapped once"),
        (days(1000), 1000 * 86400 - 2 * WRAP, days(1000), "the counter wrapped twice"),
        (days(500), 5.0, NOW - timedelta(seconds=5), "it restarted after the counter had wrapped"),
    ],
)
def test_the_start_moves_only_when_the_device_restarted(
    known: datetime | None, uptime_seconds: float | None, expected: datetime | None, why: str
) -> None:
    assert boot_time(known, uptime_seconds, NOW) == expected, why
