"""Make workflows known to the sweep and to the distribution of events; once, from CommonConfig.ready()."""

from __future__ import annotations

from common.application.events.distribution import register_consumer
from common.application.work.sweep import register_sweep, register_work
from common.application.workflows.execution import STEP_WORK
from common.application.workflows.sweeping import sweep_workflows
from common.application.workflows.waits import CONSUMER, hand_to_waiting_steps


def connect() -> None:
    register_work(STEP_WORK)
    register_sweep("workflows", sweep_workflows)
    register_consumer(CONSUMER, hand_to_waiting_steps)
