"""What each operation answers to its example, found by asking the service's simulator.

An example must be the same tomorrow. So each is asked twice, of two simulators that begin alike and by clocks a day
apart: what differs (an id that the client chose, a moment) is replaced by something that stands still.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any
from unittest import mock
from uuid import UUID

from api_clients.catalog import ServiceEntry
from api_clients.domain.errors import ServiceError
from api_clients.gateway.endpoints import Endpoint
from api_clients.gateway.results import plain
from api_clients.gateway.signatures import ArgumentsInvalid
from api_clients.gateway.simulated import simulated_client

DAY_SECONDS = 86_400.0
MOST_ROWS, MOST_ITEMS = 2, 20  # rows are alike, and an example is for people
LONGEST_TEXT = 2_000
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_MOMENT = "2026-01-01T12:00:00Z"


class ExampleFailed(Exception):
    """The simulator did not answer the example of an operation; the message names both."""


@dataclass
class _StandIns:
    """One fixed id for each that differs, the same wherever it comes again."""

    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    known: dict[str, str] = field(default_factory=dict)

    def of(self, text: str) -> str:
        if text not in self.known:
            self.known[text] = str(UUID(int=next(self.numbers), version=4))
        return self.known[text]


def example_arguments(endpoint: Endpoint) -> dict[str, Any]:
    """The example's arguments as JSON has them."""
    found: dict[str, Any] = plain(dict(endpoint.example))
    return found


def answer_to_example(entry: ServiceEntry, endpoint: Endpoint) -> Any:
    """Return what the simulator answers, as a client has it. Raises ExampleFailed."""
    client = simulated_client(entry)
    try:
        arguments = endpoint.signature.from_json(example_arguments(endpoint))
        return getattr(client, endpoint.name)(**arguments)
    except (ArgumentsInvalid, ServiceError, ValueError) as error:
        raise ExampleFailed(f"the example of {endpoint.service}.{endpoint.name}: {error}") from error


def response_example(entry: ServiceEntry, endpoint: Endpoint) -> Any:
    """The answer as JSON, shortened, and the same each time. Raises ExampleFailed."""
    with _clock(0.0):
        first = plain(answer_to_example(entry, endpoint))
    with _clock(DAY_SECONDS):
        second = plain(answer_to_example(entry, endpoint))
    return _still(first, second, _StandIns())


@contextmanager
def _clock(ahead_seconds: float) -> Iterator[None]:
    real = time.time

    def shifted() -> float:
        return real() + ahead_seconds

    with mock.patch.object(time, "time", shifted):
        yield


def _still(one: Any, other: Any, stand_ins: _StandIns) -> Any:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return {_key(key, other, stand_ins): _still(value, other.get(key, ""), stand_ins) for key, value in one.items()}
    if isinstance(one, list) and isinstance(other, list):
        rows = [_still(item, other[at] if at < len(other) else "", stand_ins) for at, item in enumerate(one)]
        return rows[: MOST_ROWS if all(isinstance(row, dict) for row in rows) else MOST_ITEMS]
    if isinstance(one, str):
        return _still_text(one, other, stand_ins)
    if one != other and isinstance(one, int | float) and not isinstance(one, bool):
        return 0 if isinstance(one, int) else 0.0
    return one


def _key(key: str, other: Mapping[str, Any], stand_ins: _StandIns) -> str:
    return key if key in other else stand_ins.of(key)


def _still_text(one: str, other: Any, stand_ins: _StandIns) -> str:
    if one == other:
        return one if len(one) <= LONGEST_TEXT else f"{one[:LONGEST_TEXT]}..."
    if _is_moment(one):
        return _MOMENT
    return _UUID.sub(lambda found: stand_ins.of(found.group()), one) if _UUID.search(one) else "..."


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
