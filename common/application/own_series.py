"""The hub's own series, written to each Prometheus whose configuration asks for them: for servers that cannot come and
scrape /metrics.

    services: {prometheus: {targets: {main: {instances: [...], options: {own_series_seconds: 15}}}}}

Every hub and every worker writes what it counts itself, under `instance` host:process.
"""

from __future__ import annotations

import os
import socket
import threading
import time

import structlog
from celery import signals
from django.db import connections
from prometheus_client import REGISTRY

from api_clients.clients import NotConfigured
from api_clients.configuration import ConfigurationInvalid
from api_clients.domain.errors import ServiceError
from api_clients.monitoring.prometheus.client import PrometheusClient
from common.application.clients import clients
from common.application.services import register_service

TICK_SECONDS = 1.0
JOIN_SECONDS = 5.0

log = structlog.get_logger(__name__)


def connect() -> None:
    """Once, from AppConfig.ready()."""
    register_service("own series", _start)
    signals.worker_ready.connect(_worker_ready, weak=False, dispatch_uid="own series")
    signals.worker_shutdown.connect(_worker_shutdown, weak=False, dispatch_uid="own series")


class OwnSeries:
    def __init__(self) -> None:
        self._labels = {"job": "nms", "instance": f"{socket.gethostname()}:{os.getpid()}"}
        self._due: dict[str, float] = {}
        self._failing: set[str] = set()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="own series", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(JOIN_SECONDS)

    def write_due(self, now: float) -> None:
        """Write to every target whose time has come; one that cannot be reached holds no other back for long."""
        for target, client in _wanted().items():
            seconds = client.own_series_seconds
            if seconds is not None and now >= self._due.get(target, 0.0):
                self._due[target] = now + seconds
                self._write(target, client)

    def _run(self) -> None:
        try:
            while not self._stopping.wait(TICK_SECONDS):
                try:
                    self.write_due(time.monotonic())
                except Exception:
                    log.exception("own series could not be written; it goes on")
        finally:
            connections.close_all()  # some figures are read from the database

    def _write(self, target: str, client: PrometheusClient) -> None:
        try:
            client.write_registry(REGISTRY, self._labels)
        except ServiceError as error:
            if target not in self._failing:
                log.warning("own_series_refused", target=target, reason=str(error), consequence="tried again")
            self._failing.add(target)
        else:
            self._failing.discard(target)


def _wanted() -> dict[str, PrometheusClient]:
    try:
        ready = clients()
        ready.refresh()
        return {target: ready.get(name, target) for name, target in ready.configured() if name == "prometheus"}
    except (ConfigurationInvalid, NotConfigured):
        return {}  # told by the health of the configuration


_running: list[OwnSeries] = []


def _start() -> OwnSeries:
    series = OwnSeries()
    series.start()
    return series


def _worker_ready(**_: object) -> None:
    if not _running:
        _running.append(_start())


def _worker_shutdown(**_: object) -> None:
    while _running:
        _running.pop().stop()
