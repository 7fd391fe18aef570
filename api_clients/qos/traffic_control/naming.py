"""Names and numbers as the kernel takes them. What comes from outside passes here before it stands in a command."""

from __future__ import annotations

import re
from typing import Final

INTERFACE: Final = r"^[A-Za-z0-9_][A-Za-z0-9_.@-]{0,14}$"  # IFNAMSIZ is 16 with its end; no dash first, for tc
NAMESPACE: Final = r"^([A-Za-z0-9_][A-Za-z0-9_.-]{0,63})?$"
HANDLE: Final = r"^[0-9a-f]{1,4}:$"
CLASS_ID: Final = r"^[0-9a-f]{1,4}:[0-9a-f]{1,4}$"
PARENT: Final = r"^(root|[0-9a-f]{1,4}:[0-9a-f]{0,4})$"

ROOT: Final = 0xFFFFFFFF
INGRESS: Final = 0xFFFFFFF1


def interface_name(text: str) -> str:
    """Return the name, or raise ValueError."""
    return _checked(text, INTERFACE, "interface", "1 to 15 letters, digits and ._@-")


def namespace_name(text: str) -> str:
    """Return the name, "" for the host itself, or raise ValueError."""
    return _checked(text, NAMESPACE, "namespace", "a name below /run/netns, or nothing for the host")


def class_id(number: int) -> str:
    """Spell a handle as tc does: 0x10010 is 1:10, 0x10000 is 1:, both parts hexadecimal."""
    if number == ROOT:
        return "root"
    if number == INGRESS:
        return "ingress"
    minor = number & 0xFFFF
    return f"{number >> 16:x}:{minor:x}" if minor else f"{number >> 16:x}:"


def major(handle: str) -> str:
    """The qdisc that a class belongs to: 1: of 1:10."""
    return handle.partition(":")[0] + ":"


def _checked(text: str, pattern: str, what: str, wanted: str) -> str:
    if not re.match(pattern, text) or text in (".", "..") or text.endswith("\n"):
        raise ValueError(f"{what} {text[:40]!r} should be {wanted}")
    return text
