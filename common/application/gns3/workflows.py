"""The workflow of the module "gns3" that is the other half of start_gns3_project_complete (common/workflows/)."""

from __future__ import annotations

from typing import Any

_PROJECT = {"type": "string", "minLength": 1, "maxLength": 100, "description": "The project's id."}
_WAIT = {"type": "number", "exclusiveMinimum": 0, "maximum": 3600, "description": "Seconds for one node to answer."}

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

WORKFLOWS = (STOP_GNS3_PROJECT,)
