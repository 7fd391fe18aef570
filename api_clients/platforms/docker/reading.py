"""The engine's documents (API 1.41 and later) become values here.

The source is https://docs.docker.com/reference/api/engine/; what it says may be null is so in practice too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, cast

from api_clients.domain.errors import Rejected
from api_clients.platforms.docker.values import (
    Container,
    ContainerDetail,
    ContainerHealth,
    EngineInfo,
    EngineVersion,
    Event,
    HealthProbe,
    HealthStatus,
    Port,
    Statistics,
)

Document = Mapping[str, Any]
NEVER = "0001-01-01T00:00:00Z"
HEALTH_IN_STATUS = re.compile(r"\((?:health: )?(healthy|unhealthy|starting)\)")
STATUSES = ("healthy", "unhealthy", "starting", "none")


def moment(text: str) -> datetime | None:
    """Read RFC 3339 with up to nine digits of a second; the engine writes the year 1 for never."""
    if text in ("", NEVER):
        return None
    read = datetime.fromisoformat(text)
    if read.tzinfo is None:
        raise ValueError("a time without a zone")
    return read


def engine_version(document: Document) -> EngineVersion:
    return EngineVersion(
        version=str(document["Version"]),
        api_version=str(document["ApiVersion"]),
        minimum_api_version=str(document.get("MinAPIVersion", "")),
        operating_system=str(document.get("Os", "")),
        architecture=str(document.get("Arch", "")),
        kernel=str(document.get("KernelVersion", "")),
    )


def engine_info(document: Document) -> EngineInfo:
    return EngineInfo(
        name=str(document["Name"]),
        version=str(document["ServerVersion"]),
        operating_system=str(document.get("OperatingSystem", "")),
        running=int(document["ContainersRunning"]),
        paused=int(document["ContainersPaused"]),
        stopped=int(document["ContainersStopped"]),
        images=int(document["Images"]),
        cpus=int(document["NCPU"]),
        memory_bytes=int(document["MemTotal"]),
        storage_driver=str(document.get("Driver", "")),
        cgroup_version=str(document.get("CgroupVersion", "")),
        warnings=tuple(str(item) for item in document.get("Warnings") or ()),
    )


def containers(documents: Any) -> tuple[Container, ...]:
    if not isinstance(documents, list):
        raise TypeError("no list of containers")
    return tuple(_container(item) for item in documents)


def _container(document: Document) -> Container:
    return Container(
        id=str(document["Id"]),
        name=_name(document["Names"] or ["/" + document["Id"][:12]]),
        image=str(document["Image"]),
        state=str(document["State"]),
        status=str(document["Status"]),
        health=_health_in(str(document["Status"])),
        created_at=datetime.fromtimestamp(document["Created"], UTC),
        network_mode=str((document.get("HostConfig") or {}).get("NetworkMode", "")),
        labels=_texts(document.get("Labels")),
        ports=tuple(_port(item) for item in document.get("Ports") or ()),
        addresses=_addresses(document),
    )


def _name(names: Iterable[str]) -> str:
    """Return the container's own name; where others link to it, it has more of the form /other/alias."""
    every = [name.removeprefix("/") for name in names]
    return next((name for name in every if "/" not in name), every[0])


def _health_in(status: str) -> HealthStatus:
    # The list tells of health in its sentence alone: "Up 5 minutes (unhealthy)".
    found = HEALTH_IN_STATUS.search(status)
    return cast(HealthStatus, found.group(1)) if found else "none"


def _port(document: Document) -> Port:
    public = document.get("PublicPort")
    return Port(
        private_port=int(document["PrivatePort"]),
        protocol=str(document["Type"]),
        public_port=int(public) if public else None,
        address=str(document.get("IP", "")),
    )


def _addresses(document: Document) -> dict[str, str]:
    networks = (document.get("NetworkSettings") or {}).get("Networks") or {}
    found = {str(name): str((item or {}).get("IPAddress") or "") for name, item in networks.items()}
    return {name: address for name, address in sorted(found.items()) if address}


def _texts(document: Document | None) -> dict[str, str]:
    return {str(name): str(value) for name, value in (document or {}).items()}


def container_detail(document: Document) -> ContainerDetail:
    state, config, host = document["State"], document["Config"], document["HostConfig"]
    return ContainerDetail(
        id=str(document["Id"]),
        name=_name([document["Name"]]),
        image=str(config["Image"]),
        state=str(state["Status"]),
        is_running=bool(state["Running"]),
        is_out_of_memory=bool(state.get("OOMKilled", False)),
        exit_code=int(state["ExitCode"]),
        error=str(state.get("Error", "")),
        process=int(state.get("Pid", 0)),
        started_at=moment(state["StartedAt"]),
        finished_at=moment(state["FinishedAt"]),
        restart_count=int(document.get("RestartCount", 0)),
        restart_policy=str((host.get("RestartPolicy") or {}).get("Name", "")),
        has_terminal=bool(config["Tty"]),
        log_driver=str((host.get("LogConfig") or {}).get("Type", "")),
        health=_health(state.get("Health")),
        labels=_texts(config.get("Labels")),
        addresses=_addresses(document),
    )


def _health(document: Document | None) -> ContainerHealth:
    if document is None:
        return ContainerHealth("none")
    status = str(document["Status"] or "none")
    if status not in STATUSES:
        raise ValueError("a health that is not known")
    probes = tuple(
        HealthProbe(moment(item["Start"]), moment(item["End"]), int(item["ExitCode"]), str(item["Output"]).strip())
        for item in document.get("Log") or ()
    )
    return ContainerHealth(cast(HealthStatus, status), int(document["FailingStreak"]), probes)


def statistics(document: Document) -> Statistics:
    """Raises Rejected where the container does not run: the engine answers zeros then."""
    at = moment(document["read"])
    name = _name([document["name"]])
    if at is None:
        raise Rejected(f"container {name} does not run, so it uses nothing")
    memory = document["memory_stats"]
    memory_bytes, limit_bytes = _memory_bytes(memory), int(memory.get("limit", 0))
    networks = (document.get("networks") or {}).values()
    disks = document["blkio_stats"].get("io_service_bytes_recursive") or ()
    span_seconds = _span_seconds(document, at)
    return Statistics(
        id=str(document["id"]),
        name=name,
        at=at,
        span_seconds=span_seconds,
        cpu_percent=_cpu_percent(document, span_seconds),
        cpu_seconds=_cpu_seconds(document["cpu_stats"]),
        memory_bytes=memory_bytes,
        memory_limit_bytes=limit_bytes,
        memory_percent=round(100.0 * memory_bytes / limit_bytes, 2) if limit_bytes else 0.0,
        received_bytes=sum(int(item["rx_bytes"]) for item in networks),
        sent_bytes=sum(int(item["tx_bytes"]) for item in networks),
        read_bytes=_disk_bytes(disks, "read"),
        written_bytes=_disk_bytes(disks, "write"),
        processes=int(document.get("pids_stats", {}).get("current", 0)),
    )


def _span_seconds(document: Document, at: datetime) -> float:
    before = moment(document.get("preread", NEVER))
    return max(0.0, (at - before).total_seconds()) if before else 0.0


def _cpu_percent(document: Document, span_seconds: float) -> float | None:
    spent = _cpu_seconds(document["cpu_stats"]) - _cpu_seconds(document["precpu_stats"])
    return round(100.0 * spent / span_seconds, 2) if span_seconds and spent >= 0 else None


def _cpu_seconds(document: Document) -> float:
    return int(document["cpu_usage"]["total_usage"]) / 1e9


def _memory_bytes(memory: Document) -> int:
    parts = memory.get("stats") or {}
    # cgroup v1 names the sum of a group and its children total_..., v2 has no such difference.
    cached = int(parts.get("total_inactive_file", parts.get("inactive_file", 0)))
    return max(0, int(memory.get("usage", 0)) - cached)


def _disk_bytes(entries: Iterable[Document], way: str) -> int:
    return sum(int(item["value"]) for item in entries if str(item["op"]).lower() == way)


def event(document: Document) -> Event:
    actor = document["Actor"]
    attributes = _texts(actor.get("Attributes"))
    return Event(
        at=datetime.fromtimestamp(document["timeNano"] / 1e9, UTC),
        kind=str(document["Type"]),
        action=str(document["Action"]),
        id=str(actor["ID"]),
        name=attributes.get("name", ""),
        attributes=attributes,
    )
