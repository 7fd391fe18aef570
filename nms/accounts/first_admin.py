"""The first login: made at the first start, its password shown once and stored hashed."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from common.domain.roles import ROLES
from nms.accounts.passwords import generate_password
from nms.accounts.roles import assign_role, ensure_roles

NAME = "admin"


def prepare() -> str:
    """Make roles and, where nobody could configure anything, the admin; return what to tell the operator."""
    if User.objects.filter(username=NAME).exists():
        return f"Login: {NAME}, with the password of the first start (`make password` sets another)"
    if User.objects.filter(Q(is_superuser=True) | Q(groups__name=ROLES[-1])).exists():
        return ""  # its people named their admins themselves
    password = generate_password()
    with transaction.atomic():
        ensure_roles()
        admin = User.objects.create_user(NAME, password=password)
        assign_role(admin, ROLES[-1])
    return f"Login: {NAME}\nPassword: {password}   (shown this once; `make password` sets another)"
