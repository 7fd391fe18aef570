"""The jails: their status and settings, started, stopped and read anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from api_clients.domain.errors import NOT_FOUND, InvalidRequest, Rejected, ServiceError
from api_clients.domain.figures import Figure
from api_clients.domain.operation import operation
from api_clients.security.fail2ban.connection import Fail2banConnection
from api_clients.security.fail2ban.reading import (
    StatusReader,
    anything,
    count,
    done,
    duration,
    flag,
    jail_names,
    number,
    text,
    texts,
)
from api_clients.security.fail2ban.values import JailSettings, JailStatus

MAX_SECONDS = 100 * 366 * 86_400
MAX_RETRIES = 1_000_000
JAIL_SECONDS = 60.0  # a jail's threads are waited for, and each of its bans is one run of its actions


class JailOperations(Fail2banConnection):
    @operation(idempotent=True, role="viewer", lane="monitoring")
    def jails(self) -> tuple[str, ...]:
        """Name the jails that run, sorted."""
        return self._ask("status", read=jail_names)

    @operation(idempotent=True, role="viewer", lane="monitoring")
    def jail_status(self, jail: str) -> JailStatus:
        """Tell the failures and bans of a jail."""
        return self._status(self._jail(jail))

    @operation(idempotent=True, role="viewer", lane="monitoring")
    def jail_statuses(self) -> tuple[JailStatus, ...]:
        """Tell the failures and bans of every jail that runs, by name."""
        return self._statuses()

    @operation(idempotent=True, role="viewer")
    def jail_settings(self, jail: str) -> JailSettings:
        """Tell how a jail is set now, which its configuration may no longer say."""
        return self._settings(self._jail(jail))

    @operation(idempotent=True, role="admin", example={"bantime_seconds": 1200})
    def change_jail(
        self,
        jail: str,
        bantime_seconds: int | None = None,
        findtime_seconds: int | None = None,
        maxretry: int | None = None,
    ) -> JailSettings:
        """Set what is given, until the jail is next reloaded; a bantime of -1 is for ever. All of it, or nothing.

        The server changes one setting at a time: where it refuses one, those before are set back.
        """
        name = self._jail(jail)
        wanted = self._checked(bantime_seconds, findtime_seconds, maxretry)
        former = {setting: self._ask("get", name, setting, read=count) for setting in wanted}
        changed: list[str] = []
        try:
            for setting, value in wanted.items():
                self._tell("set", name, setting, more=[str(value)], read=anything)
                changed.append(setting)
        except ServiceError as error:
            error.reason = f"{error.reason}{self._set_back(name, {item: former[item] for item in changed})}"
            raise
        return self._settings(name)

    @operation(idempotent=True, role="admin")
    def ignore(self, jail: str, addresses: Sequence[str]) -> JailSettings:
        """Never ban these addresses and networks in a jail, until it is next reloaded."""
        name, wanted = self._jail(jail), self._addresses(addresses)
        self._tell("set", name, "addignoreip", more=wanted, read=texts)
        return self._settings(name)

    @operation(idempotent=True, role="admin")
    def stop_ignoring(self, jail: str, addresses: Sequence[str]) -> JailSettings:
        """Ban these addresses and networks in a jail again, where they fail. One that was not ignored is refused."""
        name, wanted = self._jail(jail), self._addresses(addresses)
        ignored = self._ask("get", name, "ignoreip", read=texts)
        unknown = [address for address in wanted if address not in ignored]
        if unknown:
            raise InvalidRequest(f"{', '.join(unknown)}: not ignored by {name}")
        for address in wanted:
            self._tell("set", name, "delignoreip", more=[address], read=texts)
        return self._settings(name)

    @operation(idempotent=True, role="operator", deadline_seconds=JAIL_SECONDS)
    def start_jail(self, jail: str) -> JailStatus:
        """Start a jail. The server forgets one that was stopped, so that is made again from the configuration."""
        name = self._jail(jail)
        try:
            self._tell("start", name, read=done)
        except Rejected as error:
            if error.status != NOT_FOUND:
                raise
            self._tell("reload", name, read=done)
        return self._status(name)

    @operation(idempotent=False, role="admin", deadline_seconds=JAIL_SECONDS)
    def stop_jail(self, jail: str) -> tuple[str, ...]:
        """Stop a jail, which ends its bans, and name those that still run."""
        self._tell("stop", self._jail(jail), read=done)
        return self._ask("status", read=jail_names)

    @operation(idempotent=True, role="operator", deadline_seconds=JAIL_SECONDS)
    def reload_jail(self, jail: str) -> JailStatus:
        """Read a jail's configuration anew; its bans stay. Needs fail2ban-client where NMS runs."""
        name = self._jail(jail)
        self._tell("reload", name, read=done)
        return self._status(name)

    @operation(idempotent=True, role="viewer", cache_seconds=10.0, lane="monitoring")
    def figures(self) -> tuple[Figure, ...]:
        """Tell the number of jails, and for each its failures and bans of now and since it was started."""
        statuses = self._statuses()
        return (Figure("jails.up", len(statuses), "count"), *(item for one in statuses for item in _figures(one)))

    def _set_back(self, jail: str, former: Mapping[str, int]) -> str:
        """Try each; say what could not be done of it, beside the error that made it necessary."""
        failed: list[str] = []
        for setting, value in former.items():
            try:
                self._tell("set", jail, setting, more=[str(value)], read=anything)
            except ServiceError as error:
                failed.append(f"{setting} to {value}: {error.reason}")
        return f"; and could not be taken back: {'; '.join(failed)}" if failed else ""

    def _status(self, jail: str) -> JailStatus:
        return self._ask("status", jail, read=StatusReader(jail))

    def _statuses(self) -> tuple[JailStatus, ...]:
        found: list[JailStatus] = []
        for name in self._ask("status", read=jail_names):
            try:
                found.append(self._status(name))
            except Rejected:  # stopped since its name was told
                continue
        return tuple(found)

    def _settings(self, jail: str) -> JailSettings:
        return JailSettings(
            jail=jail,
            bantime_seconds=duration(self._ask("get", jail, "bantime", read=number)),
            findtime_seconds=self._ask("get", jail, "findtime", read=number),
            maxretry=self._ask("get", jail, "maxretry", read=count),
            ignored=self._ask("get", jail, "ignoreip", read=texts),
            ignores_itself=self._ask("get", jail, "ignoreself", read=flag),
            use_dns=self._ask("get", jail, "usedns", read=text),
            log_files=self._ask("get", jail, "logpath", read=texts),
            fail_patterns=self._ask("get", jail, "failregex", read=texts),
            actions=self._ask("get", jail, "actions", read=texts),
        )

    def _checked(self, bantime: int | None, findtime: int | None, maxretry: int | None) -> dict[str, int]:
        given = {"bantime": bantime, "findtime": findtime, "maxretry": maxretry}
        wanted = {name: value for name, value in given.items() if value is not None}
        if not wanted:
            raise InvalidRequest("nothing to change is given")
        if bantime is not None and bantime != -1 and not 1 <= bantime <= MAX_SECONDS:
            raise InvalidRequest(f"bantime_seconds: {bantime} is neither -1 nor from 1 to {MAX_SECONDS}")
        if findtime is not None and not 1 <= findtime <= MAX_SECONDS:
            raise InvalidRequest(f"findtime_seconds: {findtime} is not from 1 to {MAX_SECONDS}")
        if maxretry is not None and not 1 <= maxretry <= MAX_RETRIES:
            raise InvalidRequest(f"maxretry: {maxretry} is not from 1 to {MAX_RETRIES}")
        return wanted


def _figures(status: JailStatus) -> tuple[Figure, ...]:
    labels = {"jail": status.jail}
    return (
        Figure("failures.current", status.currently_failed, "count", labels),
        Figure("failures.total", status.total_failed, "count", labels),
        Figure("bans.current", status.currently_banned, "count", labels),
        Figure("bans.total", status.total_banned, "count", labels),
    )
