"""Crontabs and intervals: when they are due next, over changes of clocks as well, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.recurrence import RecurrenceInvalid, parse_crontab, parse_interval


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("crontab", "zone", "after", "due"),
    [
        ("* * * * *", "UTC", "2026-01-01T00:00:00", "2026-01-01T00:01:00"),
        ("* * * * *", "UTC", "2026-01-01T00:00:59.999", "2026-01-01T00:01:00"),
        ("*/15 * * * *", "UTC", "2026-01-01T00:45:00", "2026-01-01T01:00:00"),
        ("0 6 * * *", "UTC", "2026-01-01T06:00:00", "2026-01-02T06:00:00"),
        ("0 6 * * *", "Asia/Kolkata", "2026-01-01T06:00:00", "2026-01-02T00:30:00"),
        ("30 22-1 * * *", "UTC", "2026-01-01T23:30:00", "2026-01-02T00:30:00"),
        ("0 0 * * mon-fri", "UTC", "2026-01-02T12:00:00", "2026-01-05T00:00:00"),
        ("0 0 * * 0", "UTC", "2026-01-02T12:00:00", "2026-01-04T00:00:00"),
        ("0 0 1-7 * mon", "UTC", "2026-01-05T12:00:00", "2026-02-02T00:00:00"),
        ("0 0 31 * *", "UTC", "2026-01-31T12:00:00", "2026-03-31T00:00:00"),
        ("59 23 31 dec *", "UTC", "2026-12-31T23:59:00", "2027-12-31T23:59:00"),
        ("0 0 29 2 *", "UTC", "2096-03-01T00:00:00", "2104-02-29T00:00:00"),
        ("0 0 29 2 mon", "UTC", "2026-01-01T00:00:00", "2044-02-29T00:00:00"),
        # 29 March 2026: 02:00 to 03:00 does not exist in Berlin.
        ("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00", "2026-03-29T01:30:00"),
        ("30 2 * * *", "Europe/Berlin", "2026-03-29T01:30:00", "2026-03-30T00:30:00"),
        ("0 3 * * *", "Europe/Berlin", "2026-03-28T12:00:00", "2026-03-29T01:00:00"),
        # 25 October 2026: 02:00 to 03:00 comes twice.
        ("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00", "2026-10-25T00:30:00"),
        ("30 2 * * *", "Europe/Berlin", "2026-10-25T00:30:00", "2026-10-26T01:30:00"),
        ("*/30 * * * *", "Europe/Berlin", "2026-10-25T00:30:00", "2026-10-25T01:00:00"),
        # Half an hour is left out on Lord Howe Island on 4 October 2026.
        ("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00:00", "2026-10-03T15:45:00"),
    ],
)
def test_a_crontab_is_due_by_the_wall_clock_of_its_zone(crontab: str, zone: str, after: str, due: str) -> None:
    assert parse_crontab(crontab, zone).next_after(at(after)) == at(due)


def test_every_quarter_of_an_hour_stays_so_over_both_changes_of_clocks() -> None:
    recurrence = parse_crontab("*/15 * * * *", "Europe/Berlin")
    for start in ("2026-03-28T20:00:00", "2026-10-24T20:00:00"):
        moments = [at(start)]
        for _ in range(40):
            moments.append(recurrence.next_after(moments[-1]))
        assert {later - earlier for earlier, later in pairwise(moments)} == {timedelta(minutes=15)}


@given(
    moment=st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC)),
    crontab=st.sampled_from(["* * * * *", "7 * * * *", "30 2 * * *", "0 0 * * sun", "*/20 1-3 28-31 * *"]),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo"]),
)
def test_the_next_time_is_later_and_none_lies_between(moment: datetime, crontab: str, zone: str) -> None:
    recurrence = parse_crontab(crontab, zone)
    due = recurrence.next_after(moment)
    assert due > moment
    assert recurrence.next_after(due - timedelta(seconds=1)) == due
    assert recurrence.next_after(moment + (due - moment) / 2) == due


@pytest.mark.parametrize(
    "text",
    [
        *("", "* * * *", "* * * * * *", "@daily", "a * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *"),
        *("* * * 13 *", "* * * 0 *", "* * * * 7", "*/0 * * * *", "*/x * * * *", ", * * * *", "1, * * * *"),
        *("1-2-3 * * * *", "-1 * * * *", "1.5 * * * *", "٣ * * * *", "1-99999999999 * * * *", "1e3 * * * *"),
        *("* * * * mon-", "0 0 30 2 *", "0 0 31 4,6,9,11 *", "*\x00 * * * *", "9" * 5000 + " * * * *"),
    ],
)
def test_what_is_no_crontab_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(RecurrenceInvalid, match="crontab"):
        parse_crontab(text)


@given(st.text(alphabet="0123456789*/,- amonjfri", max_size=30))
def test_any_text_is_a_crontab_or_refused(text: str) -> None:
    try:
        recurrence = parse_crontab(text)
    except RecurrenceInvalid:
        return
    assert recurrence.next_after(at("2026-01-01T00:00:00")) > at("2026-01-01T00:00:00")


@pytest.mark.parametrize("zone", ["", "Europe", "Nope/Nope", "../etc/passwd", "/etc/passwd", "a\x00b", "x" * 300])
def test_an_unknown_time_zone_is_refused(zone: str) -> None:
    with pytest.raises(RecurrenceInvalid, match="time zone"):
        parse_crontab("* * * * *", zone)


def test_an_interval_stays_on_its_grid_and_leaves_out_what_was_missed() -> None:
    every_ten = parse_interval(10)
    began = at("2026-01-01T00:00:00")
    assert every_ten.next_after(began) == at("2026-01-01T00:00:10")
    assert every_ten.next_after(at("2026-01-01T00:00:10.400"), since=at("2026-01-01T00:00:10")) == at(
        "2026-01-01T00:00:20"
    )
    assert every_ten.next_after(at("2026-01-01T05:00:03"), since=began) == at("2026-01-01T05:00:10")
    assert every_ten.next_after(at("2026-01-01T05:00:00"), since=began) == at("2026-01-01T05:00:10")


@pytest.mark.parametrize("seconds", [0, -1, 0.999, float("nan"), float("inf"), 1e12])
def test_an_interval_out_of_range_is_refused(seconds: float) -> None:
    with pytest.raises(RecurrenceInvalid, match="interval"):
        parse_interval(seconds)
