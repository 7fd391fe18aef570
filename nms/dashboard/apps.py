"""The web interface as a Django app."""

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    name = "nms.dashboard"
    verbose_name = "Dashboard"
