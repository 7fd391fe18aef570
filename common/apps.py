"""The hub: events, REST foundations, health, and the commands that run it all."""

from django.apps import AppConfig
from django.conf import settings


class CommonConfig(AppConfig):
    name = "common"
    label = "common"
    verbose_name = "Hub"

    def ready(self) -> None:
        from common.application.equipment import module as equipment
        from common.application.events import distribution, hub_projections, projections
        from common.application.events import module_subscriptions as module_events
        from common.application.gns3 import health as gns3_health
        from common.application.gns3 import listener as gns3_listener
        from common.application.gns3 import module as gns3
        from common.application.gns3.drills import ending as drills
        from common.application.messages import delivery
        from common.application.messages import ends as message_ends
        from common.application.modules import heartbeats, registry
        from common.application.starting import schedules, triggers
        from common.application.system import hub_module as system
        from common.application.system import installation_metrics, workers
        from common.application.work import recorded_tasks as tasks
        from common.application.work import sweep
        from common.application.workflows import connecting as workflows
        from common.domain import hub_events  # noqa: F401 - declares the event types
        from common.infrastructure import metrics
        from common.infrastructure.events import redis_channels
        from common.infrastructure.work import waking
        from common.infrastructure.workers import task_logs, worker_connections

        metrics.register()
        installation_metrics.register()
        task_logs.connect()
        waking.connect()
        worker_connections.connect()
        distribution.connect()
        distribution.register_consumer("modules", module_events.send_to_modules)
        distribution.register_consumer("triggers", triggers.handle, pauses=True)
        if settings.REDIS_URL:
            distribution.register_consumer(
                "redis",
                redis_channels.publish_to_channels,
                transactional=False,
                forget_after_seconds=redis_channels.FORGET_AFTER_SECONDS,
            )
        projections.register_projection(hub_projections.MODULE)
        projections.register_projection(hub_projections.WORKFLOW_RUN)
        heartbeats.connect()
        workers.connect()
        registry.register_module(system.HUB)
        registry.register_module(equipment.MODULE)
        registry.register_module(gns3.MODULE)
        gns3_listener.connect()
        gns3_health.connect()
        sweep.register_sweep("tasks", tasks.sweep_tasks)
        sweep.register_sweep("schedules", schedules.start_due)
        sweep.register_work(delivery.MESSAGE_WORK)
        sweep.register_work(drills.DRILL_WORK)
        sweep.register_sweep("expired messages", message_ends.expire_overdue)
        workflows.connect()
