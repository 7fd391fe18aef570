"""The hub: events, REST foundations, health, and the commands that run it all."""

from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "common"
    label = "common"
    verbose_name = "Hub"

    def ready(self) -> None:
        from common.application import distribution, heartbeats, registry, sweep, system, tasks, workers
        from common.domain import hub_events  # noqa: F401 - declares the event types
        from common.infrastructure import metrics, task_logs, waking, worker_connections

        metrics.register()
        task_logs.connect()
        waking.connect()
        worker_connections.connect()
        distribution.connect()
        heartbeats.connect()
        workers.connect()
        registry.register_module(system.HUB)
        sweep.register_sweep("tasks", tasks.sweep_tasks)
