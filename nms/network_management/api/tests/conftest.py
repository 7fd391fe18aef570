"""Clients with roles, and a small inventory: two switches with a link between them and a phone on one."""

from __future__ import annotations

import pytest

from nms.network_management.inventory.reconcile import reconcile
from nms.network_management.inventory.tests.boxes import make_profile, neighbor
from nms.network_management.topology.settle import settle_links


@pytest.fixture
def network(db: None) -> dict[str, int]:
    """Name -> id of the devices."""
    phone = neighbor(3, 77, 1, system_name="phone", capabilities=("telephone",))
    profiles = [
        make_profile(1, ports=3, neighbors=(neighbor(1, 2, 2), phone)),
        make_profile(2, ports=3, neighbors=(neighbor(2, 1, 1),)),
    ]
    ids = reconcile(profiles).devices
    settle_links()
    return {f"switch-{number}": ids[profile.target] for number, profile in enumerate(profiles, start=1)}
