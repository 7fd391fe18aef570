"""Puts commands to a console that it may share with others, and finds their answers.

The line is wiped before Enter is pressed on it, and an answer counts only where its echo is exactly what was typed;
otherwise the command is typed again, and after three times the console is Busy. What it returns is as the device
printed it, secrets included: only dialects see it.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Final, TypeVar

from api_clients.domain.errors import Malformed, ServiceError, Unreachable

from .answer import Answer
from .conversation import CLEAR_LINE, INTERRUPT, Conversation
from .dialects import Dialect
from .dialects.base import READABLE
from .errors import Busy, CommandRefused, Silent
from .values import Login

T = TypeVar("T")

_TRIES: Final = 3
_TYPING_PAUSE: Final = 0.4  # somebody who types pauses that long between commands, not between keys
_KNOCK: Final = 1.0
_SETTLED: Final = 0.03
_ECHO: Final = 2.0  # a device that is still coming up drops what is typed; VPCS does while its startup script runs


class Exchange:
    """A Talk; `dialect` may change once more is known of the device."""

    def __init__(
        self, talk: Conversation, dialect: Dialect, *, prompt: str, login: Login | None, command_seconds: float
    ) -> None:
        self.dialect = dialect
        self.prompt = prompt
        self.login = login
        self.notes: dict[str, str] = {}
        self._talk = talk
        self._command_seconds = command_seconds

    async def run(self, command: str, *, seconds: float | None = None) -> str:
        printed = await self._put(command, seconds, tries=_TRIES, noise=self.dialect.noise)
        if self.dialect.refusal.search(printed):
            raise CommandRefused(f"the device does not take {command!r}")
        return printed

    async def once(self, command: str) -> str:
        """Type it once, and return all that was printed, a refusal and log lines too."""
        return await self._put(command, None, tries=1, noise=None)

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
        talk, until = self._talk, monotonic() + self._command_seconds
        await self._reach_prompt(until)
        mark = talk.mark
        await talk.send(self.dialect.in_mode(command, self.prompt) + "\r")
        while monotonic() < min(until, talk.deadline):
            await talk.anything(until=until)
            await talk.quiet(_SETTLED, until=until)
            reply = next((text for question, text in answers if question.search(talk.line)), None)
            if reply is not None:
                await talk.send(reply + "\r")
            elif self.dialect.prompt.search(talk.line) and talk.mark > mark:
                self.prompt = talk.line
                return "\n".join(talk.since(mark)[1:-1])
        raise Unreachable(f"{command!r} did not end in time")

    async def _put(self, command: str, seconds: float | None, *, tries: int, noise: re.Pattern[str] | None) -> str:
        seconds = seconds or self._command_seconds
        until, before = monotonic() + seconds, self._talk.received
        for _ in range(tries):
            await self._reach_prompt(until)
            answer = await self._type(command, seconds, echo_seconds=_ECHO if tries > 1 else seconds)
            if answer is not None:
                return answer.text(noise)
        if self._talk.received == before:
            raise Silent(f"it fell silent: nothing came back after {command!r}")
        raise Busy(f"somebody else types at this console; {command!r} could not be put")

    async def _type(self, command: str, seconds: float, *, echo_seconds: float) -> Answer | None:
        """Type one line and wait for its answer; None where somebody typed into it, or it was lost."""
        talk, typed, before = self._talk, self.dialect.in_mode(command, self.prompt), self._talk.received
        answer = Answer(talk.transcript, prompt=self.prompt, typed=typed)
        await talk.send(typed + "\r")
        until = monotonic() + seconds
        echoed = await talk.wait_for(
            lambda: answer.look() != "waiting" or answer.has_begun, until=monotonic() + echo_seconds
        )
        if not echoed and echo_seconds < seconds:
            return None
        while await talk.wait_for(lambda: answer.look() != "waiting", until=until):
            match answer.look():
                case "pager":
                    await talk.send(" ")
                    await talk.anything(until=until)
                case "disturbed":
                    return None
                case "done" if not answer.ended_at_cursor:
                    return answer
                case "done":
                    await talk.quiet(_SETTLED, until=until)
                    if answer.look() == "done":
                        return answer
        raise await self._overdue(answer, command, seconds, silent=talk.received == before)

    async def _overdue(self, answer: Answer, command: str, seconds: float, *, silent: bool) -> ServiceError:
        if silent:
            return Silent(f"it fell silent: nothing came back after {command!r}")
        if not answer.has_begun:
            return Busy(f"{command!r} was not taken: another program runs at this console, or it does not echo")
        with contextlib.suppress(ServiceError):
            await self._talk.send(INTERRUPT)  # the program that still runs is ours
        return Unreachable(f"{command!r} did not end within {seconds:g} s, or by the session's deadline")

    async def _reach_prompt(self, until: float) -> None:
        """Be at a prompt with nothing typed after it; wait for whoever types, then wipe the line."""
        talk = self._talk
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
        line = self._talk.line
        if line != self.prompt and self.dialect.prompt.search(line):
            self.prompt = line  # somebody changed the mode, or the device its name
        return line == self.prompt
