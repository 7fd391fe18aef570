"""The hub: events, REST foundations, health, and the commands that run it all."""

from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "common"
    label = "common"
    verbose_name = "Hub"

    def ready(self) -> None:
        from common.infrastructure import metrics, task_logs, waking, worker_connections

        metrics.register()
        task_logs.connect()
        waking.connect()
        worker_connections.connect()
