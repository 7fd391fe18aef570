"""Questions to one agent: a few channels, retransmission, and the verdict on silence.

The session above knows what to ask; this part gets an answer to it, or says why there is none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from gufo.snmp._fast import GetIter

from api_clients.domain.errors import Malformed, ServiceError, Unreachable

from .bulk import BulkSize
from .channel import Channel, End, Refused, Silence
from .credentials import check_credential, open_socket, socket_address
from .options import Limits
from .values import Credential, SnmpTarget, Value

Q = TypeVar("Q")
A = TypeVar("A")
Question = tuple[Callable[[Q], None], Q, Callable[[], A]]  # gufo's sender, what it sends, gufo's receiver
Varbind = tuple[str, Value]


class Exchange:
    """Opens its first channel with `open`, up to `limits.max_concurrent` when questions overlap."""

    def __init__(
        self, target: SnmpTarget, credential: Credential, *, limits: Limits, sockets: asyncio.Semaphore
    ) -> None:
        check_credential(credential)
        socket_address(target)
        self._target = target
        self._credential = credential
        self._limits = limits
        self._sockets = sockets
        self._channels: list[Channel] = []
        self._idle: list[Channel] = []
        self._turn = asyncio.Semaphore(limits.max_concurrent)
        self._answer_bytes = 0
        self._has_answered = False

    async def open(self) -> None:
        """Wait for one of the client's sockets; nothing is sent yet."""
        await self._sockets.acquire()
        try:
            self._idle.append(self._another_channel())
        except BaseException:
            self._sockets.release()
            raise

    def close(self) -> None:
        if self._channels:
            self._sockets.release()
        for channel in self._channels:
            channel.close()
        self._channels.clear()
        self._idle.clear()

    @property
    def engine_id(self) -> bytes | None:
        return None

    async def get(self, oid: str) -> Value | End:
        """The value, None for a NULL, END where there is no such object."""
        return await self._ask(lambda channel: (channel.gufo.send_get, oid, channel.gufo.recv_get))

    async def get_many(self, oids: list[str]) -> dict[str, Value]:
        """The objects that the agent has."""
        answer = await self._ask(lambda channel: (channel.gufo.send_get_many, oids, channel.gufo.recv_get_many))
        return {} if isinstance(answer, End) else answer

    async def get_next(self, oid: str, under: str) -> Varbind | End:
        """The next object, END where it does not lie under `under`."""
        after, root = GetIter(oid), GetIter(under)
        return await self._ask(
            lambda channel: (channel.gufo.send_get_next, after, lambda: channel.gufo.recv_get_next(root))
        )

    async def get_bulk(self, oid: str, size: BulkSize, under: GetIter) -> list[Varbind | None] | End:
        """As many objects as `size` says, fewer after a silence; a last None where one lay outside `under`."""

        def question(channel: Channel) -> Question[Any, list[Varbind | None]]:
            return (
                channel.gufo.send_get_bulk,
                GetIter(oid, size.current),
                lambda: channel.gufo.recv_get_bulk(under),
            )

        answer = await self._ask(question, size)
        if not isinstance(answer, End):
            size.grow(varbinds=len(answer), answer_bytes=self._answer_bytes)
        return answer

    async def _ask(self, question: Callable[[Channel], Question[Any, A]], size: BulkSize | None = None) -> A | End:
        await self._turn.acquire()
        try:
            channel = self._idle.pop() if self._idle else self._another_channel()
            try:
                answer = await self._insist(channel, question, size)
                self._answer_bytes = channel.answer_bytes
                return answer
            finally:
                self._idle.append(channel)
        finally:
            self._turn.release()

    async def _insist(
        self, channel: Channel, question: Callable[[Channel], Question[Any, A]], size: BulkSize | None
    ) -> A | End:
        """Send, and send again after each silence, a smaller bulk where there is one to make smaller."""
        attempt, failures = 0, []
        while True:
            try:
                answer = await channel.ask(*question(channel), self._limits.timeout_seconds)
            except (Silence, Refused) as failure:
                failures.append(failure)
                shrunk = size is not None and size.shrink(for_good=False)
                # An agent that has answered before is alive: let a bulk shrink to one before giving up.
                if attempt >= self._limits.retries and not (shrunk and self._has_answered):
                    raise self._verdict(failures) from failure
                attempt += 1
            else:
                self._has_answered = True
                return answer

    def _verdict(self, failures: Sequence[Silence | Refused]) -> ServiceError:
        """Unreachable, or Malformed where something came that could not be an answer.

        A stray that came before anything was sent again cannot be late: its request ID or community is wrong.
        """
        waited = f"{len(failures)} x {self._limits.timeout_seconds:g} s"
        silences = [failure for failure in failures if isinstance(failure, Silence)]
        unreadable = sum(silence.unreadable for silence in silences)
        if unreadable:
            return Malformed(f"{unreadable} answers in {waited} were no readable SNMP messages")
        if silences and silences[0].strays and not self._has_answered:
            return Malformed("the answers carry another request ID or community than the question")
        if any(silence.strays for silence in silences):
            return Unreachable(f"no answer in time ({waited}), only late ones: raise the timeout")
        last = failures[-1]
        if isinstance(last, Refused):
            return Unreachable(last.reason)
        return Unreachable(f"no answer in {waited}")

    def _another_channel(self) -> Channel:
        channel = Channel(open_socket(self._target, self._credential), ipv6=":" in self._target.address)
        self._channels.append(channel)
        return channel
