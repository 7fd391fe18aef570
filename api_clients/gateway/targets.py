"""Which of a service's targets a call goes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

USUAL = "main"
ALL = "*"

Code = Literal["unknown_target", "target_needed", "service_unconfigured"]


class NoTarget(LookupError):
    """`code` says why none was chosen."""

    def __init__(self, message: str, *, code: Code) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Chosen:
    """`is_fan_out`: several were asked for, though it may be one that there is."""

    names: tuple[str, ...]
    is_fan_out: bool = False


def choose(configured: Sequence[str], asked: str | None, *, service: str) -> Chosen:
    """`asked` is a name, names with commas between them, * for all, or None for the only one or `main`.

    Raises NoTarget.
    """
    if not configured:
        raise NoTarget(f"No {service} is configured.", code="service_unconfigured")
    if asked is None:
        return Chosen((_usual(configured, service),))
    if asked.strip() == ALL:
        return Chosen(tuple(configured), is_fan_out=True)
    names = tuple(dict.fromkeys(name.strip() for name in asked.split(",")))
    known = ", ".join(configured)
    for name in names:
        if name not in configured:
            raise NoTarget(f"{service} has no target {name!r:.100}; configured: {known}.", code="unknown_target")
    return Chosen(names, is_fan_out="," in asked)


def _usual(configured: Sequence[str], service: str) -> str:
    if len(configured) == 1:
        return configured[0]
    if USUAL in configured:
        return USUAL
    known = ", ".join(configured)
    raise NoTarget(f"Name a target of {service}: {known}, or {ALL} for all.", code="target_needed")
