"""ws/gns3/console/<project>/<node>/: an interactive terminal through the hub, for operators (docs/gns3.md).

The server sends what the console writes as binary frames, and words about the session as JSON in text frames: opened,
gap, pong, error, closed. With `?output=text` the console's output is a word as well: {"type": "output", "data": ...}.
What a client may send stands in common/domain/consoles.py.
"""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import time
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar
from urllib.parse import parse_qs

import structlog
from channels.db import database_sync_to_async
from django.conf import settings
from django.db import Error

from api_clients.domain.errors import ServiceError
from common.api.websocket.connection import Connection
from common.application.consoles.finding import Farewell, FoundConsole, find_console, why_ended, why_hung_up
from common.application.consoles.record import Session, record_closed, record_opened
from common.domain.consoles import FrameTooLong, Ping, Resize, WordUnknown, read_frame
from common.domain.errors import Conflict, Failed, HubError, TimedOut, Unavailable, Unknown
from common.domain.hub_events.consoles import Ending
from common.infrastructure.consoles.outgoing import Outgoing, Portion
from common.infrastructure.consoles.shared import SharedConsole, TooManyViewers, join
from common.infrastructure.events.database_thread import in_database
from common.infrastructure.websocket.admission import (
    INTERNAL_ERROR,
    NOT_FOUND,
    TOO_MANY_REQUESTS,
    UNAUTHORIZED,
    Refusal,
)
from common.infrastructure.websocket.connection import Receive, Scope, Send
from common.infrastructure.websocket.login import LoginRefused, Visitor
from common.infrastructure.websocket.login_watch import unwatch, watch
from common.infrastructure.websocket.metrics import CONNECTIONS

IDLE = 4408
WRONG_STATE = 4409
ENDED = 4410
BAD_ANSWER = 4502
AWAY = 4503
LOOK_SECONDS = 2.0
HANG_UP_LOOKS = (0.2, 0.4, 0.8)
CLOSE_CODES: dict[type[HubError], int] = {
    Unknown: NOT_FOUND,
    Conflict: WRONG_STATE,
    Failed: BAD_ANSWER,
    Unavailable: AWAY,
    TimedOut: AWAY,
}
ENDING_CODES: dict[Ending, int] = {"idle": IDLE, "login_ended": UNAUTHORIZED, "failed": AWAY}

P = ParamSpec("P")
T = TypeVar("T")
log = structlog.get_logger(__name__)


class Refused(Exception):
    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


class ConsoleConnection(Connection):
    """One viewer of one console."""

    path = "console"
    role = "operator"
    purpose = "Using consoles"

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        super().__init__(scope, receive, send)
        self._outgoing = Outgoing()
        self._ending: asyncio.Future[Farewell] = asyncio.get_running_loop().create_future()
        self._hung_up = asyncio.Event()
        self._heard_at = time.monotonic()
        self._typed = self._shown = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        self._as_text = query.get("output") == ["text"]

    async def run(self) -> None:
        with contextlib.suppress(OSError):  # the client is gone, at whatever moment
            try:
                await self._serve()
            except Refused as error:
                await self._refuse(error.refusal)
            except Error as error:
                log.warning("a console cannot be opened, the database does not answer", reason=str(error))
                await self._socket.close(INTERNAL_ERROR, "The database does not answer now; connect again.")

    async def _serve(self) -> None:
        if refusal := await self._greet():
            raise Refused(refusal)
        assert self._visitor is not None  # since they were let in
        found = await self._find()
        shared = await self._join(found)
        session = Session(found, self._visitor.name, "websocket")
        try:
            await in_database(record_opened, session)
            with CONNECTIONS.labels(self.path).track_inprogress():
                await self._talk(session, shared)
        finally:
            await shared.leave(self)

    # --- Coming in ---

    async def _find(self) -> FoundConsole:
        wanted = self._socket.scope["url_route"]["kwargs"]
        try:
            return await _asking_gns3(find_console, wanted["project"], wanted["node"])
        except HubError as error:
            code = next((code for kind, code in CLOSE_CODES.items() if isinstance(error, kind)), INTERNAL_ERROR)
            raise Refused(Refusal(code, error.code, str(error))) from error

    async def _join(self, found: FoundConsole) -> SharedConsole:
        try:
            return await join(found.host, found.port, self)
        except TooManyViewers:
            message = f"The console of {found.node_name} has as many viewers as it may have."
            raise Refused(Refusal(TOO_MANY_REQUESTS, "too_many_viewers", message)) from None
        except ServiceError as error:
            if farewell := await _asking_gns3(_why_or_none, found, fresh=True):
                raise Refused(Refusal(WRONG_STATE, farewell.reason, farewell.message)) from error
            message = f"The console of {found.node_name} does not answer: {error.reason}."
            raise Refused(Refusal(AWAY, "console_unreachable", message)) from error

    # --- While it is open ---

    async def _talk(self, session: Session, shared: SharedConsole) -> None:
        begun = time.monotonic()
        watch(self)
        tasks = [
            asyncio.create_task(work)
            for work in (self._listen(shared), self._write(), self._watch_node(session.console), self._watch_idleness())
        ]
        try:
            await self._say("opened", **_description(session, shared))
            over: list[asyncio.Future[Any]] = [*tasks, self._ending]
            await asyncio.wait(over, return_when=asyncio.FIRST_COMPLETED)
        finally:
            unwatch(self)
            farewell = await _outcome_of(self._ending, tasks)
            seconds = time.monotonic() - begun
            await in_database(
                record_closed,
                session,
                farewell.reason,
                seconds=seconds,
                bytes_typed=self._typed,
                bytes_shown=self._shown,
            )
        await self._take_leave(farewell)

    async def _listen(self, shared: SharedConsole) -> None:
        while True:
            frame = await self._socket.receive_frame()
            self._heard_at = time.monotonic()
            try:
                said = read_frame(frame)
            except FrameTooLong as error:
                await self._complain("too_long", str(error))
                continue
            except WordUnknown as error:
                await self._complain("unknown_action", str(error))
                continue
            if isinstance(said, Ping):
                await self._say("pong")
            elif not isinstance(said, Resize):
                await self._type(shared, said)

    async def _type(self, shared: SharedConsole, data: bytes) -> None:
        try:
            await shared.type(data)
        except TimeoutError:
            message = "The console takes no input now; this was not typed, or in part."
            await self._complain("console_busy", message)
        except ServiceError:
            self._hung_up.set()
        else:
            self._typed += len(data)

    async def _write(self) -> None:
        while True:
            await self._show(await self._outgoing.take())

    async def _show(self, portion: Portion) -> None:
        if portion.dropped:
            await self._say("gap", bytes=portion.dropped)
        self._shown += len(portion.data)
        if not self._as_text:
            await self._socket.send_bytes(portion.data)
        elif text := self._decoder.decode(portion.data):
            await self._say("output", data=text)

    async def _watch_node(self, console: FoundConsole) -> None:
        """A console that hangs up says so; one that goes silent with its node is found out by looking."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._hung_up.wait()
            if self._hung_up.is_set():
                self._end(await _why_hung_up(console))
                return
            if farewell := await _asking_gns3(_why_or_none, console):
                self._end(farewell)
                return

    async def _watch_idleness(self) -> None:
        limit = float(settings.NMS_CONSOLE_IDLE_SECONDS)
        while (left := self._heard_at + limit - time.monotonic()) > 0:  # noqa: ASYNC110 # each word may postpone it
            await asyncio.sleep(left)
        self._end(Farewell("idle", f"Nothing came from you for {limit:g} seconds."))

    # --- What the shared console and the watch over logins ask ---

    def show(self, data: bytes) -> None:
        self._outgoing.put(data)

    def hung_up(self) -> None:
        self._hung_up.set()

    def recheck(self, answer: Visitor | LoginRefused) -> None:
        if refused := self._admit(answer):
            self._end(Farewell("login_ended", refused.message))

    # --- Its end ---

    def _end(self, farewell: Farewell) -> None:
        if not self._ending.done():
            self._ending.set_result(farewell)

    async def _take_leave(self, farewell: Farewell) -> None:
        """What the console wrote last comes before the reason, unless the client reads nothing."""
        if farewell.reason == "left":
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                while not self._outgoing.is_empty:
                    await self._show(await self._outgoing.take())
                await self._say("closed", reason=farewell.reason, message=farewell.message)
        await self._socket.close(ENDING_CODES.get(farewell.reason, ENDED), farewell.message)

    async def _refuse(self, refusal: Refusal) -> None:
        await self._complain(refusal.code, refusal.message)
        await self._socket.close(refusal.close_code, refusal.message)


async def _outcome_of(ending: asyncio.Future[Farewell], tasks: list[asyncio.Task[None]]) -> Farewell:
    """End the tasks; why the session is over. A task that failed is a client that left, or a defect."""
    for task in tasks:
        task.cancel()
    errors = [error for error in await asyncio.gather(*tasks, return_exceptions=True) if isinstance(error, Exception)]
    if ending.done() and not ending.cancelled():
        return ending.result()
    defects = [error for error in errors if not isinstance(error, OSError)]
    if defects:
        log.error("a console session failed", exc_info=defects[0])
        return Farewell("failed", "The session failed here; connect again.")
    return Farewell("left", "")


async def _asking_gns3(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """In a thread of its own: a server may take its time, and the loop's database thread is everybody's."""
    result: T = await database_sync_to_async(function, thread_sensitive=False)(*args, **kwargs)
    return result


def _why_or_none(console: FoundConsole, fresh: bool = False) -> Farewell | None:
    """An outage of the server says nothing of the node: its console would have hung up."""
    try:
        return why_ended(console, fresh=fresh)
    except HubError:
        return None


async def _why_hung_up(console: FoundConsole) -> Farewell:
    """A console hangs up before its server says that the node has stopped, or after."""
    for pause in HANG_UP_LOOKS:
        if farewell := await _asking_gns3(_why_or_none, console, fresh=True):
            return farewell
        await asyncio.sleep(pause)
    return await _asking_gns3(why_hung_up, console)


def _description(session: Session, shared: SharedConsole) -> dict[str, Any]:
    console = session.console
    return {
        "session": session.id,
        "project_id": console.project_id,
        "node_id": console.node_id,
        "name": console.node_name,
        "node_type": console.node_type,
        "console_type": console.console_type,
        "viewers": shared.viewers,
        "idle_seconds": settings.NMS_CONSOLE_IDLE_SECONDS,
    }
