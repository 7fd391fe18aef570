"""A wire without a socket: the simulator answers in the caller's own thread. Passes the same contract as HTTP."""

from __future__ import annotations

from api_clients.domain.errors import DeadlineExceeded, Malformed, Unreachable
from api_clients.domain.ports import Clock
from api_clients.domain.values import Request, Response
from api_clients.infrastructure.credentials import Credentials
from api_clients.infrastructure.http.translation import redact, refusal
from api_clients.simulation.faults import Fault
from api_clients.simulation.http_simulator import Answer, HttpSimulator, Received


class InProcessTransport:
    """Nobody waits: what would hang or drip fails at once. `is_down` refuses every call."""

    def __init__(self, simulator: HttpSimulator, *, credentials: Credentials | None = None, clock: Clock) -> None:
        self._simulator = simulator
        self._credential_headers = credentials.headers() if credentials else {}
        self._secrets = credentials.secrets() if credentials else ()
        self._clock = clock
        self.is_down = False

    def send(self, request: Request) -> Response:
        if self.is_down:
            raise Unreachable("the simulator refused the connection", **request.labels())
        if request.deadline is not None and request.deadline.has_passed(self._clock.monotonic()):
            raise DeadlineExceeded("the deadline passed before the request could be sent", **request.labels())
        received = self._received(request)
        fault = self._simulator.take(received)
        answer = self._faulty(fault, request) if fault else self._simulator.respond(received)
        headers = {name.lower(): value for name, value in answer.headers.items()}
        if answer.status >= 400:
            error = refusal(request, answer.status, headers, answer.body, wall_now=self._clock.wall())
            raise redact(error, self._secrets)
        return Response(answer.status, headers, answer.body, instance=request.instance)

    def close(self) -> None:
        """Nothing is open."""

    def _received(self, request: Request) -> Received:
        params: dict[str, list[str]] = {}
        for name, value in request.params:
            params.setdefault(name, []).append(value)
        sent = {**self._credential_headers, **request.headers}
        headers = {name.lower(): value for name, value in sent.items()}
        return Received(request.method, request.path, params, headers, request.body or b"")

    def _faulty(self, fault: Fault, request: Request) -> Answer:
        if fault.kind == "status":
            return Answer(fault.status, fault.body, fault.headers)
        if fault.kind == "garbage":
            return Answer(200, fault.body)
        if fault.kind == "truncate":
            raise Malformed("the simulator's answer was cut short", **request.labels())
        raise Unreachable(f"the simulator met its fault: {fault.kind}", **request.labels())
