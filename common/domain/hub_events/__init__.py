"""The events of the hub itself, a file for each subject. Importing the package declares them all."""

from common.domain.hub_events import schedules, system

__all__ = ["schedules", "system"]
