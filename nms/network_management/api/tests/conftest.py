"""Clients with roles, and a small inventory: two switches with a link between them and a phone on one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from common.domain.roles import Role
from common.tests.conftest import client_of, make_user  # noqa: F401 - fixtures
from nms.network_management.inventory.reconcile import reconcile
from nms.network_management.inventory.tests.boxes import make_profile, neighbor
from nms.network_management.topology.settle import settle_links

ClientOf = Callable[[Role | None], APIClient]


@pytest.fixture
def viewer(client_of: ClientOf) -> APIClient:  # noqa: F811 - the fixture
    return client_of("viewer")


@pytest.fixture
def operator(client_of: ClientOf) -> APIClient:  # noqa: F811 - the fixture
    return client_of("operator")


@pytest.fixture
def admin(client_of: ClientOf) -> APIClient:  # noqa: F811 - the fixture
    return client_of("admin")


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
