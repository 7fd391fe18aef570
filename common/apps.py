"""The hub: events, REST foundations, health, and the commands that run it all."""

from django.apps import AppConfig
from django.conf import settings


class CommonConfig(AppConfig):
    name = "common"
    label = "common"
    verbose_name = "Hub"

    def ready(self) -> None:
        from common.domain import hub_events  # noqa: F401 - declares the event types

        _show_metrics()
        _connect_workers()
        _hand_out_events()
        _make_modules_known()
        _take_up_work()
        _look_every_second()
        _follow_gns3()
        _write_own_series()


def _show_metrics() -> None:
    from common.application.system import installation_metrics
    from common.infrastructure import metrics

    metrics.register()
    installation_metrics.register()


def _connect_workers() -> None:
    from common.application.system import workers
    from common.infrastructure.work import waking
    from common.infrastructure.workers import task_logs, worker_connections

    task_logs.connect()
    waking.connect()
    worker_connections.connect()
    workers.connect()


def _hand_out_events() -> None:
    from common.application.events import distribution, hub_projections, module_subscriptions, projections
    from common.application.starting import triggers
    from common.application.workflows import waits
    from common.infrastructure.events import redis_channels

    distribution.connect()
    distribution.register_consumer("modules", module_subscriptions.send_to_modules)
    distribution.register_consumer("triggers", triggers.handle, pauses=True)
    distribution.register_consumer("waits", waits.hand_to_waiting_steps)
    if settings.REDIS_URL:
        distribution.register_consumer(
            "redis",
            redis_channels.publish_to_channels,
            transactional=False,
            forget_after_seconds=redis_channels.FORGET_AFTER_SECONDS,
        )
    projections.register_projection(hub_projections.MODULE)
    projections.register_projection(hub_projections.WORKFLOW_RUN)


def _make_modules_known() -> None:
    from common.application.equipment import module as equipment
    from common.application.gns3 import module as gns3
    from common.application.modules.registry import register_module
    from common.application.system import hub_module

    register_module(hub_module.HUB)
    register_module(equipment.MODULE)
    register_module(gns3.MODULE)


def _take_up_work() -> None:
    from common.application.gns3.drills.ending import DRILL_WORK
    from common.application.messages.delivery import MESSAGE_WORK
    from common.application.work.sweep import register_work
    from common.application.workflows.execution import STEP_WORK

    register_work(MESSAGE_WORK)
    register_work(DRILL_WORK)
    register_work(STEP_WORK)


def _look_every_second() -> None:
    from common.application.events import distribution
    from common.application.messages import ends
    from common.application.modules import heartbeats
    from common.application.starting import schedules
    from common.application.work.recorded_tasks import sweep_tasks
    from common.application.work.sweep import register_sweep
    from common.application.workflows.sweeping import sweep_workflows

    register_sweep("distribution", distribution.sweep)
    register_sweep("modules", heartbeats.sweep)
    register_sweep("tasks", sweep_tasks)
    register_sweep("schedules", schedules.start_due)
    register_sweep("expired messages", ends.expire_overdue)
    register_sweep("workflows", sweep_workflows)


def _follow_gns3() -> None:
    from common.application.gns3 import health, listener

    listener.connect()
    health.connect()


def _write_own_series() -> None:
    from common.application import own_series

    own_series.connect()
