"""How modules, capabilities and message types are called.

One or more words of lower-case letters, digits, underscores and hyphens, joined by dots: `network_management`,
`network_management.profile_equipment`. A module's own name has no dot.
"""

from __future__ import annotations

import re

MAX_LENGTH = 100
_WORD = r"[a-z][a-z0-9_-]*"
_NAME = re.compile(rf"{_WORD}(\.{_WORD})*")
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+_-]{0,49}")
# The first two stand for the hub itself, as the source of its events; the last is a path beside the modules' own.
RESERVED = frozenset({"hub", "common", "register"})


def module_name_problem(name: object) -> str | None:
    """What is wrong with a module's name, or None."""
    problem = dotted_name_problem(name)
    if problem or not isinstance(name, str):
        return problem
    if "." in name:
        return f"{name!r} has a dot; a module's name is one word such as network_management"
    return f"{name!r} means something else here; choose another name" if name in RESERVED else None


def dotted_name_problem(name: object) -> str | None:
    """What is wrong with the name of a capability or the type of a message, or None."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        shown = repr(name) if len(repr(name)) <= 60 else repr(name)[:60] + "..."
        return f"{shown} is not a name; write lower-case words such as network_management.profile_equipment"
    return f"a name has at most {MAX_LENGTH} characters" if len(name) > MAX_LENGTH else None


def version_problem(version: object) -> str | None:
    if isinstance(version, str) and _VERSION.fullmatch(version):
        return None
    return "write a version of at most 50 letters, digits, dots, pluses, hyphens and underscores, such as 1.2.0"
