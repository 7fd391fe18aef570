"""Roles as DRF permissions. A view says what each action needs; without a word, viewers read and admins write."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from common.domain.roles import ROLES, Role, includes

DEFAULTS: dict[str, Role] = {"read": "viewer", "write": "admin"}


def role_of(user: Any) -> Role | None:
    """The highest role of a user; None for someone who has none (or is not signed in). One query, kept on the user."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return None
    if user.is_superuser:
        return "admin"
    if not hasattr(user, "_nms_role"):
        names = set(user.groups.values_list("name", flat=True))
        user._nms_role = next((role for role in reversed(ROLES) if role in names), None)
    role: Role | None = user._nms_role
    return role


def required_role(view: Any, method: str | None) -> Role:
    """From the view's `required_roles`: by action ("cancel"), else by "read" or "write"."""
    table = {**DEFAULTS, **getattr(view, "required_roles", {})}
    action = getattr(view, "action", None)
    if action in table:
        return table[action]
    return table["read" if method in SAFE_METHODS else "write"]


class RolePermission(BasePermission):
    def has_permission(self, request: Request, view: Any) -> bool:
        needed = required_role(view, request.method)
        role = role_of(request.user)
        self.message = f"This needs the role {needed}; you have {role or 'no role'}."
        self.code = "role_required"
        return includes(role, needed)
