"""Calls of one target and of several at once, and after which errors another may be asked instead."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import Any

from api_clients.domain.errors import Rejected, ServiceError
from api_clients.domain.operation import observe, without_fallback
from api_clients.gateway.endpoints import Endpoint

AT_ONCE = 16

ClientOf = Callable[[str], Any]
"""The client of a target; raises NotConfigured."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`age_seconds` is that of the oldest answer behind the value, 0 where all came from the service now."""

    target: str
    value: Any = field(repr=False)
    stale: bool = False
    age_seconds: float = 0.0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Failure:
    target: str
    error: ServiceError
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Crash:
    """A defect of ours, or NotConfigured for a target that has just gone: no word of the service."""

    target: str
    error: Exception
    seconds: float = 0.0


Outcome = Answer | Failure | Crash


def ask(client_of: ClientOf, endpoint: Endpoint, arguments: Mapping[str, Any], target: str) -> Answer:
    """Raises ServiceError, as the client does; anything else that it raises is a defect."""
    method = getattr(client_of(target), endpoint.name)
    began = time.monotonic()
    with observe() as seen:
        value = method(**arguments)
    return Answer(target, value, seen.stale > 0, seen.oldest_seconds, time.monotonic() - began)


def attempt(client_of: ClientOf, endpoint: Endpoint, arguments: Mapping[str, Any], target: str) -> Outcome:
    """The same, with every error as a value."""
    began = time.monotonic()
    try:
        return ask(client_of, endpoint, arguments, target)
    except ServiceError as error:
        return Failure(target, error, time.monotonic() - began)
    except Exception as error:  # noqa: BLE001 # what became of the other targets is known, and must not go with it
        return Crash(target, error, time.monotonic() - began)


def ask_all(
    client_of: ClientOf, endpoint: Endpoint, arguments: Mapping[str, Any], targets: Sequence[str]
) -> tuple[Outcome, ...]:
    """Ask several targets at once, and wait for each as long as its own deadline; in the order of `targets`.

    Each answers for itself: what a fallback said would be told as another's, and twice where it was asked as well.
    """
    with ThreadPoolExecutor(min(len(targets), AT_ONCE), thread_name_prefix="gateway") as pool, without_fallback():
        waiting = [
            pool.submit(copy_context().run, attempt, client_of, endpoint, arguments, target) for target in targets
        ]
        return tuple(one.result() for one in waiting)


def may_stand_in(error: Exception) -> bool:
    """Whether another target may be asked instead: not where the service understood the question and refused it."""
    return not isinstance(error, Rejected)
