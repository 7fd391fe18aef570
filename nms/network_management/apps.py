"""Inventory, discovery and topology of the network's equipment."""

from django.apps import AppConfig


class NetworkManagementConfig(AppConfig):
    name = "nms.network_management"
    label = "network_management"
    verbose_name = "Network management"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Importing a module's events enters them into the catalogue, which must know every type before anyone asks.
        from nms.network_management import events  # noqa: F401
        from nms.network_management.lab.registration import register_lab

        register_lab()
