"""Devices follow what GNS3 tells of their nodes, through the hub's own delivery of events."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from common.application.events import distribution
from common.application.events.publishing import publish
from common.application.messages.delivery import perform
from common.domain.events import Event
from common.domain.hub_events.gns3 import NodeDeleted, NodeStarted, NodeStopped, ProjectDeleted
from common.infrastructure.work.claims import claim
from common.models import Message, StoredEvent
from nms.network_management.equipment.recording import record_equipment
from nms.network_management.equipment.tests.builders import PROJECT, equipment, node_id, small_lab
from nms.network_management.equipment.tests.test_recording import by_snmp, router
from nms.network_management.inventory.reconcile import reconcile
from nms.network_management.models import Device, Link
from nms.network_management.tests.replaying import check_replay

pytestmark = pytest.mark.django_db(transaction=True)
OF_PROJECT: dict[str, Any] = {"server": "main", "project_id": PROJECT, "project": "lab"}


def of_node(number: int, name: str) -> dict[str, Any]:
    return {**OF_PROJECT, "node_id": node_id(number), "name": name, "node_type": "vpcs"}


def tell(event: Event) -> None:
    """As the hub does: the event is stored, handed to subscribers, delivered."""
    with transaction.atomic():
        publish(event, source="gns3", correlation_id="why")
    distribution.distribute()
    while (batch := claim(Message, "low", limit=10)) is not None:
        perform(batch)
    assert set(Message.objects.values_list("state", flat=True)) <= {"delivered"}


def states() -> dict[str, str]:
    return dict(Device.objects.values_list("name", "status"))


def test_a_node_that_stops_and_starts_takes_its_device_and_its_links_along() -> None:
    record_equipment(small_lab())
    tell(NodeStopped(**of_node(1, "PC1"), before="started"))
    assert states() == {"PC1": "unreachable", "PC2": "reachable", "SW1": "reachable"}
    assert Link.objects.get(a_device__name="PC1").status == "down"
    told = StoredEvent.objects.filter(type="device.status_changed").get()
    assert (told.data["reason"], told.correlation_id) == ("It is stopped in GNS3.", "why")
    tell(NodeStarted(**of_node(1, "PC1"), before="stopped"))
    assert states()["PC1"] == "reachable"
    assert Link.objects.get(a_device__name="PC1").status == "up"
    count = StoredEvent.objects.count()
    assert not record_equipment(small_lab()).changed, "the next discovery finds nothing that is not known"
    assert StoredEvent.objects.count() == count
    check_replay()


def test_a_deleted_node_and_a_deleted_project_are_marked_with_their_cables() -> None:
    record_equipment(small_lab())
    tell(NodeDeleted(**of_node(1, "PC1")))
    assert states() == {"PC1": "unreachable", "PC2": "reachable", "SW1": "reachable"}
    assert Link.objects.filter(last_seen__isnull=True).count() == 1
    tell(ProjectDeleted(**OF_PROJECT, nodes=2))
    assert set(states().values()) == {"unreachable"}
    assert not Link.objects.filter(last_seen__isnull=True).exists()
    check_replay()
    record_equipment(small_lab())
    assert set(states().values()) == {"reachable"}
    assert Link.objects.filter(last_seen__isnull=True).count() == 2


def test_a_device_with_an_agent_is_left_to_the_watch() -> None:
    reconcile([by_snmp(5)])
    record_equipment(equipment(router(5)))
    tell(NodeStopped(**of_node(5, "R5"), before="started"))
    device = Device.objects.get()
    assert (device.status, device.gns3_nodes.get().status) == ("reachable", "stopped")


def test_a_node_that_nobody_recorded_is_nobodys_business() -> None:
    tell(NodeStopped(**of_node(1, "PC1"), before="started"))
    assert not Device.objects.exists()
