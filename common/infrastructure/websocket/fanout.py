"""From the feed to the connections of one event loop: each event once, in one go, to all who are up to date.

Connections that have read everything so far need no task and no cursor of their own: the fan-out's position is theirs.
Those that asked for the same share one decision for each event and one piece of bytes for each burst. Whoever cannot
take it at once (its client does not read) is put out and goes on at its own pace, from the history or the store; when
it has caught up it comes back. So the slow cost nobody but themselves.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from common.infrastructure.events.database_thread import in_database
from common.infrastructure.events.feed import EventFeed, FeedEvent, History, Subscriber
from common.infrastructure.events.store_pages import StorePages
from common.infrastructure.websocket.metrics import EVENTS_SENT, LAGGARDS, recent_delays
from common.infrastructure.websocket.subscriptions import Selection

BATCH = 100  # events between two looks at what else the loop has to do
CHUNK_BYTES = 64 * 1024


class Member(Protocol):
    """A connection, as the fan-out sees it."""

    def offer(self, frames: bytes) -> bool:
        """Send now, or return False."""

    def lacks(self, event: FeedEvent) -> bool:
        """Whether the event is to be sent: for those up to the `floor` the member was admitted with."""

    def fall_behind(self, position: int) -> None:
        """It is put out; it has what it wanted up to `position`."""

    def look(self) -> None:
        """There are new events, and this member is one who fetches them itself."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Frames that are sent together, the events of which end at `position`."""

    frames: bytes
    position: int
    count: int


def chunks(events: Iterable[FeedEvent]) -> Iterator[Chunk]:
    """Frames in pieces of about CHUNK_BYTES, which is what one connection may have unread beyond the transport's own
    limit."""
    frames: list[bytes] = []
    size = 0
    for event in events:
        frames.append(event.frame)
        size += len(event.frame)
        if size >= CHUNK_BYTES:
            yield Chunk(b"".join(frames), event.position, len(frames))
            frames, size = [], 0
    if frames:
        yield Chunk(b"".join(frames), event.position, len(frames))


class FanOut(Subscriber):
    def __init__(self, feed: EventFeed) -> None:
        super().__init__()
        self.position = 0
        self._feed = feed
        self.pages = StorePages()
        self._history: History | None = None
        self._listening = asyncio.Lock()
        self._joined: set[Member] = set()
        self._groups: dict[Selection, dict[Member, int]] = {}  # members with their floors
        self._waiting: set[Member] = set()  # up to date, but unable to take what is offered

    @property
    def history(self) -> History:
        assert self._history is not None, "join() comes first"
        return self._history

    async def join(self, member: Member) -> None:
        """Listen to the feed while anyone has joined. On return the history has all that is committed later."""
        self._joined.add(member)
        async with self._listening:
            if self._history is None:
                self._history = await in_database(self._feed.attach, self)
                self.position = self._history.position

    def leave(self, member: Member, selection: Selection | None) -> None:
        self._joined.discard(member)
        if selection is not None:
            self.dismiss(member, selection)
        if not self._joined:
            _fan_outs.pop((self._feed, self.loop), None)
            self._feed.detach(self)

    def admit(self, member: Member, selection: Selection, *, floor: int) -> None:
        """From now on it gets what it wants after `floor`; it has what is up to the position already."""
        self._groups.setdefault(selection, {})[member] = floor

    def notify(self, member: Member) -> None:
        """From now on tell it of new events, once."""
        self._waiting.add(member)

    def dismiss(self, member: Member, selection: Selection) -> None:
        """It goes on at its own pace, after the position."""
        self._waiting.discard(member)
        group = self._groups.get(selection, {})
        group.pop(member, None)
        if not group:
            self._groups.pop(selection, None)

    def wake(self) -> None:
        if self._history is None:
            return  # about to listen; whatever this is about is in the history then
        events = self.history.after(self.position, limit=BATCH)
        if events is None:
            self._put_all_out()
        elif events:
            before, self.position = self.position, events[-1].position
            for selection, members in tuple(self._groups.items()):
                self._deliver(events, before, selection, members)
            recent_delays.observe([event.time for event in events])
            if len(events) == BATCH:
                self.loop.call_soon(self.wake)  # after whatever else waits for its turn
        waiting, self._waiting = self._waiting, set()
        for member in waiting:
            member.look()

    def _deliver(
        self, events: Sequence[FeedEvent], before: int, selection: Selection, members: dict[Member, int]
    ) -> None:
        wanted = tuple(chunks(event for event in events if selection.wants(event)))
        behind: list[tuple[Member, int]] = []
        sent = 0
        for member, floor in members.items():
            pieces = wanted
            if floor > before:  # not everything of this burst is for it
                pieces = tuple(chunks(each for each in events if selection.wants(each) and member.lacks(each)))
            reached = before
            for piece in pieces:
                if not member.offer(piece.frames):
                    behind.append((member, reached))
                    break
                reached = piece.position
                sent += piece.count
        EVENTS_SENT.inc(sent)
        for member, reached in behind:
            LAGGARDS.inc()
            self.dismiss(member, selection)
            member.fall_behind(reached)

    def _put_all_out(self) -> None:
        """The loop was held up for so long that events have left the history: each fetches them from the store."""
        position, self.position = self.position, self.history.position
        groups, self._groups = self._groups, {}
        for members in groups.values():
            for member in members:
                member.fall_behind(position)


_fan_outs: dict[tuple[EventFeed, asyncio.AbstractEventLoop], FanOut] = {}


def fan_out_of(feed: EventFeed) -> FanOut:
    """The one of the running event loop; another after everybody has left it."""
    key = (feed, asyncio.get_running_loop())
    if key not in _fan_outs:
        _fan_outs[key] = FanOut(feed)
    return _fan_outs[key]
