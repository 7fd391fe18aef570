"""How is a module? Local ones are asked by their function, remote ones by their callback, both for a limited time."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import structlog
from django.db import connections

from common.application.modules import registry
from common.application.modules.callbacks import ask_health
from common.application.modules.registration import need_remote
from common.domain.modules import Health, Module
from common.models import ModuleRecord

LOCAL_SECONDS = 3.0

log = structlog.get_logger(__name__)

_asking: dict[str, threading.Thread] = {}


def module_health(name: str) -> Health:
    """Ask the module and keep its answer. Raises Unknown where there is none; anything else it does is a Health."""
    module = registry.local_module(name)
    health = _local_health(module) if module is not None else _remote_health(name)
    _keep(name, health, module)
    return health


def _remote_health(name: str) -> Health:
    record = need_remote(name)
    if record.state == ModuleRecord.State.LOST:
        return Health("unhealthy", f"lost: no heartbeat since {record.heartbeat_at}")
    return ask_health(name)


def _local_health(module: Module) -> Health:
    """In a thread, which a function that hangs keeps; until it returns the module is not asked again."""
    earlier = _asking.get(module.name)
    if earlier is not None and earlier.is_alive():
        return Health("unhealthy", "the health check of this process has not come back yet")
    answers: list[Health] = []
    thread = threading.Thread(target=_ask, args=(module, answers), name=f"health of {module.name}", daemon=True)
    _asking[module.name] = thread
    thread.start()
    thread.join(LOCAL_SECONDS)
    return answers[0] if answers else Health("unhealthy", f"no answer within {LOCAL_SECONDS:.3g} s")


def _ask(module: Module, answers: list[Health]) -> None:
    try:
        answers.append(module.health())
    except Exception as error:
        log.exception("health check failed", module=module.name)
        answers.append(Health("unhealthy", f"the health check failed: {type(error).__name__}"))
    finally:
        connections.close_all()


def _keep(name: str, health: Health, module: Module | None) -> None:
    said = {"health": health.status, "health_detail": health.detail[:500], "health_at": datetime.now(UTC)}
    if ModuleRecord.objects.filter(pk=name).update(**said) or module is None:
        return
    record = ModuleRecord(
        name=name, kind=ModuleRecord.Kind.LOCAL, version=module.version, registered_at=datetime.now(UTC), **said
    )
    ModuleRecord.objects.bulk_create([record], ignore_conflicts=True)
