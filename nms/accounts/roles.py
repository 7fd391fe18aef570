"""Give users roles. A role is a Django group of its name; a user has one."""

from __future__ import annotations

from django.contrib.auth.models import Group, User

from common.domain.roles import ROLES, Role


def ensure_roles() -> dict[str, Group]:
    """The three groups; the migration makes them, this repairs a database where someone deleted one."""
    return {role: Group.objects.get_or_create(name=role)[0] for role in ROLES}


def assign_role(user: User, role: Role) -> None:
    groups = ensure_roles()
    user.groups.remove(*groups.values())
    user.groups.add(groups[role])
