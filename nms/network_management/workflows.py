"""Workflows of this module, as data (docs/workflows.md). Time limits of steps are the capabilities' own (module.py)."""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel

from nms.network_management.capabilities.contracts import DiscoverInput
from nms.network_management.capabilities.lab_contracts import ExportInput

_OF_THE_RUN = {"run_id": "${steps.prepare.output.run_id}"}
# The steps themselves ask each agent again; what is tried again here is only a database that was away.
_RETRY = {"attempts": 5, "delay_seconds": 2.0, "max_delay_seconds": 60.0}


def _input_schema(kind: type[BaseModel] = DiscoverInput) -> dict[str, Any]:
    schema = kind.model_json_schema()
    schema.pop("title", None)
    return schema


NETWORK_DISCOVERY: Final[dict[str, Any]] = {
    "name": "network_discovery",
    "description": "Find and read the equipment of ranges and seeds, and settle the links between what was found.",
    "input_schema": _input_schema(),
    "steps": [
        {
            "id": "prepare",
            "description": "Check what is asked for, and make the record of the run.",
            "capability": "network_management.prepare_discovery",
            "input": {"request": "${input}", "workflow_run_id": "${run.id}"},
            "retry": _RETRY,
        },
        {
            "id": "read",
            "description": "Sweep the addresses, log in to whoever answers, read and store each device.",
            "capability": "network_management.read_devices",
            "needs": ["prepare"],
            "input": _OF_THE_RUN,
            "retry": _RETRY,
        },
        {
            "id": "settle_links",
            "description": "Bring the links of these devices in line with what they hear of each other.",
            "capability": "network_management.settle_links",
            "needs": ["read"],
            "input": _OF_THE_RUN,
            "retry": _RETRY,
        },
        {
            "id": "finish",
            "description": "Close the record, and tell everyone.",
            "capability": "network_management.finish_discovery",
            "needs": ["settle_links"],
            "input": _OF_THE_RUN,
            "retry": _RETRY,
        },
    ],
    "output": "${steps.finish.output}",
}

LAB_EXPORT: Final[dict[str, Any]] = {
    "name": "lab_export",
    "description": "Make a GNS3 project of part of the network.",
    "input_schema": _input_schema(ExportInput),
    "steps": [
        {
            "id": "export",
            "capability": "network_management.export_lab",
            "input": "${input}",
            "timeout_seconds": 1000,
        }
    ],
    "output": "${steps.export.output}",
}
