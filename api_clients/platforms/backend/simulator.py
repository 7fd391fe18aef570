"""A small JSON service, a storeroom of parts, and the configuration that describes it."""

from __future__ import annotations

from typing import Any

from api_clients.platforms.backend.options import BackendOptions
from api_clients.simulation import Answer, HttpSimulator, Received, json_answer

KEY_HEADER, KEY = "x-api-key", "the-key-of-the-storeroom"
PART = {"type": "object", "required": ["number", "name"]}
OPTIONS = BackendOptions.model_validate(
    {
        "health": {"path": "/api/about", "version_in": "about.version"},
        "operations": {
            "parts": {
                "summary": "Every part",
                "path": "/api/parts",
                "arguments": {"limit": {"type": "integer", "minimum": 1, "default": 100}},
                "answer": {"type": "array", "items": PART},
                "answer_in": "parts",
            },
            "part": {
                "summary": "One part",
                "path": "/api/parts/{number}",
                "arguments": {"number": {"type": "integer"}},
                "cache_seconds": 5.0,
                "answer": PART,
            },
            "add": {
                "summary": "Put a new part on the shelf",
                "method": "POST",
                "path": "/api/parts",
                "arguments": {"name": {"type": "string", "minLength": 1}},
                "answer": PART,
            },
            "clear": {"summary": "Empty the shelf", "method": "DELETE", "path": "/api/parts", "role": "admin"},
        },
    }
)


class StoreroomSimulator(HttpSimulator):
    def __init__(self, *names: str) -> None:
        super().__init__()
        self.names = list(names)

    def admits(self, received: Received) -> bool:
        return received.headers.get(KEY_HEADER) == KEY

    def answer(self, received: Received) -> Answer:
        match received.method, received.path.strip("/").split("/"):
            case "GET", ["api", "about"]:
                return json_answer({"about": {"version": "1.0"}})
            case "GET", ["api", "parts"]:
                limit = int(received.params.get("limit", ["100"])[0])
                return json_answer({"parts": [self._part(index) for index in range(min(limit, len(self.names)))]})
            case "POST", ["api", "parts"]:
                self.names.append(str(received.json()["name"]))
                return json_answer(self._part(len(self.names) - 1), status=201)
            case "DELETE", ["api", "parts"]:
                self.names.clear()
                return Answer(204)
            case "GET", ["api", "parts", number] if number.isdigit() and int(number) < len(self.names):
                return json_answer(self._part(int(number)))
        return json_answer({"message": f"no such part or place: {received.path}"}, status=404)

    def _part(self, index: int) -> dict[str, Any]:
        return {"number": index, "name": self.names[index]}


def make_simulator() -> StoreroomSimulator:
    return StoreroomSimulator("bolt", "nut", "washer")
