"""The role of a Django user: the highest of the groups viewer, operator and admin; a superuser is an admin."""

from __future__ import annotations

from typing import Any

from common.domain.roles import ROLES, Role


def role_of(user: Any) -> Role | None:
    """None for someone without a role, inactive or not signed in. One query, kept on the user object."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return None
    if user.is_superuser:
        return "admin"
    if not hasattr(user, "_nms_role"):
        names = set(user.groups.values_list("name", flat=True))
        user._nms_role = next((role for role in reversed(ROLES) if role in names), None)
    role: Role | None = user._nms_role
    return role
