"""Which of the components in ENTITY-MIB is the device itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from api_clients.network.snmp.values import Component

EntityField = Literal[
    "model",
    "serial",
    "software_revision",
    "firmware_revision",
    "hardware_revision",
    "name",
    "description",
    "manufacturer",
]
# A device without a chassis in its tree: agents that leave entPhysicalClass out, or know only a module.
SECOND_BEST = ("unknown", "other", "module", "backplane")


def entity_text(components: Sequence[Component], field: EntityField) -> str:
    """The field as the device's own component has it; empty where none says.

    The first chassis of a stack speaks for the stack. Below the chassis only the model is looked for: the
    serial number of some fan is not the device's.
    """
    chassis = [one for one in components if one.class_name in ("chassis", "stack")]
    roots = [one for one in components if one.contained_in == 0 and one.class_name in SECOND_BEST]
    below = [one for one in components if one.class_name in SECOND_BEST] if field == "model" and not chassis else []
    of_chassis = sorted(chassis, key=lambda one: (one.class_name == "stack", one.index))
    return next((found for one in (*of_chassis, *roots, *below) if (found := str(getattr(one, field)).strip())), "")
