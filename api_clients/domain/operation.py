"""What a client can do, said once, beside the method that does it.

    class PrometheusClient(HttpClient):
        @operation(idempotent=True, role="viewer", cache_seconds=5.0, lane="monitoring")
        def query(self, expression: str) -> tuple[Sample, ...]:
            '''Evaluate a PromQL expression now.'''
            return self._get("/api/v1/query", params={"query": expression}, read=read_vector)

The decorator leaves a description on the method, from which the resilience chain knows whether it may retry and
cache, and from which REST endpoints, commands and docs are made. While the method runs (sync or async), the
description and one deadline are known to whatever sends on its behalf, through `current_invocation`.
"""

from __future__ import annotations

import functools
import inspect
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Literal, ParamSpec, TypeVar, cast

from api_clients.domain.errors import ServiceError
from api_clients.domain.policies.deadline import Deadline, earlier

Role = Literal["viewer", "operator", "admin"]
Lane = Literal["read", "write", "monitoring"]
P = ParamSpec("P")
R = TypeVar("R")

_DESCRIPTION = "__operation__"


@dataclass(frozen=True, slots=True)
class Operation:
    """The description of one method. `lane` names the bulkhead whose slots it uses.

    What is not `offered` is for programs alone, such as a stream: no endpoint and no command is made of it. `example`
    are arguments that the service's simulator answers, for the documents and for tests of every operation. What
    `tells_secret` answers with a secret, such as a new token: it is told to who asked, and kept nowhere.
    """

    name: str
    idempotent: bool
    role: Role
    lane: Lane
    cache_seconds: float | None = None
    deadline_seconds: float | None = None
    summary: str = ""
    offered: bool = True
    example: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    tells_secret: bool = False


@dataclass(frozen=True, slots=True)
class Invocation:
    """One run of an operation; the deadline covers every request it makes, pages and retries included."""

    operation: Operation
    deadline: Deadline | None


@dataclass(slots=True)
class Observation:
    """What the answers behind a block of calls were: how many, how many stale, and the age of the oldest."""

    answers: int = 0
    stale: int = 0
    oldest_seconds: float = 0.0

    def add(self, *, stale: bool, age_seconds: float) -> None:
        self.answers += 1
        self.stale += stale
        self.oldest_seconds = max(self.oldest_seconds, age_seconds)


_observation: ContextVar[Observation | None] = ContextVar("api_clients_observation", default=None)
_current: ContextVar[Invocation | None] = ContextVar("api_clients_invocation", default=None)
_alone: ContextVar[bool] = ContextVar("api_clients_alone", default=False)


def current_invocation() -> Invocation | None:
    """Return the operation under way in this thread or task, or None outside of one."""
    return _current.get()


@contextmanager
def observe() -> Iterator[Observation]:
    """Learn how old the answers to the calls inside are, which their values alone do not tell.

    >>> with observe() as seen:
    ...     nodes = client.nodes()
    >>> seen.stale
    0
    """
    seen = Observation()
    token = _observation.set(seen)
    try:
        yield seen
    finally:
        _observation.reset(token)


def current_observation() -> Observation | None:
    return _observation.get()


@contextmanager
def without_fallback() -> Iterator[None]:
    """Let nobody stand in for a target inside, since the answer is about that target itself."""
    token = _alone.set(True)
    try:
        yield
    finally:
        _alone.reset(token)


def may_fall_back(described: Operation) -> bool:
    """Whether another target may answer: reads alone, for an action is meant for one place."""
    return described.idempotent and described.role == "viewer" and not _alone.get()


def operation(
    *,
    idempotent: bool,
    role: Role,
    cache_seconds: float | None = None,
    lane: Lane | None = None,
    deadline_seconds: float | None = None,
    offered: bool = True,
    example: Mapping[str, Any] | None = None,
    tells_secret: bool = False,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Mark a client's method as an operation.

    Without `lane`, what viewers may do reads and the rest writes. Without `deadline_seconds` the client's own
    attribute of that name holds; within another operation the stricter deadline of the two does.
    """
    if cache_seconds is not None and not idempotent:
        raise ValueError("cache_seconds needs idempotent=True: a cached answer stands for a call that was not made")
    if cache_seconds is not None and tells_secret:
        raise ValueError("tells_secret needs cache_seconds=None: a cache would keep the secret")

    def decorate(method: Callable[P, R]) -> Callable[P, R]:
        description = Operation(
            name=method.__name__,
            idempotent=idempotent,
            role=role,
            lane=lane or ("read" if role == "viewer" else "write"),
            cache_seconds=cache_seconds,
            deadline_seconds=deadline_seconds,
            summary=(inspect.getdoc(method) or "").partition("\n")[0],
            offered=offered,
            example=example or {},
            tells_secret=tells_secret,
        )
        wrapper = _wrap(method, description)
        setattr(wrapper, _DESCRIPTION, description)
        return wrapper

    return decorate


@contextmanager
def performing(client: object, described: Operation) -> Iterator[None]:
    """Let what is sent inside be an operation that no method stands for, such as one that a configuration describes.

    The stricter of its deadline and of the operation around it holds.
    """
    token = _current.set(_invocation(described, (client,)))
    try:
        yield
    finally:
        _current.reset(token)


def describe(method: object) -> Operation | None:
    """Return the description of a method marked with `@operation`, None for any other."""
    found = getattr(method, _DESCRIPTION, None)
    return found if isinstance(found, Operation) else None


def operations_of(client: type[Any]) -> tuple[Operation, ...]:
    """Return the operations that a client class offers, inherited ones included, by name."""
    found = (describe(member) for _, member in inspect.getmembers(client, callable))
    return tuple(sorted((item for item in found if item is not None and item.offered), key=lambda item: item.name))


def example_of(client: type[Any], described: Operation) -> dict[str, Any]:
    """Return arguments of an operation for documents and tests: its own example, and for what that leaves out and the
    method needs, the client's `examples` by the name of the parameter.
    """
    method = getattr(client, described.name)
    parameters = list(inspect.signature(method).parameters.values())[1:]
    needed = [item.name for item in parameters if item.default is inspect.Parameter.empty]
    general: Mapping[str, Any] = getattr(client, "examples", {})
    return {**{name: general[name] for name in needed if name in general}, **described.example}


def _wrap(method: Callable[P, R], description: Operation) -> Callable[P, R]:
    if inspect.isgeneratorfunction(method) or inspect.isasyncgenfunction(method):
        # Its body would run after the wrapper has returned, outside of the invocation and its deadline.
        raise TypeError(f"{method.__qualname__} is a generator; an operation returns its whole answer")
    if inspect.iscoroutinefunction(method):

        @functools.wraps(method)
        async def run_async(*args: P.args, **kwargs: P.kwargs) -> Any:
            token = _current.set(_invocation(description, args))
            try:
                return await method(*args, **kwargs)
            except ServiceError as error:
                _label(error, description, args)
                raise
            finally:
                _current.reset(token)

        return cast(Callable[P, R], run_async)

    @functools.wraps(method)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        token = _current.set(_invocation(description, args))
        try:
            return method(*args, **kwargs)
        except ServiceError as error:
            _label(error, description, args)
            raise
        finally:
            _current.reset(token)

    return run


def _label(error: ServiceError, description: Operation, args: tuple[Any, ...]) -> None:
    """Say whose error it is where it came from before the request was one, as for an argument that makes no sense."""
    client = args[0] if args else None
    error.service = error.service or getattr(client, "service", "")
    error.operation = error.operation or description.name
    error.target = error.target or getattr(client, "target", "")


def _invocation(description: Operation, args: tuple[Any, ...]) -> Invocation:
    seconds = description.deadline_seconds
    if seconds is None and args:
        seconds = getattr(args[0], "deadline_seconds", None)
    now = getattr(args[0], "now", time.monotonic) if args else time.monotonic  # a client may live by another clock
    own = Deadline.after(seconds, now=now()) if seconds is not None else None
    outer = _current.get()
    return Invocation(description, earlier(own, outer.deadline) if outer else own)
