"""All services in one overview."""

from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    name = "nms.monitoring"
    label = "monitoring"
    verbose_name = "Monitoring"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from common.application.modules.registry import register_module
        from nms.monitoring.module import MODULE

        register_module(MODULE)
