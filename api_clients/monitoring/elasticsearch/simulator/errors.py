"""Errors as Elasticsearch writes them."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """`said` is the whole answer, where that is no error but a plain no."""

    def __init__(self, status: int, kind: str, reason: str, said: dict[str, Any] | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.cause = {"type": kind, "reason": reason}
        self._said = said

    def document(self) -> dict[str, Any]:
        return self._said or {"error": {"root_cause": [self.cause], **self.cause}, "status": self.status}


def no_index(name: str) -> Refusal:
    return Refusal(404, "index_not_found_exception", f"no such index [{name}]")


def no_document(index: str, name: str, answer: dict[str, Any]) -> Refusal:
    return Refusal(404, "", "", {"_index": index, "_id": name, **answer})
