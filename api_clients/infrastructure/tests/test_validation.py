from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from api_clients.domain.errors import InvalidRequest
from api_clients.domain.values import url_path
from api_clients.infrastructure.tests.rig import Scripted, a_request
from api_clients.infrastructure.validation import RequestLimits, ValidatingTransport


@pytest.mark.parametrize(
    "fields",
    [
        {"path": "relative"},
        {"path": ""},
        {"path": "//evil.example/x"},
        {"path": "http://evil.example/x"},
        {"path": "/a b"},
        {"path": "/a\r\nHost: evil"},
        {"path": "/a\x00"},
        {"path": "/caf\u00e9"},
        {"path": "/a?b=c"},
        {"path": "/a#b"},
        {"path": "/a\\b"},
        {"path": "/a/../b"},
        {"path": "/a/.."},
        {"path": "/a/./b"},
        {"path": "/a/%2e%2E/b"},
        {"path": "/a/.%2e"},
        {"path": "/" + "a" * 10_000},
        {"method": "GET /"},
        {"method": "TRACE"},
        {"target": ""},
        {"target": "a b"},
        {"target": "a\n"},
        {"headers": {"X\r\nY": "1"}},
        {"headers": {"X": "1\r\nY: 2"}},
        {"headers": {"X": "1\n"}},
        {"headers": {"": "1"}},
        {"headers": {"X": "caf\u00e9"}},
        {"params": (("a", 1),)},
        {"params": (("a", "b\x00"),)},
        {"params": (("a", "x" * 70_000),)},
        {"params": tuple((str(number), "x") for number in range(300))},
        {"body": "text"},
        {"body": b"x" * (16 * 1024 * 1024 + 1)},
    ],
)
def test_what_must_not_leave_the_process_is_refused_and_nothing_is_sent(fields: dict[str, Any]) -> None:
    wire = Scripted()
    with pytest.raises(InvalidRequest) as caught:
        ValidatingTransport(wire).send(replace(a_request(), **fields))
    assert wire.requests == []
    assert caught.value.service == "storeroom"


@pytest.mark.parametrize(
    "fields",
    [
        {"path": "/"},
        {"path": "/api/v1/query_range"},
        {"path": "/a/..b/c.json"},
        {"path": "/a/%2F%20b"},
        {"path": "/_cat/indices/.kibana*"},
        {"target": "192.0.2.1"},
        {"target": "2001:db8::1"},
        {"target": "main-2.example.org:9090"},
        {"headers": {"Accept": "application/json; q=0.9"}},
        {"params": (("query", 'up{job="a/../b"} > 0'), ("caf\u00e9", "\u2713"))},
        {"body": b"\x00\xff"},
    ],
)
def test_what_is_well_formed_passes(fields: dict[str, Any]) -> None:
    wire = Scripted()
    ValidatingTransport(wire).send(replace(a_request(), **fields))
    assert len(wire.requests) == 1


def test_the_limits_can_be_set() -> None:
    with pytest.raises(InvalidRequest, match="over the limit of 10"):
        ValidatingTransport(Scripted(), RequestLimits(max_body_bytes=10)).send(a_request(body=b"x" * 11))


@pytest.mark.parametrize(
    ("value", "path"),
    [("plain", "/n/plain/x"), ("a/b", "/n/a%2Fb/x"), ("a?b#c", "/n/a%3Fb%23c/x"), (7, "/n/7/x"), ("%2e", "/n/%252e/x")],
)
def test_a_value_in_a_path_cannot_leave_its_segment(value: str | int, path: str) -> None:
    assert url_path("/n/{id}/x", id=value) == path


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_an_empty_or_dotted_segment_is_refused(value: str) -> None:
    with pytest.raises(InvalidRequest, match="id"):
        url_path("/n/{id}/x", id=value)
