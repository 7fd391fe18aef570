"""The drill registers itself as any module does."""

from django.apps import AppConfig


class DrillConfig(AppConfig):
    name = "common.tests.drill"
    label = "drill"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from common.application.modules.registry import register_module
        from common.tests.drill.module import DRILL

        register_module(DRILL)
