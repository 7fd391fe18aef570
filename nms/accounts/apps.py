"""Users, their roles and how they sign in."""

from django.apps import AppConfig

from common.application.services import register_preparation


class AccountsConfig(AppConfig):
    name = "nms.accounts"
    label = "accounts"

    def ready(self) -> None:
        from nms.accounts.first_admin import prepare

        register_preparation("first admin", prepare)
