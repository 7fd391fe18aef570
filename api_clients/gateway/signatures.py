"""What an operation takes and returns, read from its method: parameters, a validator, the schemas of both.

Arguments from JSON are checked strictly ("1" is no number); from text, as in a query string, each is read as its type.
A moment without a zone is refused in both, for nobody could say which moment it is.
"""

from __future__ import annotations

import binascii
import inspect
import json
import re
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NotRequired, Required, get_type_hints

from pydantic import ConfigDict, PydanticUserError, SecretStr, TypeAdapter, ValidationError
from pydantic.errors import PydanticSchemaGenerationError, PydanticUndefinedAnnotation
from typing_extensions import TypedDict

from api_clients.gateway.schemas import Schema, argument_schema, result_schema
from api_clients.gateway.shapes import Shape, holds, shape_of

CONFIG = ConfigDict(extra="forbid", val_json_bytes="base64", arbitrary_types_allowed=False)
MESSAGES = {
    "missing": ("required", "This argument is needed."),
    "extra_forbidden": ("unknown", "The operation takes no such argument."),
    "unexpected_keyword_argument": ("unknown", "There is no such field."),
}
SECRET_NAMES = re.compile(
    r"password|passwd|passphrase|secret|token|api_?key|credential|authorization|private|community|cookie"
)


class SignatureUnfit(TypeError):
    """The method takes or returns what JSON cannot say; the message names it."""


@dataclass(frozen=True, slots=True)
class Problem:
    """`field` is the place, with dots; `code` one word for programs."""

    field: str
    code: str
    message: str


class ArgumentsInvalid(ValueError):
    """`problems` has an entry for each wrong argument; none quotes a value, which may be a secret."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{problem.field}: {problem.message}" for problem in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    shape: Shape
    required: bool
    default: Any
    description: str
    is_secret: bool


@dataclass(frozen=True, slots=True)
class Signature:
    parameters: tuple[Parameter, ...]
    returns_bytes: bool
    arguments: TypeAdapter[dict[str, Any]] = field(repr=False)
    result: TypeAdapter[Any] = field(repr=False)

    def named(self, name: str) -> Parameter | None:
        return next((one for one in self.parameters if one.name == name), None)

    @property
    def is_structured(self) -> bool:
        """Whether an argument is more than text can comfortably say."""
        return any(one.shape in ("structure", "bytes") for one in self.parameters)

    def from_json(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return keyword arguments of a decoded JSON object. Raises ArgumentsInvalid."""
        try:
            text = json.dumps(given)
        except RecursionError:
            raise ArgumentsInvalid([Problem("", "invalid", "The arguments are nested too deeply.")]) from None
        return self._checked(lambda: self.arguments.validate_json(text, strict=True))

    def from_texts(self, given: Mapping[str, Sequence[str | bytes]]) -> dict[str, Any]:
        """Return keyword arguments of texts, as many for each name as came; bytes stand for a file's own content.

        Raises ArgumentsInvalid.
        """
        problems: list[Problem] = []
        values: dict[str, Any] = {}
        for name, texts in given.items():
            parameter = self.named(name)
            try:
                values[name] = _read(parameter, texts) if parameter else texts
            except ValueError as error:
                problems.append(Problem(name, "invalid", str(error)))
        if problems:
            raise ArgumentsInvalid(problems)
        return self._checked(lambda: self.arguments.validate_python(values))

    def argument_schema(self) -> Schema:
        """The schema of all arguments as one object, with their descriptions and defaults."""
        schema = argument_schema(self.arguments)
        for parameter in self.parameters:
            schema["properties"][parameter.name] = _described(schema["properties"][parameter.name], parameter)
        return schema

    def result_schema(self) -> Schema:
        return result_schema(self.result)

    def _checked(self, validate: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        try:
            found = validate()
        except ValidationError as error:
            raise ArgumentsInvalid([_problem(one) for one in error.errors(**_QUIET)]) from None
        zoneless = [name for name, value in found.items() if isinstance(value, datetime) and value.tzinfo is None]
        if zoneless:
            message = "A moment needs its zone, such as 2026-01-31T12:00:00Z."
            raise ArgumentsInvalid([Problem(name, "invalid", message) for name in zoneless])
        return found


_QUIET: dict[str, Any] = {"include_input": False, "include_url": False, "include_context": False}


def read_signature(method: Callable[..., Any], *, where: str) -> Signature:
    """Read a client's method. Raises SignatureUnfit, naming `where` and what does not fit."""
    try:
        hints = get_type_hints(method, include_extras=True)
    except (NameError, TypeError) as error:
        raise SignatureUnfit(f"{where}: its type hints cannot be read: {error}") from error
    found = list(inspect.signature(method).parameters.values())[1:]
    for one in found:
        if one.kind not in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY) or one.name not in hints:
            raise SignatureUnfit(f"{where}: {one.name} is not a plain parameter with a type hint")
    if "return" not in hints:
        raise SignatureUnfit(f"{where}: nothing says what it returns")
    text = inspect.getdoc(method) or ""
    result = hints["return"]
    try:
        return Signature(
            parameters=tuple(_parameter(one, hints[one.name], text) for one in found),
            returns_bytes=result in (bytes, bytes | None),
            arguments=_arguments(found, hints),
            result=_result(result),
        )
    except (PydanticSchemaGenerationError, PydanticUndefinedAnnotation, PydanticUserError) as error:
        raise SignatureUnfit(f"{where}: JSON cannot say what it takes or returns: {error}") from error


def _arguments(found: Sequence[inspect.Parameter], hints: Mapping[str, Any]) -> TypeAdapter[dict[str, Any]]:
    """A TypedDict rather than a model: parameters may be called `json` or `copy`, and what is left out stays out."""
    make: Any = TypedDict  # made at run time, which type checkers cannot follow
    needed: Any = Required
    optional: Any = NotRequired
    fields = {one.name: (needed if one.default is one.empty else optional)[hints[one.name]] for one in found}
    shape = make("Arguments", fields)
    shape.__pydantic_config__ = CONFIG
    return TypeAdapter(shape)


def _result(hint: Any) -> TypeAdapter[Any]:
    """Wrapped, so that a class that is returned has its name in the schema."""
    make: Any = TypedDict
    shape = make("Result", {"data": hint})
    shape.__pydantic_config__ = ConfigDict(json_schema_serialization_defaults_required=True)
    return TypeAdapter(shape)


def _parameter(one: inspect.Parameter, hint: Any, text: str) -> Parameter:
    return Parameter(
        name=one.name,
        shape=shape_of(hint),
        required=one.default is one.empty,
        default=None if one.default is one.empty else one.default,
        description=_said_of(one.name, text),
        is_secret=holds(hint, SecretStr) or SECRET_NAMES.search(one.name.lower()) is not None,
    )


def _said_of(name: str, text: str) -> str:
    """The sentences of the docstring that name the parameter in backticks."""
    sentences = re.split(r"(?<=[.;:!?])\s+", " ".join(text.split()))
    return " ".join(
        f"{sentence.rstrip(';:')}." if sentence[-1] in ";:" else sentence
        for sentence in sentences
        if f"`{name}`" in sentence
    )


def _described(schema: Schema, parameter: Parameter) -> Schema:
    described = dict(schema)
    if parameter.description:
        described["description"] = parameter.description
    if isinstance(parameter.default, str | int | float | bool):
        described["default"] = parameter.default
    if parameter.is_secret:
        described["writeOnly"] = True
    return described


def _read(parameter: Parameter, texts: Sequence[str | bytes]) -> Any:
    """Raises ValueError, which quotes nothing."""
    if parameter.shape == "list":
        return [_text(item) for item in texts]
    if len(texts) != 1:
        raise ValueError(f"This argument was given {len(texts)} times; once is enough.")
    (one,) = texts
    match parameter.shape:
        case "bytes":
            return one if isinstance(one, bytes) else _decoded(one)
        case "structure":
            return _structure(_text(one))
    return _text(one)


def _text(value: str | bytes) -> str:
    if isinstance(value, str):
        return value
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError("The content is not UTF-8 text.") from None


def _decoded(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("This should be base64.") from None


def _structure(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("This should be JSON, such as an object or a list.") from None


def _problem(found: Mapping[str, Any]) -> Problem:
    code, message = MESSAGES.get(found["type"], ("invalid", f"{found['msg'].removeprefix('Value error, ')}."))
    return Problem(".".join(map(str, found["loc"])), code, message)
