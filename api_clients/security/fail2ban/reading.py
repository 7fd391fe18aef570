"""Reads the answers of a Fail2ban server (as JSON, see wire.py); raises at what it does not know."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from api_clients.security.fail2ban.values import Ban, JailStatus

# fail2ban/server/banmanager.py, getBanList: "203.0.113.9 \t2026-11-20 18:23:27 + 600 = 2026-11-20 18:33:27"; a filter
# with <F-ID> may ban other things than addresses, such as names with spaces.
BAN = re.compile(
    r"(?P<address>\S(?:.*\S)?) *\t(?P<since>[-\d]{10} [:\d]{8}) \+ (?P<seconds>-?\d+) = (?P<until>[-\d]{10} [:\d]{8})"
)
FOR_EVER = -1


def pong(answer: Any) -> str:
    if answer != "pong":
        raise ValueError("a ping is answered with pong")
    return "pong"


def text(answer: Any) -> str:
    if not isinstance(answer, str) or not answer:
        raise ValueError("not a text")
    return answer


def texts(answer: Any) -> tuple[str, ...]:
    """Read a list of texts; None where a jail has nothing of the kind."""
    if answer is None:
        return ()
    if not isinstance(answer, list):
        raise TypeError("not a list")
    return tuple(item if isinstance(item, str) else str(item) for item in answer)


def number(answer: Any) -> float:
    if isinstance(answer, bool) or not isinstance(answer, int | float | str):
        raise TypeError("not a number")
    return float(answer)


def count(answer: Any) -> int:
    return int(number(answer))


def flag(answer: Any) -> bool:
    if not isinstance(answer, bool):
        raise TypeError("not a yes or no")
    return answer


def done(answer: Any) -> None:
    """A command that answers with nothing, or with what it did in words."""
    if answer is not None and not isinstance(answer, str):
        raise TypeError("neither nothing nor a text")


def anything(answer: Any) -> None:
    """The new value of a setting, which is read again by who wants it."""


def jail_names(answer: Any) -> tuple[str, ...]:
    """[["Number of jail", 2], ["Jail list", "recidive, sshd"]]; a comma in a name could not be told apart."""
    table = _table(answer)
    names = tuple(sorted(name.strip() for name in text_or_empty(table["Jail list"]).split(",") if name.strip()))
    if len(names) != int(table["Number of jail"]):
        raise ValueError("the list of jails is not as long as it says")
    return names


def text_or_empty(answer: Any) -> str:
    if not isinstance(answer, str):
        raise TypeError("not a text")
    return answer


def duration(seconds: float) -> float | None:
    """Return seconds, None where they stand for ever."""
    return None if seconds < 0 else seconds


@dataclass(frozen=True, slots=True)
class StatusReader:
    jail: str

    def __call__(self, answer: Any) -> JailStatus:
        sections = _table(answer)
        found, held = _table(sections["Filter"]), _table(sections["Actions"])
        return JailStatus(
            jail=self.jail,
            currently_failed=count(found["Currently failed"]),
            total_failed=count(found["Total failed"]),
            currently_banned=count(held["Currently banned"]),
            total_banned=count(held["Total banned"]),
            banned=texts(held.get("Banned IP list")),
            log_files=texts(found.get("File list")),
            journal_matches=_journal(found.get("Journal matches")),
        )


@dataclass(frozen=True, slots=True)
class BansReader:
    """`time_zone` is the one of the server's clock, None for this machine's; the server tells times without one."""

    jail: str
    time_zone: str | None = None

    def __call__(self, answer: Any) -> tuple[Ban, ...]:
        return tuple(self._ban(line) for line in texts(answer))

    def _ban(self, line: str) -> Ban:
        found = BAN.fullmatch(line.strip())
        if not found:
            raise ValueError("not a ban with its times")
        seconds = int(found["seconds"])
        return Ban(
            jail=self.jail,
            address=found["address"],
            since=self._moment(found["since"]),
            until=None if seconds == FOR_EVER else self._moment(found["until"]),
            seconds=None if seconds == FOR_EVER else float(seconds),
        )

    def _moment(self, written: str) -> datetime:
        moment = datetime.fromisoformat(written)
        return moment.astimezone() if self.time_zone is None else moment.replace(tzinfo=ZoneInfo(self.time_zone))


def _table(answer: Any) -> Mapping[str, Any]:
    if not isinstance(answer, list):
        raise TypeError("not a list of pairs")
    return {str(name): value for name, value in answer}


def _journal(answer: Any) -> tuple[str, ...]:
    """A journal match is a list of lists of words, "_SYSTEMD_UNIT=sshd.service + _COMM=sshd" to its writer."""
    matches: Iterable[Any] = answer if isinstance(answer, list) else ()
    return tuple(" ".join(texts(match)) if isinstance(match, list) else str(match) for match in matches)
