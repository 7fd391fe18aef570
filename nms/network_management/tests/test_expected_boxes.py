"""Whose agent is it? Profiling refuses another box than the one expected, and tells how the right one is now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from api_clients.network.snmp.values import Community
from common.application.modules.capabilities import call_capability
from common.domain.errors import Invalid
from common.domain.modules import Call, CapabilityFailed
from nms.network_management.lab.network import GeneratedLab
from nms.network_management.lab.topology import draw_topology
from nms.network_management.models import Credential, Device, Interface

pytestmark = pytest.mark.django_db


@pytest.fixture
def lab() -> Iterator[GeneratedLab]:
    Credential.from_snmp(Community("public"))
    with GeneratedLab(draw_topology(devices=2, base_address="127.53.0.1")) as running:
        yield running


def profile(lab: GeneratedLab, expected: dict[str, Any] | None = None) -> dict[str, Any]:
    asked = {"address": lab.devices[0].address, "port": lab.port}
    given = asked if expected is None else {**asked, "expected": expected}
    return call_capability("network_management.profile_equipment", given, Call(actor="ada"))


def test_the_box_is_known_by_its_name_without_the_domain_in_any_case(lab: GeneratedLab) -> None:
    name = lab.devices[0].name
    assert profile(lab, {"names": ["elsewhere", f"{name.upper()}.lab.local"]})["outcome"] == "new"


def test_the_box_is_known_by_a_mac_however_it_is_written(lab: GeneratedLab) -> None:
    profile(lab)
    mac = Interface.objects.exclude(mac="").values_list("mac", flat=True)[0]
    written = mac.replace(":", "").upper()
    assert profile(lab, {"macs": [f"{written[:4]}.{written[4:8]}.{written[8:]}"]})["outcome"] == "unchanged"


@pytest.mark.parametrize("expected", [{}, {"names": ["other"]}, {"names": [""]}, {"macs": ["02:00:00:00:00:99", ""]}])
def test_another_box_is_refused_for_good_and_nothing_of_it_is_stored(
    lab: GeneratedLab, expected: dict[str, Any]
) -> None:
    with pytest.raises(CapabilityFailed, match="another box") as refused:
        profile(lab, expected)
    assert (refused.value.code, refused.value.retryable) == ("other_box", False)
    assert lab.devices[0].name in str(refused.value)
    assert not Device.objects.exists()


def test_how_the_agent_is_now_is_told_without_its_community(lab: GeneratedLab) -> None:
    told = profile(lab)
    agent = told["agent"]
    assert agent["system_name"] == lab.devices[0].name
    assert agent["uptime_seconds"] >= 0
    assert agent["credential_kind"] == "v2c"
    assert set(agent["performance"]) == {"processors", "memories", "interfaces"}
    assert "public" not in str({**agent, "credential": ""})


@pytest.mark.parametrize("expected", [{"name": ["x"]}, {"names": "x"}, {"macs": ["x" * 18]}])
def test_an_expectation_that_makes_no_sense_is_refused(lab: GeneratedLab, expected: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        profile(lab, expected)
