"""The events of the hub itself, a file for each subject. Importing the package declares them all."""

from common.domain.hub_events import definitions, messages, modules, schedules, system, workflows

__all__ = ["definitions", "messages", "modules", "schedules", "system", "workflows"]
