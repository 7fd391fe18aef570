"""Reading boxes whole: the profile and the identification, once for all addresses of a box.

A device is handed on completely or not at all: where a part that the inventory cannot do without was not readable,
the outcome is a problem. Optional parts that were not readable are named (`incomplete_parts`); the inventory leaves
its rows of those parts as they are.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import structlog

from api_clients.domain.errors import ServiceError
from api_clients.network.snmp.client import SnmpClient
from api_clients.network.snmp.session import SnmpSession
from api_clients.network.snmp.values import SnmpTarget
from nms.network_management.discovery.boxes import Likeness, likeness, same_box
from nms.network_management.discovery.faults import problem_of
from nms.network_management.discovery.login import Hello
from nms.network_management.discovery.outcome import Found, Problem, Step
from nms.network_management.discovery.plan import Plan
from nms.network_management.discovery.steadiness import read_steady_profile
from nms.network_management.identification import identify
from nms.network_management.profile import DeviceProfile

log = structlog.get_logger("nms.discovery")
T = TypeVar("T")

ESSENTIAL_PARTS = ("interfaces", "addresses")


class Unreadable(Exception):
    """A part that the inventory cannot do without could not be read; the message names it and says why."""


@dataclass(frozen=True, slots=True)
class _Box:
    hello: Hello
    result: DeviceProfile | Problem

    def is_at(self, hello: Hello) -> bool:
        known = () if isinstance(self.result, Problem) else [row.address for row in self.result.snmp.addresses]
        return same_box(self.hello, hello, known_addresses=known)

    def seen_at(self, hello: Hello) -> Found | Problem:
        """What reading the box through `hello` would have given."""
        if isinstance(self.result, Problem):
            return replace(self.result, address=hello.target.address)
        if hello is self.hello:
            return Found(self.result)
        return Found(replace(self.result, target=hello.target, credential_id=hello.stored.id), again=True)


class Reader:
    """Reads boxes, a bounded number at once, and remembers the last ones for their further addresses."""

    def __init__(self, client: SnmpClient, plan: Plan) -> None:
        self._client = client
        self._plan = plan
        self._slots = asyncio.Semaphore(plan.limits.profiles_at_once)
        self._boxes: dict[Likeness, deque[_Box]] = defaultdict(deque)
        self._order: deque[Likeness] = deque()

    async def read(self, cluster: Sequence[Hello]) -> AsyncIterator[Found | Problem]:
        """Yield one outcome for each address of `cluster`, reading each box behind it once."""
        for hello in cluster:
            box = self._known(hello)
            if box is None:
                async with self._slots:
                    work = self._read_box(hello)
                    result = await guarded(work, address=hello.target.address, plan=self._plan, step="profile")
                box = _Box(hello, result)
                self._remember(box)
            yield box.seen_at(hello)

    def _known(self, hello: Hello) -> _Box | None:
        return next((box for box in self._boxes.get(likeness(hello), ()) if box.is_at(hello)), None)

    def _remember(self, box: _Box) -> None:
        self._boxes[likeness(box.hello)].append(box)
        self._order.append(likeness(box.hello))
        if len(self._order) > self._plan.limits.boxes_remembered:
            oldest = self._order.popleft()
            self._boxes[oldest].popleft()
            if not self._boxes[oldest]:
                del self._boxes[oldest]

    async def _read_box(self, hello: Hello) -> DeviceProfile | Problem:
        async with self._client.session(hello.target, hello.stored.credential) as session:
            try:
                return await read_device(session, hello.target, hello.stored.id)
            except Unreadable as error:
                return Problem(hello.target.address, hello.target.port, "profile", "unreadable", str(error))


async def read_device(session: SnmpSession, target: SnmpTarget, credential_id: int | None) -> DeviceProfile:
    """Read the device behind `session` whole and tell what it is. Raises Unreadable, and the client's errors."""
    said = await read_steady_profile(session)
    if missing := [f"{part}: {said.problems[part]}" for part in ESSENTIAL_PARTS if part in said.problems]:
        raise Unreadable(
            f"nothing of it was stored, because what cannot be missing was not readable: {'; '.join(missing)}"
        )
    return DeviceProfile(target, credential_id, await identify(session, said.system, said.components), said)


def incomplete_parts(found: Found) -> Iterator[Problem]:
    """Name the optional parts that could not be read, once for a box."""
    if found.again:
        return
    profile = found.profile
    for part, reason in sorted(profile.snmp.problems.items()):
        message = f"stored without its {part}, which could not be read: {reason}"
        yield Problem(profile.target.address, profile.target.port, "profile", "incomplete", message)


async def guarded(work: Awaitable[T], *, address: str, plan: Plan, step: Step) -> T | Problem:
    """Await `work` on one device. Whatever goes wrong, and taking too long, becomes that device's problem."""
    limit = plan.limits.seconds_per_device
    try:
        async with asyncio.timeout(limit):
            return await work
    except ServiceError as error:
        return problem_of(error, address=address, port=plan.port, step=step)
    except TimeoutError:
        message = f"not finished after {limit:g} seconds; discover it alone with a longer timeout, or look at its load"
        return Problem(address, plan.port, step, "too_slow", message)
    except Exception as error:  # one device must never stop a run; the traceback is in the log
        log.exception("a step failed on one device", address=address, step=step)
        message = f"{type(error).__name__} in NMS itself; its log has the traceback, please report it"
        return Problem(address, plan.port, step, "internal_error", message)
