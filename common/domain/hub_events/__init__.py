"""The events of the hub itself, a file for each subject. Importing the package declares them all."""

from common.domain.hub_events import (
    clients,
    consoles,
    definitions,
    equipment,
    gns3,
    gns3_changes,
    gns3_drills,
    messages,
    modules,
    schedules,
    services,
    system,
    workflows,
)

__all__ = [
    "clients",
    "consoles",
    "definitions",
    "equipment",
    "gns3",
    "gns3_changes",
    "gns3_drills",
    "messages",
    "modules",
    "schedules",
    "services",
    "system",
    "workflows",
]
