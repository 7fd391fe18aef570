"""Single numbers that tell how a service, or the machine below it, is doing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Unit = Literal["percent", "bytes", "bytes/s", "seconds", "count", "1/s"]


@dataclass(frozen=True, slots=True)
class Figure:
    """`name` is in lower case with dots, and the same for every service: cpu.used, memory.used, sessions.current."""

    name: str
    value: float
    unit: Unit
    labels: Mapping[str, str] = field(default_factory=dict)
