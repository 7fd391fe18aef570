"""Questions to one agent: a few channels, retransmission, and the verdict on silence.

The session above knows what to ask; this part gets an answer to it, or says why there is none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from gufo.snmp._fast import GetIter

from api_clients.domain.errors import Malformed, ServiceError, Unreachable

from .bulk import BulkSize
from .channel import Channel
from .credentials import check_credential, open_socket, socket_address
from .options import Limits
from .outcomes import DISCOVERY_REPORTS, End, Refused, Report, Silence
from .usm import UserSecurity
from .values import Credential, SnmpTarget, UsmUser, Value

Q = TypeVar("Q")
A = TypeVar("A")
Question = tuple[Callable[[Q], None], Q, Callable[[], A]]  # gufo's sender, what it sends, gufo's receiver
Varbind = tuple[str, Value]

_MAX_RECOVERIES: Final = 3  # a discovery and a clock correction, and one to spare


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
        self._security = UserSecurity(credential) if isinstance(credential, UsmUser) else None
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
        """Known once an SNMPv3 question was asked."""
        return self._security.engine_id or None if self._security else None

    async def get_many(self, oids: list[str]) -> dict[str, Value]:
        """The objects that the agent has, as many as answered."""
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
        wait = self._limits.timeout_seconds
        failures: list[Silence | Refused] = []
        recoveries = 0
        refusal: ServiceError | None = None
        while True:
            try:
                if not channel.is_ready and self._security is not None:
                    await self._security.ready(channel, wait)
                    failures.clear()  # the agent is there: what was lost before was lost on the way
                answer = await channel.ask(*question(channel), wait)
            except (Silence, Refused) as failure:
                failures.append(failure)
                shrunk = size is not None and channel.is_ready and size.shrink(for_good=False)
                # An agent that has answered before is alive: let a bulk shrink to one before giving up.
                if len(failures) <= self._limits.retries or (shrunk and self._has_answered):
                    continue
                if refusal is None:
                    refusal = await self._refusal_behind(failures, channel)
                    if refusal is not None:
                        continue  # it hears us, so ask once more: the network may have lost what came before
                raise refusal or _verdict(failures, wait, before=self._has_answered) from failure
            except Report as report:
                recoveries += 1
                assert self._security is not None  # only v3 sockets raise reports
                if recoveries > _MAX_RECOVERIES or report.statistic not in DISCOVERY_REPORTS:
                    raise self._security.refusal(report) from report
                # The agent restarted, was replaced or our clock ran off: find engine and time again.
                channel.replace(open_socket(self._target, self._credential))
            else:
                self._has_answered = True
                return answer

    async def _refusal_behind(self, failures: Sequence[Silence | Refused], channel: Channel) -> ServiceError | None:
        """Whether a v3 agent that never answered a question keeps silent because of the user's keys."""
        if self._security is None or not channel.is_ready or self._has_answered:
            return None
        if not all(isinstance(failure, Silence) and failure.is_complete for failure in failures):
            return None
        return await self._security.refusal_behind_silence(channel, self._limits.timeout_seconds)

    def _another_channel(self) -> Channel:
        channel = Channel(open_socket(self._target, self._credential), ipv6=":" in self._target.address)
        self._channels.append(channel)
        return channel


def _verdict(failures: Sequence[Silence | Refused], timeout_seconds: float, *, before: bool) -> ServiceError:
    """Why there is no answer: Unreachable, or Malformed where something came that could not be an answer.

    A stray that came before anything was sent again, to an agent not asked `before`, cannot be late: its
    request ID or community is wrong.
    """
    waited = f"{len(failures)} x {timeout_seconds:g} s"
    silences = [failure for failure in failures if isinstance(failure, Silence)]
    unreadable = sum(silence.unreadable for silence in silences)
    if unreadable:
        return Malformed(f"{unreadable} answers in {waited} were no readable SNMP messages")
    if any(silence.forged for silence in silences):
        return Malformed("the answers do not carry the user's signature: somebody forges or alters them")
    if silences and silences[0].strays and not before:
        return Malformed("the answers carry another request ID or community than the question")
    if any(silence.strays for silence in silences):
        return Unreachable(f"no answer in time ({waited}), only late ones: raise the timeout")
    last = failures[-1]
    return Unreachable(last.reason if isinstance(last, Refused) else f"no answer in {waited}")
