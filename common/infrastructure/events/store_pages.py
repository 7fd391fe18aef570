"""Events read back from the store for connections that are behind, each page once however many come for it.

Two hundred clients that reconnect after a restart have missed about the same events. Pages lie at fixed positions, so
whoever is behind comes by the same ones; complete pages never change, and the last ones read are kept.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass

from common.infrastructure.events import event_store
from common.infrastructure.events.database_thread import in_database
from common.infrastructure.events.feed import FeedEvent, feed_event
from common.models import EventCounter

PAGE = 200
KEPT_PAGES = 32
KEPT_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Standing:
    """The newest position, and the one up to which events may have been deleted."""

    position: int
    horizon: int


@dataclass(frozen=True, slots=True)
class Page:
    """What is left of the events after `after` and up to `position`, and where deletion had come to before the look."""

    after: int
    position: int
    events: tuple[FeedEvent, ...]
    horizon: int

    @property
    def size_bytes(self) -> int:
        return sum(len(event.frame) for event in self.events)


async def standing() -> Standing:
    return await in_database(_standing)


def _standing() -> Standing:
    row = EventCounter.objects.filter(pk=1).values_list("position", "horizon").first()
    return Standing(*row) if row else Standing(0, 0)


def _read(after: int, position: int) -> Page:
    envelopes = event_store.read_after(after, limit=position - after, until=position)
    # The horizon after the events: whatever was missing among them lies behind it.
    return Page(after, position, tuple(feed_event(envelope) for envelope in envelopes), _standing().horizon)


class StorePages:
    """Of one event loop."""

    def __init__(self) -> None:
        self._pages: OrderedDict[int, Page] = OrderedDict()
        self._bytes = 0
        self._reading: dict[tuple[int, int], asyncio.Task[Page]] = {}

    async def after(self, position: int, *, until: int) -> Page:
        """The next page after `position`; `until` is committed, and it ends there at the latest."""
        start = position - position % PAGE
        end = min(start + PAGE, until)
        page = self._pages.get(start)
        if page is None or page.position < end:
            page = await self._read(start, end)
        events = tuple(event for event in page.events if position < event.position <= end)
        return Page(position, end, events, page.horizon)

    async def _read(self, start: int, end: int) -> Page:
        key = (start, end)
        if key not in self._reading:
            self._reading[key] = asyncio.create_task(in_database(_read, start, end))
            self._reading[key].add_done_callback(lambda _: self._reading.pop(key, None))
        # Shielded, because the first to ask may hang up while others wait for the same.
        page = await asyncio.shield(self._reading[key])
        if end == start + PAGE:
            self._keep(page)
        return page

    def _keep(self, page: Page) -> None:
        if page.after in self._pages:
            return
        self._pages[page.after] = page
        self._bytes += page.size_bytes
        while len(self._pages) > KEPT_PAGES or (self._bytes > KEPT_BYTES and self._pages):
            _, oldest = self._pages.popitem(last=False)
            self._bytes -= oldest.size_bytes
