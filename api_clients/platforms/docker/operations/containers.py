"""Containers: what there is, how it is, and starting and stopping it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from api_clients.domain.errors import InvalidRequest
from api_clients.domain.operation import operation
from api_clients.domain.values import Response
from api_clients.infrastructure.http import as_json
from api_clients.infrastructure.http.unix_socket import is_unix
from api_clients.platforms.docker import reading
from api_clients.platforms.docker.connection import DockerConnection, filters
from api_clients.platforms.docker.values import Container, ContainerDetail, ContainerHealth, Service

LABEL = "nms.service"
Signal = Literal["KILL", "TERM", "INT", "HUP", "QUIT", "USR1", "USR2"]
MAX_STOP_SECONDS = 300
STOP_MARGIN_SECONDS = 10.0  # for the engine itself, after the container's time is up
ANYWHERE = ("", "0.0.0.0", "::")  # noqa: S104 # compared with, not bound to


class ContainerOperations(DockerConnection):
    @operation(idempotent=True, role="viewer", lane="monitoring")
    def containers(self, all: bool = False, labels: Sequence[str] = ()) -> tuple[Container, ...]:
        """List the running containers, with `all` the others too; `labels` (name, or name=value) must all be there."""
        params = {"all": all or None, "filters": filters({"label": labels})}
        return self._ask("/containers/json", params=params, read=as_json(reading.containers))

    @operation(idempotent=True, role="viewer", cache_seconds=5.0, lane="monitoring")
    def services(self, all: bool = False) -> tuple[Service, ...]:
        """List the services that running containers offer, as their labels nms.service... say, with `all` those of
        stopped containers too. A label that makes no sense, such as a port that is none, counts as not there.
        """
        params = {"all": all or None, "filters": filters({"label": [f"{LABEL}=true"]})}
        return self._ask("/containers/json", params=params, read=services)

    @operation(idempotent=True, role="viewer")
    def container(self, container: str) -> ContainerDetail:
        """Return one container, by its name or id, in full; its environment is left out, for it often holds secrets."""
        return self._ask(self._container_path("/json", container), read=as_json(reading.container_detail))

    @operation(idempotent=True, role="viewer", lane="monitoring")
    def container_health(self, container: str) -> ContainerHealth:
        """Return what a container's health check says, with its last few runs."""
        return self._ask(self._container_path("/json", container), read=read_health)

    @operation(idempotent=True, role="operator")
    def start(self, container: str) -> bool:
        """Start a container; False where it ran already."""
        return self._act(self._container_path("/start", container))

    @operation(idempotent=True, role="operator", deadline_seconds=MAX_STOP_SECONDS + 2 * STOP_MARGIN_SECONDS)
    def stop(self, container: str, timeout_seconds: int = 10) -> bool:
        """Stop a container, by force when it has not ended in time; False where it had stopped already."""
        return self._end("/stop", container, timeout_seconds)

    @operation(idempotent=False, role="operator", deadline_seconds=MAX_STOP_SECONDS + 2 * STOP_MARGIN_SECONDS)
    def restart(self, container: str, timeout_seconds: int = 10) -> None:
        """Stop a container, by force when it has not ended in time, and start it; one that is stopped is started."""
        self._end("/restart", container, timeout_seconds)

    @operation(idempotent=False, role="admin")
    def kill(self, container: str, signal: Signal = "KILL") -> None:
        """Send a signal to a container's process; KILL ends it on the spot."""
        self._act(self._container_path("/kill", container), params={"signal": signal})

    def _end(self, action: str, container: str, timeout_seconds: int) -> bool:
        if not 0 <= timeout_seconds <= MAX_STOP_SECONDS:
            raise InvalidRequest(f"timeout_seconds should be from 0 to {MAX_STOP_SECONDS}")
        return self._act(
            self._container_path(action, container),
            params={"t": timeout_seconds},
            silence_seconds=timeout_seconds + STOP_MARGIN_SECONDS,
        )


def read_health(response: Response) -> ContainerHealth:
    return reading.container_detail(json.loads(response.body)).health


def services(response: Response) -> tuple[Service, ...]:
    host = "127.0.0.1" if is_unix(response.instance) else urlsplit(response.instance).hostname or "127.0.0.1"
    return tuple(_service(item, host) for item in reading.containers(json.loads(response.body)))


@dataclass(frozen=True, slots=True)
class _Place:
    address: str
    port: int | None


def _service(container: Container, host: str) -> Service:
    place = _place(container, _port_label(container), host)
    return Service(
        name=container.labels.get(f"{LABEL}.name") or container.name,
        type=container.labels.get(f"{LABEL}.type", ""),
        address=place.address,
        port=place.port,
        health=container.health,
        is_running=container.state == "running",
        container=container.name,
        container_id=container.id,
    )


def _port_label(container: Container) -> int | None:
    text = container.labels.get(f"{LABEL}.port", "")
    if text.isascii() and text.isdigit() and 0 < int(text[:6]) <= 65_535:
        return int(text)
    exposed = {port.private_port for port in container.ports if port.protocol == "tcp"}
    return exposed.pop() if len(exposed) == 1 else None


def _place(container: Container, port: int | None, host: str) -> _Place:
    """A published port is reached from everywhere, a container's own address from the engine's host."""
    for item in container.ports:
        if item.public_port is not None and item.private_port == port and item.protocol == "tcp":
            return _Place(host if item.address in ANYWHERE else item.address, item.public_port)
    if container.network_mode == "host":
        return _Place(host, port)
    return _Place(next(iter(container.addresses.values()), ""), port)
