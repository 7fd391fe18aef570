"""One console for a while: reach the prompt, ask, and leave it as it was found.

Consoles are shared: nobody is thrown out, a terminal's length, `enable` and a login of ours are taken back at the end.
What leaves here is values and masked text. All errors are of the tree in `errors`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from time import monotonic
from types import TracebackType
from typing import Final

from api_clients.domain.errors import InvalidRequest, ServiceError
from api_clients.domain.ports import Breaker, Meter

from .addressing import ip
from .arrival import Arrival, Arrived
from .conversation import Conversation
from .dialects import dialect_named, dialect_of_type
from .errors import Busy
from .exchange import Exchange
from .masking import mask_secrets
from .options import Patience
from .stream import TelnetStream
from .values import (
    ArpEntry,
    Configuration,
    ConfigurationKind,
    ConsoleInterface,
    ConsoleTarget,
    Login,
    Neighbor,
    Ping,
    Route,
    System,
)

_SETTLED: Final = 0.03
_LEAVING: Final = 2.0
MAX_PINGS: Final = 20


class ConsoleSession:
    """Made by ConsoleClient.session, used inside `async with`, one question after another."""

    def __init__(
        self,
        target: ConsoleTarget,
        login: Login | None,
        *,
        patience: Patience,
        turn: contextlib.AbstractAsyncContextManager[None],
        breaker: Breaker | None = None,
        meter: Meter | None = None,
    ) -> None:
        self.target = target
        self._login = login
        self._patience = patience
        self._turn = turn
        self._breaker = breaker
        self._meter = meter
        self._stack = contextlib.AsyncExitStack()
        self._talk: Conversation | None = None
        self._arrived: Arrived | None = None
        self._exchange: Exchange | None = None

    async def __aenter__(self) -> ConsoleSession:
        async with contextlib.AsyncExitStack() as stack:
            with self._asking("session"):
                await self._enter(stack)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None or issubclass(kind, Exception):
                await self._leave()
        finally:
            await self._stack.aclose()

    # --- the questions ---

    @property
    def dialect(self) -> str:
        """The name of the dialect the console speaks: vpcs, cisco, linux, mikrotik..."""
        return self._asked().dialect.name

    async def hostname(self) -> str:
        with self._asking("hostname"):
            return await self._asked().dialect.hostname(self._asked())

    async def system(self) -> System:
        with self._asking("system"):
            return await self._asked().dialect.system(self._asked())

    async def interfaces(self) -> tuple[ConsoleInterface, ...]:
        """Every interface with its MAC, addresses and status; one without addresses is there too."""
        with self._asking("interfaces"):
            return await self._asked().dialect.interfaces(self._asked())

    async def arp(self) -> tuple[ArpEntry, ...]:
        with self._asking("arp"):
            return await self._asked().dialect.arp(self._asked())

    async def routes(self) -> tuple[Route, ...]:
        with self._asking("routes"):
            return await self._asked().dialect.routes(self._asked())

    async def neighbors(self) -> tuple[Neighbor, ...]:
        with self._asking("neighbors"):
            return await self._asked().dialect.neighbors(self._asked())

    async def ping(self, address: str, *, count: int = 3) -> Ping:
        """Let the device ping; silence is a Ping that received nothing. InvalidRequest for what is no address."""
        with self._asking("ping"):
            try:
                checked = ip(address)
            except ValueError:
                raise InvalidRequest(f"{address!r} is neither an IPv4 nor an IPv6 address") from None
            if not 1 <= count <= MAX_PINGS:
                raise InvalidRequest(f"a ping is sent 1 to {MAX_PINGS} times")
            return await self._asked().dialect.ping(self._asked(), checked, count)

    async def configuration(self, kind: ConfigurationKind = "running") -> Configuration:
        """The configuration with its secrets masked."""
        with self._asking("configuration"):
            masked = mask_secrets(await self._asked().dialect.configuration(self._asked(), kind))
            return Configuration(kind, masked.text, masked.count)

    async def show(self, command: str) -> str:
        """Type one line and return what the device printed, a refusal too, with secrets masked.

        It may change the device, so it is for operators, and typed once only.
        """
        with self._asking("show"):
            if not command.strip() or not command.isprintable() or len(command) > 500:
                raise InvalidRequest("a command is one line of 1 to 500 printable characters")
            return mask_secrets(await self._asked().once(command)).text

    # --- inside ---

    def _asked(self) -> Exchange:
        if self._exchange is None:
            raise RuntimeError("a console session is used inside `async with`")
        return self._exchange

    async def _enter(self, stack: contextlib.AsyncExitStack) -> None:
        deadline = monotonic() + self._patience.deadline_seconds
        try:
            async with asyncio.timeout(self._patience.deadline_seconds):
                await stack.enter_async_context(self._turn)
        except TimeoutError as error:
            raise Busy("another session of ours holds this console") from error
        stream = await TelnetStream.connect(
            self.target.host,
            self.target.port,
            timeout_seconds=min(self._patience.connect_seconds, max(0.05, deadline - monotonic())),
            protocol=self.target.protocol,
        )
        await stack.enter_async_context(stream)
        self._talk = Conversation(stream, deadline=deadline, where=self.target.where)
        hint = dialect_of_type(self.target.device_type)
        until = monotonic() + self._patience.arrival_seconds
        self._arrived = await Arrival(self._talk, hint=hint, login=self._login, until=until).run()
        exchange = self._exchange = Exchange(
            self._talk,
            self._arrived.dialect,
            prompt=self._arrived.prompt,
            login=self._login,
            command_seconds=self._patience.command_seconds,
        )
        if hint is None:
            exchange.dialect = dialect_named(await exchange.dialect.recognise(exchange))
        await exchange.dialect.prepare(exchange)

    async def _leave(self) -> None:
        """Put back what was changed; a console that does not answer any more is left as it is."""
        talk, exchange, arrived = self._talk, self._exchange, self._arrived
        if talk is None or exchange is None or arrived is None:
            return
        talk.deadline = max(talk.deadline, monotonic() + _LEAVING)
        with contextlib.suppress(ServiceError, TimeoutError):
            async with asyncio.timeout(_LEAVING):
                await exchange.dialect.leave(exchange)
                if arrived.logged_in and exchange.dialect.logout:
                    await talk.send(exchange.dialect.logout + "\r")
                    await talk.quiet(_SETTLED, until=monotonic() + _LEAVING)

    # --- the breaker, the meter, and the names of errors ---

    @contextmanager
    def _asking(self, operation: str) -> Iterator[None]:
        with self._breaker.guard() if self._breaker else nullcontext(), self._measuring(operation):
            try:
                yield
            except ServiceError as error:
                error.service, error.operation, error.target = "console", operation, self.target.where
                raise

    @contextmanager
    def _measuring(self, operation: str) -> Iterator[None]:
        started, outcome = monotonic(), "success"
        try:
            yield
        except ServiceError as error:
            outcome = type(error).__name__
            raise
        except asyncio.CancelledError:
            outcome = "cancelled"
            raise
        finally:
            if self._meter:
                self._meter.observe("console", operation, outcome, monotonic() - started)
