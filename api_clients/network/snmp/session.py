"""Asking one agent: the operations of a session, each with paging, limits and clear errors.

Absent objects: `get` raises NoSuchObject, `get_many` leaves them out, `get_next` and `walk` pass over them.
All errors are of the tree in `errors`; OIDs are checked (InvalidOid) before anything is sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from time import monotonic
from types import TracebackType
from typing import Final

from gufo.snmp._fast import GetIter

from api_clients.domain.errors import Malformed, ServiceError, Unreachable
from api_clients.domain.ports import Breaker, Meter

from .bulk import ROOM_BYTES, ROOM_BYTES_V3, BulkSize
from .errors import AnswerTooBig, LevelNotAllowed, NoSuchObject, NotIncreasing, NotWritable, WalkTooLong
from .exchange import Exchange
from .oid import checked_oid, follows, is_within
from .options import Limits
from .outcomes import CutOff, End, ErrorStatus
from .status import AUTHORIZATION_ERROR, GEN_ERR, NO_SUCH_NAME, READ_ONLY, TOO_BIG, refusal
from .values import Community, Credential, SnmpTarget, Syntax, UsmUser, Value

Varbind = tuple[str, Value]

_FIRST_OF_TREE: Final = "1.3"  # where nearly every object lives; LLDP-MIB and IEEE's live under 1.0 and 1.2


class SnmpSession:
    """One agent asked as one user; made by SnmpClient.session, used inside `async with`, by one event loop."""

    def __init__(
        self,
        target: SnmpTarget,
        credential: Credential,
        *,
        limits: Limits,
        sockets: asyncio.Semaphore,
        breaker: Breaker | None = None,
        meter: Meter | None = None,
    ) -> None:
        self.target = target
        self.credential = credential
        self._limits = limits
        self._breaker = breaker
        self._meter = meter
        self._exchange = Exchange(target, credential, limits=limits, sockets=sockets)
        room = ROOM_BYTES_V3 if isinstance(credential, UsmUser) else ROOM_BYTES
        self._bulk = BulkSize(start=limits.bulk_start, limit=limits.bulk_limit, room_bytes=room)
        self._has_bulk = not (isinstance(credential, Community) and credential.version == "1")
        self._where = f"{target.address}:{target.port}"

    async def __aenter__(self) -> SnmpSession:
        await self._exchange.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._exchange.close()

    async def get(self, oid: str) -> Value:
        """The value of one object; NoSuchObject where the agent has none."""
        oid = checked_oid(oid)
        with self._asking("get", oid):
            return await self._get(oid)

    async def get_many(self, oids: Iterable[str]) -> dict[str, Value]:
        """The values of these objects; those that the agent does not have are left out."""
        wanted = list(dict.fromkeys(map(checked_oid, oids)))
        with self._asking("get_many", wanted[0] if wanted else ""):
            return await self._get_many(wanted)

    async def get_next(self, oid: str) -> Varbind | None:
        """The first object after `oid`, anywhere in the tree; None at its end."""
        oid = checked_oid(oid)
        with self._asking("get_next", oid):
            return await self._get_next(oid)

    async def get_bulk(self, oid: str, *, max_repetitions: int = 20) -> list[Varbind]:
        """Up to `max_repetitions` objects after `oid` under the same top arcs, in one answer; v1 gives one."""
        oid = checked_oid(oid)
        if not 1 <= max_repetitions <= self._limits.bulk_limit:
            raise ValueError(f"max_repetitions is between 1 and {self._limits.bulk_limit}")
        with self._asking("get_bulk", oid):
            return await self._get_bulk(oid, max_repetitions)

    async def walk(self, oid: str, *, stop_after: int | None = None) -> list[Varbind]:
        """Every object below `oid`, in order; with `stop_after`, only about the first so many, without an error.

        An agent whose answers do not advance raises NotIncreasing, one that never ends WalkTooLong.
        """
        oid = checked_oid(oid)
        with self._asking("walk", oid):
            return await self._walk(oid, stop_after)

    async def set(self, oid: str, value: Value, *, syntax: Syntax | None = None) -> None:
        """Write one object, once and without a retransmission; see `writing` for what syntax a value gets.

        NotWritable, BadValue and their kin tell why an agent refused; InvalidValue is raised before anything
        is sent.
        """
        from . import writing  # pysnmp takes a fifth of a second to import, and most processes only read

        oid = checked_oid(oid)
        encoded = writing.encode(value, syntax)
        with self._asking("set", oid):
            await self._set(
                oid,
                writing.write(self.target, self.credential, oid, encoded, timeout_seconds=self._limits.timeout_seconds),
            )

    async def engine_id(self) -> str | None:
        """The agent's SNMP engine ID in lower-case hex: discovered with v3, else asked (snmpEngineID); None without."""
        known = self._exchange.engine_id
        if known:
            return known.hex()
        value = (await self.get_many([SNMP_ENGINE_ID])).get(SNMP_ENGINE_ID)
        return value.hex() if isinstance(value, bytes) and value else None

    # --- each operation, once admitted ---

    async def _get(self, oid: str) -> Value:
        found = await self._get_part([oid])
        if oid not in found:
            raise NoSuchObject(f"{oid}: the agent has no such object", status=NO_SUCH_NAME)
        return found[oid]

    async def _get_many(self, oids: Sequence[str]) -> dict[str, Value]:
        found: dict[str, Value] = {}
        size = self._limits.get_size
        for start in range(0, len(oids), size):
            found.update(await self._get_part(oids[start : start + size]))
        return found

    async def _get_part(self, oids: Sequence[str]) -> dict[str, Value]:
        """One request's worth, taken apart where the agent cannot answer all of it at once."""
        try:
            answer = await self._exchange.get_many(list(oids))
        except ErrorStatus as error:
            if error.status == NO_SUCH_NAME and (len(oids) == 1 or 1 <= error.index <= len(oids)):
                # v1 refuses the whole request for one absent object and says which: ask for the others.
                rest = [oid for place, oid in enumerate(oids, start=1) if place != error.index]
                return await self._get_part(rest) if len(oids) > 1 else {}
            if error.status in (NO_SUCH_NAME, TOO_BIG, GEN_ERR) and len(oids) > 1:
                return await self._get_halves(oids)
            raise
        except CutOff:
            if len(oids) > 1:
                return await self._get_halves(oids)
            raise
        if answer.keys() - set(oids):
            raise Malformed("the agent answered with objects that were not asked for")
        return answer

    async def _get_halves(self, oids: Sequence[str]) -> dict[str, Value]:
        middle = len(oids) // 2
        first = await self._get_part(oids[:middle])
        return first | await self._get_part(oids[middle:])

    async def _set(self, oid: str, written: Awaitable[None]) -> None:
        try:
            await written
        except Unreachable:
            # Reading tells whether the agent is gone or, in v3, keeps silent to a wrong privacy key.
            await self._exchange.get_many([SYS_UPTIME])
            raise
        except ErrorStatus as error:
            if error.status == NO_SUCH_NAME and await self._get_part([oid]):
                raise NotWritable(
                    f"{oid}: the agent has it and refuses to write it", status=READ_ONLY
                ) from error  # v1 agents say noSuchName for this too (RFC 3584, 4.4)
            raise

    async def _get_next(self, oid: str) -> Varbind | None:
        try:
            answer = await self._exchange.get_next(oid, under=_top_arcs(oid))
            if isinstance(answer, End) and _top_arcs(oid) < _FIRST_OF_TREE:
                answer = await self._exchange.get_next(_FIRST_OF_TREE, under=_FIRST_OF_TREE)
        except ErrorStatus as error:
            if error.status == NO_SUCH_NAME:
                return None  # how v1 says that the tree ends
            raise
        if isinstance(answer, End):
            return None
        if not follows(answer[0], oid):
            raise NotIncreasing(f"the agent does not advance: after {oid} came {answer[0]}")
        return answer

    async def _get_bulk(self, oid: str, max_repetitions: int) -> list[Varbind]:
        if not self._has_bulk:
            found = await self._get_next(oid)
            return [found] if found else []
        answer = await self._exchange.get_bulk(
            oid, BulkSize(start=max_repetitions, limit=max_repetitions), GetIter(_top_arcs(oid))
        )
        return [] if isinstance(answer, End) else [varbind for varbind in answer if varbind is not None]

    async def _walk(self, root: str, stop_after: int | None) -> list[Varbind]:
        found: list[Varbind] = []
        deadline = monotonic() + self._limits.walk_seconds
        under = GetIter(root)
        cursor, more = root, True
        size = self._bulk.for_new_walk()
        while more and (stop_after is None or len(found) < stop_after):
            page, more = await (
                self._bulk_page(cursor, under, size) if self._has_bulk else self._next_page(cursor, root)
            )
            if page:
                last = page[-1][0]
                if not follows(last, cursor):
                    raise NotIncreasing(f"the agent does not advance: after {cursor} came {last}")
                cursor = last
                found += page
            self._check_walk(root, len(found), deadline)
        # Each page ends behind the one before, so a walk ends; that no object came twice is cheaper to check
        # once here than by comparing all neighbours, which took a quarter of the time of a walk.
        if len(dict(found)) < len(found):
            raise NotIncreasing(f"the agent gave some objects under {root} twice")
        return found

    async def _bulk_page(self, cursor: str, under: GetIter, size: BulkSize) -> tuple[list[Varbind], bool]:
        """The next page of a walk, and whether the subtree may go on after it."""
        while True:
            try:
                answer = await self._exchange.get_bulk(cursor, size, under)
            except ErrorStatus as error:
                if error.status in (TOO_BIG, GEN_ERR) and size.shrink(for_good=True):
                    continue
                if error.status == NO_SUCH_NAME:
                    return [], False  # proxies of v1 agents end a walk so
                raise
            except CutOff:
                if size.shrink(for_good=True):
                    continue
                raise
            if isinstance(answer, End):
                return [], False
            if answer[-1] is None:
                answer.pop()
                return answer, False  # type: ignore[return-value] # the only None was the last one
            return answer, True  # type: ignore[return-value] # gufo puts None nowhere else

    async def _next_page(self, cursor: str, root: str) -> tuple[list[Varbind], bool]:
        found = await self._get_next(cursor)
        return ([found], True) if found and is_within(found[0], root) else ([], False)

    def _check_walk(self, root: str, count: int, deadline: float) -> None:
        if count > self._limits.walk_varbinds:
            raise WalkTooLong(f"the walk of {root} passed {self._limits.walk_varbinds} objects")
        if monotonic() > deadline:
            raise WalkTooLong(f"the walk of {root} took more than {self._limits.walk_seconds:g} seconds")

    # --- the breaker, and the one place where inner errors become the tree's ---

    @contextmanager
    def _asking(self, operation: str, oid: str) -> Iterator[None]:
        with (
            self._breaker.guard() if self._breaker else nullcontext(),
            self._measuring(operation, self._meter) if self._meter else nullcontext(),
            self._translating(operation, oid),
        ):
            yield

    @contextmanager
    def _measuring(self, operation: str, meter: Meter) -> Iterator[None]:
        started = monotonic()
        try:
            yield
        except ServiceError as error:
            meter.observe("snmp", operation, type(error).__name__, monotonic() - started)
            raise
        meter.observe("snmp", operation, "success", monotonic() - started)

    @contextmanager
    def _translating(self, operation: str, oid: str) -> Iterator[None]:
        try:
            yield
        except ErrorStatus as error:
            if error.status == AUTHORIZATION_ERROR and isinstance(self.credential, UsmUser):
                raise self._level_not_allowed(self.credential, operation) from error
            raise refusal(error.status, oid, operation=operation, target=self._where) from error
        except CutOff as error:
            raise AnswerTooBig(
                f"{oid}: the answer is longer than a datagram that can be read",
                status=TOO_BIG,
                service="snmp",
                operation=operation,
                target=self._where,
            ) from error
        except ServiceError as error:
            error.service, error.operation, error.target = "snmp", operation, self._where
            raise

    def _level_not_allowed(self, user: UsmUser, operation: str) -> LevelNotAllowed:
        """authorizationError towards a v3 user: no access entry for the user at this level (RFC 3415, 3.2)."""
        return LevelNotAllowed(
            f"user {user.name} may not ask this agent at this security level",
            service="snmp",
            operation=operation,
            target=self._where,
        )


SYS_UPTIME: Final = "1.3.6.1.2.1.1.3.0"
SNMP_ENGINE_ID: Final = "1.3.6.1.6.3.10.2.1.1.0"  # SNMP-FRAMEWORK-MIB


def _top_arcs(oid: str) -> str:
    """The first two arcs: gufo refuses to read an answer that is not under some root of at least two."""
    first, second, *_ = oid.split(".", 2)
    return f"{first}.{second}"
