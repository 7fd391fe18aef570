"""What Suricata saw: its EVE log, followed forwards and searched backwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from api_clients.domain.alerts import Alert
from api_clients.domain.errors import InvalidRequest
from api_clients.domain.operation import operation
from api_clients.domain.values import Response
from api_clients.security.suricata.alerts import active
from api_clients.security.suricata.connection import SuricataConnection
from api_clients.security.suricata.eve.position import parse_position
from api_clients.security.suricata.eve.reading import BackwardsReader, Criteria, PageReader, alert_of
from api_clients.security.suricata.files import END, START
from api_clients.security.suricata.values import Event, EventPage, Found, FoundAlerts

T = TypeVar("T")
MAX_EVENTS = 10_000
BLOCK_BYTES = 4 * 1024 * 1024
SMALL_BLOCK_BYTES = 1024 * 1024  # and the longest record that is read
NOW_BYTES = 64 * 1024  # where only the time is wanted that a block was read at
LIKELY_EVENT_BYTES = 1_500
PAGE_BYTES = 32 * 1024 * 1024
MAX_TEXT = 500
# Threads write in turn, so a record may stand after one that is a little newer.
DISORDER = timedelta(seconds=60)


class EventOperations(SuricataConnection):
    @operation(idempotent=True, role="viewer")
    def events(self, position: str = START, limit: int = 1000, types: Sequence[str] = ()) -> EventPage:
        """Return the events after a position, in the order of the log, and the position to go on from.

        `position` is "start" (of the current file), "end" (no events, only where to go on from), or what an earlier
        page gave: that holds through rotation and restarts. Where few are of `types`, a page
        may be empty before the end.
        """
        self._check_limit(limit)
        self._check_position(position)
        wanted = Criteria(types=tuple(types))
        pages: list[EventPage] = []
        room, scanned = limit, 0
        while True:
            size = BLOCK_BYTES if types else min(BLOCK_BYTES, max(SMALL_BLOCK_BYTES, room * LIKELY_EVENT_BYTES))
            page = self._block("forward", position, PageReader(wanted, room), size)
            pages.append(page)
            room -= len(page.events)
            scanned += size
            if page.at_end or page.position == position or room == 0 or scanned >= PAGE_BYTES:
                return _joined(pages)
            position = page.position

    @operation(idempotent=True, role="viewer", example={"types": ["alert", "dns"]})
    def search(
        self,
        types: Sequence[str] = (),
        src: str | None = None,
        dest: str | None = None,
        address: str | None = None,
        signature: str | None = None,
        text: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 100,
    ) -> Found:
        """Search the log backwards, through files it was rotated to, for events that are all of what is given.

        `src`, `dest` and `address` (either of them) are addresses or networks, `signature` is part of a rule's name or
        its number, `text` any part of the record as it was written.
        """
        return self._search(
            Criteria(tuple(types), src, dest, address, signature, text, since=since, until=until), limit
        )

    @operation(idempotent=True, role="viewer")
    def alerts(
        self,
        severities: Sequence[int] = (),
        since: datetime | None = None,
        until: datetime | None = None,
        address: str | None = None,
        signature: str | None = None,
        limit: int = 100,
    ) -> FoundAlerts:
        """Return alerts, the newest first, of some severities (1 is the highest) and of a time."""
        found = self._search(
            Criteria(
                types=("alert",),
                address=address,
                signature=signature,
                severities=tuple(severities),
                since=since,
                until=until,
            ),
            limit,
        )
        alerts = tuple(alert_of(event) for event in found.events)
        return FoundAlerts(alerts, found.is_complete, found.scanned_bytes, found.oldest)

    @operation(idempotent=True, role="viewer", cache_seconds=10.0, lane="monitoring")
    def active_alerts(self) -> tuple[Alert, ...]:
        """Tell the alerts of the last quarter of an hour, one for each rule and pair of hosts.

        How far back that is, the option alert_window_seconds says.
        """
        now = self._block("backward", END, BackwardsReader(Criteria(types=("alert",)), 1), NOW_BYTES).now
        window = timedelta(seconds=self._settings.alert_window_seconds)
        found = self._search(Criteria(types=("alert",), since=now - window), MAX_EVENTS)
        return active(alert_of(event) for event in found.events)

    def _search(self, wanted: Criteria, limit: int) -> Found:
        self._check_limit(limit)
        self._check(wanted)
        events: list[Event] = []
        position, scanned = END, 0
        oldest: datetime | None = None
        while True:
            block = self._block("backward", position, BackwardsReader(wanted, limit - len(events)))
            events.extend(block.events)
            scanned += block.size
            oldest = block.oldest or oldest
            is_past = wanted.since is not None and block.newest is not None and block.newest < wanted.since - DISORDER
            if block.at_end or is_past:
                return Found(tuple(events), True, scanned, oldest)
            if len(events) >= limit or scanned >= self._settings.search_bytes or block.position == position:
                return Found(tuple(events), False, scanned, oldest)
            position = block.position

    def _block(self, direction: str, position: str, read: Callable[[Response], T], size: int = BLOCK_BYTES) -> T:
        return self._get(f"/eve/{direction}", params={"position": position, "bytes": size}, read=read)

    def _check_limit(self, limit: int) -> None:
        if not 1 <= limit <= MAX_EVENTS:
            raise InvalidRequest(f"limit: {limit} is not from 1 to {MAX_EVENTS}")

    def _check_position(self, position: str) -> None:
        try:
            if position not in (START, END):
                parse_position(position)
        except ValueError as error:
            raise InvalidRequest(f"position: {error}") from None

    def _check(self, wanted: Criteria) -> None:
        for name, moment in (("since", wanted.since), ("until", wanted.until)):
            if moment is not None and moment.tzinfo is None:
                raise InvalidRequest(f"{name}: should have a time zone")
        if wanted.since and wanted.until and wanted.since >= wanted.until:
            raise InvalidRequest("since: should be before until")
        if len(wanted.text or "") > MAX_TEXT or len(wanted.signature or "") > MAX_TEXT:
            raise InvalidRequest(f"text and signature: at most {MAX_TEXT} characters")
        try:
            wanted.compile()
        except ValueError as error:
            raise InvalidRequest(str(error)) from None


def _joined(pages: list[EventPage]) -> EventPage:
    return replace(
        pages[-1],
        events=tuple(event for page in pages for event in page.events),
        skipped=sum(page.skipped for page in pages),
        lost=any(page.lost for page in pages),
    )
