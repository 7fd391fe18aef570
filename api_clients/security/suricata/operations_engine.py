"""The running engine: its state, interfaces, counters, limits and marks."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from functools import partial

from api_clients.domain.errors import InvalidRequest, Rejected
from api_clients.domain.figures import Figure
from api_clients.domain.operation import operation
from api_clients.security.suricata import reading
from api_clients.security.suricata.connection import SuricataConnection
from api_clients.security.suricata.figures import figures_of
from api_clients.security.suricata.values import EngineStatus, Hostbit, InterfaceStatistics, Memcap

MAX_EXPIRE_SECONDS = 2**31
MAX_NAME = 200


class EngineOperations(SuricataConnection):
    @operation(idempotent=True, role="viewer", cache_seconds=5.0, lane="monitoring")
    def status(self) -> EngineStatus:
        """Tell the version, how long it has run, and how it runs and captures."""
        return EngineStatus(
            version=self._ask("version", read=reading.text),
            uptime_seconds=self._ask("uptime", read=reading.count),
            running_mode=self._ask("running-mode", read=reading.text),
            capture_mode=self._ask("capture-mode", read=reading.text),
        )

    @operation(idempotent=True, role="viewer", lane="monitoring")
    def interfaces(self) -> tuple[str, ...]:
        """Name the interfaces that are watched."""
        return self._ask("iface-list", read=reading.interfaces)

    @operation(idempotent=True, role="viewer", cache_seconds=5.0, lane="monitoring")
    def interface_statistics(self, interface: str) -> InterfaceStatistics:
        """Count the packets of one interface since the start."""
        return self._interface(self._name(interface, "interface"))

    @operation(idempotent=True, role="viewer", cache_seconds=5.0, lane="monitoring")
    def all_interface_statistics(self) -> tuple[InterfaceStatistics, ...]:
        """Count the packets of every interface since the start."""
        return tuple(self._interface(name) for name in self._ask("iface-list", read=reading.interfaces))

    @operation(idempotent=True, role="viewer", cache_seconds=5.0, lane="monitoring")
    def counters(self) -> Mapping[str, float]:
        """Tell every counter of the engine by its dotted name, such as capture.kernel_drops."""
        return self._ask("dump-counters", read=reading.counters)

    @operation(idempotent=True, role="viewer", cache_seconds=10.0, lane="monitoring")
    def figures(self) -> tuple[Figure, ...]:
        """Tell packets, drops, flows, memory and alerts from the engine's counters."""
        return figures_of(self._ask("dump-counters", read=reading.counters))

    @operation(idempotent=True, role="admin", lane="read")  # not cached: some values are secrets
    def configuration_value(self, variable: str) -> str:
        """Tell one value of the running configuration, such as max-pending-packets or outputs.0.fast.filename."""
        return self._ask("conf-get", variable=self._name(variable, "variable"), read=reading.value)

    @operation(idempotent=True, role="viewer", cache_seconds=300.0)
    def commands(self) -> tuple[str, ...]:
        """Name the commands that this Suricata's socket takes."""
        return self._ask("command-list", read=reading.commands)

    @operation(idempotent=True, role="operator")
    def reopen_logs(self) -> str:
        """Have the log files opened anew, after they were renamed; say what Suricata says."""
        return self._tell("reopen-log-files", read=reading.said)

    @operation(idempotent=True, role="viewer")
    def memcaps(self) -> tuple[Memcap, ...]:
        """List the limits of memory."""
        return self._ask("memcap-list", read=reading.memcaps)

    @operation(idempotent=True, role="viewer", example={"name": "flow"})
    def memcap(self, name: str) -> Memcap:
        """Tell one limit of memory."""
        return self._memcap(self._name(name, "name"))

    @operation(idempotent=True, role="admin", example={"name": "flow", "value": "256mb"})
    def set_memcap(self, name: str, value: str) -> Memcap:
        """Set a limit of memory until the next start, "256mb" or "1gb"; "0" is none, where Suricata allows that."""
        limit, wanted = self._name(name, "name"), value.strip().lower()
        if not reading.SIZE.fullmatch(wanted):
            raise InvalidRequest(f"value: {value[:40]!r} is no size such as 256mb")
        self._tell("memcap-set", {"config": limit, "memcap": wanted}, read=reading.said)
        return self._memcap(limit)

    @operation(idempotent=True, role="viewer", example={"address": "203.0.113.9"})
    def hostbits(self, address: str) -> tuple[Hostbit, ...]:
        """List the marks that rules or operators have put on a host; none for a host that is not known."""
        return self._hostbits(self._address(address))

    @operation(
        idempotent=True,
        role="operator",
        example={"address": "203.0.113.9", "hostbit": "watched", "expires_in_seconds": 3600},
    )
    def add_hostbit(self, address: str, hostbit: str, expires_in_seconds: int) -> tuple[Hostbit, ...]:
        """Put a mark that a loaded rule names on a host, for a time; return the marks it has then."""
        if not 1 <= expires_in_seconds <= MAX_EXPIRE_SECONDS:
            raise InvalidRequest(f"expires_in_seconds: {expires_in_seconds} is not from 1 to {MAX_EXPIRE_SECONDS}")
        host = self._address(address)
        arguments = {
            "ipaddress": host,
            "hostbit": self._name(hostbit, "hostbit"),
            "expire": expires_in_seconds,
        }
        self._tell("add-hostbit", arguments, read=reading.said)
        return self._hostbits(host)

    @operation(idempotent=True, role="operator", example={"address": "203.0.113.9", "hostbit": "watched"})
    def remove_hostbit(self, address: str, hostbit: str) -> tuple[Hostbit, ...]:
        """Take a mark off a host; return the marks it has then."""
        host = self._address(address)
        arguments = {"ipaddress": host, "hostbit": self._name(hostbit, "hostbit")}
        self._tell("remove-hostbit", arguments, read=reading.said)
        return self._hostbits(host)

    def _interface(self, name: str) -> InterfaceStatistics:
        return self._ask("iface-stat", iface=name, read=partial(reading.interface_statistics, name))

    def _memcap(self, name: str) -> Memcap:
        return self._ask("memcap-show", config=name, read=partial(reading.memcap, name))

    def _hostbits(self, address: str) -> tuple[Hostbit, ...]:
        try:
            return self._ask("list-hostbit", ipaddress=address, read=reading.hostbits)
        except Rejected as error:
            if error.reason.endswith("host not found"):
                return ()
            raise

    def _address(self, address: str) -> str:
        try:
            found = ipaddress.ip_address(address.strip())
        except ValueError:
            raise InvalidRequest(f"{address[:60]!r} is no address") from None
        return str(found)

    def _name(self, name: str, what: str) -> str:
        if not name or len(name) > MAX_NAME or not name.isprintable():
            raise InvalidRequest(f"{what}: {name[:60]!r} is no name")
        return name
