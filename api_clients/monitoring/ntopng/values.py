"""What ntopng tells, as frozen values. Times have a zone; throughputs are bits a second, volumes bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Family = Literal["flow", "host", "interface", "network", "system", "am_host", "mac", "user"]
AlertStatus = Literal["engaged", "historical", "acknowledged", "any"]
Severity = Literal["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"]


@dataclass(frozen=True, slots=True)
class Interface:
    """A source of traffic; `name` is what people call it, `ifname` what the system does."""

    ifid: int
    ifname: str
    name: str


@dataclass(frozen=True, slots=True)
class MachineUse:
    """The machine below ntopng; each None where it says nothing. Memory in bytes, processor in percent."""

    cpu_used_percent: float | None
    cpu_load: float | None
    memory_total_bytes: int | None
    memory_used_bytes: int | None


@dataclass(frozen=True, slots=True)
class InterfaceData:
    """What an interface has seen since ntopng began. `engaged_alerts` is None where the login may not see alerts."""

    ifid: int
    ifname: str
    speed_mbps: int | None
    packets: int
    bytes: int
    drops: int
    throughput_bps: float
    throughput_pps: float
    flows: int
    hosts: int
    local_hosts: int
    devices: int
    bytes_upload: int
    bytes_download: int
    engaged_alerts: int | None
    alerted_flows: int
    dropped_alerts: int
    tcp_retransmissions: int
    tcp_out_of_order: int
    tcp_lost: int
    is_view: bool
    at: datetime | None
    machine: MachineUse


@dataclass(frozen=True, slots=True)
class ActiveHost:
    ip: str
    name: str
    vlan: int
    key: str
    country: str
    bytes_sent: int
    bytes_received: int
    throughput_bps: float
    throughput_pps: float
    flows_as_client: int
    flows_as_server: int
    alerts: int
    score: int
    is_local: bool
    is_blacklisted: bool
    is_broadcast: bool
    is_multicast: bool
    first_seen: datetime | None
    last_seen: datetime | None


@dataclass(frozen=True, slots=True)
class Application:
    """Traffic of one application of a host; `breed` is nDPI's judgement (Safe, Fun, Unsafe)."""

    name: str
    breed: str
    bytes_sent: int
    bytes_received: int
    packets_sent: int
    packets_received: int
    duration_seconds: int


@dataclass(frozen=True, slots=True)
class HostData:
    ip: str
    name: str
    mac: str
    vlan: int
    ifid: int
    asn: int
    as_name: str
    country: str
    os: str
    network: str
    names: Mapping[str, str]
    bytes_sent: int
    bytes_received: int
    packets_sent: int
    packets_received: int
    throughput_bps: float
    active_flows_as_client: int
    active_flows_as_server: int
    flows_as_client: int
    flows_as_server: int
    alerted_flows: int
    alerts: int
    score: int
    is_local: bool
    is_blacklisted: bool
    applications: tuple[Application, ...]
    first_seen: datetime | None
    last_seen: datetime | None


@dataclass(frozen=True, slots=True)
class FlowEnd:
    ip: str
    port: int
    name: str
    is_blacklisted: bool


@dataclass(frozen=True, slots=True)
class ActiveFlow:
    """`client_share_percent` is the share of the bytes that went from client to server."""

    key: str
    hash_id: str
    client: FlowEnd
    server: FlowEnd
    l4: str
    l7: str
    vlan: int
    bytes: int
    client_share_percent: int
    throughput_bps: float
    throughput_pps: float
    duration_seconds: int
    first_seen: datetime | None
    last_seen: datetime | None


@dataclass(frozen=True, slots=True)
class Share:
    """One slice of a statistic: a count of flows or an amount of bytes, as was asked. "Other" sums up small ones."""

    label: str
    value: int
    duration_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class L4Counter:
    """Active flows of one IP protocol, by its number (6 is TCP)."""

    protocol: int
    flows: int


@dataclass(frozen=True, slots=True)
class L7Counter:
    application: str
    flows: int


@dataclass(frozen=True, slots=True)
class NtopngAlert:
    """`subject` is what it is about: an address, an interface, or "client -> server". Texts are free of HTML."""

    id: str
    family: str
    name: str
    severity: Severity
    score: int
    category: str
    description: str
    subject: str
    application: str
    count: int
    started_at: datetime | None
    duration_seconds: int
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AlertPage:
    """`total` is how many there are in all."""

    alerts: tuple[NtopngAlert, ...]
    total: int


@dataclass(frozen=True, slots=True)
class AlertCounter:
    """Alerts of one severity or type and one kind of thing (entity)."""

    name: str
    entity: str
    count: int
    alert_id: int | None = None


@dataclass(frozen=True, slots=True)
class AlertType:
    key: int
    name: str


@dataclass(frozen=True, slots=True)
class Check:
    """What ntopng looks for in flows, hosts and so on. `settings` are its own, by how often it runs."""

    family: str
    name: str
    is_enabled: bool
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BroadcastDomain:
    """`is_ghost`: seen in traffic, but not what the interface is set up for."""

    network: str
    hits: int
    is_ghost: bool


@dataclass(frozen=True, slots=True)
class L4Protocol:
    id: int
    name: str
    key: str


@dataclass(frozen=True, slots=True)
class L7Application:
    id: int
    name: str
    category_id: int


@dataclass(frozen=True, slots=True)
class L7Category:
    id: int
    name: str
    applications: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may sign in to ntopng. Its answer holds a hash of the password, which is left out here."""

    name: str
    full_name: str
    group: str
    allowed_networks: tuple[str, ...]
    allowed_interface: str


@dataclass(frozen=True, slots=True)
class SyslogProducer:
    id: str
    title: str
