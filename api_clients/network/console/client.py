"""The consoles of devices, many at once: what a person would type there, asked and read by program.

    client = ConsoleClient()
    async with client.session(ConsoleTarget("127.0.0.1", 5000, "vpcs")) as console:
        for interface in await console.interfaces():
            print(interface.name, interface.mac, *interface.addresses)

    for found in await client.ask_all(targets, ConsoleSession.interfaces):
        print(found.target.where, found.value if found.error is None else found.error)

Each session has its own deadline and waits for nobody else, but for sessions of this client at the same console, which
take turns. A synchronous caller uses asyncio.run. Whoever wants the terminal itself finds it in `stream`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Final, Generic, TypeVar
from weakref import WeakKeyDictionary, WeakValueDictionary

import structlog

from api_clients.domain.errors import ServiceError
from api_clients.domain.ports import Breakers, Meter

from .errors import Defect
from .options import Patience
from .session import ConsoleSession
from .values import ConsoleTarget, Login

T = TypeVar("T")

MAX_CONSOLES: Final = 200
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reply(Generic[T]):
    """What one of many consoles answered, or why it did not; exactly one of the two."""

    target: ConsoleTarget
    value: T | None
    error: ServiceError | None
    seconds: float


@dataclass(slots=True)
class _Turns:
    """Of one event loop: a place for each open console, and a lock for each console that somebody waits for."""

    places: asyncio.Semaphore
    locks: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)


class ConsoleClient:
    """Makes sessions; keeps the limits they share. One client may serve several event loops."""

    def __init__(
        self,
        *,
        connect_seconds: float = 3.0,
        arrival_seconds: float = 10.0,
        command_seconds: float = 10.0,
        deadline_seconds: float = 25.0,
        max_consoles: int = MAX_CONSOLES,
        breakers: Breakers | None = None,
        meter: Meter | None = None,
    ) -> None:
        """`deadline_seconds` is for a whole session, its wait for a turn included."""
        if max_consoles < 1:
            raise ValueError("max_consoles is at least one")
        self._patience = Patience(connect_seconds, arrival_seconds, command_seconds, deadline_seconds)
        self._max_consoles = max_consoles
        self._breakers = breakers
        self._meter = meter
        self._turns: WeakKeyDictionary[asyncio.AbstractEventLoop, _Turns] = WeakKeyDictionary()

    def session(
        self, target: ConsoleTarget, login: Login | None = None, *, deadline_seconds: float | None = None
    ) -> ConsoleSession:
        """A session for `async with`."""
        patience = self._patience
        if deadline_seconds is not None:
            patience = replace(patience, deadline_seconds=deadline_seconds)
        return ConsoleSession(
            target,
            login,
            patience=patience,
            turn=self._turn(target.where),
            breaker=self._breakers.for_target("console", target.where) if self._breakers else None,
            meter=self._meter,
        )

    async def ask_all(
        self,
        targets: Iterable[ConsoleTarget],
        question: Callable[[ConsoleSession], Awaitable[T]],
        *,
        login: Login | Callable[[ConsoleTarget], Login | None] | None = None,
        deadline_seconds: float | None = None,
    ) -> list[Reply[T]]:
        """Put a question to many consoles at once, each with its own deadline; the replies in their order.

        A defect of ours at one of them is its reply, a Defect, and takes no answer from the others.
        """

        async def ask(target: ConsoleTarget) -> Reply[T]:
            started = monotonic()
            try:
                known = login(target) if callable(login) else login
                async with self.session(target, known, deadline_seconds=deadline_seconds) as console:
                    value = await question(console)
            except ServiceError as error:
                return Reply(target, None, error, monotonic() - started)
            except Exception as error:
                log.exception("a console could not be asked", console=target.where)
                defect = Defect(
                    f"{type(error).__name__} in NMS itself; its log has the traceback",
                    service="console",
                    target=target.where,
                )
                return Reply(target, None, defect, monotonic() - started)
            return Reply(target, value, None, monotonic() - started)

        return list(await asyncio.gather(*map(ask, targets)))

    @asynccontextmanager
    async def _turn(self, where: str) -> AsyncIterator[None]:
        turns = self._turns_of_this_loop()
        lock = turns.locks.get(where)
        if lock is None:
            lock = turns.locks[where] = asyncio.Lock()
        async with lock, turns.places:
            yield

    def _turns_of_this_loop(self) -> _Turns:
        loop = asyncio.get_running_loop()
        turns = self._turns.get(loop)
        if turns is None:
            turns = self._turns[loop] = _Turns(asyncio.Semaphore(self._max_consoles))
        return turns
