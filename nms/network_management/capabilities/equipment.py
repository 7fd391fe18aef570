"""Equipment of GNS3 projects as a capability; see nms/network_management/equipment/."""

from __future__ import annotations

from common.domain.modules import Call
from nms.network_management.capabilities.contracts import EquipmentInput, EquipmentOutput
from nms.network_management.capabilities.discovery import failures_told
from nms.network_management.equipment.recording import record_equipment as record


def record_equipment(asked: EquipmentInput, call: Call) -> EquipmentOutput:
    with failures_told():
        report = record(asked, correlation_id=call.correlation_id)
    return EquipmentOutput(
        device_ids=report.devices,
        new=len(report.new),
        changed=len(report.changed),
        unchanged=len(set(report.devices.values()) - report.new - report.changed),
        gone=len(report.gone),
        links_discovered=len(report.links.discovered),
        links_lost=len(report.links.lost),
    )
