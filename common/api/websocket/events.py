"""The WebSockets of events: as they are committed, from any past position on.

A connection is in one of two states. *Settled*, it is up to date, and the fan-out of its event loop sends what it wants
(infrastructure/websocket/fanout.py); it has no task but the one that waits for its client's next words. Otherwise it
goes *at its own pace* in a task (`_catch_up`), which answers what the client asked for and walks with a cursor through
the feed's history, or the store, until it is up to date; one hopelessly far behind gets a `gap` message and goes on
from now.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque

import structlog
from django.db import Error

from common.api.websocket.connection import Connection
from common.application.events import paths as event_paths
from common.domain.errors import Unknown
from common.domain.stream import MAX_TOPICS, MessageInvalid, Ping, Subscribe, Unsubscribe, parse
from common.domain.topics import Interest
from common.infrastructure.events.database_thread import in_database
from common.infrastructure.events.feed import FeedEvent, feed
from common.infrastructure.events.store_pages import Page, standing
from common.infrastructure.websocket.admission import INTERNAL_ERROR, NOT_FOUND, TOO_MANY_REQUESTS, Refusal
from common.infrastructure.websocket.connection import Receive, Scope, Send
from common.infrastructure.websocket.fanout import FanOut, chunks, fan_out_of
from common.infrastructure.websocket.login import LoginRefused, Visitor
from common.infrastructure.websocket.login_watch import unwatch, watch
from common.infrastructure.websocket.metrics import CONNECTIONS, EVENTS_SENT, GAPS
from common.infrastructure.websocket.subscriptions import Selection, Subscription, Subscriptions

GAP_LIMIT = 100_000
BATCH = 100  # events between two looks at what else there is to do
MAX_PENDING = 100
ASKS_TOO_MUCH = Refusal(TOO_MANY_REQUESTS, "too_many_requests", "Wait for the answers before you ask for more.")
BROKEN = Refusal(INTERNAL_ERROR, "internal_error", "Something failed here; connect again and resume.")

log = structlog.get_logger(__name__)


class EventConnection(Connection):
    """One connection to ws/events/."""

    path = "events"
    role = "viewer"
    purpose = "Reading events"
    about_changes = False

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        super().__init__(scope, receive, send)
        self._subscriptions = Subscriptions()
        self._pending: deque[Subscribe | Unsubscribe] = deque()
        self._fan_out: FanOut | None = None  # once there is something to listen for
        self._settled_on: Selection | None = None
        self._cursor = 0  # everything up to it was sent, as far as it was asked for; the fan-out's while settled
        self._gap_told = 0  # deletion up to here is known to the client
        self._task: asyncio.Task[None] | None = None
        self._rechecking: asyncio.Task[None] | None = None
        self._ended = False

    def about(self, name: str = "") -> tuple[Interest, ...]:
        """What the path is about, one of which must agree with an event; nothing stands for everything.

        Runs in the database's thread. Raises Unknown.
        """
        return event_paths.everything()

    async def run(self) -> None:
        try:
            if await self._enter():
                with CONNECTIONS.labels(self.path).track_inprogress():
                    await self._converse()
        except OSError:
            return  # the client is gone, at whatever moment
        except Error as error:
            log.warning("a websocket cannot be let in, the database does not answer", reason=str(error))
            await self._end(INTERNAL_ERROR, "The database does not answer now; connect again.")

    async def _enter(self) -> bool:
        if refusal := await self._greet():
            await self._refuse(refusal)
            return False
        if not await self._look_up_scope():
            return False
        await self._say("welcome", position=(await standing()).position)
        return True

    async def _look_up_scope(self) -> bool:
        arguments = self._socket.scope.get("url_route", {}).get("kwargs", {})
        try:
            scope = frozenset(await in_database(self.about, **arguments))
        except Unknown as error:
            await self._refuse(Refusal(NOT_FOUND, error.code, str(error)))
            return False
        if scope != self._subscriptions.scope:
            self._unsettle()
            self._subscriptions.scope = scope
            self._go()
        return True

    async def _converse(self) -> None:
        watch(self)
        try:
            while True:
                await self._hear(await self._socket.receive())
        finally:
            self._ended = True
            unwatch(self)
            if self._task is not None:
                self._task.cancel()
                await asyncio.wait([self._task])
            if self._fan_out is not None:
                self._fan_out.leave(self, self._settled_on)

    async def _hear(self, text: str | None) -> None:
        if self._ended:
            return
        try:
            message = parse(text)
        except MessageInvalid as error:
            await self._complain(error.code, str(error))
            return
        if isinstance(message, Ping):
            await self._say("pong")
        elif len(self._pending) >= MAX_PENDING:
            await self._refuse(ASKS_TOO_MUCH)
        else:
            self._pending.append(message)
            self._go()

    # --- Login ---

    def recheck(self, answer: Visitor | LoginRefused) -> None:
        """The token may have expired, the user be disabled, the session have ended."""
        if not self._ended:
            # In a task: a client that does not read would hold up the watch over all the others.
            self._rechecking = asyncio.create_task(self._recheck(answer))

    async def _recheck(self, answer: Visitor | LoginRefused) -> None:
        try:
            if refusal := self._admit(answer):
                await self._refuse(refusal)
            elif self.about_changes:
                await self._look_up_scope()
        except (OSError, Error):
            return  # the client is gone; or nobody can be asked now, and is asked again
        except Exception:
            log.exception("a websocket could not be looked at again")
            await self._refuse(BROKEN)

    # --- At its own pace ---

    def _go(self) -> None:
        if self._task is None and not self._ended:
            self._unsettle()
            self._task = asyncio.create_task(self._catch_up())

    def look(self) -> None:
        """The fan-out has something new, which this connection cannot be offered."""
        self._settled_on = None
        self._go()

    def fall_behind(self, position: int) -> None:
        """The fan-out could not send: the client does not read."""
        self._settled_on = None
        self._cursor = max(self._cursor, position)
        self._go()

    async def _catch_up(self) -> None:
        try:
            while self._pending or not self._settle():
                if self._pending:
                    await self._handle(self._pending.popleft())
                else:
                    await self._advance()
                    await asyncio.sleep(0)  # sends need not wait, and other connections want their turn
        except OSError:
            return  # the client is gone; `_converse` ends as well
        except Exception:
            # The client reconnects and resumes; without this the task would die in silence.
            log.exception("event stream failed")
            await self._end(INTERNAL_ERROR, "The event stream failed here; connect again and resume.")
        finally:
            self._task = None

    def _unsettle(self) -> None:
        if self._fan_out is not None and self._settled_on is not None:
            self._cursor = max(self._cursor, self._fan_out.position)
            self._fan_out.dismiss(self, self._settled_on)
        self._settled_on = None

    def _settle(self) -> bool:
        """Leave the rest to the fan-out, if this connection has all there is."""
        if self._fan_out is None or not self._subscriptions.topics:
            return True
        if self._cursor < self._fan_out.history.position:
            return False
        self._settled_on = self._subscriptions.selection
        if self._socket.is_direct:
            floor = max(self._cursor, self._subscriptions.newest_start)
            self._fan_out.admit(self, self._settled_on, floor=floor)
        else:
            self._fan_out.notify(self)
        return True

    async def _advance(self) -> None:
        assert self._fan_out is not None
        history = self._fan_out.history
        if history.position - self._cursor > GAP_LIMIT:
            await self._leave_gap(history.position)
        recent = history.after(self._cursor, limit=BATCH)
        if recent is None:
            page = await self._fan_out.pages.after(self._cursor, until=history.position)
            await self._tell_of_deletion(page)
            recent, reached = list(page.events), page.position
        else:
            reached = recent[-1].position if recent else self._cursor
        await self._send_events([event for event in recent if self.lacks(event)])
        self._cursor = reached

    async def _leave_gap(self, head: int) -> None:
        await self._say_gap(self._cursor, head + 1)
        self._subscriptions.skip_to(head)
        self._cursor = head

    # --- What the fan-out asks ---

    def offer(self, frames: bytes) -> bool:
        return self._socket.offer(frames)

    def lacks(self, event: FeedEvent) -> bool:
        return event.position > self._cursor and self._subscriptions.covers(event)

    # --- Subscriptions ---

    async def _handle(self, message: Subscribe | Unsubscribe) -> None:
        try:
            if isinstance(message, Subscribe):
                await self._subscribe(message)
            else:
                await self._unsubscribe(message)
        except MessageInvalid as error:
            await self._complain(error.code, str(error))

    async def _subscribe(self, message: Subscribe) -> None:
        topics = dict.fromkeys(message.topics)
        if len({*self._subscriptions.topics, *topics}) > MAX_TOPICS:
            raise MessageInvalid("too_many_topics", f"One connection holds at most {MAX_TOPICS} topics.")
        await self._listen()
        head = (await standing()).position
        start = head if message.after is None else message.after
        if start > head:
            raise MessageInvalid("unknown_position", f"Position {start} has not happened yet; the newest is {head}.")
        additions = {topic: Subscription(message.interest(topic), start) for topic in topics}
        await self._say("subscribed", topics=list(topics), after=start, position=head)
        await self._replay(additions, start)
        self._subscriptions.put(additions)

    async def _listen(self) -> None:
        if self._fan_out is None:
            self._fan_out = fan_out_of(feed)
            await self._fan_out.join(self)
        if not self._subscriptions.topics:
            self._cursor = self._fan_out.history.position  # nothing was asked for before

    async def _replay(self, additions: dict[str, Subscription], position: int) -> None:
        """Send what only the new subscriptions ask for, up to the cursor; the old ones had theirs already."""
        assert self._fan_out is not None
        while position < self._cursor:
            page = await self._fan_out.pages.after(position, until=self._cursor)
            await self._tell_of_deletion(page)
            await self._send_events([event for event in page.events if self._is_new(event, additions)])
            position = page.position

    def _is_new(self, event: FeedEvent, additions: dict[str, Subscription]) -> bool:
        wanted = any(subscription.covers(event) for subscription in additions.values())
        return wanted and self._subscriptions.admits(event) and not self._subscriptions.covers(event)

    async def _tell_of_deletion(self, page: Page) -> None:
        """Retention may have deleted events that were asked for; what it left follows."""
        if page.horizon > max(page.after, self._gap_told):
            self._gap_told = page.horizon
            await self._say_gap(page.after, page.horizon + 1)

    async def _unsubscribe(self, message: Unsubscribe) -> None:
        unknown = self._subscriptions.remove(message.topics)
        if unknown:
            raise MessageInvalid("not_subscribed", f"Not subscribed to {', '.join(unknown)}.")
        await self._say("unsubscribed", topics=message.topics, remaining=self._subscriptions.topics)

    # --- Messages ---

    async def _send_events(self, events: list[FeedEvent]) -> None:
        for chunk in chunks(events):
            await self._socket.send_frames(chunk.frames)
            EVENTS_SENT.inc(chunk.count)

    async def _say_gap(self, after: int, before: int) -> None:
        GAPS.inc()
        await self._say("gap", after=after, before=before)

    async def _refuse(self, refusal: Refusal) -> None:
        self._ended = True
        if self._task is not None and self._task is not asyncio.current_task():
            self._task.cancel()  # nothing may be sent after the close
        if self._fan_out is not None and self._settled_on is not None:
            self._fan_out.dismiss(self, self._settled_on)
        with contextlib.suppress(OSError):
            await self._complain(refusal.code, refusal.message)
        await self._end(refusal.close_code, refusal.message)

    async def _end(self, close_code: int, reason: str) -> None:
        self._ended = True
        with contextlib.suppress(OSError):
            await self._socket.close(close_code, reason)


class Gns3Connection(EventConnection):
    """ws/gns3/events/: what the GNS3 service saw happen."""

    path = "gns3"

    def about(self, name: str = "") -> tuple[Interest, ...]:
        return event_paths.of_gns3()


class ModuleConnection(EventConnection):
    """ws/gns3/module/<module_name>/: what concerns one module."""

    path = "module"
    about_changes = True  # a remote module may register again with other subscriptions

    def about(self, name: str = "") -> tuple[Interest, ...]:
        return event_paths.of_module(name)
