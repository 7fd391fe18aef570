"""The net under every wake-up: once a second what is due is looked for in the database itself.

Work whose worker died is put back, queues with due rows are woken, then whatever else registered takes its look. So a
lost Celery message, a flushed Redis or a worker that was killed cost a second or a lease, and never the work.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog
from django.db import connection

from common.application.work.turns import WorkKind
from common.infrastructure.exclusive import exclusively
from common.infrastructure.work.claims import due_queues, return_expired
from common.infrastructure.work.waking import wake

log = structlog.get_logger(__name__)

_kinds: dict[str, WorkKind] = {}
_functions: dict[str, Callable[[], object]] = {}
_failing: set[str] = set()


def register_work(kind: WorkKind) -> None:
    """Sweep this table of work; called from AppConfig.ready()."""
    name = kind.model._meta.label
    if _kinds.get(name, kind) != kind:
        raise ValueError(f"The work of {name} is registered already")
    _kinds[name] = kind


def register_sweep(name: str, function: Callable[[], object]) -> None:
    """Call `function` every second, in one process at a time; called from AppConfig.ready().

    It must be quick (a query where there is nothing to do) and right when it runs late, twice, or not at all.
    """
    if _functions.get(name, function) is not function:
        raise ValueError(f"A sweep named {name} is registered already")
    _functions[name] = function


def sweep() -> bool:
    """Do one round; return False where another process is at it."""
    with exclusively("sweep") as alone:
        if not alone:
            return False
        for name, kind in list(_kinds.items()):
            _attempt(name, lambda kind=kind: _sweep_work(kind))  # type: ignore[misc] # mypy cannot infer lambdas with defaults
        for name, function in list(_functions.items()):
            _attempt(name, function)
        return True


def _sweep_work(kind: WorkKind) -> None:
    return_expired(kind.model)
    for queue in due_queues(kind.model):
        wake(kind.task, queue)


def _attempt(name: str, function: Callable[[], object]) -> None:
    """One that fails must not keep the others from their turn; an outage is logged at its start and its end."""
    try:
        function()
    except Exception:
        if name not in _failing:
            log.exception("a sweep fails; it is tried again every second", sweep=name)
        _failing.add(name)
        connection.close_if_unusable_or_obsolete()
    else:
        if name in _failing:
            log.info("a sweep succeeds again", sweep=name)
        _failing.discard(name)
