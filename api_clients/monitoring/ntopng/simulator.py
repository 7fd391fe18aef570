"""Answers like an ntopng 5.7 that watches two interfaces, the first with a busy network. Its time stands still.

Whom it does not know it sends to its login page, as ntopng does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from api_clients.simulation import Answer, HttpSimulator, Received, json_answer

NOW = 1_763_700_000
PREFIX = "/lua/rest/v2/get/"
SERVER = "ntopng 5.7.231014 (x86_64)"
APPLICATIONS = ("TLS", "DNS", "HTTP", "QUIC", "SSH")
Params = Mapping[str, list[str]]
SEVERITIES = {3: "Notice", 4: "Warning", 5: "Error"}


class NtopngSimulator(HttpSimulator):
    def __init__(self, *, authorization: str = "", hosts: int = 230, flows: int = 140, engaged: int = 2) -> None:
        """`authorization` is the header it admits, any where it is empty; the numbers are of the first interface."""
        super().__init__()
        self.authorization = authorization
        self.hosts = [_host(number) for number in range(hosts)]
        self.flows = [_flow(number) for number in range(flows)]
        self.engaged = [_host_alert(number) for number in range(engaged)]
        self.interfaces = [
            {"ifid": 0, "ifname": "eth0", "name": "uplink"},
            {"ifid": 1, "ifname": "eth1", "name": "eth1"},
        ]

    def admits(self, received: Received) -> bool:
        return not self.authorization or received.headers.get("authorization") == self.authorization

    def respond(self, received: Received) -> Answer:
        if not self.admits(received):
            return Answer(302, headers={"Location": f"/lua/login.lua?referer={received.path}", "Server": SERVER})
        answer = self.answer(received)
        return Answer(answer.status, answer.body, {**answer.headers, "Server": SERVER})

    def answer(self, received: Received) -> Answer:
        name = received.path.removeprefix(PREFIX).removesuffix(".lua")
        plain = self._plain().get(name)
        if plain is not None:
            return _ok(plain)
        if name == "host/interfaces":
            return _ok({_one(received.params, "host"): [{"ifid": 0}]})
        answers = self._of_interface()
        if name not in answers:
            return Answer(404, b"<html><title>Not Found</title></html>", {"Content-Type": "text/html"})
        if _one(received.params, "ifid") not in ("0", "1", "-1"):
            return _error(-2, "INVALID_INTERFACE", "Invalid interface")
        return answers[name](received.params)

    def _plain(self) -> Mapping[str, Any]:
        return {
            "ntopng/interfaces": self.interfaces,
            "ntopng/users": {"admin": {"full_name": "Administrator", "group": "administrator", "password": "5ebe"}},
            "l4/protocol/consts": [{"id": 6, "name": "TCP", "other": "tcp"}, {"id": 17, "name": "UDP", "other": "udp"}],
            "l7/application/consts": [{"appl_id": 91, "cat_id": 5, "name": "TLS"}],
            "l7/category/consts": [{"app_list": [{"id": "91", "name": "TLS"}], "cat_id": 5, "name": "Web"}],
            "alert/type/consts": [{"key": 33, "type": "alert_unexpected_dns_server"}],
            "syslog/producer/consts": [{"title": "Suricata", "value": "suricata"}],
            "checks/config": {
                "0": {
                    "config": {
                        "flow": {"blacklisted": {"all": {"enabled": True, "script_conf": []}}},
                        "host": {"dangerous_host": {"min": {"enabled": False, "script_conf": {"threshold": 1000}}}},
                    },
                    "filters": [],
                }
            },
        }

    def _of_interface(self) -> Mapping[str, Callable[[Params], Answer]]:
        return {
            "interface/data": lambda params: _ok(self._data(int(_one(params, "ifid")))),
            "interface/address": lambda params: _ok({"addresses": ["192.0.2.1"]}),
            "interface/bcast_domains": lambda params: _ok(
                {"bcast_domains": {"192.0.2.0/24": {"ghost_network": False, "hits": 35}}}
            ),
            "interface/l7/stats": self._l7,
            "host/active": lambda params: self._page(params, self.hosts, total=None),
            "host/data": self._host_data,
            "host/custom_data": self._host_fields,
            "host/l7/stats": lambda params: _ok([{"duration": 5, "label": "TLS", "value": 3144588}]),
            "host/mud": lambda params: Answer(200, b"", {"Content-Type": "application/json"}),
            "flow/active": lambda params: self._page(params, self.flows, total=len(self.flows)),
            "flow/l4/counters": lambda params: _ok([{"count": len(self.flows), "id": 6}]),
            "flow/l7/counters": lambda params: _ok([{"count": len(self.flows), "name": "TLS"}]),
            "alert/severity/counters": lambda params: _ok(
                [{"count": 2, "entity_id": 1, "entity_label": "Host", "name": "Error"}]
            ),
            "alert/type/counters": lambda params: _ok(
                [{"count": 2, "entity_id": 1, "entity_label": "Host", "alert_id": 8, "name": "Flow Flood"}]
            ),
            **{f"{family}/alert/list": self._alert_list(family) for family in ("flow", "host", "interface", "network")},
            "system/alert/list": self._alert_list("system"),
        }

    def _data(self, ifid: int) -> dict[str, Any]:
        first = ifid == 0
        engaged = len(self.engaged) if first else 0
        return {
            "ifid": str(ifid),
            "ifname": "eth0" if first else "eth1",
            "speed": 1000,
            "bytes": 3744757,
            "packets": 5000,
            "drops": 3,
            "throughput_bps": 125000.0 if first else 0,
            "throughput_pps": 110.5 if first else 0,
            "num_flows": len(self.flows) if first else 0,
            "num_hosts": len(self.hosts) if first else 0,
            "num_local_hosts": 4,
            "num_devices": 4,
            "bytes_upload": 0,
            "bytes_download": 3744757,
            "engaged_alerts": engaged,
            "alerted_flows": 1,
            "dropped_alerts": 0,
            "tcpPacketStats": {"lost": 0, "out_of_order": 1, "retransmissions": 10},
            "is_view": False,
            "epoch": NOW,
            "system_host_stats": {
                "cpu_load": 0.75,
                "cpu_states": {"idle": 87.5, "user": 10.0, "system": 2.5},
                "mem_total": 4_000_000,
                "mem_used": 1_000_000,
            },
        }

    def _l7(self, params: Params) -> Answer:
        if _one(params, "ndpistats_mode") not in ("count", "sinceStartup"):
            return _error(-5, "INVALID_ARGUMENTS", "Invalid arguments")
        labels = ("Safe", "Fun") if _one(params, "breed") == "true" else ("TLS", "Other")
        return _ok([{"label": label, "value": 100 - index} for index, label in enumerate(labels)])

    def _page(self, params: Params, rows: list[dict[str, Any]], *, total: int | None) -> Answer:
        number, size = int(_one(params, "currentPage") or 1), int(_one(params, "perPage") or 10)
        chosen = rows if _one(params, "ifid") == "0" else []
        page = chosen[(number - 1) * size : number * size]
        counted = {} if total is None else {"totalRows": len(chosen)}
        return _ok({"currentPage": number, "perPage": size, "sort": [[]], "data": page, **counted})

    def _host_data(self, params: Params) -> Answer:
        if _one(params, "host") != "192.168.1.93":
            return _error(-1, "NOT_FOUND", "Not found")
        return _ok(_details())

    def _host_fields(self, params: Params) -> Answer:
        if _one(params, "host") != "192.168.1.93":
            return _error(-1, "NOT_FOUND", "Not found")
        wanted = (field.partition("=") for field in _one(params, "field_alias").split(","))
        known = _details()
        return _ok({alias or name: known[name] for name, _, alias in wanted if name in known} or [])

    def _alert_list(self, family: str) -> Callable[[Params], Answer]:
        def answer(params: Params) -> Answer:
            engaged = _one(params, "status") == "engaged"
            rows: list[dict[str, Any]] = []
            if _one(params, "ifid") == "0" and family == "host":
                rows = self.engaged
            elif _one(params, "ifid") == "0" and family == "flow" and not engaged:
                rows = [_flow_alert(number) for number in range(25)]
            start, length = int(_one(params, "start") or 0), int(_one(params, "length") or 10_000)
            page = rows[start : start + length]
            return _ok({"records": page}, recordsFiltered=len(rows), recordsTotal=len(page))

        return answer


def _host(number: int) -> dict[str, Any]:
    ip = f"192.168.{1 + number // 250}.{number % 250 + 1}"
    return {
        "key": ip.replace(".", "__"),
        "ip": ip,
        "name": f"host-{number}",
        "vlan": 0,
        "country": "",
        "bytes": {"recvd": 34148, "sent": 1_000_000 - number, "total": 1_034_148 - number},
        "thpt": {"bps": 800.5, "pps": 1.5},
        "num_flows": {"as_client": 1, "as_server": 0, "total": 1},
        "score": {"as_client": 10, "as_server": 0, "total": 10},
        "num_alerts": 0,
        "is_localhost": True,
        "is_blacklisted": False,
        "is_broadcast": False,
        "is_multicast": False,
        "first_seen": NOW - 3600,
        "last_seen": NOW - number,
    }


def _flow(number: int) -> dict[str, Any]:
    return {
        "key": str(3_000_000_000 + number),
        "hash_id": str(number),
        "client": {"ip": "192.168.1.93", "port": 40_000 + number, "name": "host-92", "is_blacklisted": False},
        "server": {"ip": "198.51.100.7", "port": 443, "name": "media.example.org", "is_blacklisted": False},
        "protocol": {"l4": "TCP", "l7": APPLICATIONS[number % len(APPLICATIONS)]},
        "vlan": 0,
        "bytes": 2_356_772 - number,
        "breakdown": {"cli2srv": 1, "srv2cli": 99},
        "thpt": {"bps": 1200.5, "pps": 2},
        "duration": 12,
        "first_seen": NOW - 12,
        "last_seen": NOW,
    }


def _details() -> dict[str, Any]:
    return {
        "ifid": 0,
        "ip": "192.168.1.93",
        "name": "host-92",
        "mac": "02:00:00:6D:C8:01",
        "vlan": 0,
        "asn": 0,
        "asname": "",
        "country": "",
        "names": {"mdns": "host-92"},
        "bytes.sent": 212491,
        "bytes.rcvd": 3412266,
        "packets.sent": 1990,
        "packets.rcvd": 3010,
        "throughput_bps": 100.0,
        "active_flows.as_client": 177,
        "active_flows.as_server": 1,
        "flows.as_client": 177,
        "flows.as_server": 1,
        "active_alerted_flows": 57,
        "num_alerts": 0,
        "score": 2384,
        "localhost": True,
        "is_blacklisted": False,
        "ndpi": {
            "TLS": {"breed": "Safe", "bytes.rcvd": 2998919, "bytes.sent": 131754, "duration": 5},
        },
        "seen.first": NOW - 3600,
        "seen.last": NOW,
    }


def _common(family: str, name: str, severity: int, started: int) -> dict[str, Any]:
    return {
        "family": family,
        "row_id": "2",
        "alert_id": {"label": f"<i class='fas fa-bell'></i> {name}", "value": "33"},
        "alert_name": name,
        "alert_category": {"icon": "fas fa-shield-alt", "label": "Cybersecurity", "value": "1"},
        "severity": {"label": f"<i title='{SEVERITIES[severity]}'></i>", "value": severity},
        "score": {"label": "120", "value": 120},
        "tstamp": {"label": "21/11/2025 05:00:00", "value": started},
        "duration": 60,
        "count": 1,
    }


def _host_alert(number: int) -> dict[str, Any]:
    address = f"192.168.1.{93 + number}"
    return {
        **_common("host", "Flow Flood", 5 - number % 2, NOW - 60 - number),
        "ip": {"label": address, "value": address, "reference": f"<a href='/lua/host_details.lua?host={address}'></a>"},
        "description": f"Host <b>{address}</b> is a flow flood attacker &gt; 128 flows/s",
        "vlan_id": 0,
    }


def _flow_alert(number: int) -> dict[str, Any]:
    return {
        **_common("flow", "Unexpected DNS server", 5, NOW - 600 - number),
        "cli_ip": {"label": "192.168.1.93", "value": "192.168.1.93"},
        "srv_ip": {"label": "192.168.1.1", "value": "192.168.1.1"},
        "cli_port": {"value": str(50_000 + number)},
        "srv_port": {"value": "53"},
        "l7_proto": {"l4_label": "UDP", "l7_label": "DNS", "label": "UDP:DNS", "value": "5"},
        "proto": {"label": "UDP", "value": "17"},
        "description": {"descr": "Unexpected DNS server: 192.168.1.1"},
    }


def _one(params: Params, name: str) -> str:
    return params.get(name, [""])[0]


def _ok(rsp: Any, **beside: Any) -> Answer:
    return json_answer({"rc": 0, "rc_str": "OK", "rc_str_hr": "Success", "rsp": rsp, **beside})


def _error(code: int, word: str, said: str) -> Answer:
    return json_answer({"rc": code, "rc_str": word, "rc_str_hr": said, "rsp": []})


def make_simulator() -> NtopngSimulator:
    return NtopngSimulator()
