"""What a signature takes, from JSON and from text, and what its schema says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, Literal

import pytest
from pydantic import SecretStr

from api_clients.gateway.schemas import definitions
from api_clients.gateway.signatures import ArgumentsInvalid, Signature, SignatureUnfit, read_signature


@dataclass(frozen=True, slots=True)
class Place:
    """Where something lies."""

    shelf: int
    box: str = ""


class Colour(Enum):
    RED = "red"


class Methods:
    def everything(
        self,
        name: str,
        count: int = 1,
        *,
        share: float = 0.5,
        loud: bool = False,
        state: Literal["on", "off"] = "on",
        labels: Sequence[str] = (),
        numbers: tuple[int, ...] = (),
        since: datetime | None = None,
        span: timedelta | None = None,
        place: Place | None = None,
        query: Mapping[str, Any] | None = None,
        content: bytes = b"",
        either: str | Sequence[str] = "",
        colour: Colour = Colour.RED,
        json: str = "",
        copy: bool = False,
    ) -> tuple[Place, ...]:
        """Do everything.

        `count` says how often; with `loud` it is heard. What `since` leaves out is older.
        """
        return ()


def everything() -> Signature:
    return read_signature(Methods.everything, where="methods.everything")


def test_json_is_taken_as_what_it_is() -> None:
    given = {
        "name": "a",
        "count": 2,
        "share": 1,
        "loud": True,
        "state": "off",
        "labels": ["x"],
        "numbers": [1, 2],
        "since": "2026-01-31T12:00:00Z",
        "span": "PT90S",
        "place": {"shelf": 3},
        "query": {"match_all": {}},
        "content": "AAH/",
        "either": ["a", "b"],
        "colour": "red",
        "json": "j",
        "copy": True,
    }
    assert everything().from_json(given) == {
        **given,
        "share": 1.0,
        "numbers": (1, 2),
        "since": datetime(2026, 1, 31, 12, tzinfo=UTC),
        "span": timedelta(seconds=90),
        "place": Place(3),
        "content": b"\x00\x01\xff",
        "colour": Colour.RED,
    }


def test_what_is_left_out_is_the_methods_own_default() -> None:
    assert everything().from_json({"name": "a"}) == {"name": "a"}


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({}, "name", "required"),
        ({"name": None}, "name", "invalid"),
        ({"name": "a", "count": "2"}, "count", "invalid"),
        ({"name": "a", "count": 2.5}, "count", "invalid"),
        ({"name": "a", "count": True}, "count", "invalid"),
        ({"name": "a", "loud": "yes"}, "loud", "invalid"),
        ({"name": "a", "state": "maybe"}, "state", "invalid"),
        ({"name": "a", "labels": "x"}, "labels", "invalid"),
        ({"name": "a", "numbers": [1, "2"]}, "numbers.1", "invalid"),
        ({"name": "a", "since": "2026-01-31T12:00:00"}, "since", "invalid"),
        ({"name": "a", "since": "yesterday"}, "since", "invalid"),
        ({"name": "a", "place": {"shelf": 1, "bx": ""}}, "place.bx", "unknown"),
        ({"name": "a", "content": "%%"}, "content", "invalid"),
        ({"name": "a", "nam": "b"}, "nam", "unknown"),
    ],
)
def test_wrong_json_is_told_by_its_place_and_never_quoted(given: dict[str, Any], field: str, code: str) -> None:
    with pytest.raises(ArgumentsInvalid) as caught:
        everything().from_json(given)
    assert (field, code) in {(problem.field, problem.code) for problem in caught.value.problems}
    assert "hunter2" not in str(caught.value)


def test_a_wrong_value_is_not_quoted() -> None:
    with pytest.raises(ArgumentsInvalid) as caught:
        everything().from_json({"name": "a", "count": "hunter2", "state": "hunter2", "hunter": "hunter2"})
    assert "hunter2" not in f"{caught.value!r} {caught.value.__cause__} {caught.value.problems}"


def test_text_is_read_as_the_type_says() -> None:
    found = everything().from_texts(
        {
            "name": ["7"],
            "count": ["2"],
            "share": ["0.25"],
            "loud": ["true"],
            "labels": ["a", "b,c"],
            "numbers": ["1", "2"],
            "since": ["2026-01-31T12:00:00+02:00"],
            "place": ['{"shelf": 3, "box": "x"}'],
            "query": ['{"match_all": {}}'],
            "content": ["AAH/"],
            "either": ["only"],
        }
    )
    assert found["name"] == "7"
    assert (found["count"], found["share"], found["loud"]) == (2, 0.25, True)
    assert list(found["labels"]) == ["a", "b,c"]
    assert found["numbers"] == (1, 2)
    assert found["since"].utcoffset() == timedelta(hours=2)
    assert (found["place"], found["query"], found["content"]) == (Place(3, "x"), {"match_all": {}}, b"\x00\x01\xff")


def test_the_content_of_a_file_is_taken_as_it_is() -> None:
    assert everything().from_texts({"name": [b"a"], "content": [b"\xff\x00"]}) == {"name": "a", "content": b"\xff\x00"}
    with pytest.raises(ArgumentsInvalid, match="name: The content is not UTF-8"):
        everything().from_texts({"name": [b"\xff"]})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"name": ["a", "b"]}, "name: This argument was given 2 times; once is enough."),
        ({"name": ["a"], "count": ["two"]}, "count: Input should be a valid integer"),
        ({"name": ["a"], "query": ["{"]}, "query: This should be JSON"),
        ({"name": ["a"], "query": ["[" * 100_000]}, "query: This should be JSON"),
        ({"name": ["a"], "content": ["%"]}, "content: This should be base64"),
        ({"name": ["a"], "nam": ["b"]}, "nam: The operation takes no such argument"),
        ({"name": ["a"], "since": ["2026-01-31"]}, "since: "),
    ],
)
def test_wrong_text_is_told_by_its_name(given: dict[str, list[str | bytes]], message: str) -> None:
    with pytest.raises(ArgumentsInvalid) as caught:
        everything().from_texts(given)
    assert message in str(caught.value)


def test_the_schema_says_types_defaults_and_words() -> None:
    schema, named = definitions(everything().argument_schema(), prefix="m.")
    fields = schema["properties"]
    assert schema["required"] == ["name"]
    assert schema["additionalProperties"] is False
    assert fields["count"] == {"type": "integer", "default": 1, "description": "`count` says how often."}
    assert fields["since"]["nullable"] is True
    assert fields["since"]["format"] == "date-time"
    assert fields["state"]["enum"] == ["on", "off"]
    assert fields["content"] == {"type": "string", "format": "byte"}
    assert fields["place"] == {"allOf": [{"$ref": "#/components/schemas/m.Place"}], "nullable": True}
    assert named["m.Place"]["description"] == "Where something lies."
    result, also = definitions(everything().result_schema(), prefix="m.")
    assert result == {"type": "array", "items": {"$ref": "#/components/schemas/m.Place"}}
    assert also["m.Place"]["required"] == ["shelf", "box"]


class Secretive:
    def sign_in(self, username: str, password: str, key: SecretStr, api_token: str = "", keyspace: str = "") -> None:
        """Sign in."""


def test_secret_arguments_are_known_by_name_and_by_type() -> None:
    signature = read_signature(Secretive.sign_in, where="x")
    secret = {one.name for one in signature.parameters if one.is_secret}
    assert secret == {"password", "key", "api_token"}
    fields = signature.argument_schema()["properties"]
    assert fields["password"]["writeOnly"] is True
    assert "writeOnly" not in fields["keyspace"]
    assert signature.from_json({"username": "a", "password": "b", "key": "c"})["key"].get_secret_value() == "c"


class Unfit:
    def without_hints(self, name) -> None:  # type: ignore[no-untyped-def]
        """."""

    def without_result(self, name: str):  # type: ignore[no-untyped-def]
        """."""

    def many(self, *names: str) -> None:
        """."""

    def foreign(self, thing: object.__class__ | Secretive) -> None:
        """."""


@pytest.mark.parametrize("name", ["without_hints", "without_result", "many", "foreign"])
def test_a_method_that_json_cannot_say_is_refused_by_name(name: str) -> None:
    with pytest.raises(SignatureUnfit, match=f"unfit.{name}: "):
        read_signature(getattr(Unfit, name), where=f"unfit.{name}")
