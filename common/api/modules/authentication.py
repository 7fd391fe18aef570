"""Remote modules sign their requests (common/domain/signatures.py); a signed one is the principal `module:<name>`.

Only views that name it in `authentication_classes` know it, and of those only what they list in `module_methods`:

    class HeartbeatView(ApiView):
        authentication_classes = SIGNED
        permission_classes = [SignedRolePermission]
        module_methods = ("POST",)

A module has the role operator at most, and speaks for itself alone: the views compare `module_of(request)`.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.views import APIView

from common.api.parsers import TooLarge
from common.api.permissions import RolePermission
from common.domain.names import module_name_problem
from common.domain.roles import Role
from common.domain.signatures import (
    MODULE_HEADER,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    SignatureInvalid,
    check_signature,
)
from common.infrastructure.encryption import SecretUnreadable, decrypt
from common.models import ModuleRecord


@dataclass(frozen=True)
class ModulePrincipal:
    """Stands where a Django user would; the actor of what the module causes."""

    module: str
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False
    is_superuser: bool = False
    _nms_role: Role = "operator"

    @property
    def username(self) -> str:
        return f"module:{self.module}"

    @property
    def pk(self) -> str:
        return self.username

    def get_username(self) -> str:
        return self.username

    def __str__(self) -> str:
        return self.username


class ModuleAuthentication(BaseAuthentication):
    """For requests that name a module; others are left to the classes after it."""

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        name = request.headers.get(MODULE_HEADER)
        if name is None:
            return None
        try:
            check_signature(
                _secret_of(name),
                request.headers,
                method=str(request.method),
                path=request.get_full_path(),
                body=_body(request),
                now=time.time(),
            )
        except (SignatureInvalid, SecretUnreadable) as error:
            raise exceptions.AuthenticationFailed(f"{error}.".replace("..", "."), "signature_invalid") from error
        return ModulePrincipal(name), None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"  # what people use; modules know what they do


def _secret_of(name: str) -> str:
    """A name that is not known is answered like a wrong signature, so that strangers learn no names."""
    stored = None
    if module_name_problem(name) is None:
        rows = ModuleRecord.objects.filter(pk=name, kind=ModuleRecord.Kind.REMOTE)
        stored = rows.values_list("secret", flat=True).first()
    return decrypt(stored) if stored else secrets.token_hex()


def _body(request: Request) -> bytes:
    """The bytes that were signed; the parser reads the same ones later."""
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    announced = str(request.META.get("CONTENT_LENGTH") or "0")
    if not announced.isdigit() or int(announced) > limit:
        raise TooLarge(f"A body has at most {limit} bytes.")
    return bytes(request._request.body)


SIGNED: list[type[BaseAuthentication]] = [ModuleAuthentication, *APIView.authentication_classes]


class SignedRolePermission(RolePermission):
    """People by their role; modules where the view lists the method in `module_methods`."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if module_of(request) is None:
            return super().has_permission(request, view)
        if request.method in getattr(view, "module_methods", ()):
            return True
        self.message = "Modules may send heartbeats, register, unregister, send messages and call capabilities."
        return False


def module_of(request: Request) -> str | None:
    """The remote module that signed the request, None for people."""
    return request.user.module if isinstance(request.user, ModulePrincipal) else None


def refuse_other_modules(request: Request, name: str) -> None:
    """A module may do this for itself only. Raises PermissionDenied."""
    module = module_of(request)
    if module is not None and module != name:
        raise exceptions.PermissionDenied(f"The module {module} speaks for itself, not for {name}.", "other_module")


class SignedScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # typed in part
    """The three headers, in OpenAPI."""

    target_class = ModuleAuthentication
    name = ["moduleName", "moduleTimestamp", "moduleSignature"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        return [
            {"type": "apiKey", "in": "header", "name": header}
            for header in (MODULE_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER)
        ]
