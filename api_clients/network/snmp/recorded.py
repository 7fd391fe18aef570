"""A session that answers from memory, the fake beside the port: for tests, and for what a recording can tell.

It behaves like the client's session towards an agent that serves exactly these objects, in order.
"""

from __future__ import annotations

import ipaddress
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from pathlib import Path

from api_clients.domain.errors import ServiceError
from api_clients.network.snmp.errors import NoSuchObject
from api_clients.network.snmp.mibs.system import ENGINE_ID
from api_clients.network.snmp.mibs.tables import Varbind
from api_clients.network.snmp.oid import arcs_of, is_within
from api_clients.network.snmp.simulator.snmprec import load_snmprec
from api_clients.network.snmp.values import Value
from api_clients.network.snmp.wire import ber


class RecordedSession:
    """`failing` maps an OID prefix to the error that every request under it meets; `requests` counts them all."""

    def __init__(self, objects: Mapping[str, Value], *, failing: Mapping[str, ServiceError] | None = None) -> None:
        self._objects = dict(objects)
        self._order = sorted(map(arcs_of, self._objects))
        self._failing = dict(failing or {})
        self.requests = 0

    @classmethod
    def from_snmprec(cls, path: Path) -> RecordedSession:
        """Raises OSError and ValueError as load_snmprec does."""
        recording = load_snmprec(path)
        return cls(
            {
                ".".join(map(str, oid)): _decode(value)
                for oid, value in recording.objects.items()
                if isinstance(value, bytes)
            }
        )

    async def get(self, oid: str) -> Value:
        self._request(oid)
        if oid not in self._objects:
            raise NoSuchObject(f"{oid}: the agent has no such object", service="snmp", target="recording")
        return self._objects[oid]

    async def get_many(self, oids: Iterable[str]) -> dict[str, Value]:
        wanted = list(oids)
        self._request(*wanted)
        return {oid: self._objects[oid] for oid in wanted if oid in self._objects}

    async def get_next(self, oid: str) -> Varbind | None:
        self._request(oid)
        position = bisect_right(self._order, arcs_of(oid))
        return self._at(position) if position < len(self._order) else None

    async def walk(self, oid: str, *, stop_after: int | None = None) -> list[Varbind]:
        self._request(oid)
        root = arcs_of(oid)
        position = bisect_right(self._order, root)
        found: list[Varbind] = []
        while position < len(self._order) and self._order[position][: len(root)] == root and len(found) != stop_after:
            found.append(self._at(position))
            position += 1
        return found

    async def engine_id(self) -> str | None:
        value = (await self.get_many([ENGINE_ID])).get(ENGINE_ID)
        return value.hex() if isinstance(value, bytes) and value else None

    def _at(self, position: int) -> Varbind:
        oid = ".".join(map(str, self._order[position]))
        return oid, self._objects[oid]

    def _request(self, *oids: str) -> None:
        self.requests += 1
        for oid in oids:
            for prefix, error in self._failing.items():
                if is_within(oid, prefix):
                    raise error


def _decode(encoded: bytes) -> Value:
    """One BER value as the client hands it over: addresses and OIDs as text, strings as octets."""
    tag, start, end = ber.header(encoded, 0)
    content = encoded[start:end]
    if tag == ber.OBJECT_IDENTIFIER:
        return ".".join(map(str, ber.parse_oid_content(content)))
    if tag == ber.IP_ADDRESS and len(content) == 4:
        return str(ipaddress.IPv4Address(content))
    if tag == ber.INTEGER:
        return int.from_bytes(content, "big", signed=True)
    if tag in (ber.COUNTER32, ber.GAUGE32, ber.TIME_TICKS, ber.COUNTER64):
        return int.from_bytes(content, "big")
    return None if tag == ber.NULL else content
