"""Junk that agents announce as identifiers is dropped, real values stay."""

from __future__ import annotations

import pytest

from nms.network_management.inventory.identifiers import chassis_key, distinct_mac, engine_key, serial_key


@pytest.mark.parametrize(
    "serial",
    [
        "",
        "0",
        "None",
        "N/A",
        "Not Specified",
        "not_specified",
        "1234567890",
        "0123456789",
        "00000000",
        "XXXXXXXXXX",
        "To be filled by O.E.M.",
        "Default string",
        "<removed>",
        "System Serial Number",
        "unknown",
        "---",
        "..",
        "12",
    ],
)
def test_a_serial_number_nobody_filled_in_is_no_identifier(serial: str) -> None:
    assert serial_key("Acme", serial) == ""


def test_a_serial_number_counts_with_its_vendor_and_without_regard_to_case() -> None:
    assert serial_key("Cisco ", " FOC1234X0AB") == serial_key("cisco", "foc1234x0ab") == "cisco/foc1234x0ab"
    assert serial_key("Juniper", "FOC1234X0AB") != serial_key("Cisco", "FOC1234X0AB")


@pytest.mark.parametrize(
    "mac",
    [
        None,
        "",
        "00:00:00:00:00:00",
        "ff:ff:ff:ff:ff:ff",
        "01:80:c2:00:00:0e",
        "00:00:5e:00:01:0a",
        "00:00:0c:07:ac:01",
        "00:00:0c:9f:f0:01",
        "02:42:ac:11:00:02",
        "00:50:56:c0:00:08",
        "fe:ff:ff:ff:ff:ff",
        "not a mac",
        "aa:bb:cc",
    ],
)
def test_a_mac_that_several_boxes_carry_is_no_identifier(mac: str | None) -> None:
    assert distinct_mac(mac) == ""


@pytest.mark.parametrize("mac", ["00:1b:54:aa:bb:cc", "52:54:00:12:34:56", "7a:11:22:33:44:55"])
def test_a_burnt_in_or_randomly_drawn_mac_is_an_identifier(mac: str) -> None:
    assert distinct_mac(mac) == mac


def test_only_a_mac_chassis_id_identifies_hardware() -> None:
    assert chassis_key(4, "00:1B:54:AA:BB:CC") == "00:1b:54:aa:bb:cc"
    assert chassis_key(7, "core-1") == chassis_key(5, "10.0.0.1") == chassis_key(None, "core-1") == ""


@pytest.mark.parametrize(
    "engine_id",
    [
        None,
        "",
        "zz",
        "8000",
        "8000000001020304",
        "80001f88017f000001",
        "80001f880100000000",
        "80001f8803000000000000",
        "800000090300005e000101",
        "80001f88040000000000",
        "00" * 12,
        "80" * 40,
    ],
)
def test_an_engine_id_that_comes_with_the_software_is_no_identifier(engine_id: str | None) -> None:
    assert engine_key(engine_id) == ""


@pytest.mark.parametrize(
    "engine_id",
    [
        "80001f888076d6b11e36e2686600000000",
        "8000000903001b54aabbcc",
        "80001f88010a000001",
        "800000020109840301cafe01",
    ],
)
def test_an_engine_id_of_its_own_is_an_identifier(engine_id: str) -> None:
    assert engine_key(engine_id.upper()) == engine_id
