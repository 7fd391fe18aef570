"""The contract every HTTP client keeps, as a mixin: derive, fill in four things, and pytest runs it all.

    class TestStoreroom(HttpServiceContract):
        credentials = Bearer(TOKEN)
        wrong_credentials = Bearer("wrong")

        def make_simulator(self): return StoreroomSimulator()
        def make_empty_simulator(self): return StoreroomSimulator(names=())
        def make_client(self, transport): return StoreroomClient(transport)
        def call(self, client): return client.parts()     # idempotent and not cached
        def is_empty(self, answer): return answer == ()

A service that gives a token for its credentials says so in `make_login`, as its client's `login` does.

Every test runs twice, over a real socket and in process. Time stands still but for what sleeps and what a test
advances, so a Retry-After of a minute costs nothing.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import structlog
from prometheus_client import CollectorRegistry

from api_clients.domain.errors import CircuitOpen, Malformed, Overloaded, ServiceError, Unauthorized, Unreachable
from api_clients.domain.policies.balance import Instance
from api_clients.domain.policies.breaker import BreakerPolicy
from api_clients.domain.policies.retry import RetryPolicy
from api_clients.domain.ports import Transport
from api_clients.infrastructure.breaker import BreakerRegistry, CircuitBreaker
from api_clients.infrastructure.cache import MemoryCacheStore
from api_clients.infrastructure.chain import ChainPolicy, Surroundings, build_chain
from api_clients.infrastructure.clock import ManualClock
from api_clients.infrastructure.http import Credentials, HttpClient, HttpSettings, HttpTransport, Login, LoginTransport
from api_clients.infrastructure.instrumentation import Instrumentation
from api_clients.simulation import (
    HttpSimulator,
    InProcessTransport,
    SimulatorServer,
    close,
    garbage,
    hang,
    serve,
    status,
    truncate,
)

ATTEMPTS = 2
BREAKER = BreakerPolicy(failure_threshold=6, recovery_seconds=30.0, trial_calls=1, success_threshold=1)
READ_TIMEOUT_SECONDS = 0.25


@dataclass
class Rig:
    """A client with the whole chain around a wire to its simulator."""

    client: HttpClient
    simulator: HttpSimulator
    clock: ManualClock
    breaker: CircuitBreaker
    wire: HttpTransport | InProcessTransport
    server: SimulatorServer | None

    def go_down(self) -> None:
        if self.server is not None:
            self.server.stop()
        elif isinstance(self.wire, InProcessTransport):
            self.wire.is_down = True


class HttpServiceContract:
    credentials: Credentials
    wrong_credentials: Credentials

    def make_simulator(self) -> HttpSimulator:
        raise NotImplementedError

    def make_empty_simulator(self) -> HttpSimulator:
        raise NotImplementedError

    def make_client(self, transport: Transport) -> HttpClient:
        raise NotImplementedError

    def make_login(self, credentials: Credentials) -> Login | None:
        return None

    def call(self, client: Any) -> Any:
        raise NotImplementedError

    def is_empty(self, answer: Any) -> bool:
        raise NotImplementedError

    # --- The rig ---

    @pytest.fixture(params=["http", "in process"])
    def over(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)

    @pytest.fixture
    def rig(self, over: str) -> Iterator[Rig]:
        yield from self._raise_rig(self.make_simulator(), over, self.credentials)

    @pytest.fixture
    def empty_rig(self, over: str) -> Iterator[Rig]:
        yield from self._raise_rig(self.make_empty_simulator(), over, self.credentials)

    @pytest.fixture
    def stranger_rig(self, over: str) -> Iterator[Rig]:
        yield from self._raise_rig(self.make_simulator(), over, self.wrong_credentials)

    def _raise_rig(self, simulator: HttpSimulator, over: str, credentials: Credentials) -> Iterator[Rig]:
        clock = ManualClock(monotonic=time.monotonic(), wall=time.time())
        login = self.make_login(credentials)
        sent = None if login else credentials
        if over == "in process":
            wire = InProcessTransport(simulator, credentials=sent, clock=clock)
            yield self._rig(wire, login, "http://simulator", simulator, clock, None)
            return
        settings = HttpSettings(read_timeout_seconds=READ_TIMEOUT_SECONDS)
        http = HttpTransport(settings=settings, credentials=sent, clock=clock)
        with serve(simulator) as server:
            yield self._rig(http, login, server.url, simulator, clock, server)
        http.close()

    def _rig(
        self,
        wire: HttpTransport | InProcessTransport,
        login: Login | None,
        url: str,
        simulator: HttpSimulator,
        clock: ManualClock,
        server: SimulatorServer | None,
    ) -> Rig:
        breakers = BreakerRegistry(clock=clock, default_policy=BREAKER)
        surroundings = Surroundings(clock, breakers, MemoryCacheStore(clock), Instrumentation(CollectorRegistry()))
        policy = ChainPolicy(retry=RetryPolicy(attempts=ATTEMPTS))
        signed = LoginTransport(wire, login, clock=clock) if login else wire
        client = self.make_client(build_chain(signed, [Instance(url)], policy, surroundings))
        client.now = clock.monotonic
        return Rig(client, simulator, clock, breakers.for_target(client.service, client.target), wire, server)

    # --- The contract ---

    def test_a_well_service_is_reached_and_answers(self, rig: Rig) -> None:
        assert not self.is_empty(self.call(rig.client))
        assert rig.breaker.counters.success > 0

    def test_an_empty_answer_is_empty_and_no_error(self, empty_rig: Rig) -> None:
        assert self.is_empty(self.call(empty_rig.client))

    def test_silence_is_unreachable_after_the_timeout_and_all_attempts(self, rig: Rig) -> None:
        rig.simulator.inject(hang(5.0))
        started = time.monotonic()
        with pytest.raises(Unreachable) as caught:
            self.call(rig.client)
        assert time.monotonic() - started < ATTEMPTS * READ_TIMEOUT_SECONDS + 2.0
        assert len(rig.simulator.received) == ATTEMPTS
        self._is_labelled(caught.value, rig)

    def test_a_refused_connection_is_unreachable(self, rig: Rig) -> None:
        rig.go_down()
        with pytest.raises(Unreachable, match="refused"):
            self.call(rig.client)

    def test_a_connection_closed_without_an_answer_is_unreachable_and_tried_again(self, rig: Rig) -> None:
        rig.simulator.inject(close(times=1))
        assert not self.is_empty(self.call(rig.client))
        assert rig.breaker.counters.failure == 1

    def test_wrong_credentials_are_unauthorized_tried_once_and_neutral(self, stranger_rig: Rig) -> None:
        with pytest.raises(Unauthorized) as caught:
            self.call(stranger_rig.client)
        assert len(stranger_rig.simulator.received) == 1
        assert (stranger_rig.breaker.counters.failure, stranger_rig.breaker.counters.neutral) == (0, 1)
        self._is_labelled(caught.value, stranger_rig)

    def test_a_busy_service_is_tried_again_after_the_pause_it_asked_for(self, rig: Rig) -> None:
        rig.simulator.inject(status(429, retry_after="7", times=1))
        assert not self.is_empty(self.call(rig.client))
        assert len(rig.clock.sleeps) == 1
        assert 7.0 <= rig.clock.sleeps[0] < 8.0

    def test_a_pause_beyond_the_deadline_is_not_waited_for(self, rig: Rig) -> None:
        rig.simulator.inject(status(429, retry_after=str(int(rig.client.deadline_seconds) + 60)))
        with pytest.raises(Overloaded) as caught:
            self.call(rig.client)
        assert caught.value.retry_after_seconds == rig.client.deadline_seconds + 60
        assert rig.clock.sleeps == []
        assert len(rig.simulator.received) == 1

    def test_a_truncated_answer_is_malformed_not_tried_again_and_counts(self, rig: Rig) -> None:
        rig.simulator.inject(truncate())
        with pytest.raises(Malformed) as caught:
            self.call(rig.client)
        assert len(rig.simulator.received) == 1
        assert rig.breaker.counters.failure == 1
        self._is_labelled(caught.value, rig)

    @pytest.mark.parametrize("body", [b"\xff\xfe\x00", b"<html>It works!</html>", b"", b"[" * 100_000, b'{"other": 1}'])
    def test_an_answer_of_garbage_is_malformed(self, rig: Rig, body: bytes) -> None:
        rig.simulator.inject(garbage(body))
        with pytest.raises(Malformed):
            self.call(rig.client)
        assert rig.breaker.counters.failure == 1

    def test_a_server_error_counts_and_is_tried_again(self, rig: Rig) -> None:
        rig.simulator.inject(status(500, body=b'{"message": "disk full"}'))
        with pytest.raises(Unreachable, match=r"500.*disk full"):
            self.call(rig.client)
        assert rig.breaker.counters.failure == ATTEMPTS

    def test_the_circuit_opens_lets_a_trial_through_and_closes(self, rig: Rig) -> None:
        rig.simulator.inject(status(500))
        for _ in range(BREAKER.failure_threshold // ATTEMPTS):
            with pytest.raises(Unreachable):
                self.call(rig.client)
        assert rig.breaker.phase == "open"

        asked = len(rig.simulator.received)
        with pytest.raises(CircuitOpen) as caught:
            self.call(rig.client)
        assert len(rig.simulator.received) == asked  # nothing was sent
        assert caught.value.retry_in_seconds > 0
        self._is_labelled(caught.value, rig)

        rig.clock.advance(BREAKER.recovery_seconds + 1)
        rig.simulator.inject(status(500, times=1))
        with pytest.raises(ServiceError):  # the trial fails, its retry meets the open circuit
            self.call(rig.client)
        assert len(rig.simulator.received) == asked + 1
        assert rig.breaker.phase == "open"

        rig.clock.advance(BREAKER.recovery_seconds + 1)
        assert not self.is_empty(self.call(rig.client))
        assert rig.breaker.phase == "closed"

    def test_no_secret_shows_in_a_repr_an_error_or_a_log(
        self, rig: Rig, stranger_rig: Rig, caplog: pytest.LogCaptureFixture
    ) -> None:
        secrets = self.credentials.secrets()
        shown = [repr(rig.client), repr(rig.wire), repr(self.credentials), str(vars(rig.client))]
        with caplog.at_level(logging.DEBUG), structlog.testing.capture_logs() as lines:
            self.call(rig.client)
            with pytest.raises(Unauthorized) as refused:
                self.call(stranger_rig.client)
            quoted = " ".join(secrets).encode()
            rig.simulator.inject(status(400, body=b"I do not know " + quoted))
            with pytest.raises(ServiceError) as rejected:
                self.call(rig.client)
            rig.go_down()
            with pytest.raises(ServiceError) as unreachable:
                self.call(rig.client)
        for caught in (refused, rejected, unreachable):
            shown += [str(caught.value), repr(caught.value), str(vars(caught.value))]
        shown += [str(lines), caplog.text]
        for secret in (*secrets, *self.wrong_credentials.secrets()):
            assert not [text for text in shown if secret in text]

    def _is_labelled(self, error: ServiceError, rig: Rig) -> None:
        assert (error.service, error.target) == (rig.client.service, rig.client.target)
        assert error.operation != ""
