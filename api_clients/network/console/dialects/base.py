"""What a kind of device understands: its prompt, its words, and how its answers are read.

A dialect is one object without state, shared by all sessions. It asks through a Talk and returns values. What it
does not override it does not know: NotSupported, and nothing was sent.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar, Protocol, TypeVar

from api_clients.domain.errors import Malformed

from ..errors import CommandRefused, NotSupported
from ..values import ArpEntry, ConfigurationKind, ConsoleInterface, Login, Neighbor, Ping, Route, System

T = TypeVar("T")

READABLE = (ValueError, LookupError, TypeError, AttributeError)  # what a reader raises at what it cannot read


class Talk(Protocol):
    """A console, as dialects see it. `notes` are the dialect's own, for as long as the session lasts."""

    prompt: str
    login: Login | None
    notes: dict[str, str]

    async def run(self, command: str, *, seconds: float | None = None) -> str:
        """Type the command and return what it printed, without echo and prompt. CommandRefused where it is unknown."""

    async def ask(self, command: str, read: Callable[[str], T], *, seconds: float | None = None) -> T:
        """`run`, and read the answer; an unreadable one is asked for once more (somebody may have typed into it)."""

    async def dialogue(self, command: str, answers: Sequence[tuple[re.Pattern[str], str]]) -> str:
        """Type the command, answer its questions, and learn the prompt anew; return what was printed."""


class Dialect:
    name: ClassVar[str]
    prompt: ClassVar[re.Pattern[str]]  # matches a whole line with nothing typed after it
    refusal: ClassVar[re.Pattern[str]]
    noise: ClassVar[re.Pattern[str] | None] = None  # lines that the device prints at any time
    logout: ClassVar[str] = ""  # ends a login that was ours

    async def recognise(self, talk: Talk) -> str:
        """The name of the dialect, this or a kindred one, where nothing but the prompt is known."""
        return self.name

    async def prepare(self, talk: Talk) -> None:
        """What a session needs first, such as no pager."""

    async def leave(self, talk: Talk) -> None:
        """Put back what `prepare` and the questions changed for whoever else is at this console."""

    def in_mode(self, command: str, prompt: str) -> str:
        """The command as it must be typed at this prompt."""
        return command

    async def hostname(self, talk: Talk) -> str:
        return (await self.system(talk)).hostname

    async def system(self, talk: Talk) -> System:
        raise self._lacks("system")

    async def interfaces(self, talk: Talk) -> tuple[ConsoleInterface, ...]:
        raise self._lacks("interfaces")

    async def arp(self, talk: Talk) -> tuple[ArpEntry, ...]:
        raise self._lacks("arp")

    async def routes(self, talk: Talk) -> tuple[Route, ...]:
        raise self._lacks("routes")

    async def neighbors(self, talk: Talk) -> tuple[Neighbor, ...]:
        raise self._lacks("neighbors")

    async def ping(self, talk: Talk, address: str, count: int) -> Ping:
        raise self._lacks("ping")

    async def configuration(self, talk: Talk, kind: ConfigurationKind) -> str:
        """The text as the device writes it; the session masks it."""
        raise self._lacks("configuration")

    def _lacks(self, what: str) -> NotSupported:
        return NotSupported(f"{self.name} has no {what} to tell of", service="console", operation=what)


async def first_understood(*questions: Callable[[], Awaitable[T]]) -> T:
    """Put the first question that the device understands and whose answer can be read; the last one's error stands."""
    *tried, last = questions
    for question in tried:
        try:
            return await question()
        except (CommandRefused, Malformed):
            continue
    return await last()


async def if_understood(question: Awaitable[T], otherwise: T) -> T:
    """The answer, or `otherwise` where the device does not know the question: for what only adds to an answer."""
    try:
        return await question
    except (CommandRefused, Malformed):
        return otherwise
