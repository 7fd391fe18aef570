"""What the two APIs say differently: versions, status codes, the shapes of errors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from api_clients.simulation import Answer, Received, json_answer

Api = Literal["v2", "v3"]
TEXT = {"Content-Type": "text/plain; charset=utf-8"}


class Refusal(Exception):
    """What the server does not do, in its own words. `fields` stand beside the message, on v2 alone."""

    def __init__(self, status: int, message: str, fields: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.fields = fields or {}


@dataclass(frozen=True, slots=True)
class Edition:
    api: Api
    version: str
    changed_status: int  # of a PUT on a link or drawing
    template_missing: str
    computes_listed: bool
    headers: Mapping[str, str]

    @property
    def is_v2(self) -> bool:
        return self.api == "v2"

    def answer(self, document: Any, *, status: int = 200) -> Answer:
        answer = json_answer(document, status=status)
        return Answer(status, answer.body, {**answer.headers, **self.headers})

    def nothing(self, status: int = 204) -> Answer:
        return Answer(status, headers=self.headers)

    def refusal(self, refusal: Refusal) -> Answer:
        if not self.is_v2:
            return self.answer({"message": refusal.message}, status=refusal.status)
        document = {"message": refusal.message, "status": refusal.status, **refusal.fields}
        return self.answer(document, status=refusal.status)

    def unknown_route(self, *, status: int = 404) -> Answer:
        reason = {404: "Not Found", 405: "Method Not Allowed"}[status]
        if self.is_v2:
            return Answer(status, f"{status}: {reason}".encode(), TEXT)
        return json_answer({"detail": reason}, status=status)

    def invalid(self, received: Received, problem: Problem) -> Refusal:
        """What is wrong with the body of a request, as the schemas of v2 and the models of v3 say it."""
        if not self.is_v2:
            told = {"type": problem.kind, "loc": ("body", *problem.field), "msg": problem.v3, "input": problem.given}
            return Refusal(422, f"1 validation error:\n  {told}\n\n    {received.method} {received.path}")
        body = json.loads(received.body or b"{}")
        message = f"JSON schema error with API request '{received.path}' and JSON data '{body}': {problem.v2}"
        return Refusal(400, message, {"method": received.method, "path": received.path, "request": body})

    def bad_id(self, received: Received, name: str, given: str) -> Refusal:
        """An id of v3 that is no UUID."""
        told = {"type": "uuid_parsing", "loc": ("path", name), "msg": "Input should be a valid UUID", "input": given}
        return Refusal(422, f"1 validation error:\n  {told}\n\n    {received.method} {received.path}")


@dataclass(frozen=True, slots=True)
class Problem:
    """`kind` and `v3` as pydantic has them, `v2` as jsonschema."""

    kind: str
    field: tuple[str, ...]
    given: Any
    v2: str
    v3: str


V2 = Edition(
    api="v2",
    version="2.2.54",
    changed_status=201,
    template_missing="Template ID {} doesn't exist",
    computes_listed=True,
    headers={"Connection": "close", "Server": "Python/3.11 GNS3/2.2.54"},
)
V3 = Edition(
    api="v3",
    version="3.0.6",
    changed_status=200,
    template_missing="Template '{}' not found",
    computes_listed=False,
    headers={},
)
EDITIONS: Mapping[Api, Edition] = {"v2": V2, "v3": V3}
