"""The simulated HAProxy on its wires: HTTP (and in process), and the stats socket."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from typing import BinaryIO

from api_clients.qos.haproxy.simulator.data_plane import SimulatedDataPlane
from api_clients.qos.haproxy.simulator.process import VERSION, SimulatedProcess
from api_clients.qos.haproxy.wire import DATA_PLANE, METRICS, SOCKET, STATISTICS
from api_clients.qos.haproxy.wire import VERSION as VERSION_PATH
from api_clients.simulation import Answer, Fault, HttpSimulator, Received, SocketSimulator

PAGE = f"""<!DOCTYPE html PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN">
<html><head><title>Statistics Report for HAProxy</title></head>
<body><h1><a href="http://www.haproxy.org/">HAProxy version {VERSION}, released 2026/10/17</a></h1></body></html>
"""
METRICS_TEXT = """# HELP haproxy_process_idle_time_percent Percentage of last second spent waiting
# TYPE haproxy_process_idle_time_percent gauge
haproxy_process_idle_time_percent 97
# HELP haproxy_server_current_sessions Current number of sessions
# TYPE haproxy_server_current_sessions gauge
haproxy_server_current_sessions{proxy="app",server="s1"} 1
haproxy_server_current_sessions{proxy="app",server="s2"} 0
# HELP haproxy_server_check_duration_seconds Total duration of the latest server health check, in seconds.
# TYPE haproxy_server_check_duration_seconds gauge
haproxy_server_check_duration_seconds{proxy="app",server="s1"} NaN
"""


class HaproxySimulator(HttpSimulator):
    """Answers under the paths of the client's own words, and under those of a real HAProxy."""

    def __init__(
        self,
        process: SimulatedProcess | None = None,
        *,
        login: tuple[str, str] | None = None,
        data_plane_login: tuple[str, str] | None = None,
    ) -> None:
        """`login` is the page's, where it wants one."""
        super().__init__()
        self.process = process or SimulatedProcess()
        self.data_plane = SimulatedDataPlane()
        self._login = _basic(login)
        self._data_plane_login = _basic(data_plane_login)

    def admits(self, received: Received) -> bool:
        wanted = self._data_plane_login if received.path.startswith(DATA_PLANE) else self._login
        return wanted is None or received.headers.get("authorization") == wanted

    def answer(self, received: Received) -> Answer:
        if received.path.startswith(DATA_PLANE):
            return self.data_plane.answer(received)
        if received.path == SOCKET:
            return Answer(200, self.process.run(received.params["command"][0]).encode())
        if received.path in (STATISTICS, "/stats;csv"):
            return Answer(200, self.process.csv().encode(), {"Content-Type": "text/plain"})
        if received.path in (VERSION_PATH, "/stats"):
            return Answer(200, PAGE.encode(), {"Content-Type": "text/html"})
        if received.path == METRICS:
            return Answer(200, METRICS_TEXT.encode(), {"Content-Type": "text/plain; version=0.0.4"})
        return Answer(503, b"<html><body><h1>503 Service Unavailable</h1></body></html>", {"Content-Type": "text/html"})


class HaproxySocketSimulator(SocketSimulator):
    """The stats socket: a line, its answer, and the end of the connection."""

    def __init__(self, process: SimulatedProcess | None = None) -> None:
        super().__init__()
        self.process = process or SimulatedProcess()

    def read_request(self, stream: BinaryIO) -> bytes:
        return stream.readline()

    def answer(self, request: bytes) -> bytes:
        return self.process.run(request.decode().rstrip("\n")).encode()

    def ends_after(self, request: bytes) -> bool:
        return True

    def inject(self, fault: Fault) -> None:
        """Garbage is said whole: HAProxy ends what it says with an empty line."""
        super().inject(replace(fault, body=fault.body + b"\n\n") if fault.kind == "garbage" else fault)


def make_simulator() -> HaproxySimulator:
    return HaproxySimulator()


def _basic(login: tuple[str, str] | None) -> str | None:
    return None if login is None else "Basic " + b64encode(":".join(login).encode()).decode()
