"""Values of clients as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from types import MappingProxyType
from typing import Any

import pytest

from api_clients.gateway.results import plain, written


@dataclass(frozen=True, slots=True)
class Inner:
    number: int


@dataclass(frozen=True, slots=True)
class Outer:
    name: str
    inner: tuple[Inner, ...] = ()
    labels: Mapping[str, Any] = field(default_factory=dict)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            Outer("a", (Inner(1),), MappingProxyType({"x": (1, 2)})),
            {"name": "a", "inner": [{"number": 1}], "labels": {"x": [1, 2]}},
        ),
        (datetime(2026, 1, 31, 12, tzinfo=UTC), "2026-01-31T12:00:00Z"),
        (timedelta(milliseconds=1500), 1.5),
        (b"\x00\xff", "AP8="),
        (frozenset({1}), [1]),
        (IPv4Address("10.0.0.1"), "10.0.0.1"),
        ({1: "one"}, {"1": "one"}),
        (float("nan"), None),
        (float("inf"), None),
        (2**64 - 1, 2**64 - 1),
        (None, None),
    ],
)
def test_a_value_is_written_as_json(value: Any, expected: Any) -> None:
    assert plain(value) == expected


def test_what_orjson_refuses_is_written_all_the_same() -> None:
    value = Outer(
        "\udc80x", (Inner(2**70),), {"nan": float("nan"), "when": datetime(2026, 1, 1, tzinfo=UTC), "b": b"\xff"}
    )
    assert plain(value) == {
        "name": "?x",
        "inner": [{"number": 2**70}],
        "labels": {"nan": None, "when": "2026-01-01T00:00:00+00:00", "b": "/w=="},
    }


def test_what_is_no_value_is_refused() -> None:
    with pytest.raises(TypeError, match="object cannot be written"):
        written(object())
