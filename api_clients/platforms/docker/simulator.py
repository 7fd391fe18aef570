"""An engine of Docker 20.10 with three containers, two of them services; in its documents everything that the client
reads, as real engines send it. Its clock moves with what happens to a container.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from api_clients.simulation import Answer, HttpSimulator, Received, json_answer

START = datetime(2026, 1, 31, 8, 0, tzinfo=UTC)
NEVER = "0001-01-01T00:00:00Z"
CONTAINER = re.compile(r"/containers/(?P<name>[^/]+)/(?P<action>json|stats|logs|start|stop|restart|kill)\Z")
VERSIONED = re.compile(r"/v(\d+)\.(\d+)(/.*)\Z")


@dataclass
class SimulatedContainer:
    """`lines` are the stream's number (1 stdout, 2 stderr) and the text."""

    name: str
    image: str
    labels: dict[str, str] = field(default_factory=dict)
    address: str = ""
    port: int | None = None
    health: str | None = None
    is_running: bool = True
    has_terminal: bool = False
    lines: list[tuple[int, str]] = field(default_factory=list)
    exit_code: int = 0

    @property
    def id(self) -> str:
        return sha256(self.name.encode()).hexdigest()


def service_labels(name: str, type: str, port: int) -> dict[str, str]:
    return {
        "nms.service": "true",
        "nms.service.name": name,
        "nms.service.type": type,
        "nms.service.port": str(port),
    }


def some_containers() -> list[SimulatedContainer]:
    return [
        SimulatedContainer(
            "web",
            "labbb:1",
            service_labels("front page", "backend", 8080),
            "172.18.0.2",
            8080,
            "healthy",
            lines=[(1, "listening on 8080"), (2, "no favicon"), (1, 'GET / "200"')],
        ),
        SimulatedContainer(
            "store",
            "redis:7",
            service_labels("store", "redis", 6379),
            "172.18.0.3",
            6379,
            "unhealthy",
            lines=[(1, "up")],
        ),
        SimulatedContainer("job", "labbb:1", {"team": "ops"}, is_running=False, exit_code=3),
    ]


class DockerSimulator(HttpSimulator):
    def __init__(
        self,
        containers: list[SimulatedContainer] | None = None,
        *,
        api_version: str = "1.41",
        minimum_api_version: str = "1.12",
        token: str | None = None,
    ) -> None:
        """With `token`, every request has to bring it, as a proxy before an engine may want."""
        super().__init__()
        self.containers = {item.name: item for item in (some_containers() if containers is None else containers)}
        self.api_version = api_version
        self.minimum_api_version = minimum_api_version
        self.token = token
        self.events: list[dict[str, Any]] = []
        self._now = START
        for item in self.containers.values():
            self._tell(item, "create")
            if item.is_running:
                self._tell(item, "start")

    def admits(self, received: Received) -> bool:
        return self.token is None or received.headers.get("authorization") == f"Bearer {self.token}"

    def answer(self, received: Received) -> Answer:
        versioned = VERSIONED.match(received.path)
        path = versioned.group(3) if versioned else received.path
        if versioned and (int(versioned.group(1)), int(versioned.group(2))) > _numbers(self.api_version):
            asked = f"{versioned.group(1)}.{versioned.group(2)}"
            said = f"client version {asked} is too new. Maximum supported API version is {self.api_version}"
            return json_answer({"message": said}, status=400)
        if found := CONTAINER.match(path):
            return self._of_container(found.group("name"), found.group("action"), received)
        routes: dict[str, Callable[[Received], Answer]] = {
            "/version": lambda _: json_answer(self._version()),
            "/info": lambda _: json_answer(self._info()),
            "/containers/json": self._list,
            "/events": self._events,
        }
        route = routes.get(path)
        return route(received) if route else json_answer({"message": "page not found"}, status=404)

    def _of_container(self, name: str, action: str, received: Received) -> Answer:
        item = next((one for one in self.containers.values() if name in (one.name, one.id, one.id[:12])), None)
        if item is None:
            return json_answer({"message": f"No such container: {name}"}, status=404)
        if received.method == "POST":
            return self._act(item, action, received)
        if action == "logs":
            return self._logs(item, received)
        return json_answer(self._inspected(item) if action == "json" else self._sampled(item))

    # --- Documents ---

    def _version(self) -> dict[str, Any]:
        return {
            "Platform": {"Name": ""},
            "Version": "20.10.24",
            "ApiVersion": self.api_version,
            "MinAPIVersion": self.minimum_api_version,
            "Os": "linux",
            "Arch": "amd64",
            "KernelVersion": "6.1.0",
        }

    def _info(self) -> dict[str, Any]:
        running = sum(item.is_running for item in self.containers.values())
        return {
            "Name": "lab",
            "ServerVersion": "20.10.24",
            "OperatingSystem": "Debian GNU/Linux 12 (bookworm)",
            "Containers": len(self.containers),
            "ContainersRunning": running,
            "ContainersPaused": 0,
            "ContainersStopped": len(self.containers) - running,
            "Images": 2,
            "NCPU": 2,
            "MemTotal": 4 * 1024**3,
            "Driver": "overlay2",
            "CgroupVersion": "2",
            "Warnings": None,
        }

    def _list(self, received: Received) -> Answer:
        wanted = json.loads(received.params.get("filters", ["{}"])[0]).get("label", [])
        everyone = received.params.get("all", ["false"])[0] == "true"
        found = [
            _listed(item)
            for item in self.containers.values()
            if (everyone or item.is_running) and all(_has(item, label) for label in wanted)
        ]
        return json_answer(found)

    def _inspected(self, item: SimulatedContainer) -> dict[str, Any]:
        health = {"Status": item.health, "FailingStreak": 3 if item.health == "unhealthy" else 0, "Log": [_probe(item)]}
        return {
            "Id": item.id,
            "Name": f"/{item.name}",
            "Image": "sha256:" + item.id,
            "RestartCount": 0,
            "State": {
                "Status": "running" if item.is_running else "exited",
                "Running": item.is_running,
                "OOMKilled": False,
                "Pid": 4711 if item.is_running else 0,
                "ExitCode": item.exit_code,
                "Error": "",
                "StartedAt": _text(START),
                "FinishedAt": NEVER if item.is_running else _text(self._now),
                **({"Health": health} if item.health else {}),
            },
            "Config": {
                "Image": item.image,
                "Tty": item.has_terminal,
                "Labels": item.labels,
                "Env": ["PASSWORD=secret"],
            },
            "HostConfig": {"RestartPolicy": {"Name": "no"}, "LogConfig": {"Type": "json-file"}, "NetworkMode": "lab"},
            "NetworkSettings": {"Networks": {"lab": {"IPAddress": item.address}}},
        }

    def _sampled(self, item: SimulatedContainer) -> dict[str, Any]:
        """A quarter of a core, over the second before."""
        if not item.is_running:
            return {**_EMPTY_SAMPLE, "name": f"/{item.name}", "id": item.id}
        return {
            **_EMPTY_SAMPLE,
            "read": _text(self._now),
            "preread": _text(self._now - timedelta(seconds=1)),
            "name": f"/{item.name}",
            "id": item.id,
            "pids_stats": {"current": 2},
            "cpu_stats": {"cpu_usage": {"total_usage": 750_000_000}},
            "precpu_stats": {"cpu_usage": {"total_usage": 500_000_000}},
            "memory_stats": {"usage": 9_000_000, "stats": {"inactive_file": 1_000_000}, "limit": 100_000_000},
            "networks": {"eth0": {"rx_bytes": 1_000, "tx_bytes": 2_000}},
            "blkio_stats": {
                "io_service_bytes_recursive": [
                    {"major": 254, "minor": 0, "op": "read", "value": 4_096},
                    {"major": 254, "minor": 0, "op": "write", "value": 8_192},
                ]
            },
        }

    # --- Streams ---

    def _logs(self, item: SimulatedContainer, received: Received) -> Answer:
        streams = {number for number, name in ((1, "stdout"), (2, "stderr")) if received.params.get(name) == ["true"]}
        stamped = [
            (number, f"{_text(START + timedelta(seconds=at))} {text}\n".encode())
            for at, (number, text) in enumerate(item.lines)
            if number in streams
        ]
        tail = received.params.get("tail", ["all"])[0]
        kept = stamped if tail == "all" else stamped[max(0, len(stamped) - int(tail)) :]
        pieces = [text if item.has_terminal else _frame(number, text) for number, text in kept]
        if received.params.get("follow") == ["true"]:
            return Answer(200, chunks=lambda: iter(pieces))
        return Answer(200, b"".join(pieces))

    def _events(self, received: Received) -> Answer:
        chosen = json.loads(received.params.get("filters", ["{}"])[0])
        found = [event for event in self.events if _is_chosen(event, chosen)]
        lines = [json.dumps(event).encode() + b"\n" for event in found]
        if "until" not in received.params:
            return Answer(200, chunks=lambda: iter(lines))
        return Answer(200, b"".join(lines), {"Content-Type": "application/json"})

    # --- Actions ---

    def _act(self, item: SimulatedContainer, action: str, received: Received) -> Answer:
        if action == "kill" and not item.is_running:
            said = f"Cannot kill container: {item.name}: Container {item.id} is not running"
            return json_answer({"message": said}, status=409)
        if (action == "start" and item.is_running) or (action == "stop" and not item.is_running):
            return Answer(304)
        self._tell(item, *_told(action, item.is_running))
        item.is_running = action in ("start", "restart")
        item.exit_code = 137 if action == "kill" else 0
        return Answer(204)

    def _tell(self, item: SimulatedContainer, *actions: str) -> None:
        for action in actions:
            self._now += timedelta(seconds=1)
            seconds = int(self._now.timestamp())
            self.events.append(
                {
                    "Type": "container",
                    "Action": action,
                    "Actor": {"ID": item.id, "Attributes": {"name": item.name, "image": item.image, **item.labels}},
                    "scope": "local",
                    "time": seconds,
                    "timeNano": seconds * 1_000_000_000,
                }
            )


def make_simulator() -> DockerSimulator:
    return DockerSimulator()


_EMPTY_SAMPLE: dict[str, Any] = {
    "read": NEVER,
    "preread": NEVER,
    "pids_stats": {},
    "blkio_stats": {"io_service_bytes_recursive": None},
    "cpu_stats": {"cpu_usage": {"total_usage": 0}},
    "precpu_stats": {"cpu_usage": {"total_usage": 0}},
    "memory_stats": {},
}


def _listed(item: SimulatedContainer) -> dict[str, Any]:
    status = f"Up 5 minutes ({item.health})" if item.health else "Up 5 minutes"
    return {
        "Id": item.id,
        "Names": [f"/{item.name}"],
        "Image": item.image,
        "State": "running" if item.is_running else "exited",
        "Status": status if item.is_running else f"Exited ({item.exit_code}) 2 minutes ago",
        "Created": int(START.timestamp()),
        "Labels": item.labels,
        "Ports": [{"PrivatePort": item.port, "Type": "tcp"}] if item.port and item.is_running else [],
        "HostConfig": {"NetworkMode": "lab"},
        "NetworkSettings": {"Networks": {"lab": {"IPAddress": item.address if item.is_running else ""}}},
    }


def _probe(item: SimulatedContainer) -> dict[str, Any]:
    failed = item.health == "unhealthy"
    return {
        "Start": _text(START),
        "End": _text(START),
        "ExitCode": int(failed),
        "Output": "refused\n" if failed else "",
    }


def _has(item: SimulatedContainer, label: str) -> bool:
    name, separator, value = label.partition("=")
    return name in item.labels and (not separator or item.labels[name] == value)


def _is_chosen(event: dict[str, Any], chosen: dict[str, list[str]]) -> bool:
    names = (event["Actor"]["ID"], event["Actor"]["Attributes"]["name"])
    return (
        event["Type"] in chosen.get("type", [event["Type"]])
        and event["Action"] in chosen.get("event", [event["Action"]])
        and any(name in chosen.get("container", [name]) for name in names)
    )


def _told(action: str, was_running: bool) -> Iterator[str]:
    if action in ("stop", "restart") and was_running:
        yield from ("kill", "die", "stop")
    if action == "kill":
        yield from ("kill", "die")
    if action in ("start", "restart"):
        yield "start"
    if action == "restart":
        yield "restart"


def _frame(number: int, text: bytes) -> bytes:
    return bytes([number, 0, 0, 0]) + len(text).to_bytes(4, "big") + text


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.000000000Z")


def _numbers(version: str) -> tuple[int, int]:
    major, _, minor = version.partition(".")
    return int(major), int(minor)
