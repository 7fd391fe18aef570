"""What a service says of itself when it is asked; where it does not answer, the error says why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Health:
    """`reason` says why a service is degraded, in words for its operator; `version` is the service's own text."""

    status: Literal["healthy", "degraded"] = "healthy"
    version: str = ""
    reason: str = ""
