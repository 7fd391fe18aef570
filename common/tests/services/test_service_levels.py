"""Availability and latency from looks: pure arithmetic."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from common.domain.service_levels import (
    Measured,
    bucket_of,
    hours_between,
    known_until,
    month_of,
    quantile_ms,
    read_month,
    service_level,
)

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_a_span_is_cut_at_the_hours() -> None:
    begin = NOON + timedelta(minutes=59, seconds=30)
    assert list(hours_between(begin, begin + timedelta(seconds=3690))) == [
        (NOON, 30.0),
        (NOON + timedelta(hours=1), 3600.0),
        (NOON + timedelta(hours=2), 60.0),
    ]
    assert list(hours_between(NOON, NOON)) == []


def test_a_status_holds_until_the_next_look_unless_that_comes_late() -> None:
    for seconds, held in ((30, 30), (90, 90), (91, 30), (86400, 30)):
        until = known_until(NOON, NOON + timedelta(seconds=seconds), interval_seconds=30, patience_seconds=90)
        assert (until - NOON).total_seconds() == held


@pytest.mark.parametrize("milliseconds", [0.1, 0.7, 3.0, 25.0, 999.0, 4800.0])
def test_a_quantile_is_right_within_five_percent(milliseconds: float) -> None:
    found = quantile_ms({bucket_of(milliseconds): 3}, 0.5)
    assert found == pytest.approx(milliseconds, rel=0.05)


def test_quantiles_are_of_the_looks_in_order() -> None:
    latencies = {bucket_of(10.0): 94, bucket_of(100.0): 5, bucket_of(1000.0): 1}
    assert quantile_ms(latencies, 0.5) == pytest.approx(10, rel=0.05)
    assert quantile_ms(latencies, 0.95) == pytest.approx(100, rel=0.05)
    assert quantile_ms(latencies, 1.0) == pytest.approx(1000, rel=0.05)
    assert quantile_ms({}, 0.5) is None
    assert bucket_of(0.0) == bucket_of(0.1) == "0"


def test_what_is_not_known_is_neither_up_nor_down() -> None:
    level = service_level([Measured(healthy_seconds=2700, unhealthy_seconds=900)], elapsed_seconds=7200)
    assert level.availability_percent == 75.0
    assert level.assured_percent == 37.5
    assert (level.up_seconds, level.down_seconds, level.unknown_seconds) == (2700, 900, 3600)


def test_nothing_known_is_no_percentage_and_degraded_is_up() -> None:
    nothing = service_level([], elapsed_seconds=3600)
    assert (nothing.availability_percent, nothing.assured_percent, nothing.unknown_seconds) == (None, 0.0, 3600)
    assert service_level([], elapsed_seconds=0).assured_percent is None
    slow = service_level([Measured(degraded_seconds=60)], elapsed_seconds=60)
    assert (slow.availability_percent, slow.degraded_seconds) == (100.0, 60)


def test_almost_all_of_the_time_is_not_all_of_it() -> None:
    level = service_level([Measured(healthy_seconds=9_999_999, unhealthy_seconds=1)], elapsed_seconds=0)
    assert level.availability_percent == 99.9999


def test_hours_are_added_up() -> None:
    first, second = Measured(10, 1, 2, 3, {"4": 2}), Measured(20, 2, 4, 6, {"4": 1, "5": 7})
    first.add(second)
    assert first == Measured(30, 3, 6, 9, {"4": 3, "5": 7})


def test_months_are_of_the_calendar() -> None:
    december = read_month("2026-12")
    assert (december.begin, december.end) == (datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    assert str(month_of(NOON)) == "2026-11"


@pytest.mark.parametrize("text", ["", "2026", "2026-13", "2026-00", "2026-1", "0000-01", "9999-12", "2026-11-01", "x"])
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no month such as"):
        read_month(text)
