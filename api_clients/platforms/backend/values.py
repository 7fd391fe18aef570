"""What a described backend offers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api_clients.domain.operation import Role


@dataclass(frozen=True, slots=True)
class Described:
    """One operation of a backend's configuration; `arguments` by name, each with its JSON Schema."""

    name: str
    summary: str
    method: str
    path: str
    role: Role
    idempotent: bool
    cache_seconds: float | None
    required: tuple[str, ...]
    arguments: Mapping[str, Any]
    answer: Any
