"""The pure parts under remote modules, as tables: signatures, callback URLs, JSON Schemas, names."""

from __future__ import annotations

from typing import Any

import pytest

from common.domain.callback_urls import callback_url_problem
from common.domain.json_schemas import schema_problem, value_problems
from common.domain.manifest import Queue
from common.domain.names import dotted_name_problem, module_name_problem
from common.domain.signatures import SignatureInvalid, check_signature, signature_headers
from common.infrastructure.work.claims import QUEUES

NOW = 1_768_478_400


def test_a_signature_holds_for_five_minutes_and_for_this_request_alone() -> None:
    sent = {"method": "POST", "path": "/a?b=1", "body": b'{"x": 1}'}
    headers = signature_headers("secret", module="weather", timestamp=NOW, **sent)
    for now in (NOW - 300, NOW, NOW + 300):
        check_signature("secret", headers, now=now, **sent)
    for now in (NOW - 301, NOW + 301):
        with pytest.raises(SignatureInvalid, match="minutes away from the clock"):
            check_signature("secret", headers, now=now, **sent)
    for other in ({"method": "DELETE"}, {"path": "/a?b=2"}, {"path": "/a"}, {"body": b'{"x": 2}'}, {"body": b""}):
        with pytest.raises(SignatureInvalid, match="does not match"):
            check_signature("secret", headers, now=NOW, **{**sent, **other})
    with pytest.raises(SignatureInvalid, match="does not match"):
        check_signature("Secret", headers, now=NOW, **sent)


def test_the_signature_is_the_documented_one() -> None:
    """Computed with `openssl dgst -sha256 -hmac secret` over the four lines."""
    headers = signature_headers("secret", module="weather", method="POST", path="/nms", body=b"{}", timestamp=NOW)
    assert headers == {
        "X-NMS-Module": "weather",
        "X-NMS-Timestamp": "1768478400",
        "X-NMS-Signature": "v1=be92e025dde89a0bc1d6f1836b3d207b143fc1b65ce63232600974a8d40307b7",
    }


@pytest.mark.parametrize("timestamp", ["", "soon", "1e9", "-1", "\u0661", "1768478400.5", "9" * 13])
def test_a_timestamp_is_whole_unix_seconds(timestamp: str) -> None:
    with pytest.raises(SignatureInvalid, match="whole Unix seconds"):
        check_signature("s", {"X-NMS-Timestamp": timestamp}, method="GET", path="/", body=b"", now=NOW)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9000/nms",
        "http://localhost",
        "https://weather.example.org/hooks/nms",
        "http://10.1.2.3:80/",
        "http://[::1]:9000/nms",
        "http://[2001:db8::1]/",
        "http://weather_module:9000/nms",
        "https://example.org/a%20b",
    ],
)
def test_a_web_address_of_a_host_may_be_called(url: str) -> None:
    assert callback_url_problem(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "weather",
        "//host/",
        "ftp://host/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://",
        "http:///path",
        "http://host:0/",
        "http://host:99999/",
        "http://host:port/",
        "http://user@host/",
        "http://:password@host/",
        "http://host/?a=1",
        "http://host/#a",
        "http://host/?",
        "http://host/a b",
        "http://host/a\nb",
        "http://host/\u00e9",
        "http://host//a",
        "http://host/../a",
        "http://host/%2e%2e/a",
        "http://169.254.169.254/latest/meta-data",
        "http://2852039166/",  # the same, as one number
        "http://0xa9fea9fe/",
        "http://0xa9.254.43518/",
        "http://0251.0376.0251.0376/",
        "http://[::ffff:169.254.169.254]/",
        "http://[fe80::1]/",
        "http://[fe80::1%25eth0]/",
        "http://0.0.0.0/",
        "http://0/",
        "http://[::]/",
        "http://224.0.0.1/",
        "http://[ff02::1]/",
        "http://255.255.255.255/",
        "http://1.2.3.4.5/",
        "http://host\\@evil/",
        "http://" + "x" * 500 + "/",
    ],
)
def test_any_other_url_is_refused(url: str) -> None:
    assert callback_url_problem(url)


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "object", "properties": {"a": {"type": "integer"}}},
        {"$defs": {"a": {"type": "string"}}, "properties": {"b": {"$ref": "#/$defs/a"}}},
        {"$schema": "https://json-schema.org/draft/2020-12/schema"},
        {"properties": {"$ref": {"type": "string"}}},
        {"const": {"$ref": "https://example.org/"}, "default": 1},
        {"$id": "https://example.org/mine", "definitions": {"a b": {}}, "$ref": "#/definitions/a%20b"},
        {"patternProperties": {"^x-": {"type": "string"}}, "additionalProperties": False},
    ],
)
def test_a_schema_that_can_be_used_has_no_problem(schema: dict[str, Any]) -> None:
    assert schema_problem(schema) is None


@pytest.mark.parametrize(
    ("schema", "what"),
    [
        ({"type": "thing"}, "not a valid JSON Schema at type"),
        ({"properties": []}, "at properties"),
        ({"required": "a"}, "at required"),
        ({"pattern": "("}, "at pattern"),
        ({"$ref": "https://example.org/schema"}, "leads nowhere"),
        ({"properties": {"a": {"$ref": "other.json"}}}, "leads nowhere"),
        ({"items": {"$dynamicRef": "http://localhost/"}}, "$dynamicRef is not allowed"),
        ({"$ref": "#/$defs/missing"}, "leads nowhere"),
        ({"$ref": "#"}, "leads nowhere"),
        ({"$defs": {"a": {"properties": {"b": {"$ref": "#/$defs/a"}}}}, "$ref": "#/$defs/a"}, "refers to itself"),
        ({"items": {"$id": "https://example.org/"}}, "$id is not allowed"),
        ({"unevaluatedProperties": False}, "unevaluatedProperties is not allowed"),
        ({"properties": {"a": {"pattern": "(?=a)"}}}, "neither look-around nor back-references"),
        ({"patternProperties": {"(a)\\1": {}}}, "neither look-around nor back-references"),
        ({"pattern": "a" * 1_001}, "at most 1,000 characters"),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, "Draft 2020-12"),
        ({"$schema": 7}, "Draft 2020-12"),
        ({"description": "x" * 70_000}, "64 KiB"),
    ],
)
def test_a_schema_that_cannot_be_used_is_refused_with_the_reason(schema: dict[str, Any], what: str) -> None:
    assert what in str(schema_problem(schema))


def test_a_schema_nested_too_deep_is_refused() -> None:
    schema: dict[str, Any] = {}
    for _ in range(40):
        schema = {"properties": {"a": schema}}
    assert "levels deep" in str(schema_problem(schema))


def test_each_break_of_a_schema_is_named() -> None:
    schema = {
        "type": "object",
        "required": ["city"],
        "properties": {"city": {"type": "string"}, "days": {"type": "integer", "maximum": 7}},
        "additionalProperties": False,
    }
    assert value_problems(schema, {"city": "Berlin", "days": 3}) == ()
    problems = value_problems(schema, {"days": 8, "more": 1})
    assert {(entry["field"], entry["code"]) for entry in problems} == {
        ("", "required"),
        ("days", "maximum"),
        ("", "additionalProperties"),
    }
    assert len(value_problems({"items": {"type": "string"}, "type": "array"}, list(range(100)))) == 20


def test_schemas_stored_before_such_were_refused_are_an_error_and_no_crash_nor_a_request() -> None:
    assert [entry["code"] for entry in value_problems({"$ref": "#"}, {})] == ["recursion"]
    assert [entry["code"] for entry in value_problems({"$ref": "http://127.0.0.1:9/schema"}, 1)] == ["reference"]


@pytest.mark.parametrize("name", ["a", "network_management", "weather-2", "a" * 100])
def test_names_of_modules(name: str) -> None:
    assert module_name_problem(name) is None


@pytest.mark.parametrize("name", ["", "A", "1a", "a.b", "a b", "a\n", "\u00e9", "a" * 101, "hub", None, 7, b"a"])
def test_what_is_no_name_of_a_module(name: object) -> None:
    assert module_name_problem(name)


@pytest.mark.parametrize("name", ["a.b", "a.b-c.d_e", "ping"])
def test_names_of_capabilities(name: str) -> None:
    assert dotted_name_problem(name) is None


@pytest.mark.parametrize("name", ["a.", ".a", "a..b", "a.B", "a/b", "a" * 101])
def test_what_is_no_name_of_a_capability(name: str) -> None:
    assert dotted_name_problem(name)


def test_the_queues_of_capabilities_are_there() -> None:
    assert set(Queue.__args__) < set(QUEUES)  # type: ignore[attr-defined] # of a Literal
