"""Any JSON service, described by configuration alone; see options.py for the words of the description.

    weather = clients.get("backend", "weather")
    weather.read("current", {"city": "Oslo"})

Each described operation goes down the whole chain under its own name, with its own cache and deadline.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from api_clients.domain.errors import InvalidRequest
from api_clients.domain.health import Health
from api_clients.domain.operation import Operation, Role, operation, performing
from api_clients.domain.values import Response, url_path
from api_clients.infrastructure.client import ParamValue
from api_clients.infrastructure.http import HttpClient
from api_clients.platforms.backend.options import BackendOptions, OperationModel
from api_clients.platforms.backend.values import Described

RANK: Mapping[Role, int] = {"viewer": 0, "operator": 1, "admin": 2}
NOTHING: Mapping[str, Any] = {}


class BackendClient(HttpClient):
    service: ClassVar[str] = "backend"
    Options = BackendOptions
    examples: ClassVar[Mapping[str, Any]] = {"operation": "part", "arguments": {"number": 1}}

    @cached_property
    def _described(self) -> Mapping[str, OperationModel]:
        options = self._options
        assert isinstance(options, BackendOptions)
        return options.operations

    def _health(self) -> Health:
        described = self._options.health

        def version(response: Response) -> str:
            return str(_place(json.loads(response.body), described.version_in)) if described.version_in else ""

        return Health(version=self._send(described.method, described.path, read=version))

    @operation(idempotent=True, role="viewer")
    def operations(self) -> tuple[Described, ...]:
        """List what the configuration describes; asks nobody."""
        return tuple(_described(name, model) for name, model in self._described.items())

    @operation(idempotent=True, role="viewer", example={"operation": "part", "arguments": {"number": 1}})
    def read(self, operation: str, arguments: Mapping[str, Any] = NOTHING) -> Any:
        """Call a described operation that viewers may; returns its JSON answer, or the part that `answer_in` names."""
        return self._call(operation, arguments, role="viewer")

    @operation(idempotent=False, role="operator", example={"operation": "add", "arguments": {"name": "rivet"}})
    def act(self, operation: str, arguments: Mapping[str, Any] = NOTHING) -> Any:
        """Call a described operation that operators may."""
        return self._call(operation, arguments, role="operator")

    @operation(idempotent=False, role="admin", example={"operation": "clear", "arguments": {}})
    def administer(self, operation: str, arguments: Mapping[str, Any] = NOTHING) -> Any:
        """Call any described operation."""
        return self._call(operation, arguments, role="admin")

    def _call(self, name: str, arguments: Mapping[str, Any], *, role: Role) -> Any:
        model = self._described.get(name)
        if model is None:
            raise self._refusal(name, f"no such operation. There are: {', '.join(sorted(self._described))}")
        if RANK[model.needed_role] > RANK[role]:
            raise self._refusal(name, f"this operation is for the role {model.needed_role}")
        checked = self._checked(name, model, arguments)
        with performing(self, _operation(name, model)):
            return self._send(
                model.method,
                self._path(name, model, checked),
                params=_in_query(model, checked),
                json=_in_body(model, checked),
                headers=model.headers,
                read=_Answer(name, model),
            )

    def _checked(self, name: str, model: OperationModel, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        given = {**model.defaults(), **arguments}
        unknown, lacking = sorted(set(given) - set(model.arguments)), sorted(model.needed - set(given))
        if unknown:
            known = ", ".join(sorted(model.arguments)) or "none"
            raise self._refusal(name, f"it takes no argument {unknown[0]}. It takes: {known}")
        if lacking:
            raise self._refusal(name, f"the argument {lacking[0]} is lacking")
        for argument, value in given.items():
            problem = next(Draft202012Validator(model.arguments[argument]).iter_errors(value), None)
            if problem is not None:
                raise self._refusal(name, f"{argument}: {problem.message[:200]}")
        return given

    def _path(self, name: str, model: OperationModel, arguments: Mapping[str, Any]) -> str:
        try:
            return url_path(model.path, **{place: _text(arguments[place]) for place in model.in_path})
        except InvalidRequest as error:
            raise self._refusal(name, error.reason) from None

    def _refusal(self, name: str, reason: str) -> InvalidRequest:
        return InvalidRequest(reason, service=self.service, operation=name, target=self.target)


class _Answer:
    """Reads an answer as it is described; equal where the description is, as readers of one question are."""

    def __init__(self, name: str, model: OperationModel) -> None:
        self._key = (name, model.answer_in, json.dumps(model.answer, sort_keys=True))
        self._model = model

    def __call__(self, response: Response) -> Any:
        document = json.loads(response.body) if response.body else None
        value = _place(document, self._model.answer_in)
        try:
            Draft202012Validator(self._model.answer).validate(value)
        except ValidationError as error:
            raise ValueError(f"not as described: {error.message[:200]}") from None
        return value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Answer) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)


def _operation(name: str, model: OperationModel) -> Operation:
    return Operation(
        name=name,
        idempotent=model.is_idempotent,
        role=model.needed_role,
        lane="read" if model.needed_role == "viewer" else "write",
        cache_seconds=model.cache_seconds,
        deadline_seconds=model.deadline_seconds,
        summary=model.summary,
    )


def _described(name: str, model: OperationModel) -> Described:
    return Described(
        name=name,
        summary=model.summary,
        method=model.method,
        path=model.path,
        role=model.needed_role,
        idempotent=model.is_idempotent,
        cache_seconds=model.cache_seconds,
        required=tuple(sorted(model.needed)),
        arguments=model.arguments,
        answer=model.answer,
    )


def _in_query(model: OperationModel, arguments: Mapping[str, Any]) -> Mapping[str, ParamValue]:
    if model.has_body:
        return model.query
    asked = {name: _param(value) for name, value in arguments.items() if name not in model.in_path}
    return {**model.query, **asked}


def _in_body(model: OperationModel, arguments: Mapping[str, Any]) -> Any:
    if not model.has_body:
        return None
    return {name: value for name, value in arguments.items() if name not in model.in_path}


def _param(value: Any) -> ParamValue:
    return [_text(item) for item in value] if isinstance(value, list) else _text(value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def _place(document: Any, place: str) -> Any:
    """Follow `data.items.0`; raises LookupError or TypeError where there is no such place."""
    for part in filter(None, place.split(".")):
        document = document[int(part)] if isinstance(document, list) else document[part]
    return document
