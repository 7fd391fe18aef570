"""The dialects known, and which one a device speaks: its type says so, or its prompt."""

from __future__ import annotations

from typing import Final

from .arista import Arista
from .base import Dialect, Talk
from .cisco import Cisco
from .juniper import Juniper
from .linux import Linux
from .mikrotik import MikroTik
from .vpcs import Vpcs

__all__ = ["Dialect", "Talk", "dialect_named", "dialect_of_prompt", "dialect_of_type"]

# In the order in which prompts are tried: the particular before the general. Arista's is Cisco's, which asks.
DIALECTS: Final[tuple[Dialect, ...]] = (Vpcs(), MikroTik(), Juniper(), Linux(), Cisco(), Arista())

# GNS3's node types and the words people use; those not here (qemu, virtualbox, vmware) can be anything.
_TYPES: Final = {
    "vpcs": "vpcs",
    "dynamips": "cisco",
    "iou": "cisco",
    "iol": "cisco",
    "ios": "cisco",
    "cisco": "cisco",
    "cisco_ios": "cisco",
    "docker": "linux",
    "linux": "linux",
    "mikrotik": "mikrotik",
    "routeros": "mikrotik",
    "mikrotik_routeros": "mikrotik",
    "juniper": "juniper",
    "junos": "juniper",
    "juniper_junos": "juniper",
    "arista": "arista",
    "eos": "arista",
    "arista_eos": "arista",
}


def dialect_named(name: str) -> Dialect:
    return next(dialect for dialect in DIALECTS if dialect.name == name)


def dialect_of_type(device_type: str) -> Dialect | None:
    """The dialect that a device of this type is expected to speak; None where the type leaves it open."""
    name = _TYPES.get(device_type.strip().lower())
    return dialect_named(name) if name else None


def dialect_of_prompt(line: str, hint: Dialect | None) -> Dialect | None:
    """The dialect whose prompt this line is, the hinted one first; None where it is no prompt that is known."""
    tried = (hint, *DIALECTS) if hint else DIALECTS
    return next((dialect for dialect in tried if dialect.prompt.search(line)), None)
