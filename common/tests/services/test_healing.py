"""Healing: the container of a dead service is restarted, as often as its policy says and no more."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from api_clients.platforms.docker.simulator import DockerSimulator, SimulatedContainer
from api_clients.simulation import SimulatorServer, status
from common.application.healing import policies
from common.application.healing.healing import TASK, due_policies, heal
from common.application.system.monitoring import monitor_system
from common.infrastructure.events.redis_channels import channels_of
from common.infrastructure.work import wake_marks, waking
from common.models import HealingAction, HealingPolicy, StoredEvent
from common.tasks.services import heal_services
from common.tests.people import ClientOf
from common.tests.services.conftest import Storerooms

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/api/common/api/v1/services/healing-policies/"
POLICY = {"service": "storeroom", "target": "cellar", "container": "cellar-1", "enabled": True}


class Engine(DockerSimulator):
    """A Docker engine whose containers are the storerooms: what is restarted serves again."""

    def __init__(self, rooms: Storerooms) -> None:
        super().__init__([SimulatedContainer("cellar-1", "labbb:1")])
        self.rooms = rooms
        self.restarted: list[str] = []
        self.heals = True

    def answer(self, received: Any) -> Any:
        if received.path.endswith("/restart"):
            self.restarted.append(received.path)
            if self.heals:
                self.rooms.servers["cellar"].start()
        return super().answer(received)


@pytest.fixture(autouse=True)
def each_look_counts(settings: Any) -> None:
    """However soon after another."""
    settings.NMS_MONITORING_INTERVAL_SECONDS = 0.001


@pytest.fixture
def rooms(make_storerooms: Callable[..., Storerooms]) -> Storerooms:
    return make_storerooms("cellar", "attic")


@pytest.fixture
def engine(rooms: Storerooms) -> Iterator[Engine]:
    engine = Engine(rooms)
    server = SimulatorServer(engine)
    server.start()
    document = yaml.safe_load(rooms.file.read_text())
    document["services"]["docker"] = {"targets": {"main": {"instances": [{"url": server.url}]}}}
    rooms.file.write_text(yaml.safe_dump(document))
    rooms.container.clients().refresh(now=True)
    yield engine
    server.stop()


def policy(**changes: Any) -> HealingPolicy:
    return HealingPolicy.objects.create(**(POLICY | {"after_failures": 2, "restarts_per_hour": 2} | changes))


def events(kind: str) -> list[StoredEvent]:
    return list(StoredEvent.objects.filter(type=kind).order_by("position"))


def test_a_dead_services_container_is_restarted_and_the_service_is_back(rooms: Storerooms, engine: Engine) -> None:
    made = policy()
    monitor_system()
    rooms.servers["cellar"].stop()
    monitor_system()
    assert heal() == []  # one look is not enough
    monitor_system()
    (healed,) = heal()
    assert (healed.service, healed.container, healed.outcome) == ("storeroom/cellar", "cellar-1", "restarted")
    assert len(engine.restarted) == 1
    monitor_system()
    assert heal() == []
    assert [event.type for event in StoredEvent.objects.filter(subject="service:storeroom/cellar")] == [
        "service.unhealthy",
        "service.restarted",
        "service.recovered",
    ]
    (event,) = events("service.restarted")
    assert (event.actor, event.priority) == (f"healing_policy:{made.pk}", "high")
    assert event.data["restarts_in_hour"] == 1
    assert "alerts:high" in set(channels_of(event))


def test_what_a_look_sends_to_a_worker_restarts_the_container(
    rooms: Storerooms, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[str, list[str]]] = []
    broker = SimpleNamespace(send_task=lambda name, args, **more: sent.append((name, args)))
    monkeypatch.setattr(waking, "current_app", broker)
    monkeypatch.setattr(wake_marks, "leave", lambda task, queue: True)
    # Another test may have left wishes, and a sender that keeps quiet for a while after a broker that was away.
    waking.flush()
    sent.clear()
    monkeypatch.setattr(waking._wakes, "_perform", waking._Sender().send_all)
    policy(after_failures=1)
    rooms.servers["cellar"].stop()
    monitor_system()
    waking.flush()
    (arguments,) = [args for name, args in sent if name == TASK]
    heal_services.apply(args=arguments, throw=True)
    assert len(engine.restarted) == 1


def test_without_a_policy_that_is_on_nothing_is_restarted(rooms: Storerooms, engine: Engine) -> None:
    policy(enabled=False)
    policy(service="storeroom", target="attic")
    rooms.servers["cellar"].stop()
    for _ in range(5):
        monitor_system()
        assert heal() == []
    assert engine.restarted == []


def test_a_service_that_refuses_our_login_is_not_restarted(rooms: Storerooms, engine: Engine) -> None:
    policy(after_failures=1)
    rooms.simulators["cellar"].inject(status(401, times=100))
    for _ in range(3):
        monitor_system()
        assert heal() == []
    assert engine.restarted == []
    assert len(events("service.unhealthy")) == 1


def test_what_stays_dead_is_restarted_no_more_often_than_the_policy_says(rooms: Storerooms, engine: Engine) -> None:
    engine.heals = False
    policy()
    rooms.servers["cellar"].stop()
    restarted_after = []
    for look in range(1, 10):
        monitor_system()
        if heal():
            restarted_after.append(look)
    assert restarted_after == [2, 4]  # each gets two looks to show what it did, and two an hour are all
    assert len(engine.restarted) == 2
    HealingAction.objects.update(at=timezone.now() - timedelta(minutes=61))
    assert [one.outcome for one in heal()] == ["restarted"]


def test_an_engine_that_refuses_is_told_and_counts(rooms: Storerooms, engine: Engine) -> None:
    engine.inject(status(500))
    policy(restarts_per_hour=1)
    rooms.servers["cellar"].stop()
    for _ in range(6):
        monitor_system()
        heal()
    (failed,) = events("service.restart_failed")
    assert failed.data["error"].startswith("docker ")
    assert failed.priority == "high"
    action = HealingAction.objects.get()
    assert (action.outcome, action.ended_at is not None) == ("failed", True)


def test_a_policy_that_is_deleted_during_its_restart_is_told_to_its_end(
    rooms: Storerooms, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = policy(after_failures=1)
    rooms.servers["cellar"].stop()
    monitor_system()
    number = made.pk

    def deleted(self: Any, container: str) -> None:
        with transaction.atomic():
            policies.delete([HealingPolicy.objects.get(pk=number)], by="ada")

    monkeypatch.setattr("api_clients.platforms.docker.client.DockerClient.restart", deleted)
    assert [one.outcome for one in heal()] == ["restarted"]
    (event,) = events("service.restarted")
    assert (event.data["policy_id"], event.data["restarts_in_hour"]) == (number, 1)


def test_a_defect_of_one_restart_stops_no_other(
    rooms: Storerooms, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy(after_failures=1)
    policy(after_failures=1, target="attic", container="attic-1")
    for server in rooms.servers.values():
        server.stop()
    monitor_system()

    def restart(self: Any, container: str) -> None:
        if container == "cellar-1":
            raise RuntimeError("password=hunter2")

    monkeypatch.setattr("api_clients.platforms.docker.client.DockerClient.restart", restart)
    assert {one.container: one.outcome for one in heal()} == {"cellar-1": "failed", "attic-1": "restarted"}
    (event,) = events("service.restart_failed")
    assert "RuntimeError" in event.data["error"]
    assert "hunter2" not in event.data["error"]
    assert set(HealingAction.objects.values_list("outcome", flat=True)) == {"failed", "restarted"}


@pytest.mark.parametrize("other", [{"container": "attic-1"}, {"target": "attic"}, {"service": "docker"}])
def test_a_policy_stays_with_its_service_and_container(
    other: dict[str, str], rooms: Storerooms, engine: Engine, client_of: ClientOf
) -> None:
    made = policy()
    admin = client_of("admin")
    for answer in (admin.patch(f"{URL}{made.pk}/", other), admin.patch(URL, [{"id": made.pk, **other}])):
        assert answer.status_code == 400
        assert "immutable" in answer.content.decode()
    same = admin.patch(f"{URL}{made.pk}/", {"container": "cellar-1", "restarts_per_hour": 7})
    assert (same.status_code, same.json()["restarts_per_hour"]) == (200, 7)


def test_many_policies_are_written_by_as_many_statements_as_few(
    rooms: Storerooms, engine: Engine, client_of: ClientOf
) -> None:
    admin = client_of("admin")

    def statements(first: int, count: int) -> tuple[int, int]:
        rows = [POLICY | {"container": f"c-{first + number}"} for number in range(count)]
        with CaptureQueriesContext(connection) as made:
            created = admin.post(URL, rows)
        assert created.status_code == 201, created.content
        changes = [{"id": row["id"], "enabled": False} for row in created.json()["data"]]
        with CaptureQueriesContext(connection) as changed:
            assert admin.patch(URL, changes).status_code == 200
        return len(made), len(changed)

    few, many = statements(0, 2), statements(100, 20)
    assert many <= few
    assert len(events("healing_policy.changed")) == HealingPolicy.objects.filter(enabled=False).count() == 22


def test_a_restart_that_a_killed_worker_had_begun_is_used_up(rooms: Storerooms, engine: Engine) -> None:
    made = policy(restarts_per_hour=1)
    rooms.servers["cellar"].stop()
    monitor_system()
    monitor_system()
    HealingAction.objects.create(policy=made, at=timezone.now(), failures=2)
    for _ in range(4):
        monitor_system()
        assert heal() == []
    assert due_policies() == [made.pk]


def test_workers_that_heal_at_once_restart_once(rooms: Storerooms, engine: Engine) -> None:
    engine.heals = False
    policy(restarts_per_hour=3)
    rooms.servers["cellar"].stop()
    monitor_system()
    monitor_system()
    outcomes: list[int] = []
    together = threading.Barrier(4)

    def work() -> None:
        try:
            together.wait(60)
            outcomes.append(len(heal()))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert sorted(outcomes) == [0, 0, 0, 1]
    assert len(engine.restarted) == HealingAction.objects.count() == 1


def test_looks_that_end_at_once_tell_an_outage_once(rooms: Storerooms, engine: Engine) -> None:
    rooms.servers["cellar"].stop()
    threads = [threading.Thread(target=_look) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert [event.subject for event in events("service.unhealthy")] == ["service:storeroom/cellar"]


def _look() -> None:
    try:
        monitor_system()
    finally:
        connections.close_all()


def test_admins_write_policies_and_each_change_is_told(rooms: Storerooms, engine: Engine, client_of: ClientOf) -> None:
    admin, operator = client_of("admin"), client_of("operator")
    assert operator.post(URL, POLICY).status_code == 403
    made = admin.post(URL, {key: value for key, value in POLICY.items() if key != "enabled"})
    assert made.status_code == 201, made.content
    body = made.json()
    assert (body["enabled"], body["after_failures"], body["restarts_per_hour"]) == (False, 3, 2)
    changed = admin.patch(body["url"], {"enabled": True, "restarts_per_hour": 5})
    assert (changed.status_code, changed.json()["enabled"]) == (200, True)
    assert admin.post(URL, POLICY).status_code == 400  # there is one already
    assert operator.get(URL).json()["data"][0]["restarts_in_hour"] == 0
    assert admin.delete(body["url"]).status_code == 204
    told = [events(f"healing_policy.{kind}")[0] for kind in ("created", "changed", "deleted")]
    assert {event.actor for event in told} == {"admin"}
    assert told[1].data["changed"] == ["enabled", "restarts_per_hour"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"service": "garage"}, "service"),
        ({"target": "garage"}, "service"),
        ({"docker_target": "other"}, "docker_target"),
        ({"container": "../../etc"}, "container"),
        ({"restarts_per_hour": 0}, "restarts_per_hour"),
        ({"restarts_per_hour": 1000}, "restarts_per_hour"),
        ({"after_failures": 0}, "after_failures"),
        ({"restart": True}, "restart"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(
    wrong: dict[str, Any], field: str, rooms: Storerooms, engine: Engine, client_of: ClientOf
) -> None:
    answer = client_of("admin").post(URL, POLICY | wrong)
    assert answer.status_code == 400
    assert [problem["field"] for problem in answer.json()["details"]] == [field]
    assert not HealingPolicy.objects.exists()


def test_what_was_done_can_be_read(rooms: Storerooms, engine: Engine, client_of: ClientOf) -> None:
    policy(after_failures=1)
    rooms.servers["cellar"].stop()
    monitor_system()
    heal()
    viewer = client_of("viewer")
    (row,) = viewer.get("/api/common/api/v1/services/healing-actions/?outcome=restarted").json()["data"]
    assert (row["service"], row["container"], row["failures"]) == ("storeroom/cellar", "cellar-1", 1)
    assert viewer.get("/api/common/api/v1/services/healing-actions/?policy=0").json()["data"] == []
