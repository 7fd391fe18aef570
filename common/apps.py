"""The hub: events, REST foundations, health, and the commands that run it all."""

from django.apps import AppConfig
from django.conf import settings


class CommonConfig(AppConfig):
    name = "common"
    label = "common"
    verbose_name = "Hub"

    def ready(self) -> None:
        from common.application import (
            delivery,
            distribution,
            heartbeats,
            hub_projections,
            installation_metrics,
            message_ends,
            module_events,
            projections,
            registry,
            schedules,
            sweep,
            system,
            tasks,
            triggers,
            workers,
        )
        from common.application.workflows import connecting as workflows
        from common.domain import hub_events  # noqa: F401 - declares the event types
        from common.infrastructure import metrics, redis_channels, task_logs, waking, worker_connections

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
        sweep.register_sweep("tasks", tasks.sweep_tasks)
        sweep.register_sweep("schedules", schedules.start_due)
        sweep.register_work(delivery.MESSAGE_WORK)
        sweep.register_sweep("expired messages", message_ends.expire_overdue)
        workflows.connect()
