"""The `rsp` of ntopng's answers become values: interfaces, hosts, flows and statistics. Lua writes an empty table as
[], whether a list or an object was meant.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from api_clients.monitoring.ntopng.values import (
    ActiveFlow,
    ActiveHost,
    Application,
    BroadcastDomain,
    FlowEnd,
    HostData,
    Interface,
    InterfaceData,
    L4Counter,
    L7Counter,
    MachineUse,
    Share,
)

KIB = 1024
BITS = 8  # ntopng calls bytes a second throughput_bps in the data of an interface and of a host, bits in its lists


def moment(seconds: Any) -> datetime | None:
    return datetime.fromtimestamp(float(seconds), tz=UTC) if seconds else None


def table(value: Any) -> Mapping[str, Any]:
    """Return an object of Lua; its empty one looks like a list."""
    if value in (None, [], ""):
        return {}
    if not isinstance(value, Mapping):
        raise TypeError("not a table")
    return value


def interfaces(rsp: list[Mapping[str, Any]]) -> tuple[Interface, ...]:
    return tuple(
        Interface(int(item["ifid"]), str(item["ifname"]), str(item.get("name") or item["ifname"])) for item in rsp
    )


def interface_data(rsp: Mapping[str, Any]) -> InterfaceData:
    tcp = table(rsp.get("tcpPacketStats"))
    engaged = rsp.get("engaged_alerts")
    return InterfaceData(
        ifid=int(rsp["ifid"]),
        ifname=str(rsp["ifname"]),
        speed_mbps=int(rsp["speed"]) if rsp.get("speed") is not None else None,
        packets=int(rsp["packets"]),
        bytes=int(rsp["bytes"]),
        drops=int(rsp.get("drops", 0)),
        throughput_bps=BITS * float(rsp["throughput_bps"]),
        throughput_pps=float(rsp["throughput_pps"]),
        flows=int(rsp.get("num_flows", 0)),
        hosts=int(rsp.get("num_hosts", 0)),
        local_hosts=int(rsp.get("num_local_hosts", 0)),
        devices=int(rsp.get("num_devices", 0)),
        bytes_upload=int(rsp.get("bytes_upload", 0)),
        bytes_download=int(rsp.get("bytes_download", 0)),
        engaged_alerts=None if engaged is None else int(engaged),
        alerted_flows=int(rsp.get("alerted_flows", 0)),
        dropped_alerts=int(rsp.get("dropped_alerts", 0)),
        tcp_retransmissions=int(tcp.get("retransmissions", 0)),
        tcp_out_of_order=int(tcp.get("out_of_order", 0)),
        tcp_lost=int(tcp.get("lost", 0)),
        is_view=bool(rsp.get("is_view", False)),
        at=moment(rsp.get("epoch")),
        machine=_machine(table(rsp.get("system_host_stats"))),
    )


def addresses(rsp: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(item) for item in rsp["addresses"])


def broadcast_domains(rsp: Mapping[str, Any]) -> tuple[BroadcastDomain, ...]:
    return tuple(
        BroadcastDomain(str(network), int(item["hits"]), bool(item["ghost_network"]))
        for network, item in table(rsp["bcast_domains"]).items()
    )


def active_hosts(rsp: Mapping[str, Any]) -> tuple[ActiveHost, ...]:
    return tuple(_active_host(item) for item in rsp["data"])


def active_flows(rsp: Mapping[str, Any]) -> tuple[ActiveFlow, ...]:
    return tuple(_flow(item) for item in rsp["data"])


def host_data(rsp: Mapping[str, Any]) -> HostData:
    return HostData(
        ip=str(rsp["ip"]),
        name=str(rsp.get("name") or rsp["ip"]),
        mac=str(rsp.get("mac", "")),
        vlan=int(rsp.get("vlan", 0)),
        ifid=int(rsp["ifid"]),
        asn=int(rsp.get("asn", 0)),
        as_name=str(rsp.get("asname", "")),
        country=str(rsp.get("country", "")),
        os=str(rsp.get("os_detail", "")),
        network=str(rsp.get("local_network_name", "")),
        names={str(source): str(name) for source, name in table(rsp.get("names")).items()},
        bytes_sent=int(rsp["bytes.sent"]),
        bytes_received=int(rsp["bytes.rcvd"]),
        packets_sent=int(rsp["packets.sent"]),
        packets_received=int(rsp["packets.rcvd"]),
        throughput_bps=BITS * float(rsp["throughput_bps"]),
        active_flows_as_client=int(rsp.get("active_flows.as_client", 0)),
        active_flows_as_server=int(rsp.get("active_flows.as_server", 0)),
        flows_as_client=int(rsp.get("flows.as_client", 0)),
        flows_as_server=int(rsp.get("flows.as_server", 0)),
        alerted_flows=int(rsp.get("active_alerted_flows", 0)),
        alerts=int(rsp.get("num_alerts", 0)),
        score=int(rsp.get("score", 0)),
        is_local=bool(rsp.get("localhost", False)),
        is_blacklisted=bool(rsp.get("is_blacklisted", False)),
        applications=tuple(_application(name, item) for name, item in table(rsp.get("ndpi")).items()),
        first_seen=moment(rsp.get("seen.first")),
        last_seen=moment(rsp.get("seen.last")),
    )


def fields(rsp: Mapping[str, Any]) -> Mapping[str, Any]:
    return dict(table(rsp))


def interfaces_of_host(rsp: Mapping[str, Any]) -> tuple[int, ...]:
    return tuple(int(item["ifid"]) for seen in table(rsp).values() for item in seen)


def shares(rsp: list[Mapping[str, Any]]) -> tuple[Share, ...]:
    return tuple(
        Share(str(item["label"]), int(item["value"]), int(item["duration"]) if "duration" in item else None)
        for item in rsp
    )


def l4_counters(rsp: list[Mapping[str, Any]]) -> tuple[L4Counter, ...]:
    return tuple(L4Counter(int(item["id"]), int(item["count"])) for item in rsp)


def l7_counters(rsp: list[Mapping[str, Any]]) -> tuple[L7Counter, ...]:
    return tuple(L7Counter(str(item["name"]), int(item["count"])) for item in rsp)


def _machine(stats: Mapping[str, Any]) -> MachineUse:
    idle = table(stats.get("cpu_states")).get("idle")
    total, used, load = stats.get("mem_total"), stats.get("mem_used"), stats.get("cpu_load")
    return MachineUse(
        cpu_used_percent=None if idle is None else max(0.0, 100.0 - float(idle)),
        cpu_load=None if load is None else float(load),
        memory_total_bytes=None if total is None else KIB * int(total),
        memory_used_bytes=None if used is None else KIB * int(used),
    )


def _active_host(item: Mapping[str, Any]) -> ActiveHost:
    flows, score = table(item["num_flows"]), table(item.get("score"))
    return ActiveHost(
        ip=str(item["ip"]),
        name=str(item.get("name") or item["ip"]),
        vlan=int(item.get("vlan", 0)),
        key=str(item["key"]),
        country=str(item.get("country") or ""),
        bytes_sent=int(item["bytes"]["sent"]),
        bytes_received=int(item["bytes"]["recvd"]),
        throughput_bps=float(item["thpt"]["bps"]),
        throughput_pps=float(item["thpt"]["pps"]),
        flows_as_client=int(flows["as_client"]),
        flows_as_server=int(flows["as_server"]),
        alerts=int(item.get("num_alerts", 0)),
        score=int(score.get("total", 0)),
        is_local=bool(item.get("is_localhost", False)),
        is_blacklisted=bool(item.get("is_blacklisted", False)),
        is_broadcast=bool(item.get("is_broadcast", False)),
        is_multicast=bool(item.get("is_multicast", False)),
        first_seen=moment(item.get("first_seen")),
        last_seen=moment(item.get("last_seen")),
    )


def _flow(item: Mapping[str, Any]) -> ActiveFlow:
    return ActiveFlow(
        key=str(item["key"]),
        hash_id=str(item["hash_id"]),
        client=_end(item["client"]),
        server=_end(item["server"]),
        l4=str(item["protocol"]["l4"]),
        l7=str(item["protocol"]["l7"]),
        vlan=int(item.get("vlan", 0)),
        bytes=int(item["bytes"]),
        client_share_percent=int(item["breakdown"]["cli2srv"]),
        throughput_bps=float(item["thpt"]["bps"]),
        throughput_pps=float(item["thpt"]["pps"]),
        duration_seconds=int(item["duration"]),
        first_seen=moment(item.get("first_seen")),
        last_seen=moment(item.get("last_seen")),
    )


def _end(item: Mapping[str, Any]) -> FlowEnd:
    return FlowEnd(
        ip=str(item["ip"]),
        port=int(item["port"]),
        name=str(item.get("name") or item["ip"]),
        is_blacklisted=bool(item.get("is_blacklisted", False)),
    )


def _application(name: str, item: Mapping[str, Any]) -> Application:
    return Application(
        name=str(name),
        breed=str(item.get("breed", "")),
        bytes_sent=int(item["bytes.sent"]),
        bytes_received=int(item["bytes.rcvd"]),
        packets_sent=int(item.get("packets.sent", 0)),
        packets_received=int(item.get("packets.rcvd", 0)),
        duration_seconds=int(item.get("duration", 0)),
    )
