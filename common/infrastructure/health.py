"""Is everything there that the hub needs? Each check is short, and says in a word what is wrong."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import redis
import structlog
from django.conf import settings
from django.core.cache import cache
from django.db import DEFAULT_DB_ALIAS, Error, connection, connections
from django.db.migrations.executor import MigrationExecutor

from common.infrastructure.memory import available_memory

TIMEOUT_SECONDS = 2.0
LEAST_FREE_BYTES = 100 * 1024 * 1024
LEAST_FREE_MEMORY_BYTES = 100 * 1024 * 1024
LEAST_FREE_MEMORY = 0.05  # of a container's limit, where that is less

log = structlog.get_logger(__name__)


class Failing(Exception):
    """A check did not pass; the text is short and holds nothing secret, for anyone may read it."""


@dataclass(frozen=True, slots=True)
class Result:
    """`required`: without it the hub cannot do its work; else it does less."""

    name: str
    ok: bool
    detail: str
    milliseconds: float
    required: bool = True


def check_health() -> list[Result]:
    required = [run_check(name, check) for name, check in CHECKS.items()]
    return required + [replace(run_check(name, check), required=False) for name, check in _reported.items()]


def register_report(name: str, check: Callable[[], str]) -> None:
    """Tell at /health/ of something that the hub does without: it makes nothing fail. From AppConfig.ready()."""
    _reported[name] = check


def run_check(name: str, check: Callable[[], str]) -> Result:
    started = time.perf_counter()
    try:
        detail, ok = check(), True
    except Failing as failing:
        detail, ok = str(failing), False
    except (Error, redis.RedisError, OSError) as error:
        log.warning("health check failed", check=name, reason=str(error))  # the log may say more than the answer
        detail, ok = "unreachable", False
    return Result(name, ok, detail, round((time.perf_counter() - started) * 1000, 1))


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return str(connection.vendor)


def _broker() -> str:
    if not settings.REDIS_URL:
        return "in process"
    with redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS
    ) as client:
        client.ping()
    return "redis"


def _cache() -> str:
    cache.set("health", True, 10)
    if cache.get("health") is None:
        raise Failing("does not keep what it is given")
    return "redis" if settings.REDIS_URL else "in process"


def _disk() -> str:
    folder = settings.DATA_DIR
    if not folder.exists():
        return "not used"  # PostgreSQL and secrets from outside
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE_BYTES:
        raise Failing(f"only {free // 1024**2} MiB free")
    return "enough free"


def _memory() -> str:
    memory = available_memory()
    if memory is None:
        return "not known"  # no Linux
    if memory.available_bytes < min(LEAST_FREE_MEMORY_BYTES, memory.limit_bytes * LEAST_FREE_MEMORY):
        raise Failing(f"only {memory.available_bytes // 1024**2} of {memory.limit_bytes // 1024**2} MiB available")
    return "enough available"


CHECKS: dict[str, Callable[[], str]] = {
    "database": _database,
    "broker": _broker,
    "cache": _cache,
    "disk": _disk,
    "memory": _memory,
}
_reported: dict[str, Callable[[], str]] = {}


def check_broker() -> Result:
    return run_check("broker", _broker)


def check_ready() -> list[Result]:
    """Whether this process may get requests: the database answers and has our tables."""
    return [run_check("database", _database), run_check("migrations", _migrations)]


_migrated = False


def _migrations() -> str:
    global _migrated  # migrations are not undone while we run, so one good answer is kept
    if not _migrated:
        executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            raise Failing("not applied; run `manage.py migrate`")
        _migrated = True
    return "applied"
