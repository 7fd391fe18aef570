"""When something recurs: by a crontab in a time zone, or at an interval.

Celery reads the crontab's fields, so the notation is Celery's: minute, hour, day of month, month, day of week (0 or
sun to 6 or sat); where both days are restricted a day must fit both, unlike Vixie's cron, which takes either. The next
time is found here and not by Celery, which reckons in the time zone of its app and from a clock of its own: a time is
due by the wall clock of the schedule's zone. Where summer time begins, a time inside the missing hour is due an hour
later (02:30 becomes 03:30); where it ends, a time that comes twice is due the first time, and both times where every
hour is meant (`*/15 * * * *`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from math import floor
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from celery.schedules import ParseException, crontab

SHORTEST_INTERVAL_SECONDS = 1.0
LONGEST_INTERVAL_SECONDS = 366 * 86_400.0
# In the order of the text; Celery's name of each, and what may stand there.
FIELDS = {
    "minute": ("minute", "0 to 59"),
    "hour": ("hour", "0 to 23"),
    "day of month": ("day_of_month", "1 to 31"),
    "month": ("month_of_year", "1 to 12 or jan to dec"),
    "day of week": ("day_of_week", "0 to 6 or sun to sat"),
}
HOURS_OF_A_DAY = 24
SEARCH_DAYS = 41 * 366  # 29 February on a given weekday comes again after at most 40 years


_PART = r"(?:\*|[0-9]+(?:-[0-9]+)?|[a-z]+(?:-[a-z]+)?)(?:/[0-9]+)?"
_FIELD = re.compile(rf"{_PART}(?:,{_PART})*", re.IGNORECASE | re.ASCII)


class RecurrenceInvalid(ValueError):
    """The text is no crontab, the zone unknown or the interval out of range; the message says which and why."""


class Recurrence(Protocol):
    def next_after(self, moment: datetime, *, since: datetime | None = None) -> datetime:
        """The first time later than `moment`; `since` is a time at which it was due before, if it ever was."""


@dataclass(frozen=True, slots=True)
class Interval:
    seconds: float

    def next_after(self, moment: datetime, *, since: datetime | None = None) -> datetime:
        """Times stay on the grid of `since`, so that late starts do not add up and missed ones are left out."""
        step = timedelta(seconds=self.seconds)
        if since is None or since > moment:
            return moment + step
        missed = floor((moment - since) / step)
        return since + (missed + 1) * step


@dataclass(frozen=True, slots=True)
class Crontab:
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]  # 0 is Sunday
    zone: ZoneInfo

    def next_after(self, moment: datetime, *, since: datetime | None = None) -> datetime:
        """Raises RecurrenceInvalid where no such time ever comes."""
        local = moment.astimezone(self.zone)
        # A time that a change of clocks moved may lie on the other side of midnight, hence the day before.
        for day in self._days_from(local.date() - timedelta(days=1)):
            due = min((time for time in self._times_on(day) if time > moment), default=None)
            if due is not None:
                return due
        raise RecurrenceInvalid("This crontab is never due: no year has such a day.")

    def _days_from(self, first: date) -> Iterator[date]:
        for offset in range(SEARCH_DAYS):
            day = first + timedelta(days=offset)
            if day.month in self.months and day.day in self.days and day.isoweekday() % 7 in self.weekdays:
                yield day

    def _times_on(self, day: date) -> Iterator[datetime]:
        folds = (0, 1) if len(self.hours) == HOURS_OF_A_DAY else (0,)
        for hour in self.hours:
            for minute in self.minutes:
                for fold in folds:
                    wall = datetime.combine(day, time(hour, minute, fold=fold), tzinfo=self.zone)
                    yield wall.astimezone(UTC)


def parse_interval(seconds: float) -> Interval:
    if not SHORTEST_INTERVAL_SECONDS <= seconds <= LONGEST_INTERVAL_SECONDS:  # NaN compares false as well
        raise RecurrenceInvalid(
            f"An interval lies between {SHORTEST_INTERVAL_SECONDS:g} and {LONGEST_INTERVAL_SECONDS:.0f} seconds."
        )
    return Interval(float(seconds))


@lru_cache(maxsize=1024)
def parse_crontab(text: str, zone: str = "UTC") -> Crontab:
    """Read five fields separated by spaces, such as `*/15 8-18 * * mon-fri`. Raises RecurrenceInvalid."""
    place = _zone(zone)
    fields = text.split()
    if len(fields) != len(FIELDS):
        raise RecurrenceInvalid(f"A crontab has five fields ({', '.join(FIELDS)}); here are {len(fields)}.")
    minute, hour, day, month, weekday = fields
    _check_fields(fields)
    try:
        parsed = crontab(minute, hour, weekday, day, month)
    except ValueError as error:  # the fields are right one by one: 30 February
        raise RecurrenceInvalid("This crontab is never due: none of its months has such a day.") from error
    return Crontab(
        minutes=tuple(sorted(parsed.minute)),
        hours=tuple(sorted(parsed.hour)),
        days=frozenset(parsed.day_of_month),
        months=frozenset(parsed.month_of_year),
        weekdays=frozenset(parsed.day_of_week),
        zone=place,
    )


def _check_fields(fields: list[str]) -> None:
    for text, (label, (keyword, allowed)) in zip(fields, FIELDS.items(), strict=True):
        if not _is_field(text, keyword):
            raise RecurrenceInvalid(
                f"{text!r} is no {label} of a crontab; write {allowed}, or as in *, */5, 1-3 or 1,2."
            )


def _is_field(text: str, keyword: str) -> bool:
    if not _FIELD.fullmatch(text):  # Celery's parser lets 1-2-3 pass, and digits of every script
        return False
    try:
        crontab(**{keyword: text})
    except (ParseException, ValueError):
        return False
    return True


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # unknown; not a name at all; a folder of zones
        raise RecurrenceInvalid(f"{name!r} is no time zone; write one such as UTC or Europe/Berlin.") from error
