"""How agents misbehave: each fault is what some device on some network really does.

A fault may change what is served (view), the request as the agent understands it, and the reply on its way out.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from api_clients.network.snmp.simulator import pdu
from api_clients.network.snmp.simulator.mib import MibView, Writable
from api_clients.network.snmp.wire import ber


class Fault:
    """Changes nothing; faults override what they spoil."""

    def view(self, view: MibView) -> MibView:
        return view

    def request(self, request: pdu.Request) -> pdu.Request:
        return request

    def deliver(self, reply: bytes) -> Iterable[tuple[float, bytes]]:
        """(delay in seconds, datagram) for each datagram that leaves in place of `reply`."""
        yield 0.0, reply


class Silent(Fault):
    """Receives and never answers: powered off, filtered, or the wrong community."""

    def deliver(self, reply: bytes) -> Iterable[tuple[float, bytes]]:
        return ()


class Slow(Fault):
    """Answers right, `seconds` late."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def deliver(self, reply: bytes) -> Iterable[tuple[float, bytes]]:
        yield self.seconds, reply


class Lossy(Fault):
    """Loses every `nth` answer: the first, the one after `nth` more, and so on."""

    def __init__(self, nth: int = 2) -> None:
        self.nth = nth
        self._count = 0

    def deliver(self, reply: bytes) -> Iterable[tuple[float, bytes]]:
        self._count += 1
        if (self._count - 1) % self.nth:
            yield 0.0, reply


class Duplicating(Fault):
    """Sends each answer twice, as a network that repeats datagrams does."""

    def deliver(self, reply: bytes) -> Iterable[tuple[float, bytes]]:
        yield 0.0, reply
        yield 0.0, reply


class Garbage(Fault):
    """Answers with `data`, or with random bytes that are no BER message."""

    def __init__(self, data: bytes | None = None, *, seed: int = 0) -> None:
        self._data = data
        self._random = random.Random(seed)  # noqa: S311 - noise, not a secret

    def deliver(self, reply: bytes) -> Iterable[tuple[float, bytes]]:
        yield 0.0, self._data if self._data is not None else self._random.randbytes(len(reply))


class Truncated(Fault):
    """Cuts each answer: `keep` bytes go out, or half of it."""

    def __init__(self, keep: int | None = None) -> None:
        self.keep = keep

    def deliver(self, reply: bytes) -> Iterable[tuple[float, bytes]]:
        yield 0.0, reply[: len(reply) // 2 if self.keep is None else self.keep]


class WrongRequestId(Fault):
    """Answers with a request-id that nobody used (v3: inside a message that is otherwise right)."""

    def request(self, request: pdu.Request) -> pdu.Request:
        last = request.request_id[-1] ^ 1
        return replace(request, request_id=request.request_id[:-1] + bytes((last,)))


class GetNextLoop(Fault):
    """The successor of the last object under `subtree` is its first: a walk that trusts the agent never ends."""

    def __init__(self, subtree: str = "1.3.6.1.2.1.2.2.1") -> None:
        self.subtree = ber.parse_oid(subtree)

    def view(self, view: MibView) -> MibView:
        return _LoopingView(view, self.subtree)


class ChangingTable(Fault):
    """Rows under `subtree` come and go between requests: those with an even last index are there every other time."""

    def __init__(self, subtree: str = "1.3.6.1.2.1.2.2.1") -> None:
        self.subtree = ber.parse_oid(subtree)

    def view(self, view: MibView) -> MibView:
        return _ChangingView(view, self.subtree)


class _LoopingView(MibView):
    def __init__(self, view: MibView, subtree: ber.Oid) -> None:
        super().__init__(dict(view.objects()), writable=view.writable)
        inside = [position for position, oid in enumerate(self.layout.oids) if oid[: len(subtree)] == subtree]
        self._first, self._last = (inside[0], inside[-1]) if inside else (0, len(self) - 1)

    def bulk(self, content: bytes, count: int) -> list[bytes]:
        found: list[bytes] = []
        position = self.after(content)
        while len(found) < count and position < len(self):
            if position == self._last + 1:
                position = self._first
            found.append(self.at(position))
            position += 1
        return found


class _ChangingView(MibView):
    def __init__(self, view: MibView, subtree: ber.Oid) -> None:
        objects = dict(view.objects())
        super().__init__(objects, writable=view.writable)
        size = len(subtree)
        kept = {oid: value for oid, value in objects.items() if oid[:size] != subtree or oid[-1] % 2}
        self._thin = MibView(kept, writable=_only(view.writable, kept))
        self._requests = 0

    def get(self, contents: Sequence[bytes]) -> list[bytes]:
        self._requests += 1
        return self._thin.get(contents) if self._requests % 2 else super().get(contents)

    def bulk(self, content: bytes, count: int) -> list[bytes]:
        self._requests += 1
        return self._thin.bulk(content, count) if self._requests % 2 else super().bulk(content, count)


def _only(writable: dict[ber.Oid, Writable], kept: Mapping[ber.Oid, object]) -> dict[ber.Oid, Writable]:
    return {oid: entry for oid, entry in writable.items() if oid in kept}
