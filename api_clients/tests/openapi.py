"""Checks requests and answers against an official API description, OpenAPI 3.0, 3.1 or Swagger 2.

    description = Description.load(contract_file("netdata/netdata-swagger.json"))
    problems = description.check(received, answer)      # [] where all is as described

Only what a client and a simulator exchange is checked: that the operation exists, its parameters and body are as they
should be, and the answer has the described shape. Links, callbacks and security schemes are not looked at.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from api_clients.simulation import Answer, Received

ROOT = "urn:description"
MEDIA = "application/json"
METHODS = ("get", "put", "post", "delete", "patch", "head", "options")
CASTS = {"integer": int, "number": float, "boolean": lambda text: {"true": True, "false": False}[text.lower()]}


@dataclass(frozen=True)
class Route:
    template: str
    pattern: re.Pattern[str]
    item: Mapping[str, Any]


class Description:
    def __init__(self, document: dict[str, Any], *, prefix: str | None = None) -> None:
        """`prefix` stands before every path of the document; by default it is what the document itself says."""
        self.is_swagger = "swagger" in document
        if not str(document.get("openapi", "")).startswith("3.1"):
            document = _modern(document)
        self._document = document
        self._registry = Registry().with_resource(ROOT, Resource.from_contents(document, DRAFT202012))
        self.prefix = (_own_prefix(document) if prefix is None else prefix).rstrip("/")
        self._routes = sorted(
            (Route(path, _pattern(path), item) for path, item in document["paths"].items()),
            key=lambda route: (route.template.count("{"), -len(route.template)),
        )

    @classmethod
    def load(cls, path: Path, *, prefix: str | None = None) -> Description:
        """Read a file, once for each process."""
        return _load(path, prefix)

    def check(self, received: Received, answer: Answer) -> list[str]:
        """Say what is not as described, of the request and of the answer."""
        return [*self.check_request(received), *self.check_answer(received, answer)]

    def check_request(self, received: Received) -> list[str]:
        found = self._find(received)
        if found is None:
            return [f"{received.method} {received.path}: no such operation is described"]
        route, operation = found
        where = f"{received.method} {route.template}"
        parameters = [
            self._resolve(item) for item in (*route.item.get("parameters", ()), *operation.get("parameters", ()))
        ]
        problems = [*self._params(received, parameters, route), *self._body(received, operation, parameters)]
        return [f"{where}: {problem}" for problem in problems]

    def check_answer(self, received: Received, answer: Answer) -> list[str]:
        found = self._find(received)
        if found is None:
            return [f"{received.method} {received.path}: no such operation is described"]
        route, operation = found
        where = f"{received.method} {route.template} -> {answer.status}"
        responses = {str(status): response for status, response in operation.get("responses", {}).items()}
        response = self._resolve(responses.get(str(answer.status)) or responses.get("default") or {})
        if not response:
            return [f"{where}: no such status is described, only {', '.join(responses)}"]
        schema = response.get("schema") if self.is_swagger else _json_schema(response.get("content", {}))
        if schema is None or not answer.body:
            return []
        return [f"{where}: {problem}" for problem in self._validate(json.loads(answer.body), schema)]

    def _find(self, received: Received) -> tuple[Route, Mapping[str, Any]] | None:
        if not received.path.startswith(self.prefix + "/"):
            return None
        path = received.path[len(self.prefix) :]
        for route in self._routes:
            if route.pattern.fullmatch(path) and received.method.lower() in route.item:
                return route, route.item[received.method.lower()]
        return None

    def _params(self, received: Received, parameters: list[Mapping[str, Any]], route: Route) -> Iterator[str]:
        described = {(item["in"], item["name"].removesuffix("[]")): item for item in parameters}
        match = route.pattern.fullmatch(received.path[len(self.prefix) :])
        assert match is not None
        given = {
            ("path", name): [unquote(value)] for name, value in zip(_names(route.template), match.groups(), strict=True)
        }
        given |= {("query", name.removesuffix("[]")): values for name, values in received.params.items()}
        if (received.headers.get("content-type") or "").startswith("application/x-www-form-urlencoded"):
            form = parse_qs(received.body.decode(), keep_blank_values=True)
            given |= {("formData", name): values for name, values in form.items() if self.is_swagger}
        for key, values in given.items():
            if key not in described:
                if key[0] == "query":
                    yield f"the parameter {key[1]} is not described"
                continue
            schema = described[key].get("schema") or described[key]
            problem = self._value(values, self._resolve(schema))
            if problem:
                yield f"{key[1]}: {problem}"
        yield from (
            f"the parameter {name} is lacking"
            for (place, name), item in described.items()
            if item.get("required") and place in ("path", "query", "formData") and (place, name) not in given
        )

    def _value(self, values: list[str], schema: Mapping[str, Any]) -> str | None:
        """A text is as described where one reading of it is: several of one name, one with commas, a number."""
        candidates: list[Any] = [list(values), *values, *([value.split(",") for value in values])]
        for value in values:
            for cast in (int, float, CASTS["boolean"], json.loads):
                try:
                    candidates.append(cast(value))
                except (ValueError, KeyError):
                    continue
        problems = [next(self._validate(candidate, _without_place(schema)), None) for candidate in candidates]
        return problems[1] if None not in problems else None

    def _body(
        self, received: Received, operation: Mapping[str, Any], parameters: list[Mapping[str, Any]]
    ) -> Iterator[str]:
        if self.is_swagger:
            described = next((item for item in parameters if item["in"] == "body"), None)
            schema = described["schema"] if described else None
            required = bool(described and described.get("required"))
        else:
            described = self._resolve(operation.get("requestBody", {}))
            schema = _json_schema(described.get("content", {})) if described else None
            required = bool(described.get("required"))
        if not received.body:
            if required:
                yield "the body is lacking"
            return
        kind = received.headers.get("content-type", "")
        if described is None or (not described and operation.get("consumes") is None):
            yield "no body is described"
        elif schema is not None and kind.startswith(MEDIA):
            yield from self._validate(received.json(), schema)

    def _resolve(self, item: Any) -> Any:
        while isinstance(item, dict) and "$ref" in item:
            item = functools.reduce(
                lambda place, name: place[name],
                (unquote(part).replace("~1", "/").replace("~0", "~") for part in item["$ref"][2:].split("/")),
                self._document,
            )
        return item

    def _validate(self, value: Any, schema: Any) -> Iterator[str]:
        checker = Draft202012Validator(_absolute(schema), registry=self._registry)
        for error in checker.iter_errors(value):
            place = "/".join(map(str, error.absolute_path)) or "it"
            yield f"{place}: {error.message[:300]}"


@functools.cache
def _load(path: Path, prefix: str | None) -> Description:
    text = path.read_text(encoding="utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document = json.loads(text) if path.suffix == ".json" else yaml.load(text, Loader=loader)
    return Description(document, prefix=prefix)


def _own_prefix(document: Mapping[str, Any]) -> str:
    if "basePath" in document:
        return str(document["basePath"])
    servers = document.get("servers") or [{"url": ""}]
    url = str(servers[0]["url"])
    return url if url.startswith("/") else urlsplit(url.replace("{", "").replace("}", "")).path


def _names(template: str) -> list[str]:
    return re.findall(r"\{([^}]*)\}", template)


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{[^}]*\}", template.split("?")[0])
    return re.compile("([^/]+)".join(map(re.escape, parts)))


def _json_schema(content: Mapping[str, Any]) -> Any:
    for kind, described in content.items():
        if "json" in kind and "ndjson" not in kind:
            return described.get("schema")
    return None


def _without_place(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A parameter of Swagger 2 is its own schema, beside words that mean something else in JSON Schema."""
    return {name: value for name, value in schema.items() if name not in ("in", "name", "required", "description")}


def _absolute(schema: Any) -> Any:
    """Let every reference of a schema that was taken out of the document point into the document."""
    if isinstance(schema, dict):
        return {
            name: ROOT + value
            if name == "$ref" and isinstance(value, str) and value.startswith("#")
            else _absolute(value)
            for name, value in schema.items()
        }
    return [_absolute(item) for item in schema] if isinstance(schema, list) else schema


def _modern(node: Any) -> Any:
    """Say in JSON Schema 2020-12 what OpenAPI 3.0 and Swagger 2 say in words of their own."""
    if isinstance(node, list):
        return [_modern(item) for item in node]
    if not isinstance(node, dict):
        return node
    made = {str(name): _modern(value) for name, value in node.items() if name not in ("example", "examples")}
    if "allOf" in made and made.get("additionalProperties") is False:
        # Meant by those who write it so: nothing beyond what the parts know. Taken literally it allows nothing at all.
        made["unevaluatedProperties"] = made.pop("additionalProperties")
    if made.get("nullable") is True or made.get("x-nullable") is True:
        made = {"anyOf": [made, {"type": "null"}]}
    for bound, limit in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if made.get(bound) is True:
            made[bound] = made.pop(limit)
        elif made.get(bound) is False:
            del made[bound]
    if isinstance(made.get("required"), bool) and "in" not in made and "content" not in made:
        del made["required"]
    return made
