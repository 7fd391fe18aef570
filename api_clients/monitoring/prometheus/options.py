"""What a target's configuration may say beyond addresses and login."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class PrometheusOptions(BaseModel):
    """`own_series_seconds`: the hub writes its own series to this server so often; not at all where nothing is said."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    own_series_seconds: float | None = Field(None, ge=1, le=3600, allow_inf_nan=False)
