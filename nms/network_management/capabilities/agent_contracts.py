"""What profile_equipment takes and gives of the agent itself: whom to expect there, and how it is at this moment."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

MAX_NAMED = 100


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ExpectedBox(_Strict):
    """Whose agent should answer: one of these names as its sysName (without the domain), or one of these MACs on an
    interface. Any other box is refused (code other_box), and nothing of it is stored."""

    names: Annotated[list[Annotated[str, Field(max_length=255)]], Field(max_length=MAX_NAMED)] = []
    macs: Annotated[list[Annotated[str, Field(max_length=17)]], Field(max_length=MAX_NAMED)] = []


class ProcessorItem(_Strict):
    description: str
    load_percent: float | None


class MemoryItem(_Strict):
    description: str
    total_bytes: int | None
    used_bytes: int | None
    virtual: bool


class CountersItem(_Strict):
    """Since the agent's counters began; None where it does not count."""

    index: int
    name: str
    oper_status: str
    in_octets: int | None
    out_octets: int | None
    in_errors: int | None
    out_errors: int | None
    in_discards: int | None
    out_discards: int | None


class PerformanceItem(_Strict):
    processors: list[ProcessorItem]
    memories: list[MemoryItem]
    interfaces: list[CountersItem]


class AgentItem(_Strict):
    """What the agent said now; of the credential only its kind and its stored name."""

    system_name: str
    uptime_seconds: float | None
    serial: str
    credential: str
    credential_kind: Literal["v1", "v2c", "v3", ""]
    performance: PerformanceItem
