"""Reads blocks of the EVE log into pages of events, and keeps those that are asked for."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api_clients.domain.values import Response
from api_clients.security.suricata.eve.decoding import decode, nested
from api_clients.security.suricata.eve.log import Block
from api_clients.security.suricata.values import Event, EventPage, IdsAlert

LOWEST_SEVERITY = 255


@dataclass(frozen=True, slots=True)
class Criteria:
    """What events have to be; all of it. `types` are of EVE, `src` and `dest` and `address` (either of both) an address
    or a network, `signature` a part of a rule's name or its whole number, `text` any part of the record as it was
    written, upper and lower case alike.
    """

    types: tuple[str, ...] = ()
    src: str | None = None
    dest: str | None = None
    address: str | None = None
    signature: str | None = None
    text: str | None = None
    severities: tuple[int, ...] = ()
    since: datetime | None = None
    until: datetime | None = None

    def compile(self) -> Filter:
        """Raises ValueError where an address is none."""
        return Filter(self)


class Filter:
    def __init__(self, criteria: Criteria) -> None:
        self._criteria = criteria
        self._types = [f'"{kind}"'.encode() for kind in criteria.types]
        self._text = criteria.text.lower() if criteria.text else None
        self._text_bytes = self._text.encode() if self._text and self._text.isascii() else None
        self._src, self._dest, self._address = (
            ipaddress.ip_network(text.strip(), strict=False) if text else None
            for text in (criteria.src, criteria.dest, criteria.address)
        )

    def may_be(self, line: bytes) -> bool:
        """Look at a line before it is parsed, which costs a hundred times as much."""
        if self._types and not any(kind in line for kind in self._types):
            return False
        if self._text_bytes is not None:
            return self._text_bytes in line.lower()
        return self._text is None or self._text in line.decode("utf-8", "replace").lower()

    def takes(self, event: Event) -> bool:
        wanted = self._criteria
        return (
            (not wanted.types or event.type in wanted.types)
            and self._is_in_time(event.timestamp)
            and (self._src is None or _within(event.src_ip, self._src))
            and (self._dest is None or _within(event.dest_ip, self._dest))
            and (self._address is None or any(_within(ip, self._address) for ip in (event.src_ip, event.dest_ip)))
            and (not wanted.severities or _severity(event) in wanted.severities)
            and (wanted.signature is None or _has_signature(event, wanted.signature))
        )

    def _is_in_time(self, at: datetime | None) -> bool:
        since, until = self._criteria.since, self._criteria.until
        if since is None and until is None:
            return True
        return at is not None and (since is None or at >= since) and (until is None or at < until)


@dataclass(frozen=True, slots=True)
class PageReader:
    criteria: Criteria
    limit: int

    def __call__(self, response: Response) -> EventPage:
        block = _block(response)
        wanted = self.criteria.compile()
        events: list[Event] = []
        skipped = 0
        offset = block.start
        for line in _lines(block.data):
            if len(events) == self.limit:
                break
            offset += len(line) + 1
            if not wanted.may_be(line):
                continue
            event = decode(line)
            if event is None:
                skipped += bool(line.strip())
            elif wanted.takes(event):
                events.append(event)
        offset = min(offset, block.start + len(block.data))  # a last line without a newline is one byte shorter
        at_end = block.at_end and offset == block.start + len(block.data)
        return EventPage(tuple(events), str(block.position(offset)), at_end, skipped, block.lost)


@dataclass(frozen=True, slots=True)
class Backwards:
    """One block of a search: what it found, newest first, and where to go on."""

    events: tuple[Event, ...]
    position: str
    at_end: bool
    size: int
    newest: datetime | None
    oldest: datetime | None
    now: datetime


@dataclass(frozen=True, slots=True)
class BackwardsReader:
    criteria: Criteria
    limit: int

    def __call__(self, response: Response) -> Backwards:
        block = _block(response)
        wanted = self.criteria.compile()
        lines = list(_lines(block.data))
        events: list[Event] = []
        oldest: datetime | None = None
        cut = False
        for line in reversed(lines):
            if not wanted.may_be(line):
                continue
            event = decode(line)
            if event is None or not wanted.takes(event):
                continue
            if len(events) == self.limit:
                cut = True
                break
            events.append(event)
            oldest = event.timestamp or oldest
        ends = [event.timestamp for event in (_first(lines), _first(reversed(lines))) if event and event.timestamp]
        return Backwards(
            events=tuple(events),
            position=str(block.position(block.start)),
            at_end=block.at_end and not cut,
            size=len(block.data),
            newest=max(ends, default=None),
            oldest=oldest if cut else min(ends, default=None),
            now=datetime.fromisoformat(response.headers["date"]),
        )


def alert_of(event: Event) -> IdsAlert:
    """Read an event of type alert; what it lacks is 0 or "", and a severity it lacks is the lowest."""
    alert = nested(event.data, "alert")
    severity = alert.get("severity")
    return IdsAlert(
        timestamp=event.timestamp,
        severity=severity if type(severity) is int else LOWEST_SEVERITY,
        signature_id=_number(alert, "signature_id"),
        gid=_number(alert, "gid"),
        rev=_number(alert, "rev"),
        signature=str(alert.get("signature") or ""),
        category=str(alert.get("category") or ""),
        action=str(alert.get("action") or ""),
        src_ip=event.src_ip,
        src_port=event.src_port,
        dest_ip=event.dest_ip,
        dest_port=event.dest_port,
        proto=event.proto,
        app_proto=event.app_proto,
        in_iface=event.in_iface,
        flow_id=event.flow_id,
        metadata=nested(alert, "metadata"),
    )


def _block(response: Response) -> Block:
    headers = response.headers
    return Block(
        data=response.body,
        inode=int(headers["eve-inode"]),
        start=int(headers["eve-start"]),
        seen_ns=int(headers["eve-seen"]),
        head=bytes.fromhex(headers["eve-head"]),
        at_end=headers["eve-at-end"] == "1",
        lost=headers["eve-lost"] == "1",
    )


def _lines(data: bytes) -> list[bytes]:
    lines = data.split(b"\n")
    if not lines[-1]:
        lines.pop()
    return lines


def _first(lines: Iterator[bytes] | list[bytes]) -> Event | None:
    """Return the first of some lines that is an event with a time."""
    for line in lines:
        event = decode(line)
        if event is not None and event.timestamp is not None:
            return event
    return None


def _within(ip: str, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    try:
        return ipaddress.ip_address(ip) in network
    except ValueError:
        return False


def _severity(event: Event) -> Any:
    return nested(event.data, "alert").get("severity")


def _has_signature(event: Event, wanted: str) -> bool:
    alert: Mapping[str, Any] = nested(event.data, "alert")
    return str(alert.get("signature_id")) == wanted or wanted.lower() in str(alert.get("signature") or "").lower()


def _number(document: Mapping[str, Any], name: str) -> int:
    value = document.get(name)
    return value if type(value) is int else 0
