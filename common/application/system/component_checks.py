"""How the parts of the system are asked for their health: the hub's own parts, every module, every configured service.

A service's client that has a method `health()` is asked with it: it returns a Health (healthy or degraded, version,
reason) or raises. Of one without, only what this process has seen of it is told, and its status stays unknown; that is
the case of clients of devices, each of which the watch looks after.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import NamedTuple

import structlog
from django.conf import settings
from django.utils import timezone

from api_clients.domain.errors import CircuitOpen, InvalidRequest, ServiceError, Throttled, Unauthorized
from api_clients.domain.health import Health
from api_clients.infrastructure.client import HEALTH_SECONDS
from common.application.clients import client_statistics, ready_clients
from common.application.modules.registry import local_modules, modules
from common.domain.errors import Unavailable
from common.domain.hub_events.system import Status
from common.domain.known_modules import KnownModule
from common.infrastructure.health import CHECKS, run_check
from common.infrastructure.workers.worker_records import LIVE_SECONDS
from common.models import WorkerRecord

MARGIN_SECONDS = 0.1  # for a client to say itself that its time was up
CLIENTS = "component:clients"  # unhealthy where there is no configuration, so that no service could be asked
_OURS = (Unauthorized, Throttled, CircuitOpen, InvalidRequest)  # our login, our limits, and what was never sent


class Finding(NamedTuple):
    """`version` is a service's own. `is_evidence`: an unhealthy one is of the service's own making, so that a restart
    may help; our wrong password, our own limits and our defects are not.
    """

    status: Status
    detail: str
    version: str = ""
    is_evidence: bool = True


Check = Callable[[], Finding]

log = structlog.get_logger(__name__)


def all_checks() -> dict[str, Check]:
    """By name: "component:database", "module:network_management", "service:prometheus/main"."""
    return {**_component_checks(), **_module_checks(), **_service_checks()}


def service_check(service: str, target: str) -> Check:
    """The check of one configured target."""
    return partial(_service, service, target)


def service_deadlines() -> dict[str, float]:
    """How long each target has to say how it is, by the names of `all_checks`: its own deadline where that is less."""
    ready = ready_clients()
    return {f"service:{name}/{target}": _deadline(ready.get(name, target)) for name, target in ready.configured()}


def service_deadline(service: str, target: str) -> float:
    return _deadline(ready_clients().get(service, target))


def finding_of(name: str, error: Exception) -> Finding:
    """What an exception of a check means; of an attempt that opened the circuit what that attempt found."""
    if isinstance(error, CircuitOpen) and isinstance(error.__cause__, ServiceError):
        error = error.__cause__
    if isinstance(error, ServiceError):
        return Finding("unhealthy", str(error), is_evidence=not isinstance(error, _OURS))
    log.error("a health check failed", check=name, exc_info=error)
    told = f"its health check failed with {type(error).__name__}; the log says more"
    return Finding("unhealthy", told, is_evidence=False)


def _deadline(client: object) -> float:
    return min(getattr(client, "deadline_seconds", HEALTH_SECONDS), HEALTH_SECONDS) + MARGIN_SECONDS


def _component_checks() -> dict[str, Check]:
    own = {f"component:{name}": partial(_component, name, check) for name, check in CHECKS.items()}
    return {**own, "component:workers": _workers}


def _component(name: str, check: Callable[[], str]) -> Finding:
    result = run_check(name, check)
    return Finding("healthy" if result.ok else "unhealthy", result.detail)


def _workers() -> Finding:
    names = WorkerRecord.objects.filter(seen_at__gte=timezone.now() - timedelta(seconds=LIVE_SECONDS)).count()
    if not names:
        return Finding("unhealthy", "no Celery worker has been seen lately")
    return Finding("healthy", f"{names} live")


def _module_checks() -> dict[str, Check]:
    local = {module.name: module for module in local_modules()}
    checks: dict[str, Check] = {}
    for known in modules():
        asked = local.get(known.name)
        checks[f"module:{known.name}"] = partial(_local, asked.health) if asked else partial(_remote, known)
    return checks


def _local(health: Callable[[], object]) -> Finding:
    told = health()
    return Finding(told.status, told.detail)  # type: ignore[attr-defined] # Health, by the contract


def _remote(known: KnownModule) -> Finding:
    if known.state == "lost":
        return Finding("unhealthy", "lost: it sends no heartbeats")
    if known.health is None:
        return Finding("healthy", "it sends heartbeats")
    return Finding(known.health.status, known.health.detail)


def _service_checks() -> dict[str, Check]:
    try:
        ready = ready_clients()
    except Unavailable as error:
        text = str(error)
        return {CLIENTS: lambda: Finding("unhealthy", text)}
    problem = ready.problem
    checks: dict[str, Check] = {
        f"service:{service}/{target}": service_check(service, target) for service, target in ready.configured()
    }
    if settings.NMS_CLIENTS_FILE:
        told = Finding("degraded", problem) if problem else Finding("healthy", "configuration in use")
        checks[CLIENTS] = lambda: told
    return checks


def _service(service: str, target: str) -> Finding:
    health = getattr(ready_clients().get(service, target), "health", None)
    if callable(health):
        told = health()
        return Finding(told.status, told.reason, told.version) if isinstance(told, Health) else _plain(told)
    attempts = failures = 0
    for operation in client_statistics():
        if operation.service == service:
            attempts += operation.count
            failures += operation.count - operation.outcomes.get("success", 0)
    return Finding(
        "unknown", f"has no health check of its own; this process made {attempts} attempts, {failures} failed"
    )


def _plain(told: object) -> Finding:
    """Of a client whose `health()` does no more than answer or raise."""
    return Finding("healthy", told if isinstance(told, str) else "")
