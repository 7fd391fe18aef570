"""Services that are found: proposed once, accepted into the clients' file, dismissed for good."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import CommandError, call_command
from django.db import connections
from django.utils import timezone

from api_clients.catalog import CATALOG
from api_clients.discovery import Place, identifications, identify
from api_clients.monitoring.prometheus.simulator import make_simulator
from api_clients.platforms.docker.simulator import DockerSimulator, SimulatedContainer, service_labels
from api_clients.simulation import SimulatorServer, serve
from common.application.service_discovery import clients_file, finding, proposals
from common.application.service_discovery.finding import Finding, own_services
from common.application.system.cleanup import clean_up
from common.domain.errors import Conflict, Invalid
from common.domain.modules import Call
from common.models import ServiceProposal, StoredEvent, TaskRecord
from common.tests.people import ClientOf
from common.tests.servers import PostgreSQL
from common.tests.services.conftest import Storerooms

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/api/common/api/v1/services/proposals/"
HEAD = "# The services of this site.\n"


@pytest.fixture(autouse=True)
def of_the_tests_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database that the tests themselves run on is no finding."""
    monkeypatch.setattr(finding, "in_configuration", list)


@pytest.fixture
def rooms(make_storerooms: Callable[..., Storerooms]) -> Storerooms:
    made = make_storerooms("cellar")
    made.file.write_text(HEAD + made.file.read_text())
    return made


@pytest.fixture
def prometheus() -> Iterator[SimulatorServer]:
    with serve(make_simulator()) as server:
        yield server


def port_of(server: SimulatorServer) -> int:
    return int(server.url.rpartition(":")[2])


def look(server: SimulatorServer) -> proposals.Discovered:
    return proposals.discover(hosts=["127.0.0.1"], ports=[port_of(server)], actor="ada")


def events(kind: str) -> list[StoredEvent]:
    return list(StoredEvent.objects.filter(type=kind).order_by("position"))


def test_what_answers_in_the_network_is_proposed_once_and_told_once(
    rooms: Storerooms, prometheus: SimulatorServer, client_of: ClientOf
) -> None:
    first, second = look(prometheus), look(prometheus)
    assert (len(first.proposed), second.proposed, second.known) == (1, (), first.proposed)
    (event,) = events("service.discovered")
    assert (event.actor, event.data["kind"], event.data["source"]) == ("ada", "prometheus", "network")
    (row,) = client_of("viewer").get(URL).json()["data"]
    assert (row["service"], row["address"], row["state"]) == ("prometheus", prometheus.url, "proposed")
    target = {"instances": [{"url": prometheus.url}]}
    assert yaml.safe_load(row["yaml"]) == {"services": {"prometheus": {"targets": {row["target"]: target}}}}
    assert ("prometheus", row["target"]) not in rooms.container.clients().configured()


def test_an_admin_accepts_and_it_is_used_and_the_file_is_otherwise_as_it_was(
    rooms: Storerooms, prometheus: SimulatorServer, client_of: ClientOf
) -> None:
    (number,) = look(prometheus).proposed
    before = rooms.file.read_text()
    rooms.file.chmod(0o640)
    assert client_of("operator").post(f"{URL}{number}/accept/").status_code == 403
    admin = client_of("admin")
    answer = admin.post(f"{URL}{number}/accept/", {"target": "site"})
    assert answer.status_code == 200, answer.content
    assert answer.json()["configured_as"] == "prometheus/site"
    after = rooms.file.read_text()
    assert after.startswith(HEAD)
    assert set(before.splitlines()) <= set(after.splitlines())
    assert rooms.file.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in rooms.file.parent.iterdir() if path.name.startswith(".clients")] == []
    assert rooms.container.clients().get("prometheus", "site").health().version
    assert rooms.container.clients().get("storeroom", "cellar").parts()
    (event,) = events("service.accepted")
    assert (event.actor, event.data["service"]) == ("admin", "prometheus/site")
    assert admin.post(f"{URL}{number}/accept/").status_code == 409
    assert look(prometheus).configured >= 1
    assert ServiceProposal.objects.count() == 1


def test_what_was_dismissed_stays_so(rooms: Storerooms, prometheus: SimulatorServer, client_of: ClientOf) -> None:
    (number,) = look(prometheus).proposed
    assert client_of("viewer").post(f"{URL}{number}/dismiss/").status_code == 403
    operator = client_of("operator")
    assert operator.post(f"{URL}{number}/dismiss/").json()["state"] == "dismissed"
    again = look(prometheus)
    assert (again.proposed, again.known) == ((), (number,))
    assert operator.get(f"{URL}?state=proposed").json()["data"] == []
    assert len(events("service.discovered")) == len(events("service.dismissed")) == 1
    with pytest.raises(Conflict, match="dismissed already, by operator"):
        proposals.accept(number, by="ada")


def test_what_somebody_configured_by_hand_is_settled(rooms: Storerooms, prometheus: SimulatorServer) -> None:
    (number,) = look(prometheus).proposed
    document = yaml.safe_load(rooms.file.read_text())
    address = prometheus.url.replace("127.0.0.1", "localhost")
    document["services"]["prometheus"] = {"targets": {"mine": {"instances": [{"url": address}]}}}
    rooms.file.write_text(yaml.safe_dump(document))
    rooms.container.clients().refresh(now=True)
    assert look(prometheus).configured >= 1
    row = ServiceProposal.objects.get(pk=number)
    assert (row.state, row.decided_by) == ("accepted", "configuration")


@pytest.mark.parametrize(
    "body",
    [
        {"auth": {"kind": "bearer", "token": "hunter2"}},
        {"auth": {"kind": "bearer", "token_file": "/nowhere/at/all"}},
        {"auth": {"kind": "basic", "password_env": "X"}},
        {"auth": {"kind": "magic"}},
        {"target": "../x"},
        {"target": "a b"},
        {"name": "x"},
    ],
)
def test_what_the_clients_would_refuse_is_refused_and_nothing_is_changed(
    body: dict[str, Any], rooms: Storerooms, prometheus: SimulatorServer, client_of: ClientOf
) -> None:
    (number,) = look(prometheus).proposed
    before = rooms.file.read_bytes()
    answer = client_of("admin").post(f"{URL}{number}/accept/", body)
    assert answer.status_code == 400, answer.content
    assert "hunter2" not in answer.content.decode()
    assert rooms.file.read_bytes() == before
    assert ServiceProposal.objects.get().state == "proposed"


def test_a_name_that_is_taken_is_a_conflict(rooms: Storerooms, client_of: ClientOf) -> None:
    (number,) = proposals.propose([Finding("storeroom", "http://10.0.0.9:80", "network", "bolts")]).proposed
    answer = client_of("admin").post(f"{URL}{number}/accept/", {"target": "cellar"})
    assert (answer.status_code, answer.json()["code"]) == (409, "clients_file_unclear")
    assert "is in the file already" in answer.json()["message"]


def test_without_a_file_people_are_told_what_to_do(
    rooms: Storerooms, prometheus: SimulatorServer, client_of: ClientOf, settings: Any
) -> None:
    (number,) = look(prometheus).proposed
    settings.NMS_CLIENTS_FILE = None
    answer = client_of("admin").post(f"{URL}{number}/accept/")
    assert (answer.status_code, answer.json()["code"]) == (409, "no_clients_file")
    assert "NMS_CLIENTS_FILE" in answer.json()["message"]
    assert prometheus.url in answer.json()["message"]
    assert ServiceProposal.objects.get().state == "proposed"


def test_a_file_that_cannot_be_written_stays_whole(
    rooms: Storerooms, prometheus: SimulatorServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    (number,) = look(prometheus).proposed
    before = rooms.file.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Conflict, match="No space left on device"):
        proposals.accept(number, by="ada")
    assert rooms.file.read_bytes() == before
    assert sorted(path.name for path in rooms.file.parent.iterdir()) == ["clients.yaml", "token"]
    assert ServiceProposal.objects.get().state == "proposed"


def test_two_who_write_different_targets_at_once_lose_none(rooms: Storerooms, monkeypatch: pytest.MonkeyPatch) -> None:
    both = threading.Barrier(2)
    with_target = clients_file.with_target

    def slowly(*given: Any) -> str:
        with suppress(threading.BrokenBarrierError):
            both.wait(0.5)  # comes to its end only where two read the same text
        return with_target(*given)

    monkeypatch.setattr(clients_file, "with_target", slowly)
    problems: list[Exception] = []

    def add(name: str) -> None:
        try:
            clients_file.add_target("grafana", name, {"instances": [{"url": f"http://{name}.example.org:3000"}]})
        except Exception as error:
            problems.append(error)

    threads = [threading.Thread(target=add, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert problems == []
    assert {"one", "two"} <= set(yaml.safe_load(rooms.file.read_text())["services"]["grafana"]["targets"])
    assert sorted(path.name for path in rooms.file.parent.iterdir()) == ["clients.yaml", "token"]


def test_a_file_that_was_wrong_before_is_not_the_fault_of_who_accepts(rooms: Storerooms, client_of: ClientOf) -> None:
    (number,) = proposals.propose([Finding("grafana", "http://10.0.0.9:3000", "network", "x")]).proposed
    rooms.file.write_text(rooms.file.read_text() + "surplus: 1\n")
    answer = client_of("admin").post(f"{URL}{number}/accept/", {"target": "site"})
    assert (answer.status_code, answer.json()["code"]) == (409, "clients_file_unclear")
    assert "surplus" in answer.json()["message"]
    assert "http://10.0.0.9:3000" in answer.json()["message"]


def test_what_was_accepted_and_has_left_the_file_is_proposed_anew(
    rooms: Storerooms, prometheus: SimulatorServer
) -> None:
    before = rooms.file.read_text()
    (number,) = look(prometheus).proposed
    proposals.accept(number, by="ada", target="site")
    assert look(prometheus).configured >= 1
    rooms.file.write_text(before)
    again = look(prometheus)
    assert (again.proposed, again.known) == ((number,), ())
    row = ServiceProposal.objects.get()
    assert (row.state, row.decided_by, row.decided_at) == ("proposed", "", None)
    assert len(events("service.discovered")) == 2
    assert proposals.accept(number, by="ada", target="site").target == "site"


def test_proposals_that_nobody_decided_and_nobody_sees_any_more_go(rooms: Storerooms) -> None:
    numbers = {
        name: proposals.propose([Finding("grafana", f"http://{name}.example.org:3000", "network", "x")]).proposed[0]
        for name in ("gone", "there", "dismissed")
    }
    proposals.dismiss(numbers["dismissed"], by="ada")
    old = timezone.now() - timedelta(days=401)
    ServiceProposal.objects.exclude(pk=numbers["there"]).update(seen_at=old)
    assert clean_up(Call())["service_proposals"] == 1
    assert set(ServiceProposal.objects.values_list("pk", flat=True)) == {numbers["there"], numbers["dismissed"]}


# --- Containers ---


@pytest.fixture
def engine(rooms: Storerooms) -> Iterator[Callable[..., None]]:
    """A configured Docker engine; it runs what it is given."""
    simulator = DockerSimulator([])

    def runs(*containers: SimulatedContainer) -> None:
        simulator.containers = {item.name: item for item in containers}

    with serve(simulator) as server:
        document = yaml.safe_load(rooms.file.read_text())
        document["services"]["docker"] = {"targets": {"main": {"instances": [{"url": server.url}]}}}
        rooms.file.write_text(yaml.safe_dump(document))
        rooms.container.clients().refresh(now=True)
        yield runs


def test_labels_of_containers_are_found_and_asked_for_their_version(
    engine: Callable[..., None], prometheus: SimulatorServer
) -> None:
    port = port_of(prometheus)
    engine(
        SimulatedContainer("prom-1", "labbb:1", service_labels("site metrics", "prometheus", port), "127.0.0.1", port)
    )
    found = proposals.discover(actor="ada")
    assert found.problems == ()
    row = ServiceProposal.objects.get()
    assert (row.service, row.url, row.source) == ("prometheus", prometheus.url, "docker")
    assert (row.target, row.container) == ("site-metrics", "prom-1")
    assert row.version
    assert "buildinfo" in row.evidence


def test_who_is_known_to_be_in_a_container_is_not_asked_again(
    engine: Callable[..., None], prometheus: SimulatorServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = port_of(prometheus)
    asked: list[int] = []

    def counted(place: Place, port: int, *rest: Any, **named: Any) -> Any:
        asked.append(port)
        return identify(place, port, *rest, **named)

    monkeypatch.setattr(finding, "identify", counted)
    labels = service_labels("metrics", "prometheus", port)
    engine(SimulatedContainer("prom-1", "labbb:1", labels, "127.0.0.1", port))
    (number,) = proposals.discover().proposed
    before = ServiceProposal.objects.get()
    assert proposals.discover().known == (number,)
    after = ServiceProposal.objects.get()
    assert after.seen_at > before.seen_at
    assert (after.version, after.evidence, after.container) == (before.version, before.evidence, "prom-1")
    ServiceProposal.objects.update(container="of-yesterday")
    proposals.discover()  # another container at the same address is asked
    assert asked == [port, port]
    proposals.accept(number, by="ada", target="site")
    assert proposals.discover().configured == 1
    assert asked == [port, port]


def test_a_label_is_believed_where_nobody_answers_and_one_that_says_nothing_is_a_problem(
    engine: Callable[..., None], settings: Any
) -> None:
    settings.NMS_DISCOVERY_RANGES = []
    engine(
        SimulatedContainer("es", "labbb:1", service_labels("logs", "elasticsearch", 9200), "172.18.0.9", 9200),
        SimulatedContainer("odd", "labbb:1", service_labels("odd", "teapot", 80), "172.18.0.10", 80),
        SimulatedContainer("shy", "labbb:1", service_labels("shy", "grafana", 3000), "", None),
        SimulatedContainer("untyped", "labbb:1", {"nms.service": "true"}, "172.18.0.11", 3000),
    )
    found = proposals.discover()
    row = ServiceProposal.objects.get()
    assert (row.service, row.url, row.version) == ("elasticsearch", "http://172.18.0.9:9200", "")
    assert [problem.partition(" container ")[2].partition(":")[0] for problem in found.problems] == [
        "odd",
        "shy",
        "untyped",
    ]


def test_an_engine_that_is_away_is_a_problem_and_the_rest_is_found(
    engine: Callable[..., None], prometheus: SimulatorServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from api_clients.domain.errors import Unreachable
    from api_clients.platforms.docker.client import DockerClient

    def away(self: Any) -> Any:
        raise Unreachable("refused the connection", service="docker")

    monkeypatch.setattr(DockerClient, "services", away)
    found = look(prometheus)
    assert (len(found.proposed), len(found.problems)) == (1, 1)


# --- The hub's own, and real servers ---


def test_the_hubs_own_database_and_broker_are_found_without_their_secrets() -> None:
    engine = "django.db.backends.postgresql"
    database = {"ENGINE": engine, "HOST": "db.example.org", "PORT": "", "PASSWORD": "hunter2"}
    found = own_services(database, "rediss://:hunter2@[fd00::1]:6380/0")
    assert {(one.service, one.url) for one in found} == {
        ("redis", "rediss://[fd00::1]:6380"),
        ("postgresql", "postgresql://db.example.org:5432"),
    }
    assert "hunter2" not in repr(found)
    assert own_services({"ENGINE": "django.db.backends.sqlite3", "NAME": "x"}, None) == []
    assert own_services({"ENGINE": engine, "HOST": "/run/postgresql"}, None) == []
    assert own_services({"ENGINE": engine, "HOST": ""}, None) == []


@pytest.mark.needs("postgres", "initdb")
def test_a_real_postgresql_is_recognised(postgresql: PostgreSQL) -> None:
    found = identify(Place("127.0.0.1"), postgresql.port, identifications(CATALOG))
    assert found is not None
    assert (found.service, found.url) == ("postgresql", f"postgresql://127.0.0.1:{postgresql.port}")


# --- Asking for it ---


def test_hosts_outside_of_the_allowed_ranges_are_refused_before_anybody_is_asked(
    rooms: Storerooms, prometheus: SimulatorServer, client_of: ClientOf, settings: Any
) -> None:
    settings.NMS_DISCOVERY_RANGES = []
    operator = client_of("operator")
    answer = operator.post("/api/common/api/v1/services/discovery/", {"hosts": ["127.0.0.1"]})
    assert answer.status_code == 400
    assert answer.json()["details"][0]["field"] == "hosts.0"
    assert not TaskRecord.objects.exists()
    with pytest.raises(Invalid, match="outside of the ranges"):
        look(prometheus)


def test_a_name_is_looked_up_by_the_task_and_not_while_a_request_waits(
    rooms: Storerooms, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def nobody(name: str) -> list[str]:
        asked.append(name)
        raise OSError("unknown")

    monkeypatch.setattr(finding, "_resolve", nobody)
    names = [f"host-{number}.example.org" for number in range(50)]
    assert client_of("operator").post("/api/common/api/v1/services/discovery/", {"hosts": names}).status_code == 202
    assert asked == []
    with pytest.raises(Invalid, match=r"hosts\.0: the name host-0\.example\.org is not known"):
        proposals.discover(hosts=names)


def test_a_discovery_over_rest_is_a_task_whose_result_names_the_proposals(
    rooms: Storerooms, prometheus: SimulatorServer, client_of: ClientOf
) -> None:
    from common.application.service_discovery.tasks import DISCOVER
    from common.tasks.services import discover_services

    body = {"hosts": ["127.0.0.1"], "ports": [port_of(prometheus)], "docker": False}
    assert client_of("viewer").post("/api/common/api/v1/services/discovery/", body).status_code == 403
    answer = client_of("operator").post("/api/common/api/v1/services/discovery/", body)
    assert (answer.status_code, answer.json()["name"]) == (202, DISCOVER)
    record = TaskRecord.objects.get()
    assert answer["Location"].endswith(f"{record.pk}/")
    result = discover_services(**record.arguments)
    assert result["proposed"] == [ServiceProposal.objects.get().pk]


@pytest.mark.parametrize(
    "body", [{"ports": [0]}, {"ports": []}, {"hosts": "10.0.0.1"}, {"host": ["10.0.0.1"]}, {"docker": "perhaps"}]
)
def test_a_discovery_that_makes_no_sense_is_refused(
    body: dict[str, Any], rooms: Storerooms, client_of: ClientOf
) -> None:
    assert client_of("operator").post("/api/common/api/v1/services/discovery/", body).status_code == 400


def run(*arguments: str) -> Any:
    out = StringIO()
    call_command("services", *arguments, stdout=out)
    return json.loads(out.getvalue())


def test_the_command_discovers_lists_accepts_and_dismisses(rooms: Storerooms, prometheus: SimulatorServer) -> None:
    found = run("discover", "127.0.0.1", "--port", str(port_of(prometheus)), "--json")
    (number,) = found["proposed"]
    listed = run("--json", "list")
    assert "storeroom" in {one["service"] for one in listed["services"]}
    assert [one["id"] for one in listed["proposals"]] == [number]
    done = run("accept", str(number), "--target", "site", "--json")
    assert (done["configured_as"], Path(done["file"])) == ("prometheus/site", rooms.file)
    assert run("list", "--json")["proposals"] == []
    assert [one["state"] for one in run("list", "--all", "--json")["proposals"]] == ["accepted"]
    (other,) = proposals.propose([Finding("grafana", "http://10.0.0.9:3000", "network", "x", "10", True)]).proposed
    assert run("dismiss", str(other), "--json")["proposal"]["state"] == "dismissed"
    out = StringIO()
    call_command("services", stdout=out)
    assert "storeroom/cellar" in out.getvalue()


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["accept", "4711"], 2),
        (["dismiss", "4711"], 2),
        (["discover", "8.8.8.8"], 2),
        (["discover", "nonsense/33"], 2),
        (["discover", "--port", "0"], 2),
        (["accept", "1", "--auth", "x"], 2),
    ],
)
def test_the_command_says_what_is_wrong_by_its_status(arguments: list[str], status: int, rooms: Storerooms) -> None:
    with pytest.raises(CommandError) as refused:
        run(*arguments)
    assert refused.value.returncode == status


def test_two_who_accept_at_once_write_once(rooms: Storerooms, prometheus: SimulatorServer) -> None:
    (number,) = look(prometheus).proposed
    outcomes: list[str] = []

    def accept() -> None:
        try:
            proposals.accept(number, by="ada")
            outcomes.append("accepted")
        except Conflict as error:
            outcomes.append(error.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=accept) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert sorted(outcomes) == ["accepted", "decided", "decided"]
    assert rooms.file.read_text().count(prometheus.url) == 1


def test_two_discoveries_that_find_the_same_at_once_write_one_row(rooms: Storerooms) -> None:
    together = threading.Barrier(4)
    done: list[tuple[int, int]] = []
    problems: list[Exception] = []

    def find() -> None:
        try:
            together.wait(60)
            found = proposals.propose([Finding("grafana", "http://10.0.0.9:3000", "network", "x")])
            done.append((len(found.proposed), len(found.known)))
        except Exception as error:
            problems.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=find) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert problems == []
    assert sorted(done) == [(0, 1), (0, 1), (0, 1), (1, 0)]
    assert ServiceProposal.objects.count() == len(events("service.discovered")) == 1
