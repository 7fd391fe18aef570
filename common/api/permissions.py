"""Roles as DRF permissions. A view says what each action needs; without a word, viewers read and admins write.

class DeviceViewSet(ModelViewSet):
    required_roles = {"write": "operator", "destroy": "admin"}
"""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from common.domain.roles import Role, includes
from common.infrastructure.user_roles import role_of

__all__ = ["RolePermission", "required_role", "role_of"]

DEFAULTS: dict[str, Role] = {"read": "viewer", "write": "admin"}


def required_role(view: Any, method: str | None) -> Role:
    """From the view's `required_roles`: by action ("cancel"), else by "read" or "write"."""
    table: dict[str, Role] = {**DEFAULTS, **getattr(view, "required_roles", {})}
    action = getattr(view, "action", None)
    if action in table:
        return table[action]
    return table["read" if method in SAFE_METHODS else "write"]


class RolePermission(BasePermission):
    code = "role_required"

    def has_permission(self, request: Request, view: Any) -> bool:
        needed = required_role(view, request.method)
        role = role_of(request.user)
        if not hasattr(view, str(request.method).lower()):
            return role is not None  # nobody may do what does not exist: 405 says so better than 403
        self.message = f"This needs the role {needed}; you have {f'the role {role}' if role else 'no role'}."
        return includes(role, needed)
