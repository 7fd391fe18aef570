"""SNMP of equipment: who is asked, what a box that is another one leads to, and what the profile tells of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from common.application.equipment import agents, documents
from common.application.equipment.agents import Wanted, ask_agents, candidates
from common.application.equipment.asking import check_credentials
from common.application.equipment.capabilities import profile_equipment
from common.application.equipment.contracts import ProfileEquipmentInput
from common.application.equipment.values import FoundAddress
from common.application.modules.registry import local_module, register_module, unregister_module
from common.domain.errors import Invalid
from common.domain.modules import Call, Capability, CapabilityFailed, Module

pytestmark = pytest.mark.django_db(transaction=True)


class Anything(BaseModel):
    model_config = ConfigDict(extra="allow")


ANSWER: dict[str, Any] = {
    "outcome": "new",
    "device": {"id": 7},
    "incomplete": [],
    "agent": {
        "system_name": "R1",
        "uptime_seconds": 12.5,
        "serial": "FTX1",
        "credential": "lab",
        "credential_kind": "v2c",
        "performance": {
            "processors": [
                {"description": "0", "load_percent": 10.0},
                {"description": "1", "load_percent": 20.0},
                {"description": "2", "load_percent": None},
            ],
            "memories": [
                {"description": "ram", "total_bytes": 1000, "used_bytes": 250, "virtual": False},
                {"description": "swap", "total_bytes": 5000, "used_bytes": 0, "virtual": True},
            ],
            "interfaces": [{"name": "Ethernet0", "in_octets": 5}],
        },
    },
}


@contextmanager
def inventory(answers: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
    """A module that keeps credentials, answers as given by address, and remembers what it was asked."""
    asked: list[dict[str, Any]] = []

    def profile(given: Anything, call: Call) -> Anything:
        values = given.model_dump()
        asked.append(values)
        answer = answers[values["address"]]
        if isinstance(answer, Exception):
            raise answer
        return Anything(**answer)

    before = local_module("network_management")
    assert before is not None
    unregister_module("network_management")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("common.application.modules.registry.problems_of", lambda module: [])
        capability = Capability(agents.CAPABILITY, profile, Anything, Anything)
        register_module(Module("network_management", "1.0", "A stand-in.", capabilities=(capability,)))
    try:
        yield asked
    finally:
        unregister_module("network_management")
        register_module(before)


def ask(wanted: list[Wanted], call: Call | None = None) -> dict[str, agents.AgentReport]:
    return ask_agents(wanted, port=1161, credentials=[3, 1], call=call or Call(actor="ada"))


def found(address: str, belongs: str = "confirmed") -> FoundAddress:
    return FoundAddress(address, "e0", 24, "", ("console",), belongs)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "::1", "0.0.0.0", "224.0.0.5", "169.254.1.1", "fe80::1", "8.8.8.8", "2001:4860:4860::8888"],
)
def test_addresses_of_every_box_and_outside_the_allowed_ranges_are_not_asked(address: str) -> None:
    assert candidates([found(address)]) == ()


def test_an_address_that_another_box_answers_at_is_never_asked() -> None:
    rows = [found("10.0.0.1"), found("10.0.0.2", "contradicted"), found("10.0.0.3", "unconfirmed")]
    assert candidates(rows) == ("10.0.0.1", "10.0.0.3")


def test_no_more_than_three_addresses_of_a_box_are_asked() -> None:
    assert len(candidates([found(f"10.0.0.{number}") for number in range(1, 9)])) == 3


def test_the_module_is_told_whom_to_expect_and_by_which_credentials() -> None:
    with inventory({"10.0.0.1": ANSWER}) as asked:
        report = ask([Wanted("n", ("10.0.0.1",), ("R1", "r1.lab"), ("00:00:00:00:00:01",))])["n"]
    assert asked == [
        {
            "address": "10.0.0.1",
            "port": 1161,
            "credentials": [3, 1],
            "expected": {"names": ["R1", "r1.lab"], "macs": ["00:00:00:00:00:01"]},
        }
    ]
    assert report.answer is not None
    assert (report.answer.device_id, report.answer.system_name, report.answer.serial) == (7, "R1", "FTX1")


def test_another_box_is_told_apart_from_silence_and_the_next_address_is_asked() -> None:
    other = CapabilityFailed("It calls itself SW9.", code="other_box", retryable=False)
    silent = CapabilityFailed("Nobody answers.", code="unreachable")
    with inventory({"10.0.0.1": other, "10.0.0.2": silent, "10.0.0.3": ANSWER}):
        report = ask([Wanted("n", ("10.0.0.1", "10.0.0.2", "10.0.0.3"), (), ())])["n"]
    assert report.refused == {"10.0.0.1": "It calls itself SW9."}
    assert report.problems["10.0.0.2"].code == "unreachable"
    assert report.answer is not None
    assert report.answer.address == "10.0.0.3"


def test_one_node_that_fails_leaves_the_others_alone() -> None:
    failed = CapabilityFailed("No.", code="wrong_credentials")
    answers = {f"10.0.0.{number}": failed if number == 3 else ANSWER for number in range(1, 40)}
    with inventory(answers):
        reports = ask([Wanted(f"n{number}", (f"10.0.0.{number}",), (), ()) for number in range(1, 40)])
    assert [name for name, report in reports.items() if report.answer is None] == ["n3"]


def test_a_discovery_that_is_stopped_asks_nobody_any_more() -> None:
    with inventory({"10.0.0.1": ANSWER}) as asked:
        report = ask([Wanted("n", ("10.0.0.1",), (), ())], Call(should_stop=lambda: True))["n"]
    assert (asked, report.answer, report.problems["10.0.0.1"].code) == ([], None, "stopped")


def test_the_community_is_masked_and_a_v3_user_has_none() -> None:
    with inventory({"10.0.0.1": ANSWER}):
        answer = ask([Wanted("n", ("10.0.0.1",), (), ())])["n"].answer
    assert documents.snmp_data(answer) == {
        "snmp_available": True,
        "community": "********",
        "system_name": "R1",
        "system_uptime": 12.5,
    }
    v3 = {**ANSWER, "agent": {**ANSWER["agent"], "credential_kind": "v3"}}
    with inventory({"10.0.0.1": v3}):
        assert documents.snmp_data(ask([Wanted("n", ("10.0.0.1",), (), ())])["n"].answer)["community"] is None


def test_performance_is_the_mean_of_processors_and_the_sum_of_physical_memory() -> None:
    with inventory({"10.0.0.1": ANSWER}):
        told = documents.performance(ask([Wanted("n", ("10.0.0.1",), (), ())])["n"].answer)
    assert (told["available"], told["cpu_percent"], told["memory_percent"]) == (True, 15.0, 25.0)
    assert (told["memory_total_bytes"], told["memory_used_bytes"]) == (1000, 250)
    assert told["interfaces"] == [{"name": "Ethernet0", "in_octets": 5}]
    assert documents.performance(None)["available"] is False


def test_credentials_that_nobody_stored_are_refused_before_anything_is_asked() -> None:
    with pytest.raises(Invalid, match="No credential has the id 99999") as refused:
        check_credentials([99999], actor="ada")
    assert refused.value.details[0]["field"] == "credentials"
    with pytest.raises(CapabilityFailed, match="99999") as failed:
        profile_equipment(ProfileEquipmentInput(credentials=[99999]), Call(actor="ada"))
    assert (failed.value.code, failed.value.retryable) == ("unknown_credential", False)
    check_credentials([], actor="ada")
    with inventory({}):  # whose module cannot be asked for them
        check_credentials([99999], actor="ada")
