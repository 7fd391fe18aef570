"""Inventory, discovery and topology of the network's equipment."""

from django.apps import AppConfig


class NetworkManagementConfig(AppConfig):
    name = "nms.network_management"
    label = "network_management"
    verbose_name = "Network management"
    default_auto_field = "django.db.models.BigAutoField"
