"""Who opens a WebSocket: the session cookie of a browser, or a JWT.

A JWT comes in the Authorization header, or, from a browser that cannot set it, as the subprotocol `bearer.<token>`
beside `nms.events`. Not in the URL: addresses end in logs, histories and Referer headers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host
from rest_framework.exceptions import AuthenticationFailed
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import InvalidToken

from common.domain.roles import Role
from common.infrastructure.user_roles import role_of

SUBPROTOCOL = "nms.events"
BEARER = "bearer."
Scope = Mapping[str, Any]


class LoginRefused(Exception):
    """No login, or one that does not hold; the text is for the client."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is connected; `expires_at` (Unix time) where the login is a token."""

    name: str
    role: Role | None
    expires_at: float | None = None


def origin_allowed(scope: Scope) -> bool:
    """Browsers send Origin: it must be our own host or a trusted origin. Other programs send none."""
    origin = _header(scope, b"origin")
    if origin is None:
        return True
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    host = _header(scope, b"host") or ""
    # The host itself is checked too: a name rebound to our address would be its own origin.
    return origin.partition("://")[2] == host and validate_host(split_domain_port(host)[0], _allowed_hosts())


def _allowed_hosts() -> list[str]:
    return settings.ALLOWED_HOSTS or ([".localhost", "127.0.0.1", "[::1]"] if settings.DEBUG else [])


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client came with: a token, or the key of a session; `token_in_url` where it chose the wrong way."""

    token: str | None = field(default=None, repr=False)
    session: str | None = field(default=None, repr=False)
    token_in_url: bool = False


def credentials_of(scope: Scope) -> Credentials:
    if token := _bearer(scope):
        return Credentials(token=token)
    session = _cookies(scope).get(settings.SESSION_COOKIE_NAME) or None
    in_url = "token" in parse_qs(scope.get("query_string", b"").decode("latin-1"))
    return Credentials(session=session, token_in_url=in_url)


def identify(credentials: Credentials) -> Visitor:
    """Raises LoginRefused. Asked again from time to time, so that a revoked login ends a connection."""
    if credentials.token:
        return _by_token(credentials.token)
    if credentials.session and (visitor := _by_session(credentials.session)):
        return visitor
    if credentials.token_in_url:
        raise LoginRefused(
            "Tokens are not taken from the URL, which ends in logs: send an Authorization header, "
            f"or the subprotocols {SUBPROTOCOL} and {BEARER}<token>."
        )
    raise LoginRefused("Sign in first: a session cookie, or a JWT in the Authorization header or as a subprotocol.")


def _by_session(key: str) -> Visitor | None:
    request = HttpRequest()
    request.session = SessionStore(session_key=key)
    user = get_user(request)
    return Visitor(user.get_username(), role_of(user)) if user.is_authenticated else None


def _by_token(token: str) -> Visitor:
    authentication = JWTAuthentication()
    try:
        validated = authentication.get_validated_token(token.encode())
        user = authentication.get_user(validated)
    except (InvalidToken, AuthenticationFailed) as error:
        raise LoginRefused("The token is not valid or has expired; get another from /api/auth/token/.") from error
    return Visitor(user.get_username(), role_of(user), expires_at=float(validated["exp"]))


def _bearer(scope: Scope) -> str | None:
    scheme, _, token = (_header(scope, b"authorization") or "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.strip()
    offered: list[str] = scope.get("subprotocols", [])
    return next((name.removeprefix(BEARER) for name in offered if name.startswith(BEARER)), None)


def _cookies(scope: Scope) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(_header(scope, b"cookie") or "").items()}
    except CookieError:
        return {}


def _header(scope: Scope, name: bytes) -> str | None:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), None)
