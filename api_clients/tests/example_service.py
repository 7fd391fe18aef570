"""A small service that exists for the tests: a storeroom of parts, with its client and its simulator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from api_clients.domain.errors import ServiceError, Unauthorized
from api_clients.domain.health import Health
from api_clients.domain.operation import operation
from api_clients.domain.values import Response, url_path
from api_clients.infrastructure.http import HttpClient, as_json
from api_clients.simulation import Answer, HttpSimulator, Received, json_answer

TOKEN = "storeroom-token-of-the-tests"


@dataclass(frozen=True, slots=True)
class Part:
    number: int
    name: str


def _part(document: dict[str, Any]) -> Part:
    return Part(int(document["number"]), str(document["name"]))


def _parts(document: dict[str, Any]) -> tuple[Part, ...]:
    return tuple(_part(item) for item in document["parts"])


class StoreroomClient(HttpClient):
    service = "storeroom"

    def _health(self) -> Health:
        return Health(version=self._get("/api/about", read=as_json(lambda about: str(about["version"]))))

    @operation(idempotent=True, role="viewer")
    def parts(self) -> tuple[Part, ...]:
        """List every part, page by page, within one deadline."""
        found: list[Part] = []
        while True:
            page = self._get("/api/parts", params={"offset": len(found)}, read=as_json(_parts))
            if not page:
                return tuple(found)
            found.extend(page)

    @operation(idempotent=True, role="viewer", cache_seconds=5.0, lane="monitoring", example={"number": 1})
    def part(self, number: int | str) -> Part:
        """Return one part."""
        return self._get(url_path("/api/parts/{number}", number=number), read=as_json(_part))

    @operation(idempotent=False, role="operator", example={"name": "rivet"})
    def add(self, name: str) -> Part:
        """Put a new part on the shelf."""
        return self._send("POST", "/api/parts", json={"name": name}, read=as_json(_part))

    def redirected(self, response: Response) -> ServiceError:
        if response.headers.get("location", "").startswith("/login"):
            return Unauthorized("sent us to its login page", status=response.status)
        return super().redirected(response)


class StoreroomSimulator(HttpSimulator):
    page_size = 2

    def __init__(self, names: tuple[str, ...] = ("bolt", "nut", "washer")) -> None:
        super().__init__()
        self.names = list(names)

    def admits(self, received: Received) -> bool:
        return received.headers.get("authorization") == f"Bearer {TOKEN}"

    def answer(self, received: Received) -> Answer:
        if received.path == "/api/about":
            return json_answer({"version": "1.0"})
        if received.path == "/api/parts" and received.method == "POST":
            self.names.append(received.json()["name"])
            return json_answer(self._document(len(self.names) - 1), status=201)
        if received.path == "/api/parts":
            offset = int(received.params.get("offset", ["0"])[0])
            page = range(offset, min(offset + self.page_size, len(self.names)))
            return json_answer({"parts": [self._document(index) for index in page]})
        number = received.path.rpartition("/")[2]
        if number.isdigit() and int(number) < len(self.names):
            return json_answer(self._document(int(number)))
        return json_answer({"message": f"no part {number}"}, status=404)

    def _document(self, index: int) -> dict[str, Any]:
        return {"number": index, "name": self.names[index]}
