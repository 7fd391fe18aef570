"""What the gateway costs: a cached call over REST, beside the client's own; and a service whose circuit is open.

The service is an Alertmanager simulator at a socket of this machine, asked through Django's whole request path by
somebody with a token: signed in, allowed, arguments checked, answer written.
"""

from __future__ import annotations

import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.databases import on_both, print_rows
from bench.table import Row

SERVICE = "alertmanager"
CACHED_MS, OPEN_MS = 5.0, 1.0
ROUNDS = 500
WARM_UP = 50


def run() -> list[Row]:
    return on_both("bench.gateway")


def measure(database: str) -> list[Row]:
    logging.disable(logging.CRITICAL)  # a line for each refused request
    with _service() as stop:
        cached, own = _medians(_over_rest("active_alerts", 200), _by_client("active_alerts"))
        stop()
        _until_open()
        refused, caller = _medians(_over_rest("alerts", 503), _by_client("alerts"))
    peer = "the call itself"
    return [
        Row(
            *(f"the gateway's part of a cached call ({database})", cached - own, "ms", CACHED_MS),
            note=f"{cached:.2f} ms in all, {own * 1000:.0f} us of them the client's",
        ),
        Row(f"a call of a dead service, circuit open ({database})", caller, "ms", OPEN_MS),
        Row(f"the same over REST, a 503 ({database})", refused, "ms", CACHED_MS, peer, caller),
    ]


@contextmanager
def _service() -> Iterator[Callable[[], None]]:
    """Configure it, as an operator would; yields what ends it."""
    from django.conf import settings

    from api_clients.catalog import CATALOG
    from api_clients.gateway.simulated import simulator_of
    from api_clients.simulation import serve

    with serve(simulator_of(CATALOG[SERVICE])) as server, tempfile.TemporaryDirectory() as folder:
        settings.NMS_CLIENTS_FILE = Path(folder) / "clients.yaml"
        settings.NMS_CLIENTS_FILE.write_text(
            f"services: {{{SERVICE}: {{targets: {{main: {{instances: [{{url: '{server.url}'}}]}}}}}}}}"
        )
        yield server.stop


def _over_rest(operation: str, status: int) -> Callable[[], None]:
    from django.contrib.auth.models import User
    from rest_framework.test import APIClient
    from rest_framework_simplejwt.tokens import RefreshToken

    user, _ = User.objects.get_or_create(username="bench", is_superuser=True)
    client = APIClient(HTTP_AUTHORIZATION=f"Bearer {RefreshToken.for_user(user).access_token}", HTTP_HOST="localhost")

    def call() -> None:
        answer = client.get(f"/api/clients/{SERVICE}/{operation}/")
        assert answer.status_code == status, answer.content

    return call


def _by_client(operation: str) -> Callable[[], None]:
    from api_clients.domain.errors import ServiceError
    from common.application.clients import clients

    def call() -> None:
        try:
            getattr(clients().get(SERVICE), operation)()
        except ServiceError:
            return

    return call


def _until_open() -> None:
    from api_clients.domain.errors import CircuitOpen, ServiceError
    from common.application.clients import clients

    while True:
        try:
            clients().get(SERVICE).alerts()
        except CircuitOpen:
            return
        except ServiceError:
            continue


def _medians(*calls: Callable[[], None]) -> list[float]:
    """Milliseconds of each, taken in turn, so that what else the machine does weighs on all alike."""
    times: list[list[float]] = [[] for _ in calls]
    for number in range(WARM_UP + ROUNDS):
        for call, taken in zip(calls, times, strict=True):
            started = time.perf_counter()
            call()
            if number >= WARM_UP:
                taken.append((time.perf_counter() - started) * 1000)
    return [statistics.median(taken) for taken in times]


if __name__ == "__main__":
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    print_rows(measure(sys.argv[1]))
