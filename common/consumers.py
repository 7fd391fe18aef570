"""The WebSocket ws/events/: events as they are committed, from any past position on.

Each connection has one task that sends (`_pump`) and a cursor: everything up to it was sent, as far as it was asked
for. The task walks through the feed's history, shared by all; a client too slow for that is served from the store, at
its own pace, and one hopelessly far behind gets a `gap` message and goes on from now.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from typing import Any

import orjson
import structlog
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import Error

from common.domain.roles import includes
from common.domain.stream import MAX_TOPICS, MessageInvalid, Ping, Subscribe, Unsubscribe, parse
from common.infrastructure import event_store, metrics
from common.infrastructure.feed import FeedEvent, History, Subscriber, feed, feed_event
from common.infrastructure.subscriptions import Subscription, Subscriptions
from common.infrastructure.websocket_login import SUBPROTOCOL, LoginRefused, Visitor, identify, origin_allowed

INTERNAL_ERROR = 1011  # RFC 6455, 7.4.1
UNAUTHORIZED = 4401
FORBIDDEN = 4403
TOO_MANY_REQUESTS = 4429
GAP_LIMIT = 100_000
BATCH = 100  # events between two looks at what else there is to do
RECHECK_SECONDS = 60.0
MAX_PENDING = 100
MAX_REASON = 120  # bytes that fit a close frame (RFC 6455, 5.5), our texts being ASCII

log = structlog.get_logger(__name__)


async def _last_position() -> int:
    position: int = await database_sync_to_async(event_store.last_position, thread_sensitive=False)()
    return position


async def _read(after: int, until: int | None = None) -> list[FeedEvent]:
    envelopes = await database_sync_to_async(event_store.read_after, thread_sensitive=False)(
        after, limit=BATCH, until=until
    )
    return [feed_event(envelope) for envelope in envelopes]


class EventConsumer(AsyncWebsocketConsumer):  # type: ignore[misc] # channels ships no types
    channel_layer_alias = None  # events come from the feed; a connection must not end because Redis is away
    visitor: Visitor | None = None
    _tasks: tuple[asyncio.Task[None], ...] = ()

    async def connect(self) -> None:
        offered = self.scope.get("subprotocols", [])
        # Accepted first, because a refused handshake can tell a browser neither code nor reason.
        await self.accept(SUBPROTOCOL if SUBPROTOCOL in offered else None)
        if not origin_allowed(self.scope):
            await self._refuse(FORBIDDEN, "origin", "Pages of this origin may not connect; see NMS_TRUSTED_ORIGINS.")
            return
        if not await self._admit():
            return
        self._subscriptions = Subscriptions()
        self._pending: deque[Subscribe | Unsubscribe] = deque()
        self._subscriber = Subscriber()
        self._history: History | None = None  # once there is something to listen for
        self._cursor = await _last_position()
        await self._say("welcome", position=self._cursor)
        metrics.WEBSOCKETS.inc()
        self._tasks = (asyncio.create_task(self._pump()), asyncio.create_task(self._watch_login()))

    async def disconnect(self, code: int) -> None:
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
            feed.detach(self._subscriber)
            metrics.WEBSOCKETS.dec()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if not self._tasks:
            return
        try:
            message = parse(text_data)
        except MessageInvalid as error:
            await self._complain(error)
            return
        if isinstance(message, Ping):
            await self._say("pong")
        elif len(self._pending) >= MAX_PENDING:
            await self._refuse(TOO_MANY_REQUESTS, "too_many_requests", "Wait for the answers before you ask for more.")
        else:
            self._pending.append(message)
            self._subscriber.woken.set()

    # --- Login ---

    async def _admit(self) -> bool:
        try:
            visitor = await identify(self.scope)
        except LoginRefused as refusal:
            await self._refuse(UNAUTHORIZED, "not_authenticated", str(refusal))
            return False
        if not includes(visitor.role, "viewer"):
            await self._refuse(FORBIDDEN, "role_required", "Reading events needs the role viewer; you have none.")
            return False
        self.visitor = visitor
        return True

    async def _watch_login(self) -> None:
        """End the connection when the token expires, the user is disabled or the session ends."""
        while self.visitor:
            left = self.visitor.expires_at - time.time() if self.visitor.expires_at else RECHECK_SECONDS
            await asyncio.sleep(max(0.0, min(left, RECHECK_SECONDS)))
            try:
                if not await self._admit():
                    return
            except Error:
                continue  # who cannot be asked for now is asked again; an expired token needs no database

    # --- Sending ---

    async def _pump(self) -> None:
        """The one task that sends events and handles subscriptions, in order."""
        try:
            while True:
                self._subscriber.woken.clear()
                await self._work()
                await self._subscriber.woken.wait()
        except OSError:
            return  # the client is gone; `disconnect` follows
        except Exception:
            # The client reconnects and resumes; without this the task would die in silence.
            log.exception("event stream failed")
            await self._end(INTERNAL_ERROR, "The event stream failed here; connect again and resume.")

    async def _work(self) -> None:
        while True:
            if self._pending:
                await self._handle(self._pending.popleft())
            elif events := await self._next_events():
                for event in events:
                    await self._pass_on(event)
                await asyncio.sleep(0)  # sends need not wait, and other connections want their turn
            else:
                return

    async def _next_events(self) -> list[FeedEvent]:
        if self._history is None:
            return []
        behind = self._history.position - self._cursor
        if behind > GAP_LIMIT:
            await self._leave_gap(self._history.position)
        recent = self._history.after(self._cursor, limit=BATCH)
        return await _read(self._cursor) if recent is None else recent

    async def _pass_on(self, event: FeedEvent) -> None:
        if self._subscriptions.covers(event):
            await self._send_event(event)
        self._cursor = event.position

    async def _leave_gap(self, head: int) -> None:
        metrics.GAPS.inc()
        await self._say("gap", after=self._cursor, before=head + 1)
        self._subscriptions.skip_to(head)
        self._cursor = head

    # --- Subscriptions ---

    async def _handle(self, message: Subscribe | Unsubscribe) -> None:
        try:
            if isinstance(message, Subscribe):
                await self._subscribe(message)
            else:
                await self._unsubscribe(message)
        except MessageInvalid as error:
            await self._complain(error)

    async def _subscribe(self, message: Subscribe) -> None:
        topics = dict.fromkeys(message.topics)
        if len({*self._subscriptions.topics, *topics}) > MAX_TOPICS:
            raise MessageInvalid("too_many_topics", f"One connection holds at most {MAX_TOPICS} topics.")
        await self._listen()
        head = await _last_position()
        start = head if message.after is None else message.after
        if start > head:
            raise MessageInvalid("unknown_position", f"Position {start} has not happened yet; the newest is {head}.")
        additions = {topic: Subscription(message.interest(topic), start) for topic in topics}
        await self._say("subscribed", topics=list(topics), after=start, position=head)
        await self._replay(additions)
        self._subscriptions.put(additions)

    async def _listen(self) -> None:
        if self._history is None:
            self._history = await database_sync_to_async(feed.attach, thread_sensitive=False)(self._subscriber)
            self._cursor = self._history.position

    async def _replay(self, additions: dict[str, Subscription]) -> None:
        """Send what only the new subscriptions ask for, up to the cursor; the old ones had theirs already."""
        position = min(subscription.start for subscription in additions.values())
        while position < self._cursor and (events := await _read(position, self._cursor)):
            for event in events:
                wanted = any(subscription.covers(event) for subscription in additions.values())
                if wanted and not self._subscriptions.covers(event):
                    await self._send_event(event)
            position = events[-1].position

    async def _unsubscribe(self, message: Unsubscribe) -> None:
        unknown = self._subscriptions.remove(message.topics)
        if unknown:
            raise MessageInvalid("not_subscribed", f"Not subscribed to {', '.join(unknown)}.")
        await self._say("unsubscribed", topics=message.topics, remaining=self._subscriptions.topics)

    # --- Messages ---

    async def _send_event(self, event: FeedEvent) -> None:
        await self.send(text_data=event.frame)
        metrics.EVENTS_SENT.inc()

    async def _say(self, kind: str, **fields: Any) -> None:
        await self.send(text_data=orjson.dumps({"type": kind, **fields}).decode())

    async def _complain(self, error: MessageInvalid) -> None:
        await self._say("error", error={"code": error.code, "message": str(error)})

    async def _refuse(self, close_code: int, code: str, message: str) -> None:
        for task in self._tasks:
            if task is not asyncio.current_task():
                task.cancel()  # nothing may be sent after the close
        with contextlib.suppress(OSError):
            await self._say("error", error={"code": code, "message": message})
        await self._end(close_code, message)

    async def _end(self, close_code: int, reason: str) -> None:
        with contextlib.suppress(OSError):
            await self.close(close_code, reason[:MAX_REASON])
