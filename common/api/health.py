"""/health/ and /health/ready/: the only paths without a login, for probes. 200 or 503."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from common.api.renderers import dumps
from common.infrastructure.health import Result, check_health, check_ready


@never_cache
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """Database, broker, cache, disk, memory, and what is reported beside them, such as GNS3: that makes no 503."""
    return _answer(check_health())


@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """Whether this process can serve: the database answers and is migrated."""
    return _answer(check_ready())


def _answer(results: Sequence[Result]) -> HttpResponse:
    ok = all(result.ok for result in results if result.required)
    status = "failing" if not ok else "ok" if all(result.ok for result in results) else "degraded"
    body = {
        "status": status,
        "checks": {
            result.name: {"ok": result.ok, "detail": result.detail, "ms": result.milliseconds} for result in results
        },
    }
    return HttpResponse(dumps(body), status=200 if ok else 503, content_type="application/json")
