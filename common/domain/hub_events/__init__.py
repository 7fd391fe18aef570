"""The events of the hub itself, a file for each subject. Importing the package declares them all."""

from common.domain.hub_events import definitions, modules, schedules, system

__all__ = ["definitions", "modules", "schedules", "system"]
