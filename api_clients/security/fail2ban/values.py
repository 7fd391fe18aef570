"""What a Fail2ban server tells, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """`jails` are the names of those that run, sorted."""

    version: str
    jails: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JailStatus:
    """Failures and bans of one jail. "Currently failed" counts addresses with failures within findtime; totals count
    since the jail was started. `banned` are addresses, networks, or whatever the filter takes for an identity.
    """

    jail: str
    currently_failed: int
    total_failed: int
    currently_banned: int
    total_banned: int
    banned: tuple[str, ...] = ()
    log_files: tuple[str, ...] = ()
    journal_matches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ban:
    """One address that a jail holds, or whatever else its filter takes for an identity, such as a user's name; `until`
    and `seconds` are None where it is for ever.
    """

    jail: str
    address: str
    since: datetime
    until: datetime | None
    seconds: float | None


@dataclass(frozen=True, slots=True)
class JailSettings:
    """`bantime_seconds` is None where bans are for ever; `ignored` are the addresses and networks never banned."""

    jail: str
    bantime_seconds: float | None
    findtime_seconds: float
    maxretry: int
    ignored: tuple[str, ...]
    ignores_itself: bool
    use_dns: str
    log_files: tuple[str, ...]
    fail_patterns: tuple[str, ...]
    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """What a ban or an unban did: `addresses` as they were sent, `count` of changes, over all jails."""

    jail: str
    addresses: tuple[str, ...]
    count: int
