"""Inventory, discovery and topology of the network's equipment."""

from django.apps import AppConfig


class NetworkManagementConfig(AppConfig):
    name = "nms.network_management"
    label = "network_management"
    verbose_name = "Network management"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Importing a module's events enters them into the catalogue, which must know every type before anyone asks.
        from common.application.events.projections import register_projection
        from common.application.modules.registry import register_module
        from common.application.work.sweep import register_sweep
        from nms.network_management import events  # noqa: F401
        from nms.network_management.discovery.record import close_abandoned
        from nms.network_management.lab.registration import register_lab
        from nms.network_management.module import MODULE
        from nms.network_management.projections import PROJECTIONS

        register_lab()
        register_module(MODULE)
        for projection in PROJECTIONS:
            register_projection(projection)
        register_sweep("discoveries", close_abandoned)
