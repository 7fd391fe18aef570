"""Real replies of ntopng's REST v2 are read, and the requests that got them are those that the client makes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from api_clients.domain.errors import Rejected, ServiceError
from api_clients.domain.operation import operations_of
from api_clients.domain.values import Request, Response
from api_clients.infrastructure.reading import ReadingTransport
from api_clients.monitoring.ntopng.client import NtopngClient
from api_clients.tests.contracts import CONTRACTS, contract_file

FOLDER = "ntopng/v2-answers"
PATH = re.compile(r"(/lua/rest/v2/get/[a-z0-9_/]+\.lua)\"?\s*$")
BODY = re.compile(r"-d '(\{.*?\})'")

Call = Callable[[NtopngClient, dict[str, Any]], Any]
# What the client is asked for each path; `sent` are the parameters of the recorded request.
CALLS: dict[str, Call] = {
    "flow/alert/list": lambda client, sent: client.alerts(sent["ifid"], status=sent["status"]),
    "alert/type/consts": lambda client, sent: client.alert_types(),
    "alert/type/counters": lambda client, sent: client.alert_type_counters(0),
    "checks/config": lambda client, sent: client.checks(),
    "flow/active": lambda client, sent: client.active_flows(sent["ifid"], limit=10),
    "flow/l4/counters": lambda client, sent: client.l4_counters(sent["ifid"]),
    "flow/l7/counters": lambda client, sent: client.l7_counters(sent["ifid"]),
    "host/active": lambda client, sent: client.active_hosts(sent["ifid"], limit=10),
    "host/custom_data": lambda client, sent: client.host_fields(
        sent["ifid"], sent["host"], sent["field_alias"].split(",")
    ),
    "host/data": lambda client, sent: client.host_data(sent["ifid"], sent["host"]),
    "host/interfaces": lambda client, sent: client.host_interfaces(sent["host"]),
    "host/l7/stats": lambda client, sent: client.host_l7_statistics(
        sent["ifid"], sent["host"], breed=sent.get("breed", False)
    ),
    "host/mud": lambda client, sent: client.host_mud(sent["ifid"], sent["host"]),
    "interface/address": lambda client, sent: client.interface_addresses(sent["ifid"]),
    "interface/bcast_domains": lambda client, sent: client.broadcast_domains(sent["ifid"]),
    "interface/data": lambda client, sent: client.interface_data(sent["ifid"]),
    "interface/l7/stats": lambda client, sent: client.interface_l7_statistics(
        sent["ifid"], by=sent["ndpistats_mode"], breed=sent.get("breed", False)
    ),
    "l4/protocol/consts": lambda client, sent: client.l4_protocols(),
    "l7/application/consts": lambda client, sent: client.l7_applications(),
    "l7/category/consts": lambda client, sent: client.l7_categories(),
    "ntopng/interfaces": lambda client, sent: client.interfaces(),
    "ntopng/users": lambda client, sent: client.users(),
    "syslog/producer/consts": lambda client, sent: client.syslog_producers(),
}
NAMES = sorted(path.stem for path in (CONTRACTS / FOLDER).glob("*.out")) or ["none"]
REFUSED = {  # recorded for an address that was not seen, and without an interface
    "get_alert_severity_counters_01": "INVALID_INTERFACE",
    "get_alert_type_counters_01": "INVALID_INTERFACE",
    "get_host_custom_data_02": "NOT_FOUND",
    "get_host_data_03": "NOT_FOUND",
}


class Recorded:
    """Answers every request with one recorded reply, and remembers what was asked."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self.requests: list[Request] = []

    def send(self, request: Request) -> Response:
        self.requests.append(request)
        return Response(200, {"content-type": "application/json", "server": "ntopng 5.7.231014"}, self._body)


def recorded(name: str) -> tuple[str, dict[str, Any], Recorded]:
    folder: Path = contract_file(FOLDER)
    script = yaml.safe_load((folder / f"{name}.yaml").read_text())["runtime"]
    request = script.strip().splitlines()[-1]
    found, body = PATH.search(request), BODY.search(request)
    assert found, request
    lines = [line for line in (folder / f"{name}.out").read_text().splitlines() if line.strip()]
    return found.group(1), json.loads(body.group(1)) if body else {}, Recorded((lines or [""])[-1].encode())


def ask(name: str) -> Any:
    path, sent, wire = recorded(name)
    return CALLS[path.removeprefix("/lua/rest/v2/get/").removesuffix(".lua")](
        NtopngClient(ReadingTransport(wire)), sent
    )


def test_all_the_replies_are_there() -> None:
    contract_file(FOLDER)
    assert len(NAMES) >= 30


@pytest.mark.parametrize("name", NAMES)
def test_a_real_reply_is_read(name: str) -> None:
    if name in REFUSED:
        with pytest.raises(Rejected, match=REFUSED[name]):
            ask(name)
        return
    answer = ask(name)
    if name not in ("get_host_mud_01", "get_interface_address_01"):  # the two that are empty
        assert answer


@pytest.mark.parametrize("name", NAMES)
def test_the_client_asks_as_the_recorded_request_did(name: str) -> None:
    path, sent, wire = recorded(name)
    call = CALLS[path.removeprefix("/lua/rest/v2/get/").removesuffix(".lua")]
    try:
        call(NtopngClient(ReadingTransport(wire)), sent)
    except ServiceError as error:
        assert name in REFUSED, error  # noqa: PT017 # what is asked counts here, the refusal is tested above
    (request,) = wire.requests
    assert request.path == path
    spelled = {key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in sent.items()}
    assert spelled.items() <= dict(request.params).items()


def test_the_figures_of_a_real_interface_are_read() -> None:
    data = ask("get_interface_data_01")
    assert (data.ifid, data.ifname, data.flows, data.hosts) == (0, "test_01.pcap", 178, 42)
    assert (data.bytes, data.packets, data.engaged_alerts, data.tcp_retransmissions) == (3_744_757, 5000, 0, 10)
    assert data.machine.memory_total_bytes == 32_704_212 * 1024
    assert data.machine.cpu_used_percent == pytest.approx(1.117, abs=0.001)


def test_a_real_host_is_read_with_its_applications() -> None:
    host = ask("get_host_data_01")
    assert (host.ip, host.mac, host.bytes_received, host.score) == ("192.168.1.93", "28:37:37:00:6D:C8", 3412266, 2384)
    tls = next(application for application in host.applications if application.name == "TLS")
    assert (tls.breed, tls.bytes_received) == ("Safe", 2_998_919)


def test_real_alerts_lose_their_html() -> None:
    page = ask("get_alert_data_01")
    assert (page.total, len(page.alerts)) == (178, 178)
    first = page.alerts[0]
    assert (first.name, first.severity, first.score) == ("Unexpected DNS server", "error", 120)
    assert (first.subject, first.application) == ("192.168.1.93 -> 192.168.1.1", "DNS")
    assert first.details["srv_port"] == "53"
    assert not [alert for alert in page.alerts if "<" in f"{alert}"]


def test_the_hash_of_a_password_is_left_out() -> None:
    (user,) = ask("get_ntopng_users_01")
    assert (user.name, user.group) == ("admin", "administrator")
    assert "21232f297a57a5a743894a0e4a801fc3" not in repr(user)


def test_every_kind_of_reply_has_its_operation() -> None:
    paths = {recorded(name)[0].removeprefix("/lua/rest/v2/get/").removesuffix(".lua") for name in NAMES}
    assert paths == set(CALLS)
    assert len(operations_of(NtopngClient)) > len(CALLS)
