"""What a target's configuration says of a backend: its operations, each with method, path, cache and schema.

options:
  health: {path: /healthz}
  operations:
    current:
      summary: The weather of a city now
      path: /v1/current/{city}
      arguments: {city: {type: string}, units: {enum: [metric, imperial], default: metric}}
      cache_seconds: 30
      answer: {type: object, required: [temperature]}
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from api_clients.domain.operation import Role
from api_clients.domain.values import Method

PLACES = re.compile(r"\{([^{}]*)\}")
PLAIN = re.compile(r"/[!-z|~]*")  # what may stand in a path (RFC 3986, the rest is percent-encoded), without braces
NAME = r"^[A-Za-z_][A-Za-z0-9_]{0,63}$"
ARGUMENT = r"^[!-z|~]{1,64}$"  # as services call them: page-size, filter[name], $top
IN_PATH = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
WITHOUT_BODY = frozenset({"GET", "HEAD", "DELETE"})


def _is_schema(value: Any) -> Any:
    try:
        Draft202012Validator.check_schema(value)
    except SchemaError as error:
        raise ValueError(f"is no JSON Schema: {error.message}") from None
    within = Registry().resolver_with_root(DRAFT202012.create_resource(value))
    for reference in _references(value):
        try:
            within.lookup(reference)
        except Unresolvable:
            raise ValueError("a $ref leads to no place within this schema") from None
    return value


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(reference := schema.get("$ref"), str):
            yield reference
        schema = list(schema.values())
    if isinstance(schema, list):
        for inner in schema:
            yield from _references(inner)


def _is_path(text: str) -> str:
    if not text.startswith("/") or text.startswith("//") or "?" in text or "#" in text:
        raise ValueError("should be an absolute path without query, such as /v1/current/{city}")
    if not PLAIN.fullmatch(PLACES.sub("", text)):
        raise ValueError(
            "should hold braces around arguments alone, and no space or letter that is not percent-encoded"
        )
    return text


Schema = Annotated[dict[str, Any] | bool, AfterValidator(_is_schema)]
Path = Annotated[str, AfterValidator(_is_path)]
Name = Annotated[str, Field(pattern=NAME)]
ArgumentName = Annotated[str, Field(pattern=ARGUMENT)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class OperationModel(_Model):
    """Arguments go into the path where it names them, else into the query, or into a JSON body where the method has
    one. Without `idempotent` what HTTP says of the method holds.
    """

    summary: str = ""
    method: Method = "GET"
    path: Path
    arguments: dict[ArgumentName, Schema] = {}
    required: list[ArgumentName] | None = None
    query: dict[str, str] = {}
    headers: dict[str, str] = {}
    role: Role | None = None
    idempotent: bool | None = None
    cache_seconds: float | None = Field(None, gt=0, le=86_400)
    deadline_seconds: float | None = Field(None, gt=0, le=3600)
    answer: Schema = True
    answer_in: str = ""

    @model_validator(mode="after")
    def fits_together(self) -> OperationModel:
        unknown = sorted(set(self.in_path) - set(self.arguments))
        if unknown:
            raise ValueError(f"path names {{{unknown[0]}}}, which is not under arguments")
        if not all(map(IN_PATH.fullmatch, self.in_path)):
            raise ValueError("an argument in the path should be called by letters, digits, - and _ alone")
        strange = sorted(set(self.required or ()) - set(self.arguments))
        if strange:
            raise ValueError(f"required names {strange[0]}, which is not under arguments")
        if self.cache_seconds is not None and not self.is_idempotent:
            raise ValueError("cache_seconds needs an operation that may be repeated")
        return self

    @property
    def in_path(self) -> tuple[str, ...]:
        return tuple(PLACES.findall(self.path))

    @property
    def is_idempotent(self) -> bool:
        return self.method not in ("POST", "PATCH") if self.idempotent is None else self.idempotent

    @property
    def has_body(self) -> bool:
        return self.method not in WITHOUT_BODY

    @property
    def needed_role(self) -> Role:
        return self.role or ("viewer" if self.method in ("GET", "HEAD") else "operator")

    @property
    def needed(self) -> frozenset[str]:
        """The arguments without which it cannot be called: those named, else all that have no default."""
        if self.required is not None:
            return frozenset(self.required) | frozenset(self.in_path)
        return frozenset(name for name, schema in self.arguments.items() if not _has_default(schema))

    def defaults(self) -> Mapping[str, Any]:
        return {
            name: schema["default"]
            for name, schema in self.arguments.items()
            if isinstance(schema, dict) and "default" in schema
        }


class HealthModel(_Model):
    """`version_in` is the place of a version in the answer, `info.version` say."""

    path: Path = "/"
    method: Literal["GET", "HEAD"] = "GET"
    version_in: str = ""


class BackendOptions(_Model):
    health: HealthModel = HealthModel()
    operations: dict[Name, OperationModel] = Field(min_length=1)


def _has_default(schema: Any) -> bool:
    return isinstance(schema, dict) and "default" in schema
