"""What users do to workflow definitions."""

from __future__ import annotations

from common.domain.events import Event


class _DefinitionEvent(Event):
    name: str

    def subject(self) -> str:
        return f"workflow:{self.name}"


class WorkflowDefinitionCreated(_DefinitionEvent):
    """Somebody made a workflow definition."""

    type = "workflow_definition.created"


class WorkflowDefinitionChanged(_DefinitionEvent):
    """Somebody changed a workflow definition; runs that were under way keep the one they began with."""

    type = "workflow_definition.changed"
    definition_version: int


class WorkflowDefinitionDeleted(_DefinitionEvent):
    """Somebody deleted a workflow definition."""

    type = "workflow_definition.deleted"
