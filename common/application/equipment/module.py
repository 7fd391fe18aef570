"""The hub's module `equipment`, as workflows name it."""

from __future__ import annotations

from common.application.equipment.contracts import ProfileEquipmentInput, ProfileEquipmentOutput
from common.domain.modules import Call, Capability, Module


def _profile(asked: ProfileEquipmentInput, call: Call) -> ProfileEquipmentOutput:
    """Imported when it is first called: every command registers the module, and few ask it for anything."""
    from common.application.equipment.capabilities import profile_equipment

    return profile_equipment(asked, call)


MODULE = Module(
    name="equipment",
    version="1.0",
    description="Profiles of the equipment in GNS3 projects.",
    capabilities=(
        Capability(
            "equipment.profile",
            _profile,
            ProfileEquipmentInput,
            ProfileEquipmentOutput,
            description="Profile the nodes of a GNS3 project, of one node, or of all open projects.",
            queue="discovery",
            timeout_seconds=900.0,
        ),
    ),
)
