"""How the parts of the system are asked for their health: the hub's own parts, every module, every configured service.

A service's client that has a method `health()` is asked with it: it returns what to tell people, or raises. Of one
without, only what this process has seen of it is told, and its status stays unknown; that is the case of clients of
devices, each of which the watch looks after.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import structlog
from django.conf import settings
from django.utils import timezone

from api_clients.configuration import ConfigurationInvalid
from api_clients.domain.errors import ServiceError
from common.application.clients import client_statistics, clients
from common.application.modules.registry import local_modules, modules
from common.domain.hub_events.system import Status
from common.domain.known_modules import KnownModule
from common.infrastructure.health import CHECKS, run_check
from common.infrastructure.workers.worker_records import LIVE_SECONDS
from common.models import WorkerRecord

Finding = tuple[Status, str]
Check = Callable[[], Finding]

log = structlog.get_logger(__name__)


def all_checks() -> dict[str, Check]:
    """By name: "component:database", "module:network_management", "service:prometheus/main"."""
    return {**_component_checks(), **_module_checks(), **_service_checks()}


def finding_of(name: str, error: Exception) -> Finding:
    """What an exception of a check means."""
    if isinstance(error, ServiceError):
        return "unhealthy", str(error)
    log.error("a health check failed", check=name, exc_info=error)
    return "unhealthy", f"its health check failed with {type(error).__name__}; the log says more"


def _component_checks() -> dict[str, Check]:
    own = {f"component:{name}": partial(_component, name, check) for name, check in CHECKS.items()}
    return {**own, "component:workers": _workers}


def _component(name: str, check: Callable[[], str]) -> Finding:
    result = run_check(name, check)
    return ("healthy" if result.ok else "unhealthy"), result.detail


def _workers() -> Finding:
    names = WorkerRecord.objects.filter(seen_at__gte=timezone.now() - timedelta(seconds=LIVE_SECONDS)).count()
    return ("healthy", f"{names} live") if names else ("unhealthy", "no Celery worker has been seen lately")


def _module_checks() -> dict[str, Check]:
    local = {module.name: module for module in local_modules()}
    checks: dict[str, Check] = {}
    for known in modules():
        asked = local.get(known.name)
        checks[f"module:{known.name}"] = partial(_local, asked.health) if asked else partial(_remote, known)
    return checks


def _local(health: Callable[[], object]) -> Finding:
    told = health()
    return told.status, told.detail  # type: ignore[attr-defined] # Health, by the contract


def _remote(known: KnownModule) -> Finding:
    if known.state == "lost":
        return "unhealthy", "lost: it sends no heartbeats"
    return (known.health.status, known.health.detail) if known.health else ("healthy", "it sends heartbeats")


def _service_checks() -> dict[str, Check]:
    try:
        ready = clients()
        ready.refresh()
    except ConfigurationInvalid as error:
        text = str(error)
        return {"component:clients": lambda: ("unhealthy", text)}
    problem = ready.problem
    checks: dict[str, Check] = {
        f"service:{service}/{target}": partial(_service, service, target) for service, target in ready.configured()
    }
    if settings.NMS_CLIENTS_FILE:
        checks["component:clients"] = lambda: ("degraded", problem) if problem else ("healthy", "configuration in use")
    return checks


def _service(service: str, target: str) -> Finding:
    health = getattr(clients().get(service, target), "health", None)
    if callable(health):
        told = health()
        return "healthy", told if isinstance(told, str) else ""
    attempts = failures = 0
    for operation in client_statistics():
        if operation.service == service:
            attempts += operation.count
            failures += operation.count - operation.outcomes.get("success", 0)
    return "unknown", f"has no health check of its own; this process made {attempts} attempts, {failures} failed"
