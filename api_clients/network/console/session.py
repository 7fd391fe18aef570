"""One console for a while: reach the prompt, ask, and leave it as it was found.

Consoles are shared. Nobody is thrown out, the line is wiped before Enter is pressed on it, and an answer counts only
where its echo is exactly what was typed; otherwise the question is put again, and after three times it is Busy.
All errors are of the tree in `errors`.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from time import monotonic
from types import TracebackType
from typing import Final, TypeVar

from api_clients.domain.errors import InvalidRequest, Malformed, ServiceError, Unreachable

from .addressing import ip
from .answer import Answer
from .arrival import Arrival, Arrived
from .conversation import CLEAR_LINE, INTERRUPT, Conversation
from .dialects import Dialect, dialect_of_type
from .dialects.base import READABLE
from .errors import Busy, CommandRefused, Silent
from .masking import mask_secrets
from .options import Breaker, Meter, Patience
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

T = TypeVar("T")

_TRIES: Final = 3
_TYPING_PAUSE: Final = 0.4  # somebody who types pauses that long between commands, not between keys
_KNOCK: Final = 1.0
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
        self.login = login
        self.prompt = ""
        self._patience = patience
        self._turn = turn
        self._breaker = breaker
        self._meter = meter
        self._stack = contextlib.AsyncExitStack()
        self._talk: Conversation | None = None
        self._arrived: Arrived | None = None

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
        return self._dialect.name

    async def hostname(self) -> str:
        with self._asking("hostname"):
            return await self._dialect.hostname(self)

    async def system(self) -> System:
        with self._asking("system"):
            return await self._dialect.system(self)

    async def interfaces(self) -> tuple[ConsoleInterface, ...]:
        """Every interface with its MAC, addresses and status; one without addresses is there too."""
        with self._asking("interfaces"):
            return await self._dialect.interfaces(self)

    async def arp(self) -> tuple[ArpEntry, ...]:
        with self._asking("arp"):
            return await self._dialect.arp(self)

    async def routes(self) -> tuple[Route, ...]:
        with self._asking("routes"):
            return await self._dialect.routes(self)

    async def neighbors(self) -> tuple[Neighbor, ...]:
        with self._asking("neighbors"):
            return await self._dialect.neighbors(self)

    async def ping(self, address: str, *, count: int = 3) -> Ping:
        """Let the device ping; silence is a Ping that received nothing. InvalidRequest for what is no address."""
        with self._asking("ping"):
            try:
                checked = ip(address)
            except ValueError:
                raise InvalidRequest(f"{address!r} is neither an IPv4 nor an IPv6 address") from None
            if not 1 <= count <= MAX_PINGS:
                raise InvalidRequest(f"a ping is sent 1 to {MAX_PINGS} times")
            return await self._dialect.ping(self, checked, count)

    async def configuration(self, kind: ConfigurationKind = "running") -> Configuration:
        """The configuration with its secrets masked."""
        with self._asking("configuration"):
            masked = mask_secrets(await self._dialect.configuration(self, kind))
            return Configuration(kind, masked.text, masked.count)

    async def show(self, command: str) -> str:
        """Type one line and return what the device printed, secrets masked. It may change the device: ask operators.

        Unlike the questions above it is typed once only.
        """
        with self._asking("show"):
            if not command.strip() or not command.isprintable() or len(command) > 500:
                raise InvalidRequest("a command is one line of 1 to 500 printable characters")
            return mask_secrets(await self._run(command, self._patience.command_seconds, tries=1)).text

    # --- what dialects ask through ---

    async def run(self, command: str, *, seconds: float | None = None) -> str:
        return await self._run(command, seconds or self._patience.command_seconds, tries=_TRIES)

    async def ask(self, command: str, read: Callable[[str], T], *, seconds: float | None = None) -> T:
        try:
            return read(await self.run(command, seconds=seconds))
        except READABLE:
            again = await self.run(command, seconds=seconds)  # a log line or somebody's keys may have come between
        try:
            return read(again)
        except READABLE as error:
            # Only the kind of fault is told: its text may quote the answer, secrets included.
            raise Malformed(f"the answer to {command!r} cannot be read ({type(error).__name__})") from error

    async def dialogue(self, command: str, answers: Sequence[tuple[re.Pattern[str], str]]) -> str:
        await self._reach_prompt(monotonic() + self._patience.command_seconds)
        talk, mark = self._conversation, self._conversation.mark
        await talk.send(self._dialect.in_mode(command, self.prompt) + "\r")
        until = monotonic() + self._patience.command_seconds
        while monotonic() < min(until, talk.deadline):
            await talk.wait_for(lambda seen=talk.received: talk.received > seen, until=until)  # type: ignore[misc]
            await talk.quiet(_SETTLED, until=until)
            reply = next((text for question, text in answers if question.search(talk.line)), None)
            if reply is not None:
                await talk.send(reply + "\r")
            elif self._dialect.prompt.search(talk.line) and talk.mark > mark:
                self.prompt = talk.line
                return "\n".join(talk.since(mark)[1:-1])
        raise Unreachable(f"{command!r} did not end in time")

    # --- inside ---

    @property
    def _dialect(self) -> Dialect:
        if self._arrived is None:
            raise RuntimeError("a console session is used inside `async with`")
        return self._arrived.dialect

    @property
    def _conversation(self) -> Conversation:
        if self._talk is None:
            raise RuntimeError("a console session is used inside `async with`")
        return self._talk

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
        self._arrived = await Arrival(
            self._talk,
            hint=dialect_of_type(self.target.device_type),
            login=self.login,
            until=monotonic() + self._patience.arrival_seconds,
        ).run()
        self.prompt = self._arrived.prompt
        await self._dialect.prepare(self)

    async def _leave(self) -> None:
        """Put back what was changed; a console that does not answer any more is left as it is."""
        if self._talk is None or self._arrived is None:
            return
        self._talk.deadline = max(self._talk.deadline, monotonic() + _LEAVING)
        with contextlib.suppress(ServiceError, TimeoutError):
            async with asyncio.timeout(_LEAVING):
                await self._dialect.leave(self)
                if self._arrived.logged_in and self._dialect.logout:
                    await self._talk.send(self._dialect.logout + "\r")
                    await self._talk.quiet(_SETTLED, until=monotonic() + _LEAVING)

    async def _run(self, command: str, seconds: float, *, tries: int) -> str:
        until = monotonic() + seconds
        for _ in range(tries):
            await self._reach_prompt(until)
            typed = self._dialect.in_mode(command, self.prompt)
            printed = await self._type(typed, command, seconds)
            if printed is None:
                continue
            if self._dialect.refusal.search(printed):
                raise CommandRefused(f"the device does not take {command!r}")
            return printed
        raise Busy(f"somebody else types at this console; {command!r} could not be put")

    async def _type(self, typed: str, command: str, seconds: float) -> str | None:
        """Type one line and return its answer; None where somebody typed into it."""
        talk = self._conversation
        answer = Answer(talk.transcript, prompt=self.prompt, typed=typed)
        await talk.send(typed + "\r")
        until = monotonic() + seconds
        while await talk.wait_for(lambda: answer.look() != "waiting", until=until):
            match answer.look():
                case "pager":
                    before = talk.received
                    await talk.send(" ")
                    await talk.wait_for(lambda seen=before: talk.received > seen, until=until)  # type: ignore[misc]
                case "disturbed":
                    return None
                case "done":
                    if answer.ended_at_cursor:
                        await talk.quiet(_SETTLED, until=until)
                        if answer.look() != "done":
                            continue
                    return answer.text(self._dialect.noise)
        raise await self._overdue(answer, command, seconds)

    async def _overdue(self, answer: Answer, command: str, seconds: float) -> ServiceError:
        if not answer.has_begun:
            return Busy(f"{command!r} was not taken: another program runs at this console, or it does not echo")
        with contextlib.suppress(ServiceError):
            await self._conversation.send(INTERRUPT)  # the program that still runs is ours
        return Unreachable(f"{command!r} did not end within {seconds:g} s, or by the session's deadline")

    async def _reach_prompt(self, until: float) -> None:
        """Be at a prompt with nothing typed after it; wait for whoever types, then wipe the line."""
        talk = self._conversation
        until = min(until, talk.deadline)
        while not self._at_prompt():
            if monotonic() >= until:
                reason = "no prompt: another program runs at this console, or somebody types"
                raise Busy(reason) if talk.received else Silent(reason)
            await talk.quiet(_TYPING_PAUSE, until=until)
            if self._at_prompt():
                return
            await talk.send(CLEAR_LINE + "\r")
            await talk.wait_for(self._at_prompt, until=min(until, monotonic() + _KNOCK))

    def _at_prompt(self) -> bool:
        line = self._conversation.line
        if line == self.prompt:
            return True
        if self._dialect.prompt.search(line):
            self.prompt = line  # somebody changed the mode, or the device its name
            return True
        return False

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
