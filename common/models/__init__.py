"""The hub's tables, a file for each subject. Only the file of common/infrastructure or common/application that is
named in a table's docstring writes to it."""

from common.models.equipment import EquipmentProfile
from common.models.events import EventCounter, EventCursor, EventSnapshot, StoredEvent
from common.models.gns3 import Gns3Intent, Gns3Project, Gns3Server
from common.models.gns3_drills import Gns3Drill
from common.models.hub import HubState, SystemHealth, WorkerRecord
from common.models.idempotency import IdempotentRequest
from common.models.messages import Message
from common.models.modules import CapabilityClaim, ModuleRecord, ModuleSubscription
from common.models.schedules import Schedule, Trigger
from common.models.services import (
    HealingAction,
    HealingPolicy,
    ServiceChange,
    ServiceHour,
    ServiceProposal,
    ServiceState,
)
from common.models.tasks import TaskRecord
from common.models.workflows import StepRun, WorkflowDefinition, WorkflowRun

__all__ = [
    "CapabilityClaim",
    "EquipmentProfile",
    "EventCounter",
    "EventCursor",
    "EventSnapshot",
    "Gns3Drill",
    "Gns3Intent",
    "Gns3Project",
    "Gns3Server",
    "HealingAction",
    "HealingPolicy",
    "HubState",
    "IdempotentRequest",
    "Message",
    "ModuleRecord",
    "ModuleSubscription",
    "Schedule",
    "ServiceChange",
    "ServiceHour",
    "ServiceProposal",
    "ServiceState",
    "StepRun",
    "StoredEvent",
    "SystemHealth",
    "TaskRecord",
    "Trigger",
    "WorkerRecord",
    "WorkflowDefinition",
    "WorkflowRun",
]
