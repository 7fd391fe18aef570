"""Who is banned, and changing that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from api_clients.domain.alerts import Alert
from api_clients.domain.errors import Rejected
from api_clients.domain.operation import operation
from api_clients.security.fail2ban.connection import Fail2banConnection
from api_clients.security.fail2ban.reading import BansReader, count, jail_names, texts
from api_clients.security.fail2ban.values import Ban, Changed

LONG_BAN_SECONDS = 86_400.0
EVERYWHERE = ""


class BanOperations(Fail2banConnection):
    @operation(idempotent=True, role="viewer", lane="monitoring")
    def banned(self, jail: str | None = None) -> tuple[Ban, ...]:
        """List the bans of one jail, or of all, the first to end first within each jail."""
        if jail is not None:
            return self._bans(self._jail(jail))
        found: list[Ban] = []
        for name in self._ask("status", read=jail_names):
            try:
                found.extend(self._bans(name))
            except Rejected:  # stopped since its name was told
                continue
        return tuple(found)

    @operation(idempotent=True, role="viewer", example={"address": "203.0.113.9"})
    def jails_banning(self, address: str) -> tuple[str, ...]:
        """Name the jails in which an address or a network is banned."""
        (wanted,) = self._addresses([address])
        return self._ask("banned", wanted, read=_jails_of_one)

    @operation(idempotent=True, role="operator")
    def ban(self, jail: str, addresses: Sequence[str]) -> Changed:
        """Ban addresses and networks in a jail; its actions are run before this returns."""
        return self._change(jail, "banip", addresses)

    @operation(idempotent=True, role="operator")
    def unban(self, jail: str, addresses: Sequence[str]) -> Changed:
        """Unban addresses and networks in a jail; those that were not banned are left out of the count."""
        return self._change(jail, "unbanip", addresses)

    @operation(idempotent=True, role="operator")
    def unban_everywhere(self, addresses: Sequence[str]) -> Changed:
        """Unban addresses and networks in every jail, and forget them in the server's database."""
        wanted = self._addresses(addresses)
        changed = self._tell("unban", more=wanted, read=count)
        return Changed(EVERYWHERE, wanted, changed)

    @operation(idempotent=True, role="viewer", cache_seconds=10.0, lane="monitoring")
    def active_alerts(self) -> tuple[Alert, ...]:
        """Tell each ban of now as an alert: medium where it is for a day and longer, else low."""
        return tuple(_alert(ban) for ban in self.banned())

    def _bans(self, jail: str) -> tuple[Ban, ...]:
        return self._ask("get", jail, "banip", "--with-time", read=BansReader(jail, self._zone))

    def _change(self, jail: str, command: str, addresses: Sequence[str]) -> Changed:
        wanted = self._addresses(addresses)
        name = self._jail(jail)
        return Changed(name, wanted, self._tell("set", name, command, more=wanted, read=count))


def _jails_of_one(answer: Any) -> tuple[str, ...]:
    if not isinstance(answer, list) or len(answer) != 1:
        raise ValueError("not one list of jails for one address")
    return texts(answer[0])


def _alert(ban: Ban) -> Alert:
    is_long = ban.seconds is None or ban.seconds >= LONG_BAN_SECONDS
    return Alert(
        id=f"{ban.jail}:{ban.address}",
        severity="medium" if is_long else "low",
        title=f"{ban.address} is banned by {ban.jail}",
        source=ban.address,
        description="banned for ever" if ban.until is None else f"banned until {ban.until.isoformat()}",
        since=ban.since,
        labels={"jail": ban.jail},
    )
