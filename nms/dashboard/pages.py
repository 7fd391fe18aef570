"""What every page has in common: it needs a login and a role, is never cached and runs no foreign script."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from common.domain.roles import includes
from common.infrastructure.events.event_store import last_position
from common.infrastructure.user_roles import role_of

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

Context = dict[str, Any]


def page(template: str) -> Callable[[Callable[..., Context]], Callable[..., HttpResponse]]:
    """Turn a function that returns the template's context into a view for viewers."""

    def decorate(make_context: Callable[..., Context]) -> Callable[..., HttpResponse]:
        @wraps(make_context)
        def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            role = role_of(request.user)
            if not includes(role, "viewer"):
                raise PermissionDenied
            # Asked before anything else: an event later than this one may be missing from what is shown.
            position = last_position()
            context = make_context(request, *args, **kwargs)
            context |= {"role": role, "may_discover": includes(role, "operator"), "position": position}
            response = render(request, f"dashboard/{template}", context)
            response["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
            return response

        return require_safe(never_cache(login_required(view)))

    return decorate
