"""What somebody does to a server behind the hub's back, and what the hub's store of events says of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from api_clients.network.gns3.tests.servers import Gns3Server
from common.models import StoredEvent


class Lab:
    """A project on a server, made and changed from outside: VPCS nodes A, B, ... at a switch S."""

    def __init__(self, server: Gns3Server, name: str, *, hosts: int = 2, auto_close: bool = False) -> None:
        self.server = server
        self.project_id: str = server.request("POST", "projects", {"name": name, "auto_close": auto_close})[
            "project_id"
        ]
        self.path = f"projects/{self.project_id}"
        self.nodes: dict[str, str] = {}
        self.links: list[str] = []
        if hosts:
            self.add("S", "ethernet_switch")
        for number in range(hosts):
            self.add(host_name(number))
            self.connect(host_name(number), "S", number)

    def add(self, name: str, kind: str = "vpcs") -> str:
        made = self.server.request(
            "POST", f"{self.path}/nodes", {"name": name, "node_type": kind, "compute_id": "local"}
        )
        self.nodes[name] = made["node_id"]
        return self.nodes[name]

    def connect(self, host: str, switch: str, port: int) -> str:
        ends = [
            {"node_id": self.nodes[host], "adapter_number": 0, "port_number": 0},
            {"node_id": self.nodes[switch], "adapter_number": 0, "port_number": port},
        ]
        self.links.append(self.server.request("POST", f"{self.path}/links", {"nodes": ends})["link_id"])
        return self.links[-1]

    def do(self, action: str, name: str) -> None:
        self.server.request("POST", f"{self.path}/nodes/{self.nodes[name]}/{action}", {})

    def project(self, action: str) -> None:
        self.server.request("POST", f"{self.path}/{action}", {})

    def status(self, name: str) -> str:
        status: str = self.server.request("GET", f"{self.path}/nodes/{self.nodes[name]}")["status"]
        return status

    def is_open(self) -> bool:
        return bool(self.server.request("GET", self.path)["status"] == "opened")


def host_name(number: int) -> str:
    return chr(ord("A") + number) if number < 18 else f"H{number}"


def told(project_id: str = "", *, after: int = 0) -> list[tuple[str, str]]:
    """Type and name of each event of GNS3 so far, in order; of one project, or of all."""
    rows = StoredEvent.objects.filter(source="gns3", position__gt=after).order_by("position")
    return [
        (row.type, str(row.data.get("name") or row.data.get("project") or row.data.get("message")))
        for row in rows
        if not project_id or row.data.get("project_id") == project_id
    ]


def newest() -> int:
    return StoredEvent.objects.order_by("-position").values_list("position", flat=True).first() or 0


def until(wanted: Callable[[], Any], seconds: float = 30.0, *, told_by: Callable[[], object] = lambda: "") -> float:
    """Wait until it is so; return how long it took."""
    began = time.monotonic()
    pause = threading.Event()
    while not wanted():
        assert time.monotonic() < began + seconds, f"not within {seconds} s: {told_by()}"
        pause.wait(0.02)
    return time.monotonic() - began


def count(events: Iterable[tuple[str, str]], *wanted: tuple[str, str]) -> list[int]:
    told_of = list(events)
    return [told_of.count(one) for one in wanted]
