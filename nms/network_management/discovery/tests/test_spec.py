"""What a discovery may be asked to do."""

from __future__ import annotations

import ipaddress

import pytest

from nms.network_management.discovery.spec import DiscoverySpec, SpecInvalid
from nms.network_management.discovery.targets import Scope

SCOPE = Scope([ipaddress.ip_network("10.0.0.0/8")])


def problems(spec: DiscoverySpec) -> dict[str, list[str]]:
    with pytest.raises(SpecInvalid) as refused:
        spec.ranges(scope=SCOPE, max_addresses=1000)
    return refused.value.problems


def test_a_spec_survives_its_way_through_json() -> None:
    spec = DiscoverySpec(("10.0.0.0/24",), ("10.1.0.1",), 3, 1161, (4, 2), 0.5, 2)
    assert DiscoverySpec.from_json(spec.to_json()) == spec


def test_targets_and_seeds_are_swept_together_without_duplicates() -> None:
    spec = DiscoverySpec(targets=("10.0.0.0/24",), seeds=("10.0.0.9", "10.0.1.1"))
    assert sum(part.size for part in spec.ranges(scope=SCOPE, max_addresses=1000)) == 255


def test_each_fault_stands_at_its_field() -> None:
    found = problems(DiscoverySpec(targets=("8.8.8.8",), seeds=("nonsense",), crawl_depth=-1, port=0, retries=99))
    assert set(found) == {"targets", "seeds", "crawl_depth", "port", "retries"}


def test_nothing_to_look_at_is_refused() -> None:
    assert "at least one" in problems(DiscoverySpec())["targets"][0]


def test_targets_and_seeds_count_together_against_the_limit() -> None:
    spec = DiscoverySpec(targets=("10.0.0.0/23",), seeds=("10.1.0.0/23",))
    assert "1,020 addresses" in problems(spec)["targets"][0]


def test_single_addresses_are_the_named_ones() -> None:
    spec = DiscoverySpec(targets=("10.0.0.0/24", "10.0.0.7/32", "10.0.0.8"), seeds=("10.2.0.1",))
    assert spec.named_addresses() == {"10.0.0.7", "10.0.0.8", "10.2.0.1"}
