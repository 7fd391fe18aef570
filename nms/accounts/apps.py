"""Users, their roles and how they sign in."""

from typing import Any

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate

from common.application.services import register_preparation


class AccountsConfig(AppConfig):
    name = "nms.accounts"
    label = "accounts"

    def ready(self) -> None:
        from nms.accounts.first_admin import prepare

        register_preparation("first admin", prepare)
        # Django tells only apps with models of their own; the roles are groups of auth.
        post_migrate.connect(_make_roles, sender=apps.get_app_config("auth"))


def _make_roles(**_: Any) -> None:
    """Also where a database was emptied and not made anew."""
    from nms.accounts.roles import ensure_roles

    ensure_roles()
