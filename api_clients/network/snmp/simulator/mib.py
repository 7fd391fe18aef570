"""What an agent serves: varbinds in OID order, encoded once, found by dictionary or bisection.

A walk asks for the successor of an OID that was just served, so its content bytes are the dictionary's key and a
GETBULK is a slice of ready bytes. Values that move (counters, uptime) are functions, called when they are read.
Agents of the same shape share one layout (OIDs, names, positions): thousands of them cost little more than their
own values.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from api_clients.network.snmp.wire import ber
from api_clients.network.snmp.wire.ber import Oid

Value = bytes | Callable[[], bytes]  # an encoded value, or a function that returns one


def table_row(entry: Oid, index: Oid, columns: Mapping[int, Value]) -> dict[Oid, Value]:
    """One row of a conceptual table: its columns by number, under the entry's OID and the row's index."""
    return {(*entry, column, *index): value for column, value in columns.items()}


@dataclass(frozen=True, slots=True)
class Writable:
    """An object that SET may change: the tag it takes, and what to do; `apply` raises ValueError to refuse a value."""

    tag: int
    apply: Callable[[bytes], None] | None = None  # gets the value's content; without one the view keeps the value


@dataclass(frozen=True, slots=True)
class Layout:
    """The names of a view, in order."""

    oids: tuple[Oid, ...]
    names: tuple[bytes, ...]
    positions: dict[bytes, int]


@lru_cache(maxsize=1024)
def layout_of(oids: tuple[Oid, ...]) -> Layout:
    shared = [_shared_name(oid) for oid in oids]
    return Layout(
        tuple(oid for oid, _, _ in shared),
        tuple(name for _, _, name in shared),
        {content: position for position, (_, content, _) in enumerate(shared)},
    )


@lru_cache(maxsize=65536)
def _shared_name(oid: Oid) -> tuple[Oid, bytes, bytes]:
    """(OID, content, TLV): one copy for all layouts, which have most of their names in common."""
    content = ber.oid_content(oid)
    return oid, content, ber.tlv(ber.OBJECT_IDENTIFIER, content)


@lru_cache(maxsize=65536)
def varbind(name: bytes, value: bytes) -> bytes:
    """Cached so that equal varbinds of many agents (ifType.1, ifMtu.1...) are one object."""
    return ber.tlv(ber.SEQUENCE, name + value)


class MibView:
    """Immutable names, current values."""

    def __init__(self, objects: Mapping[Oid, Value], *, writable: Mapping[Oid, Writable] | None = None) -> None:
        self.layout = layout_of(tuple(sorted(objects)))
        self.writable = dict(writable or {})
        self._moving = bytearray(len(self.layout.oids))
        self._functions: dict[int, Callable[[], bytes]] = {}
        self._varbinds: list[bytes] = []
        for position, (oid, name) in enumerate(zip(self.layout.oids, self.layout.names, strict=True)):
            value = objects[oid]
            if isinstance(value, bytes):
                self._varbinds.append(varbind(name, value))
            else:
                self._varbinds.append(b"")
                self._moving[position] = 1
                self._functions[position] = value

    def __len__(self) -> int:
        return len(self._varbinds)

    def get(self, contents: Sequence[bytes]) -> list[bytes]:
        """A varbind for each OID content; what is not there arrives as noSuchObject or noSuchInstance."""
        positions = self.layout.positions
        found = []
        for content in contents:
            position = positions.get(content)
            found.append(self.missing(content) if position is None else self.at(position))
        return found

    def after(self, content: bytes) -> int:
        """The position of the first object whose OID is greater; len(self) where there is none."""
        position = self.layout.positions.get(content)
        if position is not None:
            return position + 1
        return bisect_right(self.layout.oids, ber.parse_oid_content(content))

    def at(self, position: int) -> bytes:
        if self._moving[position]:
            return ber.tlv(ber.SEQUENCE, self.layout.names[position] + self._functions[position]())
        return self._varbinds[position]

    def run(self, start: int, count: int) -> list[bytes]:
        """Up to `count` varbinds from position `start`, in order."""
        end = start + count
        if self._moving.find(1, start, end) < 0:
            return self._varbinds[start:end]
        return [self.at(position) for position in range(start, min(end, len(self._varbinds)))]

    def bulk(self, content: bytes, count: int) -> list[bytes]:
        """Up to `count` successors of an OID; fewer only at the end of the view."""
        return self.run(self.after(content), count)

    def missing(self, content: bytes) -> bytes:
        """noSuchInstance where a sibling exists under the same column, else noSuchObject (RFC 3416, 4.2.1)."""
        oid = ber.parse_oid_content(content)
        position = bisect_right(self.layout.oids, oid[:-1])
        sibling = position < len(self) and self.layout.oids[position][: len(oid) - 1] == oid[:-1]
        exception = ber.NO_SUCH_INSTANCE if sibling else ber.NO_SUCH_OBJECT
        return ber.tlv(ber.SEQUENCE, ber.tlv(ber.OBJECT_IDENTIFIER, content) + exception)

    def value_tag(self, varbind_bytes: bytes) -> int:
        """The tag of the value inside an encoded varbind."""
        _, start, _ = ber.header(varbind_bytes, 0)
        _, _, name_end = ber.header(varbind_bytes, start)
        return varbind_bytes[name_end]

    def replace(self, content: bytes, value: bytes) -> None:
        """Serve `value` (an encoded value) from now on."""
        position = self.layout.positions[content]
        self._moving[position] = 0
        self._varbinds[position] = ber.tlv(ber.SEQUENCE, self.layout.names[position] + value)

    def objects(self) -> Iterable[tuple[Oid, Value]]:
        """Every name with its value, for views derived from this one."""
        for position, oid in enumerate(self.layout.oids):
            if self._moving[position]:
                yield oid, self._functions[position]
            else:
                encoded = self._varbinds[position]
                _, start, _ = ber.header(encoded, 0)
                yield oid, encoded[start + len(self.layout.names[position]) :]
