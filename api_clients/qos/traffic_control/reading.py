"""Makes values of documents: of the kernel's answers, and of plans that come back from outside."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from api_clients.domain.values import Response
from api_clients.qos.traffic_control.values import Applied, Interface, Plan, State, Statistics

T = TypeVar("T")


@functools.cache
def _adapter(shape: Any) -> TypeAdapter[Any]:
    return TypeAdapter(shape)


@dataclass(frozen=True, slots=True)
class as_found(Generic[T]):  # noqa: N801 # reads as a function where it is used; a class, so that two of one shape are equal
    """Read what was found with `shape`."""

    shape: Callable[[Any], T]

    def __call__(self, response: Response) -> T:
        return self.shape(json.loads(response.body)["found"])


def every(shape: type[T]) -> Callable[[Any], tuple[T, ...]]:
    return functools.partial(_every, shape)


def _every(shape: Any, found: Any) -> tuple[Any, ...]:
    if not isinstance(found, list):
        raise TypeError("no list")
    return tuple(_adapter(shape).validate_python(one) for one in found)


def interfaces(found: Any) -> tuple[Interface, ...]:
    return _every(Interface, found)


def state_of(found: Any) -> State:
    return _adapter(State).validate_python(found)  # type: ignore[no-any-return]


def statistics(found: Any) -> tuple[Statistics, ...]:
    """With two readings, rates of the time between them; what was made meanwhile has none."""
    after = _every(Statistics, found["objects"])
    if not found["seconds"]:
        return after
    before = {(one.object, one.id, one.parent): one for one in _every(Statistics, found["before"])}
    return tuple(_rated(one, before.get((one.object, one.id, one.parent)), found["seconds"]) for one in after)


def _rated(one: Statistics, before: Statistics | None, seconds: float) -> Statistics:
    if before is None or one.bytes < before.bytes:
        return replace(one, rate_bps=None, packets_per_second=None)
    rate = 8 * (one.bytes - before.bytes) / seconds
    return replace(one, rate_bps=rate, packets_per_second=(one.packets - before.packets) / seconds)


def plan_of(document: Plan | Mapping[str, Any]) -> Plan:
    """Raises ValueError where it is no plan."""
    return _from_outside(Plan, document)


def applied_of(document: Applied | Mapping[str, Any]) -> Applied:
    """Raises ValueError where it is no plan that was applied."""
    return _from_outside(Applied, document)


def _from_outside(shape: type[T], document: T | Mapping[str, Any]) -> T:
    if isinstance(document, shape):
        return document
    try:
        return cast(T, _adapter(cast(Any, shape)).validate_python(document))
    except ValidationError as error:
        problem = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in problem["loc"])
        raise ValueError(f"this is no {shape.__name__.lower()}: {where}: {problem['msg']}") from None
