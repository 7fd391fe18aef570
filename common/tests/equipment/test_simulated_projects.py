"""Routers, switches and hosts of a simulated server: SNMP, another box at an address, consoles that are deaf."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from api_clients.network.console.client import ConsoleClient
from api_clients.network.console.simulator import Faults, SimulatedConsole, serve_consoles, vpcs
from api_clients.network.console.values import ConsoleTarget
from api_clients.network.gns3.simulator import Gns3Simulator, draw_demo, serve_gns3
from common.application.equipment import consoles
from common.application.equipment.capabilities import profile_equipment
from common.application.equipment.contracts import ProfileEquipmentInput
from common.application.equipment.discovery import discover_project
from common.application.gns3 import central
from common.domain.modules import Call, CapabilityFailed
from common.models import EquipmentProfile
from common.tests.equipment.test_agents import ANSWER, inventory
from common.tests.equipment.test_real_projects import by_name, step, steps
from common.tests.gns3.conftest import Use

pytestmark = pytest.mark.django_db(transaction=True)
ADA = Call(actor="ada")
SILENT = CapabilityFailed("Nobody answers.", code="unreachable")


class Server:
    login = ("admin", "secret")

    def __init__(self, url: str) -> None:
        self.url = url


@pytest.fixture(params=["v2", "v3"])
def project(request: pytest.FixtureRequest, use_servers: Use) -> Iterator[str]:
    """Two sites, each with a router, a switch and three hosts, of which paris-pc3 is stopped."""
    simulator = Gns3Simulator(request.param, login=Server.login, consoles=True)
    draw_demo(simulator)
    with serve_gns3(simulator) as server:
        use_servers(main=Server(server.url))
        yield next(one.project_id for one in central.projects("main") if one.status == "opened")


def agent(name: str, device_id: int = 7) -> dict[str, Any]:
    return {**ANSWER, "device": {"id": device_id}, "agent": {**ANSWER["agent"], "system_name": name}}


def answers(**by_address: Any) -> dict[str, Any]:
    known = dict.fromkeys(("10.255.0.1", "10.10.0.1", "10.255.0.2", "10.20.0.1"), SILENT)
    return known | {name.replace("_", "."): answer for name, answer in by_address.items()}


def discover(project: str, snmp: dict[str, Any] | None = None) -> dict[str, dict[str, Any]]:
    with inventory(snmp or answers()):
        return by_name(discover_project("main", project, call=ADA).profiles)


def test_routers_tell_their_addresses_and_configurations_at_their_consoles(project: str) -> None:
    router = discover(project)["berlin-r1"]
    assert {(one["name"], one["connected"], one["ip"]) for one in router["network_info"]["interfaces"]} >= {
        ("FastEthernet0/0", True, "10.255.0.1"),
        ("FastEthernet1/0", True, "10.10.0.1"),
        ("FastEthernet2/0", False, None),
    }
    assert router["console"]["dialect"] == "cisco"
    assert "interface FastEthernet1/0" in router["configuration"]["running"]
    assert {one["neighbor"]["name"] for one in router["links"]} == {"paris-r1", "berlin-sw1"}
    assert len(step(router, "links")["details"]["segments"]) == 2


def test_an_agent_that_is_the_router_gives_the_profile_its_name_load_and_masked_community(project: str) -> None:
    router = discover(project, answers(**{"10_255_0_1": agent("berlin-r1")}))["berlin-r1"]
    assert router["snmp_data"] == {
        "snmp_available": True,
        "community": "********",
        "system_name": "berlin-r1",
        "system_uptime": 12.5,
    }
    assert router["performance"]["cpu_percent"] == 15.0
    assert steps(router)["snmp"] == "succeeded"
    row = next(row for row in step(router, "network")["details"]["addresses"] if row["address"] == "10.255.0.1")
    assert row["proofs"][-1] == "sysname"


OTHER = CapabilityFailed("It calls itself core-9.", code="other_box", retryable=False)


def test_an_address_at_which_another_box_answers_the_hub_is_marked_and_its_answer_is_not_taken(project: str) -> None:
    with inventory(answers(**{"10_255_0_1": OTHER})):
        found = discover_project("main", project, call=ADA)
    router = by_name(found.profiles)["berlin-r1"]
    assert router["snmp_data"]["snmp_available"] is False
    validation = step(router, "validation")
    assert validation["status"] == "partial"
    assert validation["details"]["contradictions"] == {"10.255.0.1": "It calls itself core-9."}
    assert "10.255.0.1" in validation["details"]["confirmed"]  # in the lab it is the router's: its console says so
    told = next(one for one in found.inventory["equipment"] if one["name"] == "berlin-r1")
    assert any(address.startswith("10.255.0.1") for one in told["interfaces"] for address in one["addresses"])


def test_an_address_that_nothing_proves_and_another_box_answers_at_is_told_to_nobody(
    project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = consoles.target_of
    monkeypatch.setattr(consoles, "target_of", lambda node: None if node.type == "dynamips" else real(node))
    with inventory(answers(**{"10_255_0_1": OTHER, "10_10_0_1": SILENT})):
        found = discover_project("main", project, call=ADA)
    router = by_name(found.profiles)["berlin-r1"]
    assert "10.255.0.1" in router["network_info"]["ip_addresses"]
    assert "10.255.0.1" in step(router, "validation")["details"]["contradicted"]
    assert all(one["ip"] != "10.255.0.1" for one in router["network_info"]["interfaces"])
    told = next(one for one in found.inventory["equipment"] if one["name"] == "berlin-r1")
    assert not any("10.255.0.1" in address for one in told["interfaces"] for address in one["addresses"])
    assert "10.255.0.1" not in {row[0] for row in _findings("berlin-r1")}


def test_without_a_module_for_snmp_the_step_is_skipped_and_all_else_is_found(
    project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("common.application.equipment.agents.offered", lambda: False)
    router = by_name(discover_project("main", project, call=ADA).profiles)["berlin-r1"]
    assert step(router, "snmp")["reason"] == "no module offers network_management.profile_equipment"
    assert router["discovery"]["status"] == "succeeded"


def test_a_stopped_host_has_the_address_of_its_startup_file_and_is_asked_nothing(project: str) -> None:
    host = discover(project)["paris-pc3"]
    assert (host["status"], host["network_info"]["ip_addresses"]) == ("stopped", ["10.20.0.13"])
    assert step(host, "validation")["details"]["unconfirmed"] == ["10.20.0.13"]
    assert host["console"]["reachable"] is None


def test_a_deaf_console_holds_up_nobody_and_ends_at_its_own_deadline(
    project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = consoles.target_of
    real_ask, deadlines = ConsoleClient.ask_all, list[float]()
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        port = deaf.getsockname()[1]

        def target(node: Any) -> Any:
            return ConsoleTarget("127.0.0.1", port, "vpcs") if node.name == "berlin-pc1" else real(node)

        async def ask_all(self: ConsoleClient, targets: Any, question: Any, *, deadline_seconds: float) -> Any:
            deadlines.append(deadline_seconds)
            seconds = 2.0 if targets[0].port == port else deadline_seconds  # the others may be slow
            return await real_ask(self, targets, question, deadline_seconds=seconds)

        monkeypatch.setattr(consoles, "target_of", target)
        monkeypatch.setattr(ConsoleClient, "ask_all", ask_all)
        began = time.monotonic()
        found = discover(project)
    assert time.monotonic() - began < 60
    assert set(deadlines) <= {consoles.IDENTITY_SECONDS, consoles.NEIGHBOURHOOD_SECONDS}
    assert steps(found["berlin-pc1"])["console"] == "failed"
    assert found["berlin-pc1"]["network_info"]["ip_addresses"] == ["10.10.0.11"]
    assert steps(found["berlin-pc2"])["console"] == "succeeded"


@pytest.mark.parametrize("after", [300, 1000])  # bytes: while it says who it is, and later
def test_a_console_that_hangs_up_in_the_middle_has_died_and_its_step_says_so(
    project: str, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    real = consoles.target_of
    dying = SimulatedConsole(vpcs(address="10.10.0.11/24"), faults=Faults(hang_up_after_bytes=after))
    with serve_consoles([dying]):
        at_it = ConsoleTarget("127.0.0.1", dying.port, "vpcs")
        monkeypatch.setattr(consoles, "target_of", lambda node: at_it if node.name == "berlin-pc1" else real(node))
        found = discover(project)
    told = step(found["berlin-pc1"], "console")
    assert told["status"] == "failed"
    assert [error["code"] for error in told["errors"]] == ["console_died"]
    assert "the node's console died" in told["errors"][0]["message"]
    assert steps(found["berlin-pc2"])["console"] == "succeeded"


def test_a_defect_in_one_profile_is_told_in_it_and_the_others_stand(
    project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from common.application.equipment import discovery

    real = discovery.assemble

    def broken(work: Any, *arguments: Any, **named: Any) -> Any:
        if work.node.name == "berlin-pc1":
            raise KeyError("a defect")
        return real(work, *arguments, **named)

    monkeypatch.setattr(discovery, "assemble", broken)
    found = discover(project)
    assert found["berlin-pc1"]["discovery"]["status"] == "failed"
    assert step(found["berlin-pc1"], "profile")["errors"][0]["code"] == "internal_error"
    assert found["berlin-pc2"]["discovery"]["status"] == "succeeded"


def test_all_open_projects_are_profiled_where_none_is_named(project: str) -> None:
    with inventory(answers()):
        told = profile_equipment(ProfileEquipmentInput(), ADA)
    assert [(one.project_id, one.new, len(one.equipment)) for one in told.projects] == [(project, 10, 10)]
    assert told.problems == []


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"project_id": "nonsense"}, "unknown_project"),
        ({"equipment_id": "x"}, "project_missing"),
    ],
)
def test_what_is_not_there_fails_for_good_and_stores_nothing(project: str, asked: dict[str, str], code: str) -> None:
    with pytest.raises(CapabilityFailed) as failed:
        profile_equipment(ProfileEquipmentInput(**asked), ADA)
    assert (failed.value.code, failed.value.retryable) == (code, False)
    assert not EquipmentProfile.objects.exists()


def test_a_discovery_that_is_told_to_stop_stores_nothing(project: str) -> None:
    with pytest.raises(CapabilityFailed) as failed, inventory(answers()):
        discover_project("main", project, call=Call(should_stop=lambda: True))
    assert failed.value.code == "stopped"
    assert not EquipmentProfile.objects.exists()


def _findings(name: str) -> list[list[Any]]:
    findings: dict[str, Any] = EquipmentProfile.objects.get(name=name).findings
    return list(findings["addresses"])
