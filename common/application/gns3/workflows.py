"""The workflows of the module "gns3": what takes longer than a request, as runs that can be followed and cancelled."""

from __future__ import annotations

from typing import Any

_PROJECT = {"type": "string", "minLength": 1, "maxLength": 100, "description": "The project's id."}
_WAIT = {"type": "number", "exclusiveMinimum": 0, "maximum": 3600, "description": "Seconds for one node to answer."}

START_GNS3_PROJECT_COMPLETE: dict[str, Any] = {
    "name": "start_gns3_project_complete",
    "description": "Open a GNS3 project, start its nodes in the order of their dependencies until they answer, discover"
    " them, and report.",
    "input_schema": {
        "type": "object",
        "additionalProperties": False,
        "required": ["project_id"],
        "properties": {
            "project_id": _PROJECT,
            "parallel": {"type": "integer", "minimum": 1, "maximum": 32, "description": "So many nodes at once."},
            "wait_seconds": _WAIT,
        },
    },
    "steps": [
        {
            "id": "start",
            "capability": "gns3.start_project",
            "input": {
                "project_id": "${input.project_id}",
                "parallel": "${has(input.parallel) ? input.parallel : 4}",
                "wait_seconds": "${has(input.wait_seconds) ? input.wait_seconds : 60.0}",
            },
            "timeout_seconds": 1800,
        },
        {
            "id": "discover",
            "needs": ["start"],
            "when": "steps.start.output.outcome == 'done' || steps.start.output.outcome == 'partial'",
            "workflow": "equipment_discovery",
            "input": {"project_id": "${input.project_id}"},
            "on_failure": "continue",
        },
    ],
    "output": {
        "report": "${steps.start.output}",
        "discovery": "${steps.discover.state}",
    },
}

STOP_GNS3_PROJECT: dict[str, Any] = {
    "name": "stop_gns3_project",
    "description": "Stop the nodes of a GNS3 project, hosts first, and close it if that is wanted.",
    "input_schema": {
        "type": "object",
        "additionalProperties": False,
        "required": ["project_id"],
        "properties": {"project_id": _PROJECT, "close": {"type": "boolean"}, "wait_seconds": _WAIT},
    },
    "steps": [
        {
            "id": "stop",
            "capability": "gns3.stop_project",
            "input": {
                "project_id": "${input.project_id}",
                "close": "${has(input.close) ? input.close : false}",
                "wait_seconds": "${has(input.wait_seconds) ? input.wait_seconds : 60.0}",
            },
            "timeout_seconds": 1800,
        }
    ],
    "output": {"report": "${steps.stop.output}"},
}

WORKFLOWS = (START_GNS3_PROJECT_COMPLETE, STOP_GNS3_PROJECT)
