"""What the capabilities of drills take and give, and what REST takes to begin one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from common.application.gns3.drills.kinds import Kind

SHORTEST_SECONDS, LONGEST_SECONDS = 1.0, 86_400.0
Id = Annotated[str, Field(min_length=1, max_length=100)]
Percent = Annotated[int, Field(ge=1, le=100)]
MOST_LISTED = 1000


class Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Drill(Strict):
    model_config = ConfigDict(strict=True)

    project_id: Id
    seconds: Annotated[float, Field(ge=SHORTEST_SECONDS, le=LONGEST_SECONDS, allow_inf_nan=False)] = Field(
        description="After so long it is undone."
    )


class _LinkDrill(_Drill):
    link_id: Id


class PacketLoss(_LinkDrill):
    percent: Percent


class Corruption(_LinkDrill):
    percent: Percent


class Delay(_LinkDrill):
    latency_ms: Annotated[int, Field(ge=1, le=32_767)]
    jitter_ms: Annotated[int, Field(ge=0, le=32_767)] = 0


class LinkSuspended(_LinkDrill):
    pass


class NodeStopped(_Drill):
    node_id: Id


class EndDrill(Strict):
    drill_id: Annotated[int, Field(ge=1, le=2**63 - 1)]


class ListDrills(Strict):
    project_id: Id | None = None
    open: bool = Field(True, description="Those that are not over alone; else the newest of all.")


class Drill(Strict):
    """`state`: starting, active, ending (its time is over, it is being undone or tried again) or ended.

    `outcome`, once ended: restored, superseded (somebody changed the same meanwhile, and that stands), gone (there is
    no such link, node or project any more).
    """

    drill_id: int
    kind: Kind
    state: Literal["starting", "active", "ending", "ended"]
    server: str
    project_id: str
    project: str
    link_id: str | None
    node_id: str | None
    label: str
    parameters: dict[str, Any]
    before: dict[str, Any] = Field(description="What it changed, as it was.")
    seconds: float
    created_at: datetime
    began_at: datetime | None
    until: datetime
    ended_at: datetime | None
    ended_by: str = Field(description="Who ended it early; empty when its time was over.")
    outcome: str
    note: str
    error: str = Field(description="Why the last attempt to undo it failed; it is tried again.")
    actor: str


class DrillList(Strict):
    drills: list[Drill]


INPUTS: dict[Kind, type[_Drill]] = {
    "packet_loss": PacketLoss,
    "delay": Delay,
    "corruption": Corruption,
    "link_suspended": LinkSuspended,
    "node_stopped": NodeStopped,
}
