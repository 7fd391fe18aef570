"""Rules against descriptions that devices of each family give; none of these is among the recordings."""

import re

import pytest

from api_clients.network.snmp.values import Component, System
from nms.network_management.identification import Facts, classify
from nms.network_management.identification.classify import MODEL_OF_CHASSIS, SERIAL_OF_CHASSIS, VERSION_OF_CHASSIS
from nms.network_management.identification.rule import Rule, Source, absolute, descr, scalar
from nms.network_management.identification.rules import RULES
from nms.network_management.identification.tests.descriptions import DESCRIPTIONS


def facts(object_id: str, description: str, *, components=(), services=None, **answers) -> Facts:
    system = System(description, absolute(object_id), None, "", "", "", services=services)
    return Facts(system, tuple(components), {absolute(oid): value for oid, value in answers.items()})


def component(**fields) -> Component:
    defaults = dict.fromkeys(
        (
            "name",
            "description",
            "vendor_type",
            "hardware_revision",
            "firmware_revision",
            "software_revision",
            "serial",
            "manufacturer",
            "model",
        ),
        "",
    )
    return Component(**{"index": 1, "contained_in": 0, "class_name": "chassis", **defaults, **fields})


@pytest.mark.parametrize(("object_id", "description", "expected"), DESCRIPTIONS, ids=lambda value: str(value)[:40])
def test_a_device_is_known_by_its_description(object_id, description, expected):
    found = classify(facts(object_id, description.replace("\r\n", "\n")))
    os, model, version, role = expected
    assert found.os == os
    if model is not None:
        assert found.model == model
    assert (found.version, found.role) == (version, role)
    assert found.vendor


def test_a_host_is_known_by_an_object_that_only_it_serves():
    uname = "Linux nas 4.4.59+ #25426 SMP PREEMPT Mon Jul 8 00:13:15 CST 2019 x86_64"
    plain = classify(facts("8072.3.2.10", uname))
    assert (plain.os, plain.version) == ("linux", "4.4.59+")
    synology = classify(
        facts(
            "8072.3.2.10",
            uname,
            **{"6574.1.5.1.0": b"DS918+", "6574.1.5.3.0": b"DSM 6.2-24922", "6574.1.5.2.0": b"18A0"},
        )
    )
    assert (synology.os, synology.model, synology.version, synology.serial) == ("dsm", "DS918+", "6.2-24922", "18A0")


def test_the_chassis_of_entity_mib_names_model_and_serial_number():
    fan = component(index=5, contained_in=1, class_name="fan", serial="FAN1", model="C3850-FAN")
    chassis = component(index=1, serial="FOC1", model="WS-C3850-24T", software_revision="16.3.5b")
    found = classify(facts("9.1.1641", "Cisco IOS Software [Denali], X", components=(fan, chassis)))
    assert (found.os, found.model, found.serial, found.version) == ("iosxe", "WS-C3850-24T", "FOC1", "16.3.5b")


def test_the_first_chassis_speaks_for_a_stack():
    stack = component(index=1, class_name="stack", model="c38xx Stack")
    second = component(index=2000, contained_in=1, serial="FOC2", model="WS-C3850-48T")
    first = component(index=1000, contained_in=1, serial="FOC1", model="WS-C3850-24T")
    found = classify(facts("9.1.1641", "Cisco IOS Software", components=(stack, second, first)))
    assert (found.model, found.serial) == ("WS-C3850-24T", "FOC1")


def test_the_serial_number_of_a_fan_is_not_the_devices():
    fan = component(index=5, contained_in=1, class_name="fan", serial="FAN1", model="FAN")
    assert classify(facts("9.1.1", "Cisco IOS Software", components=(fan,))).serial == ""


def test_vendors_words_for_not_known_count_as_empty():
    found = classify(facts("30065.1", "Arista Networks EOS", components=(component(serial="N/A", model="Unknown"),)))
    assert (found.model, found.serial) == ("", "")


def test_without_a_rule_the_enterprise_number_names_the_vendor():
    found = classify(facts("193.10.1", "some box", components=(component(model="MINI", serial="E1"),), services=6))
    assert (found.vendor, found.os, found.model, found.serial, found.role) == ("Ericsson", "", "MINI", "E1", "switch")


def test_a_device_that_says_nothing_is_nothing():
    found = classify(facts("0.0", ""))
    assert (found.vendor, found.os, found.model, found.version, found.serial, found.role) == ("",) * 6


@pytest.mark.parametrize(
    ("services", "role"), [(2, "switch"), (4, "router"), (6, "switch"), (78, "switch"), (76, ""), (72, ""), (127, "")]
)
def test_the_role_follows_from_sysservices_where_no_rule_says_it(services, role):
    assert classify(facts("999999.1", "", services=services)).role == role


def test_garbage_in_a_vendors_object_is_no_model():
    found = classify(facts("6574.1", "x", **{"6574.1.5.1.0": b"\x00\x01\x02", "6574.1.5.3.0": 7}))
    assert (found.os, found.model, found.version) == ("dsm", "", "")


# --- The rules as data ---


def test_every_rule_can_win():
    """A rule behind a more general one with the same conditions would never be asked."""
    for position, rule in enumerate(RULES):
        for earlier in RULES[:position]:
            same_ids = set(rule.object_ids) <= set(earlier.object_ids) and bool(rule.object_ids)
            if same_ids and not earlier.description and earlier.has is None:
                pytest.fail(f"{rule.os} comes after {earlier.os}, which takes all of {rule.object_ids}")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.os)
def test_every_rule_is_well_formed(rule: Rule):
    assert rule.os == rule.os.lower()
    assert rule.object_ids or rule.description, "a rule without conditions takes every device"
    assert rule.has is None or rule.has.kind == "scalar", "only scalars are asked before a rule is chosen"
    for sources, of_chassis in (
        (rule.model, MODEL_OF_CHASSIS),
        (rule.version, VERSION_OF_CHASSIS),
        (rule.serial, SERIAL_OF_CHASSIS),
    ):
        assert sources[-1:] != of_chassis[:1], "the chassis is asked last anyway"
    for prefix in rule.object_ids:
        assert all(arc.isdigit() for arc in prefix.split(".")), prefix
    for source in rule.sources():
        source.read(Facts(System("", "", None, "", "", "")))  # compiles the pattern and expands the template
        assert _groups_named(source) == set(range(1, re.compile(source.pattern).groups + 1)), source.pattern
        if source.kind in ("scalar", "column"):
            assert all(arc.isdigit() for arc in source.of.split(".")), source.of


def _groups_named(source: Source) -> set[int]:
    """The groups of the pattern that the template takes: one that it leaves out would never be shown."""
    return {int(number) for number in re.findall(r"\\(\d)", source.template)} if source.pattern else set()


def test_a_template_names_only_groups_that_its_pattern_has():
    source = descr(r"(\d+) (\d+)", r"\1.\2")
    assert source.read(facts("1", "version 17 12")) == "17.12"


def test_an_oid_is_under_enterprises_unless_it_is_whole():
    assert scalar("2636.3.1.2.0").of == "1.3.6.1.4.1.2636.3.1.2.0"
    assert scalar("1.3.6.1.2.1.1.1.0").of == "1.3.6.1.2.1.1.1.0"
