"""What the inventory answers: shapes, filters, relations, ETags, queries, and refusals of bad input."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from nms.network_management.api.credentials import CredentialViewSet
from nms.network_management.api.devices import DeviceViewSet
from nms.network_management.api.facts import ComponentViewSet, NeighborViewSet, VlanViewSet
from nms.network_management.api.interfaces import AddressViewSet, InterfaceViewSet
from nms.network_management.api.links import LinkViewSet
from nms.network_management.equipment.recording import record_equipment
from nms.network_management.equipment.tests.builders import PROJECT, equipment, node_id, small_lab
from nms.network_management.inventory.reconcile import reconcile
from nms.network_management.inventory.tests.boxes import address, make_profile
from nms.network_management.models import Credential, Device, Endpoint

pytestmark = pytest.mark.django_db

LISTS = ["devices", "interfaces", "addresses", "vlans", "components", "neighbors", "links", "credentials"]
VIEWS = {
    "devices": DeviceViewSet,
    "interfaces": InterfaceViewSet,
    "addresses": AddressViewSet,
    "vlans": VlanViewSet,
    "components": ComponentViewSet,
    "neighbors": NeighborViewSet,
    "links": LinkViewSet,
    "credentials": CredentialViewSet,
}
Network = dict[str, int]


def rows(client: APIClient, path: str) -> list[dict[str, Any]]:
    answer = client.get(f"/api/network/{path}")
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


def refused(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    body: dict[str, Any] = answer.json()
    assert set(body) == {"error", "code", "message", "type", "details", "request_id", "documentation_url"}
    return body


@pytest.mark.parametrize("resource", LISTS)
def test_rows_have_exactly_the_documented_fields_in_the_list_and_alone(
    viewer: APIClient, network: Network, resource: str
) -> None:
    Credential.objects.create(name="x", kind="v2c", encrypted_secrets="")
    first = rows(viewer, f"{resource}/")[0]
    documented = {name for name, field in VIEWS[resource].serializer_class().fields.items() if not field.write_only}
    assert set(first) == documented
    assert viewer.get(first["url"]).json() == first
    assert viewer.get(first["url"], HTTP_IF_NONE_MATCH=viewer.get(first["url"])["ETag"]).status_code == 304


@pytest.mark.parametrize("resource", LISTS)
def test_every_ordering_and_filter_that_is_documented_works(viewer: APIClient, network: Network, resource: str) -> None:
    view = VIEWS[resource]
    for name in view.ordering_fields:
        rows(viewer, f"{resource}/?ordering=-{name},id")
    samples = {"address": "10.0.0.1", "network": "10.0.0.0/8", "mac": "aa-bb-cc-dd-ee-ff", "kind": "v3"}
    samples |= {"source": "gns3"}
    samples |= {"protocol": "lldp", "last_seen_before": "2026-01-01T00:00:00Z", "last_seen_after": "2026-01-01"}
    for name in view.filterset_class.base_filters:
        choice = {"devices": "reachable", "links": "up"}.get(resource, "up") if name == "status" else None
        numeric = name in {"device", "interface", "link", "credential", "vlan_id", "if_index", "type", "prefix_length"}
        flag = name in {"present", "managed", "replaced"}
        value = choice or samples.get(name) or ("1" if numeric else "true" if flag else "x")
        rows(viewer, f"{resource}/?{name}={value}")


@pytest.mark.parametrize("resource", LISTS)
def test_queries_do_not_grow_with_the_rows(viewer: APIClient, db: None, resource: str) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            rows(viewer, f"{resource}/?page_size=1000")
        return len(queries)

    reconcile([make_profile(1, ports=2)])
    count()  # the first request of a user asks for the role
    few = count()
    reconcile([make_profile(number, ports=2) for number in range(2, 30)])
    record_equipment(small_lab())
    assert count() == few
    assert few <= 5


def test_devices_are_found_by_address_range_text_and_tag(viewer: APIClient, network: Network) -> None:
    Device.objects.filter(name="switch-2").update(tags=["core", "basel"])

    def names(query: str) -> list[str]:
        return [row["name"] for row in rows(viewer, f"devices/?{query}")]

    assert names("address=10.3.0.2") == ["switch-2"]  # of an interface
    assert names(f"address={address(1)}") == ["switch-1"]  # where its agent answers
    assert names("network=10.2.0.0/31") == ["switch-1"]
    assert names("network=10.2.0.0/24") == ["switch-1", "switch-2"]
    Endpoint.objects.filter(device__name="switch-2").update(address="127.9.0.2")  # which the agent does not list
    assert names("network=127.9.0.0/24") == ["switch-2"]
    assert names("search=WITCH-2") == ["switch-2"]
    assert names("search=sn00000001") == ["switch-1"]
    assert names("tag=basel") == ["switch-2"]
    assert names("tag=bas") == []
    assert names("status=reachable&status=unknown&vendor=acme") == ["switch-1", "switch-2"]
    assert names("ordering=-name") == ["switch-2", "switch-1"]


def test_devices_tell_who_found_them_and_which_node_of_gns3_they_are(viewer: APIClient, network: Network) -> None:
    record_equipment(small_lab())

    def names(query: str) -> list[str]:
        return [row["name"] for row in rows(viewer, f"devices/?{query}")]

    assert names("source=gns3") == ["PC1", "PC2", "SW1"]
    assert names("source=snmp") == ["switch-1", "switch-2"]
    assert len(names("source=snmp&source=gns3")) == 5
    assert names(f"gns3_project={PROJECT}&role=switch") == ["SW1"]
    assert names("address=10.0.0.2") == ["PC2", "switch-2"]  # two boxes: a lab may use any address
    assert viewer.get("/api/network/devices/?source=telepathy").status_code == 400
    (one,) = rows(viewer, "devices/?name=PC1")
    assert (one["source"], one["sources"], one["management"]["address"]) == ("gns3", ["gns3"], None)
    assert one["gns3"] == {
        "server": "main",
        "project_id": PROJECT,
        "project": "lab",
        "node_id": node_id(1),
        "name": "PC1",
        "type": "vpcs",
        "status": "started",
        "present": True,
    }
    (switch,) = rows(viewer, "devices/?name=switch-1")
    assert (switch["source"], switch["sources"], switch["gns3"]) == ("snmp", ["snmp"], None)
    assert len(rows(viewer, "links/?protocol=gns3")) == 2
    assert {row["own_port"] for row in rows(viewer, "neighbors/?protocol=gns3")} == {"Ethernet0", "Ethernet1"}
    nodes = {node["label"]: node["source"] for node in viewer.get("/api/network/topology/").json()["nodes"]}
    assert (nodes["PC1"], nodes["switch-1"], nodes["phone"]) == ("gns3", "snmp", "")
    record_equipment(equipment(complete=True))
    (one,) = rows(viewer, "devices/?name=PC1")
    assert (one["status"], one["gns3"]["present"]) == ("unreachable", False)


def test_interfaces_carry_their_addresses_and_their_device(viewer: APIClient, network: Network) -> None:
    (row,) = rows(viewer, f"interfaces/?device={network['switch-2']}&name=gi0/2")
    assert row["addresses"] == ["10.2.0.2/24"]
    assert row["device"] == {
        "id": network["switch-2"],
        "name": "switch-2",
        "url": f"/api/network/devices/{network['switch-2']}/",
    }
    assert row["present"] is True
    assert row["last_seen"] == viewer.get(row["device"]["url"]).json()["last_profiled_at"]
    assert rows(viewer, f"interfaces/?mac={row['mac'].replace(':', '').upper()}")[0]["id"] == row["id"]


def test_addresses_come_in_the_order_of_their_numbers(viewer: APIClient, network: Network) -> None:
    found = [row["address"] for row in rows(viewer, "addresses/?network=10.0.0.0/8")]
    assert found == ["10.1.0.1", "10.1.0.2", "10.2.0.1", "10.2.0.2", "10.3.0.1", "10.3.0.2"]


def test_a_link_names_both_ends_and_its_evidence(viewer: APIClient, network: Network) -> None:
    (link,) = rows(viewer, f"links/?device={network['switch-1']}")
    assert link["name"] == "switch-1 Gi0/1 - switch-2 Gi0/2"
    assert (link["a"]["device"]["name"], link["b"]["interface"]["name"]) == ("switch-1", "Gi0/2")
    evidence = rows(viewer, f"neighbors/?link={link['id']}")
    assert len(evidence) == link["evidence_count"] == 2
    assert {(row["link"]["id"], row["link"]["name"]) for row in evidence} == {(link["id"], link["name"])}
    assert [row["system_name"] for row in rows(viewer, "neighbors/?managed=false")] == ["phone"]
    assert rows(viewer, "links/?protocol=lldp") == [link]
    assert rows(viewer, "links/?protocol=cdp") == []


def test_the_topology_has_every_device_every_link_and_who_is_only_heard_of(viewer: APIClient, network: Network) -> None:
    body = viewer.get("/api/network/topology/").json()
    assert [(node["label"], node["managed"], node["role"]) for node in body["nodes"]] == [
        ("switch-1", True, "switch"),
        ("switch-2", True, "switch"),
        ("phone", False, "phone"),
    ]
    ids = {node["id"] for node in body["nodes"]}
    assert {edge["source"] for edge in body["edges"]} | {edge["target"] for edge in body["edges"]} <= ids
    assert [edge["status"] for edge in body["edges"]] == ["up", "unknown"]
    assert body["edges"][0]["speed_bps"] == 1_000_000_000
    managed = viewer.get("/api/network/topology/?unmanaged=false").json()
    assert (len(managed["nodes"]), len(managed["edges"])) == (2, 1)


def test_the_topology_costs_a_constant_number_of_queries(viewer: APIClient, network: Network) -> None:
    with CaptureQueriesContext(connection) as queries:
        viewer.get("/api/network/topology/")
    assert len(queries) <= 4


@pytest.mark.parametrize(
    "query",
    [
        *("devices/?colour=red", "devices/?ordering=secret", "devices/?status=sleeping", "devices/?page_size=1001"),
        *("devices/?page=0", "devices/?page=x", "devices/?credential=99999999999999999999", "devices/?credential=-1"),
        *(
            "devices/?address=300.1.1.1",
            "devices/?network=10.0.0.0/33",
            "devices/?network=x",
            "devices/?replaced=perhaps",
        ),
        *(
            "devices/?last_seen_after=yesterday",
            "interfaces/?device=abc",
            "interfaces/?mac=zz",
            "interfaces/?if_index=1e9",
        ),
        *("addresses/?network=10.0.0.0/8/8", "addresses/?address=1.2.3", "links/?device=0", "links/?protocol=ospf"),
        *("neighbors/?protocol=bgp", "topology/?unmanaged=maybe", "topology/?depth=3", "credentials/?kind=v9"),
        "devices/?search=%00",
    ],
)
def test_a_query_that_makes_no_sense_is_refused(viewer: APIClient, network: Network, query: str) -> None:
    body = refused(viewer.get(f"/api/network/{query}"), 400)
    assert body["details"][0]["field"]


@pytest.mark.parametrize(
    "path",
    ["devices/0/", "devices/999999/", "devices/abc/", "devices/-1/", "devices/99999999999999999999/", "links/1.5/"],
)
def test_an_id_that_nothing_has_is_not_found(viewer: APIClient, network: Network, path: str) -> None:
    refused(viewer.get(f"/api/network/{path}"), 404)


@pytest.mark.parametrize("resource", [*LISTS, "topology"])
def test_nobody_reads_without_a_login_or_a_role(client_of: Any, network: Network, resource: str) -> None:
    refused(APIClient().get(f"/api/network/{resource}/"), 401)
    refused(client_of(None).get(f"/api/network/{resource}/"), 403)


def test_the_openapi_description_has_an_example_for_every_answer(admin: APIClient) -> None:
    schema = admin.get("/api/schema/?format=json").json()
    for path, methods in schema["paths"].items():
        if not path.startswith("/api/network/"):
            continue
        for method, operation in methods.items():
            for status, answer in operation["responses"].items():
                if not status.startswith("2") or "content" not in answer:
                    continue
                media = answer["content"]["application/json"]
                assert media.get("examples") or "bulk" in operation["operationId"], f"{method} {path} {status}"


def test_the_openapi_description_tells_the_limits_of_parameters(admin: APIClient) -> None:
    operation = admin.get("/api/schema/?format=json").json()["paths"]["/api/network/interfaces/"]["get"]
    told = {parameter["name"]: parameter["schema"] for parameter in operation["parameters"]}
    assert told["device"]["minimum"] == told["page"]["minimum"] == 1
    assert told["page"]["maximum"] == 10**9
    ordering = told["ordering"]["pattern"]
    assert re.search(ordering, "-name,if_index")
    assert not re.search(ordering, "name,nothing")


def test_no_filter_fails_at_a_percent_sign(admin: APIClient) -> None:
    paths = admin.get("/api/schema/?format=json").json()["paths"]
    for resource in LISTS:
        for parameter in paths[f"/api/network/{resource}/"]["get"]["parameters"]:
            answer = admin.get(f"/api/network/{resource}/", {parameter["name"]: "5%(x)s%"})
            assert answer.status_code in {200, 400}, (resource, parameter["name"])
