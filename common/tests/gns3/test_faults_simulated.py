"""Servers that fail in every way: clear errors, nothing half-done, nothing concluded, the breaker in the status."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
import requests
from django.test import Client

from api_clients.network.gns3.simulator import Gns3Simulator, Manners, draw_campus, serve_gns3
from api_clients.simulation import Fault, close, garbage, hang, status, truncate
from common.application.gns3 import central
from common.application.gns3.listener import Listener
from common.application.modules.capabilities import call_capability
from common.domain.errors import Failed, HubError, Unavailable
from common.domain.modules import Call, CapabilityFailed
from common.tests.gns3 import configured
from common.tests.gns3.conftest import Use
from common.tests.gns3.outside import newest, told, until

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Simulated:
    """A simulated server as the fixtures of real ones are used."""

    simulator: Gns3Simulator
    url: str
    login: tuple[str, str] | None = None
    project_id: str = ""


Make = Callable[..., Simulated]


@pytest.fixture
def make() -> Iterator[Make]:
    with ExitStack() as stack:

        def simulated(
            api: str = "v2", *, hosts: int = 3, consoles: bool = False, manners: Manners | None = None
        ) -> Simulated:
            simulator = Gns3Simulator(api, consoles=consoles, manners=manners)  # type: ignore[arg-type]
            project = draw_campus(simulator, hosts)
            server = stack.enter_context(serve_gns3(simulator))
            started = f"{server.url}/{api}/projects/{project.project_id}/nodes/start"
            assert requests.post(started, json={}, timeout=10).ok
            return Simulated(simulator, server.url, None, project.project_id)

        yield simulated


def shown(simulated: Simulated, status: str = "started") -> list[str]:
    topology = central.topology("main", simulated.project_id)
    return [node.node_id for node in topology.nodes if node.status == status and node.type == "vpcs"]


FAULTS = {
    "a page of HTML": (garbage(b"<html>maintenance</html>"), Failed),
    "half an answer": (truncate(), (Failed, Unavailable)),
    "500": (status(500), Unavailable),
    "503": (status(503), Unavailable),
    "closed": (close(), Unavailable),
    "401": (status(401), Failed),
}


@pytest.mark.parametrize("api", ["v2", "v3"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_server_that_fails_is_a_clear_error_and_changes_nothing(
    api: str, fault: str, make: Make, use_servers: Use
) -> None:
    simulated = make(api)
    use_servers(main=simulated)
    running = shown(simulated)
    before, known = newest(), central.project_states("main")
    injected, kind = FAULTS[fault]
    assert isinstance(injected, Fault)
    simulated.simulator.inject(injected)
    for act in (
        lambda: central.stop_node("main", simulated.project_id, running[0]),
        lambda: central.start_project("main", simulated.project_id),
        lambda: central.create_project("main", "new", nodes=[central.NewNode("a", "A", type="vpcs")]),
        lambda: central.topology("main", simulated.project_id, fresh=True),
        lambda: central.refresh("main"),
    ):
        with pytest.raises(kind) as error:
            act()
        assert "main" in str(error.value)
    with pytest.raises(CapabilityFailed):
        call_capability("gns3.sync_topology", {"project_id": simulated.project_id}, Call())
    assert newest() == before
    assert central.project_states("main") == known
    assert shown(simulated) == running  # of the cache
    simulated.simulator.clear()
    until(lambda: recovered(simulated))
    assert [project.name for project in central.projects("main", fresh=True)].count("new") == 0


def recovered(simulated: Simulated) -> bool:
    try:
        return bool(central.topology("main", simulated.project_id, fresh=True).nodes)
    except HubError:
        return False


def test_an_open_circuit_is_seen_in_the_status_and_at_health_without_a_503(
    make: Make, use_servers: Use, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(configured.BREAKER, "recovery_seconds", 600.0)  # no trial in between, however slow this is
    simulated = make()
    use_servers(main=simulated)
    listener = Listener()
    listener.start()
    try:
        until(lambda: central.status().status == "healthy", told_by=central.status)
        assert client.get("/health/").json()["checks"]["gns3"]["detail"] == "1 of 1 servers answer"
        simulated.simulator.inject(status(500))
        for _ in range(3):
            with pytest.raises(Unavailable):
                central.topology("main", simulated.project_id, fresh=True)
        now = central.status().servers[0].circuit
        assert now.phase == "open"
        assert now.failure >= 5
        assert now.opened == 1
        with pytest.raises(Unavailable, match="circuit") as refused:
            central.topology("main", simulated.project_id, fresh=True)
        assert refused.value.code == "gns3_circuit_open"
    finally:
        listener.stop()
    from common.application.gns3.recording import record_lost

    record_lost("main", "gone")
    answer = client.get("/health/")
    assert answer.status_code == 200
    assert answer.json()["status"] == "degraded"
    assert answer.json()["checks"]["gns3"]["ok"] is False
    assert client.get("/health/ready/").status_code == 200
    assert central.status().status == "unhealthy"


def test_answers_that_do_not_come_conclude_nothing(make: Make, use_servers: Use) -> None:
    simulated = make(hosts=2)
    use_servers(main=simulated)
    listener = Listener()
    listener.start()
    try:
        until(lambda: central.status().status == "healthy")
        before = newest()
        simulated.simulator.inject(hang(2))
        threading.Event().wait(4)
        assert told(after=before) == []
        simulated.simulator.clear()
        running = shown(simulated)
        stopped = f"{simulated.url}/v2/projects/{simulated.project_id}/nodes/{running[0]}/stop"
        assert requests.post(stopped, json={}, timeout=10).ok
        until(lambda: [kind for kind, _ in told(after=before)] == ["node.stopped"], told_by=told)
    finally:
        listener.stop()


@pytest.mark.parametrize("api", ["v2", "v3"])
def test_a_node_that_cannot_start_fails_alone_and_one_that_does_not_answer_times_out(
    api: str, make: Make, use_servers: Use
) -> None:
    manners = Manners()
    simulated = make(api, hosts=4, consoles=True, manners=manners)
    use_servers(main=simulated)
    assert central.stop_project("main", simulated.project_id).outcome == "done"
    topology = central.topology("main", simulated.project_id)
    hosts = sorted(node.name for node in topology.nodes if node.type == "vpcs")
    manners.failing_starts.add(hosts[0])
    report = central.start_project("main", simulated.project_id)
    assert report.outcome == "partial"
    outcomes = {node.name: node.outcome for node in report.nodes}
    assert outcomes[hosts[0]] == "failed"
    assert {outcomes[name] for name in hosts[1:]} == {"done"}
    assert next(node.error for node in report.nodes if node.name == hosts[0])
    with pytest.raises(CapabilityFailed, match=hosts[0]):
        call_capability("gns3.start_project", {"project_id": simulated.project_id, "require_all": True}, Call())
    simulated.simulator.stop_consoles()
    silent = central.start_project("main", simulated.project_id, wait_seconds=0.5)
    assert {node.outcome for node in silent.nodes if node.name in hosts[1:]} == {"timed_out"}
    assert "console" in next(node.error for node in silent.nodes if node.name == hosts[1])


def test_a_project_is_found_on_whichever_server_has_it(make: Make, use_servers: Use) -> None:
    one, other = make("v2", hosts=1), make("v3", hosts=2)
    use_servers(main=one, lab=other)
    names = {central.find(simulated.project_id)[0] for simulated in (one, other)}
    assert central.servers() == ("lab", "main")
    assert names <= {"lab", "main"}
    whole = call_capability("gns3.detect_equipment", {}, Call())["equipment"]
    assert {item["server"] for item in whole} == {"lab", "main"}


def test_without_a_server_everything_says_so(use_servers: Use, client: Client) -> None:
    use_servers()
    assert central.status().status == "unconfigured"
    assert client.get("/health/").json()["checks"]["gns3"]["detail"] == "not configured"
    with pytest.raises(Unavailable, match="No GNS3 server is configured"):
        central.find("00000000-0000-0000-0000-000000000001")
    assert call_capability("gns3.sync_topology", {}, Call()) == {"projects": []}
    with pytest.raises(CapabilityFailed) as refused:
        call_capability("gns3.start_project", {"project_id": "00000000-0000-0000-0000-000000000001"}, Call())
    assert (refused.value.code, refused.value.retryable) == ("gns3_unconfigured", False)
