"""What each Celery worker does beside its tasks: says that it lives, shows its metrics, tells long work of its end."""

from __future__ import annotations

from typing import Any

import structlog
from celery import signals
from django.conf import settings
from prometheus_client import start_http_server

from common.application import services
from common.application.system import installation_metrics
from common.application.work import recorded_tasks as tasks
from common.infrastructure.workers.worker_records import WorkerAnnouncer

log = structlog.get_logger(__name__)

_announcers: dict[str, WorkerAnnouncer] = {}


def connect() -> None:
    """Once, from AppConfig.ready(). The worker inside the hub's process calls announce() and sign_off() itself."""
    signals.worker_init.connect(_serve_metrics, weak=False)
    signals.worker_ready.connect(_ready, weak=False)
    signals.worker_shutting_down.connect(_shutting_down, weak=False)
    signals.worker_shutdown.connect(_shut_down, weak=False)
    signals.task_revoked.connect(tasks.on_terminated, weak=False)


def announce(controller: Any) -> None:
    """Say from now on that the worker lives."""
    name, pool = controller.hostname, controller.pool_cls
    announcer = WorkerAnnouncer(
        name,
        pool=getattr(pool, "label", None) or str(pool.__module__).rpartition(".")[2],
        concurrency=getattr(pool, "threads", None) or controller.concurrency,
        queues=list(controller.app.amqp.queues.consume_from),
    )
    _announcers[name] = announcer
    announcer.start()


def sign_off(name: str) -> None:
    if announcer := _announcers.pop(name, None):
        announcer.stop()


def _ready(sender: Any = None, **_: Any) -> None:
    announce(sender.controller)
    log.info("worker is ready", worker=sender.hostname)


def _shutting_down(**_: Any) -> None:
    services.stopping.set()  # turns end, and long tasks leave what remains to other workers


def _shut_down(sender: Any = None, **_: Any) -> None:
    sign_off(sender.hostname)


def _serve_metrics(**_: Any) -> None:
    """In a pool of threads all tasks count here; the children of a prefork pool keep their counts to themselves."""
    port = settings.NMS_WORKER_METRICS_PORT
    if port is None:
        return
    try:
        installation_metrics.leave_to_the_web()
        start_http_server(port, addr=settings.NMS_WORKER_METRICS_HOST)
    except OSError as error:
        log.error(  # noqa: TRY400 # the reason says it all
            "metrics are not served; another worker has the port?", port=port, reason=error.strerror or str(error)
        )
    else:
        log.info("metrics served", host=settings.NMS_WORKER_METRICS_HOST, port=port)
