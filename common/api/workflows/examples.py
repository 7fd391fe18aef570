"""The examples of the OpenAPI description: workflows, runs, approvals, schedules, triggers."""

from typing import Any, Final

_WHEN: Final = "2026-01-31T12:00:00Z"
_HUB: Final = "/api/common/api/v1/hub"
_RUN: Final = {"id": 12, "name": "equipment_discovery", "url": f"{_HUB}/workflow-runs/12/"}

DEFINITION: Final[dict[str, Any]] = {
    "name": "find_and_greet",
    "description": "Discover a range, then tell the module `greeter` of every device that was found, five at a time.",
    "input_schema": {
        "type": "object",
        "required": ["targets"],
        "additionalProperties": False,
        "properties": {"targets": {"type": "array", "items": {"type": "string"}, "minItems": 1}},
    },
    "steps": [
        {
            "id": "discover",
            "capability": "network_management.discover",
            "input": {"targets": "${input.targets}"},
            "timeout_seconds": 3600,
        },
        {
            "id": "greet",
            "needs": ["discover"],
            "when": "size(steps.discover.output.device_ids) > 0",
            "map": {"over": "steps.discover.output.device_ids", "as": "device_id", "parallel": 5},
            "capability": "greeter.greet",
            "input": {"device_id": "${device_id}"},
            "retry": {"attempts": 3, "delay_seconds": 2},
            "if_missing": "skip",
        },
    ],
    "output": {"found": "${size(steps.discover.output.device_ids)}"},
}
WORKFLOW: Final[dict[str, Any]] = {
    "name": "find_and_greet",
    "url": f"{_HUB}/workflows/find_and_greet/",
    "origin": "user",
    "module": "",
    "version": 2,
    "description": DEFINITION["description"],
    "input_schema": DEFINITION["input_schema"],
    "step_count": 2,
    "created_by": "ada",
    "created_at": _WHEN,
    "changed_at": _WHEN,
}
WORKFLOW_DETAIL: Final[dict[str, Any]] = {
    **WORKFLOW,
    "missing_capabilities": ["greeter.greet"],
    "body": DEFINITION,
}
VALIDATION: Final[dict[str, Any]] = {
    "valid": False,
    "problems": [{"field": "steps.1.needs", "code": "unknown_step", "message": "greet needs find, which is no step"}],
    "missing_capabilities": [],
}
EXECUTE: Final[dict[str, Any]] = {
    "workflow": "equipment_discovery",
    "input": {"targets": ["10.20.0.0/24"]},
    "priority": "high",
}
RUN: Final[dict[str, Any]] = {
    "id": 12,
    "url": f"{_HUB}/workflow-runs/12/",
    "workflow": "equipment_discovery",
    "state": "running",
    "outcome": "",
    "priority": "high",
    "actor": "ada",
    "correlation_id": "8c0f9f1e-5c2e-4f1a-9d6e-3f4f3c6f8e21",
    "causation_id": "",
    "parent": None,
    "input": {"targets": ["10.20.0.0/24"]},
    "output": None,
    "error": "",
    "summary": {},
    "step_counts": {"skipped": 1, "running": 1, "blocked": 2},
    "created_at": _WHEN,
    "finished_at": None,
}
STEP: Final[dict[str, Any]] = {
    "id": 48,
    "step": "detect",
    "item": None,
    "compensates": False,
    "state": "skipped",
    "capability": "gns3.detect_equipment",
    "queue": "high",
    "waits_for": "",
    "wait": {},
    "wait_until": None,
    "attempts": 1,
    "due_at": _WHEN,
    "input": {"project_id": ""},
    "output": None,
    "error": "No module offers gns3.detect_equipment.",
    "approved_by": "",
    "approval_url": None,
    "started_at": _WHEN,
    "finished_at": _WHEN,
}
RUN_DETAIL: Final[dict[str, Any]] = {
    **RUN,
    "definition": {"name": "equipment_discovery", "steps": [{"id": "detect", "capability": "gns3.detect_equipment"}]},
    "steps": [STEP],
}
APPROVAL: Final[dict[str, Any]] = {
    "id": 61,
    "url": f"{_HUB}/approvals/61/",
    "run": {**_RUN, "name": "incident_response"},
    "step": "contain",
    "item": None,
    "role": "admin",
    "may_decide": True,
    "message": "Contain the incident with exactly these measures?",
    "capability": "security_management.contain_incident",
    "change": {"measures": [{"action": "ban", "address": "203.0.113.9", "duration_seconds": 3600}]},
    "requested_by": "ada",
    "requested_at": _WHEN,
    "expires_at": "2026-02-01T12:00:00Z",
}
_STARTS: Final = {
    "created_by": "ada",
    "created_at": _WHEN,
    "started_count": 31,
    "last_started_at": _WHEN,
    "last_error": "",
}
SCHEDULE_REQUEST: Final[dict[str, Any]] = {
    "name": "nightly_discovery",
    "workflow": "equipment_discovery",
    "input": {"targets": ["10.20.0.0/24"]},
    "crontab": "30 2 * * *",
    "timezone": "Europe/Berlin",
}
TASK_SCHEDULE_REQUEST: Final[dict[str, Any]] = {
    "name": "hourly_health",
    "task": "common.orchestrate_system_monitoring",
    "interval_seconds": 3600,
}
SCHEDULE: Final[dict[str, Any]] = {
    "id": 3,
    "url": f"{_HUB}/schedules/3/",
    **SCHEDULE_REQUEST,
    "task": "",
    "interval_seconds": None,
    "enabled": True,
    "next_at": "2026-02-01T01:30:00Z",
    "runs_url": f"{_HUB}/workflow-runs/?causation_id=schedule:3",
    **_STARTS,
}
STARTED: Final[dict[str, Any]] = {"kind": "run", "id": "12", "url": f"{_HUB}/workflow-runs/12/"}
TRIGGER_REQUEST: Final[dict[str, Any]] = {
    "name": "respond_to_unreachable_core",
    "topics": ["device.unreachable"],
    "minimum_priority": "high",
    "condition": "event.data.name.startsWith('core-')",
    "workflow": "incident_response",
    "input": {"subject": "${event.subject}", "summary": "${event.data.name} does not answer."},
}
TRIGGER: Final[dict[str, Any]] = {
    "id": 5,
    "url": f"{_HUB}/triggers/5/",
    **TRIGGER_REQUEST,
    "source": "",
    "subject": "",
    "task": "",
    "enabled": True,
    "runs_url": f"{_HUB}/workflow-runs/?actor=trigger:respond_to_unreachable_core",
    **_STARTS,
}
