"""A lab on loopback, and a way to run a discovery in it and wait for the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from api_clients.network.snmp.values import Community, Credential
from nms.network_management import models
from nms.network_management.discovery.execute import discover_all
from nms.network_management.discovery.run import prepare_run
from nms.network_management.discovery.spec import DiscoverySpec
from nms.network_management.lab.network import GeneratedLab
from nms.network_management.lab.topology import draw_topology
from nms.network_management.models import DiscoveryRun

Discover = Callable[..., DiscoveryRun]


@pytest.fixture
def lab() -> Iterator[GeneratedLab]:
    with GeneratedLab(draw_topology(devices=10, base_address="127.41.0.1")) as running:
        yield running


@pytest.fixture
def discover(db: None) -> Discover:
    """discover("127.41.0.1", port=..., credentials=[...]) runs in this thread and returns the ended run.

    It is patient, for a busy machine keeps agents waiting; where some are silent a test says how long to wait for them.
    """

    def run(*targets: str, credentials: tuple[Credential, ...] = (Community("public"),), **spec: Any) -> DiscoveryRun:
        ids = tuple(models.Credential.from_snmp(credential).id for credential in credentials)
        asked = DiscoverySpec(targets=targets, credential_ids=ids, **{"timeout_seconds": 2.0, "retries": 1, **spec})
        return discover_all(prepare_run(asked, actor="alice").id, should_stop=lambda: False)

    return run
