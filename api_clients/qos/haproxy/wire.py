"""One wire of three: the statistics over HTTP, the stats socket, and the Data Plane API, told apart by the path.

/statistics   the CSV of the statistics page, or `show stat` where the target's address is the socket
/version      what tells the version: `show info` where there is a socket, else the page itself
/metrics      the Prometheus endpoint
/socket       a line for the stats socket, the parameter `command`
/v3/...       the Data Plane API, with a login of its own
"""

from __future__ import annotations

from dataclasses import replace

from api_clients.domain.errors import InvalidRequest
from api_clients.domain.values import Request, Response
from api_clients.infrastructure.http import Basic, HttpTransport
from api_clients.infrastructure.wire import WireSettings
from api_clients.qos.haproxy.options import HaproxyOptions, is_socket
from api_clients.qos.haproxy.socket_wire import SocketWire

STATISTICS, VERSION, METRICS, SOCKET, DATA_PLANE = "/statistics", "/version", "/metrics", "/socket", "/v3/"
NO_PROXY = (("scope", "-none-"),)  # the page lists the proxies whose name contains it, and only its head is wanted


class HaproxyWire:
    def __init__(self, settings: WireSettings) -> None:
        self._options: HaproxyOptions = settings.options or HaproxyOptions()
        self._http = HttpTransport(settings=settings.connection, credentials=settings.credentials, clock=settings.clock)
        self._socket = SocketWire(settings.connection, settings.clock)
        self._data_plane = _data_plane(settings, self._options)

    def send(self, request: Request) -> Response:
        if request.path.startswith(DATA_PLANE):
            return self._send_to_data_plane(request)
        address = request.instance if is_socket(request.instance) else self._options.socket
        if request.path == SOCKET:
            return self._run(request, address, dict(request.params)["command"])
        if request.path == VERSION and address is not None:
            return self._run(request, address, "show info")
        if is_socket(request.instance):
            return self._of_socket(request)
        return self._http.send(self._of_page(request))

    def close(self) -> None:
        self._http.close()
        if self._data_plane is not None:
            self._data_plane.close()

    def _run(self, request: Request, address: str | None, command: str) -> Response:
        if address is None:
            raise InvalidRequest(
                "only the stats socket can do this: give it as options.socket of the target", **request.labels()
            )
        return self._socket.run(request, address, command)

    def _of_socket(self, request: Request) -> Response:
        if request.path == STATISTICS:
            return self._socket.run(request, request.instance, "show stat")
        raise InvalidRequest("only HTTP has this, and the address of the target is a socket", **request.labels())

    def _of_page(self, request: Request) -> Request:
        paths = {
            STATISTICS: f"{self._options.stats_path};csv",
            VERSION: self._options.stats_path,
            METRICS: self._options.metrics_path,
        }
        if request.path not in paths:
            raise InvalidRequest(f"{request.path} is nowhere in HAProxy", **request.labels())
        return replace(
            request, path=paths[request.path], params=NO_PROXY if request.path == VERSION else request.params
        )

    def _send_to_data_plane(self, request: Request) -> Response:
        if self._data_plane is None or self._options.data_plane is None:
            raise InvalidRequest(
                "only the Data Plane API can do this: give it as options.data_plane of the target", **request.labels()
            )
        response = self._data_plane.send(replace(request, instance=self._options.data_plane.url))
        return replace(response, instance=request.instance)


def _data_plane(settings: WireSettings, options: HaproxyOptions) -> HttpTransport | None:
    if options.data_plane is None:
        return None
    credentials = Basic(options.data_plane.username, options.data_plane.password.get_secret_value())
    return HttpTransport(settings=settings.connection, credentials=credentials, clock=settings.clock)
