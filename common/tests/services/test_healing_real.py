"""Healing with a real Docker engine: a container whose service dies is restarted, and the service is back."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import pytest
import yaml

from api_clients.platforms.docker.tests.servers import Engine, dockerd
from api_clients.tests.servers import free_port
from api_clients.tests.waiting import eventually
from common.application.healing.healing import Healed, heal
from common.application.system.monitoring import look_at_service, monitor_system
from common.infrastructure.events.redis_channels import channels_of
from common.models import HealingPolicy, ServiceState, StoredEvent
from common.tests.services.conftest import Storerooms

__all__ = ["dockerd"]  # a fixture
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.needs("dockerd", "busybox")]

CONTAINER = "cellar-1"
SERVING = """
busybox mkdir -p /tmp/www/api
echo '{"version": "1.0"}' > /tmp/www/api/about
httpd -f -p 127.0.0.1:%d -h /tmp/www &
while :; do sleep 1000; done
"""
SILENT = "while :; do sleep 1000; done"
Run = Callable[[str], None]


@pytest.fixture(autouse=True)
def each_look_counts(settings: Any) -> None:
    """However soon after another."""
    settings.NMS_MONITORING_INTERVAL_SECONDS = 0.001


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def runs(dockerd: Engine, port: int, make_storerooms: Callable[..., Storerooms]) -> Run:
    """Run a script in a labelled container, which the service storeroom/cellar is expected in."""
    rooms = make_storerooms()
    targets = {"cellar": {"instances": [{"url": f"http://127.0.0.1:{port}"}], "retry": {"attempts": 1}}}
    services = {
        "storeroom": {"targets": targets, "breaker": {"failure_threshold": 1000}},
        "docker": {"targets": {"main": {"instances": [{"url": dockerd.url}]}}},
    }
    rooms.file.write_text(yaml.safe_dump({"services": services}))
    assert rooms.container is not None
    rooms.container.clients().refresh(now=True)

    def run(script: str) -> None:
        labels = {"nms.service": "true", "nms.service.name": "cellar"}
        dockerd.run(CONTAINER, script, Labels=labels, HostConfig={"NetworkMode": "host"}, StopSignal="SIGKILL")

    return run


def policy(**changes: Any) -> None:
    given = {"after_failures": 2, "restarts_per_hour": 2, "enabled": True} | changes
    HealingPolicy.objects.create(service="storeroom", target="cellar", container=CONTAINER, **given)


def look_until_healthy() -> None:
    eventually(
        lambda: look_at_service("storeroom", "cellar").status == "healthy", seconds=60, otherwise="it does not answer"
    )


def is_refused(port: int) -> bool:
    with socket.socket() as connection:
        return connection.connect_ex(("127.0.0.1", port)) != 0


def look_and_heal() -> list[Healed]:
    monitor_system()
    return heal()


def kill_the_server_inside(engine: Engine) -> None:
    """The container stays up, as with a program that its container does not watch."""
    shown = json.loads(engine.ask("GET", f"/v1.41/containers/{CONTAINER}/top"))
    rows = [dict(zip(shown["Titles"], row, strict=True)) for row in shown["Processes"] if row[-1].startswith("httpd")]
    assert rows
    for row in rows:  # the server, and perhaps its children that have just answered
        with suppress(ProcessLookupError):
            os.kill(int(row["PID"]), signal.SIGKILL)
    assert json.loads(engine.ask("GET", f"/v1.41/containers/{CONTAINER}/json"))["State"]["Running"]


def kill_the_container(engine: Engine) -> None:
    engine.ask("POST", f"/v1.41/containers/{CONTAINER}/kill")


def told() -> list[StoredEvent]:
    return list(StoredEvent.objects.filter(subject="service:storeroom/cellar").order_by("position"))


@pytest.mark.parametrize("kill", [kill_the_server_inside, kill_the_container])
def test_a_container_whose_service_dies_is_restarted_and_answers_again(
    dockerd: Engine, runs: Run, port: int, kill: Callable[[Engine], None]
) -> None:
    runs(SERVING % port)
    policy()
    look_until_healthy()
    before = len(told())  # a look before it served has told of that
    kill(dockerd)
    eventually(lambda: is_refused(port), otherwise="who was killed still listens")
    assert look_and_heal() == []  # one look is not enough
    (healed,) = look_and_heal()
    assert (healed.service, healed.container, healed.outcome) == ("storeroom/cellar", CONTAINER, "restarted")
    look_until_healthy()
    assert look_and_heal() == []
    unhealthy, restarted, recovered = told()[before:]
    assert (unhealthy.type, restarted.type, recovered.type) == (
        "service.unhealthy",
        "service.restarted",
        "service.recovered",
    )
    assert all("alerts:high" in set(channels_of(event)) for event in (unhealthy, restarted))


def test_a_container_that_a_restart_does_not_help_is_restarted_no_more_often_than_its_policy_says(
    dockerd: Engine, runs: Run
) -> None:
    runs(SILENT)
    policy(after_failures=1)
    begun = time.time()
    healed = [one for _ in range(5) for one in look_and_heal()]
    assert [one.outcome for one in healed] == ["restarted", "restarted"]
    filters = json.dumps({"container": [CONTAINER], "event": ["restart"]})
    seen = dockerd.ask("GET", f"/v1.41/events?since={begun:.3f}&until={time.time():.3f}&filters={quote(filters)}")
    assert len(seen.splitlines()) == 2
    assert ServiceState.objects.get(service="storeroom").status == "unhealthy"
