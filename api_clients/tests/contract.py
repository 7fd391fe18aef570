"""The contract of every client of a configured service, as a mixin: derive, fill in what differs, and pytest runs it.

    class TestStoreroom(ServiceContract):
        client_class = StoreroomClient
        credentials = Bearer(TOKEN)
        wrong_credentials = Bearer("wrong")

        def make_simulator(self): return StoreroomSimulator()
        def make_empty_simulator(self): return StoreroomSimulator(names=())
        def call(self, client): return client.parts()     # idempotent and not cached
        def is_empty(self, answer): return answer == ()

It stands in `tests/test_contract.py` of the service's folder, where the catalogue's tests and `make check` look for it.
Every test runs twice, over the client's own wire and in process. A service that is not HTTP says in `serve` what stands
at the other end of its wire, and in `no_status` why that cannot answer 429 or 500. Time stands still but for what
sleeps and what a test advances, so a Retry-After of a minute costs nothing.
"""

from __future__ import annotations

import gc
import logging
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import Any, Protocol

import pytest
import structlog
from prometheus_client import CollectorRegistry

from api_clients.domain.errors import CircuitOpen, Malformed, Overloaded, ServiceError, Unauthorized, Unreachable
from api_clients.domain.health import Health
from api_clients.domain.policies.balance import Instance
from api_clients.domain.policies.breaker import BreakerPolicy
from api_clients.domain.policies.retry import RetryPolicy
from api_clients.domain.ports import Transport
from api_clients.infrastructure.breaker import BreakerRegistry, CircuitBreaker
from api_clients.infrastructure.cache import MemoryCacheStore
from api_clients.infrastructure.chain import ChainPolicy, Surroundings, build_chain
from api_clients.infrastructure.client import ServiceClient
from api_clients.infrastructure.clock import ManualClock
from api_clients.infrastructure.http import Credentials, HttpClient, LoginTransport
from api_clients.infrastructure.instrumentation import Instrumentation
from api_clients.infrastructure.wire import ConnectionSettings, Wire, WireSettings
from api_clients.simulation import (
    Fault,
    HttpSimulator,
    InProcessTransport,
    close,
    garbage,
    hang,
    serve,
    status,
    truncate,
)
from api_clients.tests.waiting import eventually

ATTEMPTS = 2
BREAKER = BreakerPolicy(failure_threshold=6, recovery_seconds=30.0, trial_calls=1, success_threshold=1)
# Where a machine is busy the other end may be slow to answer; only a test of silence is in a hurry.
PATIENCE_SECONDS = 30.0


class Served(Protocol):
    """What stands at the other end of a wire: its address, and a way to end it."""

    @property
    def url(self) -> str: ...
    def stop(self) -> None: ...


class Asked(Protocol):
    """What is asked there, and how it is made to fail; a simulator, or a proxy before a real server."""

    received: list[Any]

    def inject(self, fault: Fault) -> None: ...
    def clear(self) -> None: ...


@dataclass
class Rig:
    """A client with the whole chain around a wire to its simulator."""

    client: ServiceClient
    simulator: Asked
    clock: ManualClock
    breaker: CircuitBreaker
    wire: Wire
    server: Served | None

    def go_down(self) -> None:
        if self.server is not None:
            self.server.stop()
            return
        wire = self.wire._inner if isinstance(self.wire, LoginTransport) else self.wire
        assert isinstance(wire, InProcessTransport)
        wire.is_down = True


class ServiceContract:
    client_class: type[ServiceClient]
    credentials: Credentials | None = None
    wrong_credentials: Credentials | None = None
    options: Any = None
    """An instance of the client's Options, where it has any."""
    no_status: str | None = None
    """Why what stands at the other end of the wire cannot answer with a status, where it cannot."""
    failing: Fault = status(500)
    """What the service's own trouble looks like on its wire."""
    silence_seconds: float = 0.25
    """How long silence is borne: time enough for the other end to note that it was asked."""

    def make_simulator(self) -> HttpSimulator:
        raise NotImplementedError

    def make_empty_simulator(self) -> HttpSimulator:
        raise NotImplementedError

    def make_client(self, transport: Transport) -> ServiceClient:
        options = {} if self.options is None else {"options": self.options}
        return self.client_class(transport, **options)

    def call(self, client: Any) -> Any:
        raise NotImplementedError

    def is_empty(self, answer: Any) -> bool:
        raise NotImplementedError

    def serve(self, simulator: HttpSimulator) -> AbstractContextManager[tuple[Served, Asked]]:
        """Raise what answers at the other end of the wire, with what the simulator holds."""
        return _served(simulator)

    # --- The rig ---

    @pytest.fixture(params=["wire", "in process"])
    def over(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)

    @pytest.fixture
    def rig(self, over: str) -> Iterator[Rig]:
        yield from self._raise_rig(self.make_simulator(), over, self.credentials)

    @pytest.fixture
    def hasty_rig(self, over: str) -> Iterator[Rig]:
        """One that bears no more than a moment of silence."""
        yield from self._raise_rig(self.make_simulator(), over, self.credentials, silence=self.silence_seconds)

    @pytest.fixture
    def empty_rig(self, over: str) -> Iterator[Rig]:
        yield from self._raise_rig(self.make_empty_simulator(), over, self.credentials)

    @pytest.fixture
    def stranger_rig(self, over: str) -> Iterator[Rig]:
        if self.wrong_credentials is None:
            pytest.skip(f"{self.client_class.service} knows no credentials")
        yield from self._raise_rig(self.make_simulator(), over, self.wrong_credentials)

    @pytest.fixture
    def status_rig(self, over: str, rig: Rig) -> Rig:
        if over == "wire" and self.no_status:
            pytest.skip(self.no_status)
        return rig

    def _raise_rig(
        self,
        simulator: HttpSimulator,
        over: str,
        credentials: Credentials | None,
        *,
        silence: float = PATIENCE_SECONDS,
    ) -> Iterator[Rig]:
        clock = ManualClock(monotonic=time.monotonic(), wall=time.time())
        if over == "in process":
            yield self._rig(self._in_process(simulator, credentials, clock), "http://simulator", simulator, clock, None)
            return
        with self.serve(simulator) as (server, asked):
            connection = ConnectionSettings(connect_timeout_seconds=PATIENCE_SECONDS, read_timeout_seconds=silence)
            wire = self.client_class.make_wire(WireSettings(clock, connection, credentials, self.options))
            yield self._rig(wire, server.url, asked, clock, server)
            wire.close()

    def _in_process(self, simulator: HttpSimulator, credentials: Credentials | None, clock: ManualClock) -> Wire:
        is_http = issubclass(self.client_class, HttpClient)
        login = self.client_class.login(credentials) if is_http and credentials else None  # type: ignore[attr-defined]
        wire = InProcessTransport(simulator, credentials=None if login else credentials, clock=clock)
        return LoginTransport(wire, login, clock=clock) if login else wire

    def _rig(self, wire: Wire, url: str, asked: Asked, clock: ManualClock, server: Served | None) -> Rig:
        breakers = BreakerRegistry(clock=clock, default_policy=BREAKER)
        surroundings = Surroundings(clock, breakers, MemoryCacheStore(clock), Instrumentation(CollectorRegistry()))
        policy = ChainPolicy(retry=RetryPolicy(attempts=ATTEMPTS))
        client = self.make_client(build_chain(wire, [Instance(url)], policy, surroundings))
        client.now = clock.monotonic
        return Rig(client, asked, clock, breakers.for_target(client.service, client.target), wire, server)

    # --- The contract ---

    def test_a_well_service_is_reached_and_answers(self, rig: Rig) -> None:
        assert not self.is_empty(self.call(rig.client))
        assert rig.breaker.counters.success > 0

    def test_its_health_says_a_version(self, rig: Rig) -> None:
        health = rig.client.health()
        assert isinstance(health, Health)
        assert (health.status, health.reason) == ("healthy", "")
        assert health.version != ""

    def test_a_service_that_is_down_has_no_health(self, rig: Rig) -> None:
        rig.go_down()
        with pytest.raises(Unreachable):
            rig.client.health()

    def test_an_empty_answer_is_empty_and_no_error(self, empty_rig: Rig) -> None:
        assert self.is_empty(self.call(empty_rig.client))

    def test_silence_is_unreachable_after_the_timeout_and_all_attempts(self, hasty_rig: Rig) -> None:
        asked = hasty_rig.simulator
        asked.inject(hang(60.0))
        started = time.monotonic()
        with pytest.raises(Unreachable) as caught:
            self.call(hasty_rig.client)
        assert time.monotonic() - started < 20.0  # the silence would have gone on
        eventually(lambda: len(asked.received) >= ATTEMPTS)  # noted by a thread of its own
        assert len(asked.received) == ATTEMPTS
        self._is_labelled(caught.value, hasty_rig)

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

    def test_a_busy_service_is_tried_again_after_the_pause_it_asked_for(self, status_rig: Rig) -> None:
        status_rig.simulator.inject(status(429, retry_after="7", times=1))
        assert not self.is_empty(self.call(status_rig.client))
        assert len(status_rig.clock.sleeps) == 1
        assert 7.0 <= status_rig.clock.sleeps[0] < 8.0

    def test_a_pause_beyond_the_deadline_is_not_waited_for(self, status_rig: Rig) -> None:
        status_rig.simulator.inject(status(429, retry_after=str(int(status_rig.client.deadline_seconds) + 60)))
        with pytest.raises(Overloaded) as caught:
            self.call(status_rig.client)
        assert caught.value.retry_after_seconds == status_rig.client.deadline_seconds + 60
        assert status_rig.clock.sleeps == []
        assert len(status_rig.simulator.received) == 1

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
        gc.collect()  # what earlier tests left must not be finalised at the bottom of a deep recursion
        with pytest.raises(Malformed):
            self.call(rig.client)
        assert rig.breaker.counters.failure == 1

    def test_a_server_error_counts_and_is_tried_again(self, status_rig: Rig) -> None:
        status_rig.simulator.inject(status(500, body=b'{"message": "disk full"}'))
        with pytest.raises(Unreachable, match=r"500.*disk full"):
            self.call(status_rig.client)
        assert status_rig.breaker.counters.failure == ATTEMPTS

    def test_the_circuit_opens_lets_a_trial_through_and_closes(self, rig: Rig) -> None:
        rig.simulator.inject(self.failing)
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
        rig.simulator.inject(replace(self.failing, times=1))
        with pytest.raises(ServiceError):  # the trial fails, its retry meets the open circuit
            self.call(rig.client)
        assert len(rig.simulator.received) == asked + 1
        assert rig.breaker.phase == "open"

        rig.simulator.clear()
        rig.clock.advance(BREAKER.recovery_seconds + 1)
        assert not self.is_empty(self.call(rig.client))
        assert rig.breaker.phase == "closed"

    def test_no_secret_shows_in_a_repr_an_error_or_a_log(
        self, over: str, rig: Rig, stranger_rig: Rig, caplog: pytest.LogCaptureFixture
    ) -> None:
        assert self.credentials is not None
        assert self.wrong_credentials is not None
        secrets = self.credentials.secrets()
        shown = [repr(rig.client), repr(rig.wire), repr(self.credentials), str(vars(rig.client))]
        with caplog.at_level(logging.DEBUG), structlog.testing.capture_logs() as lines:
            self.call(rig.client)
            with pytest.raises(Unauthorized) as refused:
                self.call(stranger_rig.client)
            told = [refused.value]
            if over == "in process" or not self.no_status:
                rig.simulator.inject(status(400, body=b"I do not know " + " ".join(secrets).encode()))
                with pytest.raises(ServiceError) as rejected:
                    self.call(rig.client)
                told.append(rejected.value)
            rig.go_down()
            with pytest.raises(ServiceError) as unreachable:
                self.call(rig.client)
            told.append(unreachable.value)
        for error in told:
            shown += [str(error), repr(error), str(vars(error))]
        shown += [str(lines), caplog.text]
        for secret in (*secrets, *self.wrong_credentials.secrets()):
            assert not [text for text in shown if secret in text]

    def _is_labelled(self, error: ServiceError, rig: Rig) -> None:
        assert (error.service, error.target) == (rig.client.service, rig.client.target)
        assert error.operation != ""


@contextmanager
def _served(simulator: HttpSimulator) -> Iterator[tuple[Served, Asked]]:
    with serve(simulator) as server:
        yield server, simulator
