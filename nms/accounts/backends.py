"""Django's user table with a limit on failed attempts; every way to sign in with a password passes here."""

from __future__ import annotations

from typing import Any

import structlog
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from nms.accounts.login_attempts import Attempt

log = structlog.get_logger(__name__)


class LimitedBackend(ModelBackend):
    """Raises PermissionDenied (a failed login, for Django) while the address has to wait."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        if request is None or username is None:  # a command or a test, not somebody on the network
            return super().authenticate(request, username, password, **kwargs)
        attempt = attempt_of(request, username)
        if attempt.blocked():
            raise PermissionDenied("Too many failed logins")
        # No name holds a NUL, and PostgreSQL's driver raises at one.
        user = None if "\x00" in username else super().authenticate(request, username, password, **kwargs)
        if user is None:
            attempt.failed()
            log.warning("login failed", user=username[:150], address=attempt.address)
        elif attempt.blocked():  # others failed while this one was checked: guessing in parallel must gain nothing
            raise PermissionDenied("Too many failed logins")
        else:
            attempt.succeeded()
        return user


def attempt_of(request: HttpRequest, username: str) -> Attempt:
    return Attempt(str(request.META.get("REMOTE_ADDR", "")), username)
