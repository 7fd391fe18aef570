"""What the simulated Suricata holds: an engine that takes commands, events as version 7 writes them, and rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from api_clients.security.suricata.protocol import Refused

VERSION = "7.0.10 RELEASE"
NOW = datetime(2026, 11, 20, 18, 30, tzinfo=UTC)
RULES = r"""# Rules of this site.
alert tcp any any -> $HOME_NET 22 (msg:"SITE login attempt from outside"; flow:to_server,established; \
    classtype:attempted-admin; sid:1000001; rev:3;)
alert http any any -> any any (msg:"SITE \"odd\" user agent\; old"; content:"curl/7.1"; sid:1000002; rev:1;)
# alert dns any any -> any any (msg:"SITE noisy"; dns.query; content:"example"; priority:3; sid:1000003; rev:7;)
"""
COUNTERS: Mapping[str, Any] = {
    "uptime": 86_400,
    "capture": {"kernel_packets": 1_250_000, "kernel_drops": 1_250, "errors": 0},
    "decoder": {"pkts": 1_248_750, "bytes": 811_687_500, "invalid": 12},
    "tcp": {"sessions": 20_412, "memuse": 4_587_520, "reassembly_memuse": 23_986_176},
    "flow": {"active": 311, "memuse": 7_154_304},
    "detect": {"engines": [{"id": 0, "rules_loaded": 3, "rules_failed": 0}], "alert": 3},
}


def _flow_event(kind: str, at: str, **fields: Any) -> dict[str, Any]:
    return {
        "timestamp": f"2026-11-20T{at}+0000",
        "flow_id": 1_707_007_155_208_468,
        "in_iface": "eth0",
        "event_type": kind,
        "src_ip": "203.0.113.9",
        "src_port": 51_514,
        "dest_ip": "192.0.2.10",
        "dest_port": 22,
        "proto": "TCP",
        **fields,
    }


def _alert(severity: int, sid: int, signature: str, category: str) -> dict[str, Any]:
    return {
        "action": "allowed",
        "gid": 1,
        "signature_id": sid,
        "rev": 3,
        "signature": signature,
        "category": category,
        "severity": severity,
    }


EVENTS: tuple[dict[str, Any], ...] = (
    _flow_event(
        "dns",
        "18:20:01.000100",
        src_ip="192.0.2.10",
        src_port=40_000,
        dest_ip="192.0.2.53",
        dest_port=53,
        proto="UDP",
        dns={
            "version": 2,
            "type": "query",
            "id": 31_337,
            "rrname": "evil.example",
            "rrtype": "A",
            "tx_id": 0,
            "opcode": 0,
        },
    ),
    _flow_event(
        "http",
        "18:21:02.000200",
        dest_port=80,
        tx_id=0,
        http={
            "hostname": "www.example",
            "url": "/",
            "http_user_agent": "curl/7.1",
            "http_method": "GET",
            "protocol": "HTTP/1.1",
            "status": 200,
            "length": 1256,
        },
    ),
    _flow_event(
        "alert",
        "18:21:02.000210",
        dest_port=80,
        alert=_alert(3, 1_000_002, 'SITE "odd" user agent; old', "Misc activity"),
    ),
    _flow_event(
        "alert",
        "18:25:03.000300",
        alert=_alert(1, 1_000_001, "SITE login attempt from outside", "Attempted Administrator Privilege Gain"),
    ),
    _flow_event(
        "alert",
        "18:26:04.000400",
        alert=_alert(1, 1_000_001, "SITE login attempt from outside", "Attempted Administrator Privilege Gain"),
    ),
    _flow_event(
        "flow",
        "18:27:05.000500",
        flow={
            "pkts_toserver": 5,
            "pkts_toclient": 4,
            "bytes_toserver": 1186,
            "bytes_toclient": 240,
            "start": "2026-11-20T18:25:03.000300+0000",
            "end": "2026-11-20T18:26:05.000300+0000",
            "age": 62,
            "state": "closed",
            "reason": "timeout",
            "alerted": True,
        },
    ),
    {
        "timestamp": "2026-11-20T18:28:00.000600+0000",
        "event_type": "stats",
        "stats": {"uptime": 86_280, "capture": {"kernel_packets": 1_248_000, "kernel_drops": 1_250}},
    },
)


class SimulatedEngine:
    def __init__(self, interfaces: tuple[str, ...] = ("eth0", "eth1")) -> None:
        self.interfaces = interfaces
        self.values = {("bad-domains", "string", "ZXZpbC5leGFtcGxl")}
        self.sets = {("bad-domains", "string"), ("bad-addresses", "ip")}
        self.memcaps = {"stream": "64mb", "flow": "128mb", "host": "32mb", "applayer-proto-http": "unlimited"}
        self.marks = {"203.0.113.9": {"watched": 3600}}
        self.failed: list[dict[str, Any]] = []
        self.refuses_reload: str | None = None
        self.reloads = 0
        self._commands: dict[str, Callable[[Mapping[str, Any]], Any]] = {
            "version": lambda _: VERSION,
            "uptime": lambda _: 86_400,
            "running-mode": lambda _: "workers",
            "capture-mode": lambda _: "AF_PACKET_DEV",
            "command-list": lambda _: {"count": len(self._commands), "commands": list(self._commands)},
            "iface-list": lambda _: {"count": len(self.interfaces), "ifaces": list(self.interfaces)},
            "iface-stat": self._interface,
            "dump-counters": lambda _: COUNTERS,
            "conf-get": self._configured,
            "reload-rules": self._reload,
            "ruleset-reload-nonblocking": self._reload,
            "ruleset-stats": lambda _: [{"id": 0, "rules_loaded": 3, "rules_failed": len(self.failed)}],
            "ruleset-reload-time": lambda _: [{"id": 0, "last_reload": "2026-11-20T18:00:00.000000+0000"}],
            "ruleset-failed-rules": lambda _: self.failed,
            "reopen-log-files": lambda _: "done",
            "memcap-list": lambda _: [{"name": name, "value": value} for name, value in self.memcaps.items()],
            "memcap-show": lambda arguments: {"value": self._memcap(arguments["config"])},
            "memcap-set": self._set_memcap,
            "dataset-add": self._dataset_add,
            "dataset-remove": self._dataset_remove,
            "dataset-lookup": self._dataset_lookup,
            "dataset-dump": lambda _: "datasets dump done",
            "list-hostbit": self._hostbits,
            "add-hostbit": self._add_hostbit,
            "remove-hostbit": self._remove_hostbit,
        }

    def execute(self, command: str, arguments: Mapping[str, Any]) -> Any:
        """Return the message of an answer. Raises Refused."""
        if command not in self._commands:
            raise Refused("Unknown command")
        return self._commands[command](arguments)

    def _interface(self, arguments: Mapping[str, Any]) -> Any:
        if arguments.get("iface") not in self.interfaces:
            raise Refused("Unable to find interface")
        return {"pkts": 625_000, "invalid-checksums": 3, "drop": 625, "bypassed": 0}

    def _configured(self, arguments: Mapping[str, Any]) -> Any:
        if arguments.get("variable") != "max-pending-packets":
            raise Refused("Unable to get value")
        return "1024"

    def _reload(self, _: Mapping[str, Any]) -> str:
        if self.refuses_reload:
            raise Refused(self.refuses_reload)
        self.reloads += 1
        return "done"

    def _memcap(self, name: str) -> str:
        if name not in self.memcaps:
            raise Refused("Memcap value not found. Use 'memcap-list' to show all")
        return self.memcaps[name]

    def _set_memcap(self, arguments: Mapping[str, Any]) -> str:
        self._memcap(arguments["config"])
        self.memcaps[arguments["config"]] = arguments["memcap"]
        return f"memcap value for '{arguments['config']}' updated: {arguments['memcap']}"

    def _dataset(self, arguments: Mapping[str, Any]) -> tuple[str, str, str]:
        key = (arguments["setname"], arguments["settype"])
        if key not in self.sets:
            raise Refused("set not found or wrong type")
        return (*key, arguments["datavalue"])

    def _dataset_add(self, arguments: Mapping[str, Any]) -> str:
        value = self._dataset(arguments)
        is_new = value not in self.values
        self.values.add(value)
        return "data added" if is_new else "data already in set"

    def _dataset_remove(self, arguments: Mapping[str, Any]) -> str:
        value = self._dataset(arguments)
        if value not in self.values:
            raise Refused("failed to remove data")
        self.values.discard(value)
        return "data removed"

    def _dataset_lookup(self, arguments: Mapping[str, Any]) -> str:
        if self._dataset(arguments) not in self.values:
            raise Refused("item not found in set")
        return "item found in set"

    def _hostbits(self, arguments: Mapping[str, Any]) -> Any:
        if arguments["ipaddress"] not in self.marks:
            raise Refused("host not found")
        marks = self.marks[arguments["ipaddress"]]
        return {"count": len(marks), "hostbits": [{"name": name, "expire": left} for name, left in marks.items()]}

    def _add_hostbit(self, arguments: Mapping[str, Any]) -> str:
        if arguments["hostbit"] != "watched":
            raise Refused("hostbit not found")
        self.marks.setdefault(arguments["ipaddress"], {})[arguments["hostbit"]] = arguments["expire"]
        return "hostbit added"

    def _remove_hostbit(self, arguments: Mapping[str, Any]) -> str:
        if arguments["ipaddress"] not in self.marks:
            raise Refused("host not found")
        self.marks[arguments["ipaddress"]].pop(arguments["hostbit"], None)
        return "hostbit removed"
