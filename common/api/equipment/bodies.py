"""What the start of a discovery takes, checked strictly."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class DiscoverBody(BaseModel):
    """Nothing for the whole project, or one node of it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    equipment_id: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    credentials: Annotated[list[Annotated[int, Field(ge=1, le=2**63 - 1)]], Field(max_length=100)] | None = None
