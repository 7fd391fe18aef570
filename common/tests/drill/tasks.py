"""Recorded tasks of the drill."""

from __future__ import annotations

import os
import time

from pydantic import BaseModel, ConfigDict, Field

from common.application.work.recorded_tasks import Stopped, recorded_task
from common.domain.modules import Call
from common.tests.drill.models import DrillRecord


class Toil(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    key: str
    seconds: float = Field(default=0.0, ge=0, le=600)
    stubborn: bool = False  # does not look whether to stop


class Toiled(BaseModel):
    pid: int


@recorded_task("drill.toil", queue="low", arguments=Toil)
def toil(arguments: Toil, call: Call) -> Toiled:
    """Record the beginning, take a while, record the end."""
    DrillRecord.objects.create(key=f"{arguments.key}.begun", pid=os.getpid())
    ends_at = time.monotonic() + arguments.seconds
    while time.monotonic() < ends_at:
        if not arguments.stubborn and call.should_stop():
            raise Stopped
        time.sleep(0.05)
    DrillRecord.objects.create(key=arguments.key, pid=os.getpid())
    return Toiled(pid=os.getpid())
