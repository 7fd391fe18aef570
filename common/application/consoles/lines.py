"""One line to a console, and what comes then: for programs, and for people without a terminal.

`type_line` types whatever is asked, at whatever the console waits for (a prompt, a login, a boot loader), and reads
until it is quiet. `run_command` waits for the prompt before and after, as sessions of discovery do, and masks secrets.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from api_clients.domain.errors import InvalidRequest, Malformed, Overloaded, Rejected, ServiceError, Unauthorized
from api_clients.network.console.client import ConsoleClient
from api_clients.network.console.stream import TelnetStream
from api_clients.network.console.values import ConsoleTarget
from common.application.clients import clients
from common.application.consoles.finding import FoundConsole, find_console, why_ended
from common.application.consoles.record import Session, record_closed, record_opened
from common.domain.errors import Conflict, Failed, HubError, Invalid, Unavailable

QUIET_SECONDS = 2.0  # longer than the second between two answers to a ping
BEFORE_SECONDS = 0.5  # for what was said before the line is typed
MAX_BYTES = 256 * 1024
EndedBy = Literal["quiet", "time", "size", "prompt"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Output:
    """`truncated`: what came first was kept, the rest was not."""

    text: str
    ended_by: EndedBy
    seconds: float

    @property
    def truncated(self) -> bool:
        return self.ended_by == "size"


def type_line(project_id: str, node_id: str, line: str, *, wait_seconds: float, actor: str) -> Output:
    """Raises Unknown, Conflict (a stopped node), Unavailable, and whatever else keeps it from the console."""
    return _at_console(project_id, node_id, actor, lambda found: _type_line(found, line, wait_seconds))


def run_command(project_id: str, node_id: str, command: str, *, wait_seconds: float, actor: str) -> Output:
    """Like type_line. Raises Conflict as well where somebody types there, or the console asks for a login."""
    return _at_console(project_id, node_id, actor, lambda found: _run_command(found, command, wait_seconds))


def _at_console(
    project_id: str, node_id: str, actor: str, ask: Callable[[FoundConsole], Coroutine[Any, Any, tuple[Output, int]]]
) -> Output:
    found = find_console(project_id, node_id)
    session = Session(found, actor, "rest")
    record_opened(session)
    begun = time.monotonic()
    typed = shown = 0
    try:
        output, typed = asyncio.run(ask(found))
        shown = len(output.text.encode())
    except ServiceError as error:
        raise _in_our_words(found, error) from error
    finally:
        record_closed(session, "left", seconds=time.monotonic() - begun, bytes_typed=typed, bytes_shown=shown)
    return output


async def _type_line(found: FoundConsole, line: str, wait_seconds: float) -> tuple[Output, int]:
    begun = time.monotonic()
    typed = line.encode() + b"\r"
    async with await TelnetStream.connect(found.host, found.port, timeout_seconds=min(wait_seconds, 5.0)) as stream:
        await _read_until_quiet(stream, until=begun + min(wait_seconds, BEFORE_SECONDS))
        await stream.write(typed)
        data, ended_by = await _read_until_quiet(stream, until=begun + wait_seconds)
    text = data.decode("utf-8", "replace")
    return Output(text, ended_by, round(time.monotonic() - begun, 3)), len(typed)


async def _read_until_quiet(stream: TelnetStream, *, until: float) -> tuple[bytes, EndedBy]:
    data = bytearray()
    while len(data) < MAX_BYTES:
        left = until - time.monotonic()
        pause = min(left, QUIET_SECONDS) if data else left
        if pause <= 0:
            return bytes(data), "time"
        try:
            chunk = await asyncio.wait_for(stream.read(), pause)
        except TimeoutError:
            return bytes(data), "quiet" if data and left > QUIET_SECONDS else "time"
        if not chunk:
            return bytes(data), "quiet"
        data += chunk
    return bytes(data[:MAX_BYTES]), "size"


async def _run_command(found: FoundConsole, command: str, wait_seconds: float) -> tuple[Output, int]:
    client: ConsoleClient = clients().get("console")
    begun = time.monotonic()
    target = ConsoleTarget(found.host, found.port, found.node_type)
    async with client.session(target, deadline_seconds=wait_seconds) as console:
        text = await console.show(command)
    return Output(text, "prompt", round(time.monotonic() - begun, 3)), len(command) + 1


def _in_our_words(found: FoundConsole, error: ServiceError) -> HubError:
    said = f"The console of {found.node_name}: {error.reason}"
    match error:
        case InvalidRequest():
            return Invalid(said, code="console_invalid")
        case Unauthorized():
            return Conflict(f"{said}. Send lines to sign in.", code="console_login")
        case Rejected():
            return Failed(said, code="console_refused")
        case Overloaded():
            return Conflict(said, code="console_busy")
        case Malformed():
            return Failed(said, code="console_malformed")
        case _:
            return _why_unreachable(found) or Unavailable(said, code="console_unreachable")


def _why_unreachable(found: FoundConsole) -> HubError | None:
    """A node that stopped meanwhile is another answer than a console that is silent."""
    try:
        farewell = why_ended(found, fresh=True)
    except HubError as error:
        return error
    return Conflict(farewell.message, code="node_not_started") if farewell else None
