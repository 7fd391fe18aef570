"""What the words of tc become, and what it prints of filters."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from api_clients.configuration import ConfigurationInvalid
from api_clients.container import make_container
from api_clients.domain.errors import InvalidRequest, Rejected, ServiceError, TooLarge, Unauthorized
from api_clients.domain.values import Labels
from api_clients.qos.traffic_control.client import TrafficControlClient
from api_clients.qos.traffic_control.filters import filters
from api_clients.qos.traffic_control.program import TcProgram, _all_pairs, failure
from api_clients.tests.connected import connected

LABELS: Labels = {"service": "traffic_control", "operation": "apply", "target": "main"}
TALK = "\nWe have an error talking to the kernel"


@pytest.mark.parametrize(
    ("said", "command", "kind", "told"),
    [
        ("RTNETLINK answers: Operation not permitted", "class change dev eth0", Unauthorized, "CAP_NET_ADMIN"),
        ("Error: Specified qdisc kind is unknown.", "qdisc add dev eth0 root netem", Rejected, "no module sch_netem"),
        (f"Error: TC classifier not found.{TALK}", "filter add dev eth0 prio 5 fw", Rejected, "no module cls_fw"),
        (f"Error: TC classifier not found.{TALK}", "filter add dev eth0 prio 5 flower", Rejected, "cls_flower"),
        ('Cannot find device "eth9"', "qdisc show dev eth9", Rejected, "in namespace lab"),
        ("Error: HTB class in use.", "class del dev eth0 classid 1:1", Rejected, "HTB class in use."),
        ("", "class del dev eth0 classid 1:1", Rejected, "says not why"),
    ],
)
def test_what_tc_says_means_one_kind_of_error(said: str, command: str, kind: type[ServiceError], told: str) -> None:
    error = failure(said, command.split(), namespace="lab", labels=LABELS)
    assert type(error) is kind
    assert told in error.reason
    assert "talking to the kernel" not in error.reason


def test_filters_are_read_with_every_key_of_theirs() -> None:
    # As tc of iproute2 6.1 prints them: a name comes twice in one object where a filter has two keys.
    printed = """[{"protocol":"ip","pref":5,"kind":"u32","chain":0},
        {"protocol":"ip","pref":5,"kind":"u32","chain":0,"options":{"fh":"800:","ht_divisor":1}},
        {"protocol":"ip","pref":5,"kind":"u32","chain":0,"options":{"fh":"800::800","order":2048,"key_ht":"800",
         "bkt":"0","flowid":"1:10","not_in_hw":true,"match":{"value":"50","mask":"ffff","offmask":"","off":20},
         "match":{"value":"a000000","mask":"ff000000","offmask":"","off":12}}}]"""
    (one,) = filters(json.loads(printed, object_pairs_hook=_all_pairs), "1:")
    assert one["class_id"] == "1:10"
    assert one["options"]["matches"] == [
        {"value": 80, "mask": 0xFFFF, "offset": 20},
        {"value": 0x0A000000, "mask": 0xFF000000, "offset": 12},
    ]


def test_output_beyond_the_limit_is_refused() -> None:
    with pytest.raises(TooLarge, match="tc printed more than 5000 bytes"):
        TcProgram("yes", max_bytes=5_000).run(["qdisc"], namespace="", seconds=5.0, labels=LABELS)


def test_another_machine_cannot_be_spoken_to() -> None:
    with connected(TrafficControlClient, "host://other") as client, pytest.raises(InvalidRequest, match="host://local"):
        client.namespaces()


def test_the_program_can_be_configured_and_a_wrong_option_is_named(tmp_path: Path) -> None:
    path = tmp_path / "clients.yaml"
    target = "services: {traffic_control: {targets: {main: {instances: [{url: 'host://local'}], options: {%s}}}}}"
    path.write_text(target % "tc_program: tc; reboot")
    with pytest.raises(ConfigurationInvalid, match=r"traffic_control\.targets\.main\.options\.tc_program"):
        make_container(clients_file=path, prometheus_registry=CollectorRegistry()).clients()
