"""Real VPCS nodes on real servers: what the discovery finds of them, and what it does where it finds nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from api_clients.network.console.client import ConsoleClient
from api_clients.network.console.values import ConsoleTarget
from api_clients.network.gns3.tests.servers import GNS3_VERSIONS, Gns3Server
from common.application.equipment.discovery import ProjectDiscovery, discover_project
from common.application.equipment.showing import get_equipment, list_equipment
from common.application.gns3 import central
from common.domain.errors import Conflict, Unknown
from common.domain.modules import Call
from common.models import EquipmentProfile, StoredEvent
from common.tests.gns3.conftest import Use
from common.tests.gns3.outside import Lab

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.needs("gns3-server", "vpcs"),
    pytest.mark.slow,
]
ADA = Call(actor="ada", correlation_id="undertaking")


@pytest.fixture(params=GNS3_VERSIONS)
def lab(request: pytest.FixtureRequest, gns3_server: Callable[[str], Gns3Server], use_servers: Use) -> Lab:
    """A and B at the switch S, running; A is 10.0.0.1 since its start, B was told 10.0.0.2 at its console."""
    server = gns3_server(request.param)
    use_servers(main=server)
    made = Lab(server, "lab", hosts=2)
    answer = central.client("main")
    answer.write_node_file(made.project_id, made.nodes["A"], "startup.vpc", b"set pcname A\nip 10.0.0.1/24\n")
    made.server.request("POST", f"{made.path}/nodes/start", {})
    type_at(made, "B", "ip 10.0.0.2/24")
    return made


def type_at(lab: Lab, name: str, command: str) -> str:
    node = central.node("main", lab.project_id, lab.nodes[name], fresh=True)
    assert node.console is not None

    async def typed() -> str:
        async with ConsoleClient().session(ConsoleTarget(node.console_host, node.console, "vpcs")) as console:
            return await console.show(command)

    return asyncio.run(typed())


def steps(profile: dict[str, Any]) -> dict[str, str]:
    return {step["name"]: step["status"] for step in profile["discovery"]["steps"]}


def step(profile: dict[str, Any], name: str) -> dict[str, Any]:
    return next(step for step in profile["discovery"]["steps"] if step["name"] == name)


def by_name(profiles: Any) -> dict[str, dict[str, Any]]:
    return {profile["name"]: profile for profile in profiles}


def discover_a(lab: Lab, *, node_id: str | None = None) -> ProjectDiscovery:
    """Once more where A and B did not hear of one another: VPCS waits a second, which a busy machine may take."""
    for _ in range(5):
        found = discover_project("main", lab.project_id, node_id=node_id, call=ADA)
        a = by_name(found.profiles)["A"]
        pings = a["network_info"]["connectivity_tests"].get("10.0.0.2", {"ping_success": True})
        if pings["ping_success"] and "mac" in step(a, "network")["details"]["addresses"][0]["proofs"]:
            break
    return found


def told() -> list[tuple[str, str, tuple[str, ...]]]:
    rows = StoredEvent.objects.filter(type__startswith="equipment.").order_by("position")
    return [(row.type, row.data["name"], tuple(row.data.get("changed", ()))) for row in rows]


def test_a_project_is_profiled_with_addresses_pings_and_links(lab: Lab) -> None:
    found = discover_a(lab)
    profiles = by_name(found.profiles)
    assert sorted(profiles) == ["A", "B", "S"]
    a, b, s = profiles["A"], profiles["B"], profiles["S"]
    assert list(a) == [
        "equipment_id",
        "name",
        "type",
        "status",
        "network_info",
        "snmp_data",
        "performance",
        "configuration",
        "console",
        "links",
        "discovery",
    ]
    assert (a["equipment_id"], a["type"], a["status"]) == (lab.nodes["A"], "vpcs", "started")
    assert a["network_info"]["ip_addresses"][0] == "10.0.0.1"
    assert a["network_info"]["interfaces"] == [{"name": "Ethernet0", "connected": True, "ip": "10.0.0.1"}]
    assert b["network_info"]["ip_addresses"][0] == "10.0.0.2"
    ping = a["network_info"]["connectivity_tests"]["10.0.0.2"]
    assert ping["ping_success"] is True
    assert 0 < ping["response_time_ms"] < 1000
    assert ping["from"] == "console"
    assert a["configuration"]["startup_source"] == "startup.vpc"
    assert "ip 10.0.0.1" in a["configuration"]["startup"]
    assert a["console"]["reachable"] is True
    assert (a["console"]["dialect"], a["console"]["hostname"]) == ("vpcs", "A")
    assert a["links"][0]["neighbor"] == {
        "equipment_id": lab.nodes["S"],
        "name": "S",
        "type": "ethernet_switch",
        "port": "Ethernet0",
    }
    assert step(a, "links")["details"]["segments"] == [
        {"ports": ["Ethernet0"], "equipment_ids": [lab.nodes["B"]], "through": [lab.nodes["S"]]}
    ]
    assert len(s["links"]) == 2
    assert {one["status"] for one in a["discovery"]["steps"]} <= {"succeeded", "skipped"}
    assert step(a, "snmp")["reason"] == "vpcs has no SNMP agent"
    assert {one["discovery"]["status"] for one in (a, b, s)} == {"succeeded"}


def test_an_address_is_proven_by_its_own_console_and_by_a_neighbours_arp(lab: Lab) -> None:
    found = by_name(discover_a(lab).profiles)
    rows = {row["address"]: row for row in step(found["A"], "network")["details"]["addresses"]}
    assert rows["10.0.0.1"]["belongs"] == "confirmed"
    assert set(rows["10.0.0.1"]["proofs"]) == {"console", "mac"}
    assert set(rows["10.0.0.1"]["sources"]) >= {"console", "startup"}
    assert rows["10.0.0.1"]["prefix_length"] == 24
    assert rows["10.0.0.1"]["mac"].startswith("00:50:79:66:68:")


def test_the_inventory_is_told_of_each_node_and_each_cable_once(lab: Lab) -> None:
    told = discover_project("main", lab.project_id, call=ADA).inventory
    assert (told["server"], told["project_id"], told["complete"]) == ("main", lab.project_id, True)
    a = next(one for one in told["equipment"] if one["name"] == "A")
    assert a["interfaces"][0]["name"] == "Ethernet0"
    assert "10.0.0.1/24" in a["interfaces"][0]["addresses"]
    assert a["interfaces"][0]["connected"] is True
    assert len(told["links"]) == 2
    ends = {frozenset((end["node_id"], end["port"]) for end in (link["a"], link["b"])) for link in told["links"]}
    assert frozenset({(lab.nodes["A"], "Ethernet0"), (lab.nodes["S"], "Ethernet0")}) in ends


def test_each_node_is_told_of_once_and_again_only_when_it_differs(lab: Lab) -> None:
    discover_project("main", lab.project_id, call=ADA)
    assert sorted(told()) == [("equipment.discovered", name, ()) for name in "ABS"]
    discover_project("main", lab.project_id, call=ADA)
    assert len(told()) == 3
    type_at(lab, "B", "ip 10.0.0.22/24")
    discover_project("main", lab.project_id, call=ADA)
    assert told()[3:] == [("equipment.changed", "B", ("configuration", "interfaces", "ip_addresses"))]
    event = StoredEvent.objects.filter(type="equipment.changed").get()
    assert (event.subject, event.actor, event.correlation_id) == (
        f"gns3:{lab.project_id}/{lab.nodes['B']}",
        "ada",
        "undertaking",
    )


def test_a_stopped_node_keeps_what_was_known_of_it_and_says_that_it_is_not_confirmed(lab: Lab) -> None:
    discover_project("main", lab.project_id, call=ADA)
    lab.do("stop", "B")
    found = by_name(discover_project("main", lab.project_id, call=ADA).profiles)["B"]
    assert found["status"] == "stopped"
    assert found["network_info"]["ip_addresses"][0] == "10.0.0.2"
    row = step(found, "network")["details"]["addresses"][0]
    assert "earlier" in row["sources"]
    assert (row["belongs"], row["proofs"]) == ("unconfirmed", [])
    assert step(found, "console")["reason"] == "it is stopped, and its console answers only while it runs"
    assert [change for change in told() if change[0] == "equipment.changed"] == []


def test_one_node_is_discovered_with_the_eyes_of_its_neighbours(lab: Lab) -> None:
    found = discover_a(lab, node_id=lab.nodes["A"])
    assert [profile["name"] for profile in found.profiles] == ["A"]
    row = step(found.profiles[0], "network")["details"]["addresses"][0]
    assert set(row["proofs"]) == {"console", "mac"}
    assert found.inventory["complete"] is False
    assert len(found.inventory["links"]) == 1
    assert EquipmentProfile.objects.count() == 1


def test_the_same_address_twice_in_a_segment_is_kept_and_marked_and_asked_nothing(lab: Lab) -> None:
    central.suspend_link(
        "main", lab.project_id, lab.links[1], suspended=True
    )  # VPCS takes no address that it sees in use
    type_at(lab, "B", "ip 10.0.0.1/24")
    central.suspend_link("main", lab.project_id, lab.links[1], suspended=False)
    found = by_name(discover_project("main", lab.project_id, call=ADA).profiles)
    for name, other in (("A", "B"), ("B", "A")):
        assert "10.0.0.1" in found[name]["network_info"]["ip_addresses"]
        validation = step(found[name], "validation")
        assert validation["status"] == "partial"
        assert (
            f"the console of {other}, in the same segment, shows it too"
            in (validation["details"]["contradictions"]["10.0.0.1"])
        )
    assert found["A"]["network_info"]["interfaces"][0]["ip"] != "10.0.0.1"


def test_a_console_that_fails_takes_nothing_else_with_it(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    from common.application.equipment import consoles

    real = consoles.target_of

    def elsewhere(node: Any) -> Any:
        target = real(node)
        return ConsoleTarget("127.0.0.1", 1, "vpcs") if target is not None and node.name == "A" else target

    monkeypatch.setattr(consoles, "target_of", elsewhere)
    found = by_name(discover_project("main", lab.project_id, call=ADA).profiles)
    assert steps(found["A"])["console"] == "failed"
    assert step(found["A"], "console")["errors"][0]["code"] == "unreachable"
    assert found["A"]["console"]["reachable"] is False
    assert found["A"]["network_info"]["ip_addresses"] == ["10.0.0.1"]  # of its startup file
    assert found["A"]["discovery"]["status"] == "partial"
    assert found["B"]["discovery"]["status"] == "succeeded"


def test_what_is_shown_has_the_status_of_now_and_says_what_is_stale(lab: Lab) -> None:
    before = by_name(list_equipment(lab.project_id))
    assert before["A"]["discovery"]["status"] == "not_discovered"
    assert before["A"]["links"][0]["neighbor"]["name"] == "S"
    discover_project("main", lab.project_id, call=ADA)
    assert get_equipment(lab.project_id, lab.nodes["A"])["discovery"]["stale"] is False
    central.stop_node("main", lab.project_id, lab.nodes["A"])
    shown = get_equipment(lab.project_id, lab.nodes["A"])
    assert shown["status"] == "stopped"
    assert shown["discovery"]["stale"] is True
    assert "it was started then and is stopped now" in shown["discovery"]["stale_reason"]
    central.delete_node("main", lab.project_id, lab.nodes["B"])
    gone = get_equipment(lab.project_id, lab.nodes["B"])
    assert gone["discovery"]["stale_reason"] == "It is not in the project any more."


def test_a_server_that_is_away_leaves_what_is_stored(lab: Lab, use_servers: Use) -> None:
    discover_project("main", lab.project_id, call=ADA)

    class Away:
        url = "http://127.0.0.1:9"
        login = None

    use_servers(main=Away())
    shown = by_name(list_equipment(lab.project_id))
    assert sorted(shown) == ["A", "B", "S"]
    assert shown["A"]["network_info"]["ip_addresses"][0] == "10.0.0.1"
    assert shown["A"]["discovery"]["stale"] is True
    assert "GNS3 cannot be asked" in shown["A"]["discovery"]["stale_reason"]


def test_unknown_and_closed_projects_are_refused_and_nothing_is_stored(lab: Lab) -> None:
    with pytest.raises(Unknown):
        discover_project("main", lab.project_id, node_id="00000000-0000-0000-0000-000000000000", call=ADA)
    with pytest.raises(Unknown):
        discover_project("main", "00000000-0000-0000-0000-000000000000", call=ADA)
    lab.project("close")
    with pytest.raises(Conflict) as caught:
        discover_project("main", lab.project_id, call=ADA)
    assert caught.value.code == "project_closed"
    assert not EquipmentProfile.objects.exists()
