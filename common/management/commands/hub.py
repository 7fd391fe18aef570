"""`manage.py hub`: everything in one process (see docs/hub.md).

The web server has the main thread; the Celery worker, the scheduler and the services of the modules have threads. With
REDIS_URL set, workers run apart and the hub is web and services only.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
from types import FrameType
from typing import Any

from celery import current_app
from channels.routing import get_default_application
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from api_clients.configuration import ConfigurationInvalid
from common.application.clients import clients
from common.application.crew import Crew
from common.application.first_start import prepare_database, run_preparations
from common.application.services import RunningService, Service, registered_services
from common.application.system import workers
from common.infrastructure.health import check_broker
from common.infrastructure.web_server import AddressTaken, WebServer, bind
from common.infrastructure.workers.embedded_worker import EmbeddedBeat, EmbeddedWorker

WORKERS_APART = (
    "Workers run apart, because REDIS_URL is set: `celery -A nms worker` and `celery -A nms beat` (or --worker here)."
)


BROKER_AWAY = (
    "Warning: Redis (REDIS_URL) is {detail}. Pages and REST answer, but no worker is woken, and events arrive by "
    "polling, until it is back; /health/ tells."
)


class Command(BaseCommand):
    help = "Serve the web, the WebSocket and, without Redis, the worker and the scheduler, all in one process."
    requires_system_checks = []  # `manage.py check` has its own place; here they would only delay the start

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
        parser.add_argument("--port", type=_port, default=8000, help="port to listen on (default: %(default)s; 0: any)")
        worker = parser.add_mutually_exclusive_group()
        worker.add_argument("--worker", action="store_true", default=None, help="run the Celery worker and beat here")
        worker.add_argument("--no-worker", action="store_false", dest="worker", help="do not run them here")

    def handle(self, *args: Any, host: str, port: int, worker: bool | None, **options: Any) -> None:
        # An interrupt before the server takes over the signals must not end in a traceback either.
        signal.signal(signal.SIGTERM, _interrupt)
        try:
            self._serve(host, port, with_worker=not settings.REDIS_URL if worker is None else worker)
        except KeyboardInterrupt:
            self.stdout.write("Interrupted before serving.")

    def _serve(self, host: str, port: int, *, with_worker: bool) -> None:
        try:
            clients()
            listener = bind(host, port)
        except (AddressTaken, ConfigurationInvalid) as error:
            raise CommandError(str(error)) from error
        if prepare_database():
            self.stdout.write("The database is up to date.")
        notes = run_preparations()
        crew = Crew([*(_celery() if with_worker else ()), *registered_services()])

        def announce() -> None:
            self._announce(host, listener.getsockname()[1], notes, with_worker=with_worker)
            crew.start()

        server = WebServer(get_default_application(), on_started=announce)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # uvicorn raises what it caught once more when it is done
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        server.run(sockets=[listener])
        self.stdout.write("Stopping ...")
        crew.stop()
        self.stdout.write("Stopped.")
        _leave()

    def _announce(self, host: str, port: int, notes: list[str], *, with_worker: bool) -> None:
        self.stdout.write(f"NMS serves at http://{_shown(host)}:{port}/")
        for note in notes:
            self.stdout.write(note)
        if not (broker := check_broker()).ok:
            self.stdout.write(BROKER_AWAY.format(detail=broker.detail))
        if not with_worker:
            self.stdout.write(WORKERS_APART if settings.REDIS_URL else "No worker runs: tasks wait (--no-worker).")
        self.stdout.write("Ctrl-C ends it.")
        self.stdout.flush()


class _AnnouncedWorker(EmbeddedWorker):
    def start(self) -> None:
        super().start()
        workers.announce(self.controller)

    def stop(self) -> None:
        super().stop()
        workers.sign_off(self.controller.hostname)


def _celery() -> tuple[Service, Service]:
    app = current_app._get_current_object()

    def start_worker() -> RunningService:
        worker = _AnnouncedWorker(app)
        worker.start()
        return worker

    def start_beat() -> RunningService:
        scheduler = EmbeddedBeat(app)
        scheduler.start()
        return scheduler

    return Service("celery worker", start_worker), Service("celery beat", start_beat)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"{text} is no port; write a number from 0 (any free one) to 65535")
    return int(text)


def _shown(host: str) -> str:
    if host in {"0.0.0.0", "::", ""}:  # noqa: S104 # read, not bound
        return "localhost"
    return f"[{host}]" if ":" in host else host


def _interrupt(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _leave() -> None:
    """End now, even while a thread of a task still waits for a device that does not answer."""
    sys.stdout.flush()
    sys.stderr.flush()
    logging.shutdown()
    if any(thread is not threading.current_thread() and not thread.daemon for thread in threading.enumerate()):
        os._exit(0)
