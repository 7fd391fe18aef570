"""Roles: viewers read, operators act, admins configure. Each may do what those before it may."""

from __future__ import annotations

from typing import Literal, get_args

Role = Literal["viewer", "operator", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)


def includes(role: Role | None, required: Role) -> bool:
    return role is not None and ROLES.index(role) >= ROLES.index(required)
