"""The contract of every client of devices, as a mixin: it is told its device at each call and runs on an event loop.

    class TestSnmp(DeviceContract):
        service = "snmp"
        secrets = ("public",)

        def make_client(self, **given): return SnmpClient(timeout_seconds=0.1, **given)    # breakers and meter
        def raise_device(self): ...            # a context manager around a Device
        async def ask(self, client, device): ...

It stands in `tests/test_contract.py` of the service's folder, where the catalogue's tests and `make check` look for it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Any, ClassVar, Protocol

import pytest
import pytest_asyncio
import structlog

from api_clients.domain.errors import CircuitOpen, ServiceError, Unreachable
from api_clients.domain.policies.breaker import BreakerPolicy
from api_clients.infrastructure.breaker import BreakerRegistry
from api_clients.infrastructure.clock import ManualClock

BREAKER = BreakerPolicy(failure_threshold=2, recovery_seconds=30.0)
PATIENCE_SECONDS = 20.0  # on a busy machine; silence itself has no end


class Device(Protocol):
    """One device, real on its wire; how it behaves can be changed while it is asked. It begins by answering."""

    @property
    def asked(self) -> int:
        """How much has reached it."""
        ...

    def answer(self) -> None: ...
    def be_silent(self) -> None: ...
    def be_garbled(self) -> None: ...


class Meter:
    def __init__(self) -> None:
        self.outcomes: list[tuple[str, str]] = []

    def observe(self, service: str, operation: str, outcome: str, seconds: float) -> None:
        assert operation != ""
        assert seconds >= 0
        self.outcomes.append((service, outcome))


class DeviceContract:
    service: ClassVar[str]
    secrets: ClassVar[tuple[str, ...]] = ()
    no_errors: ClassVar[str | None] = None
    """Why what a device does not say is no error to this client, where it is none: it has no circuit then."""

    def make_client(self, **given: Any) -> Any:
        raise NotImplementedError

    def raise_device(self) -> AbstractAsyncContextManager[Device]:
        raise NotImplementedError

    async def ask(self, client: Any, device: Any) -> Any:
        """Ask what the device answers with something that is true of it; falsy where it says nothing."""
        raise NotImplementedError

    # --- The rig ---

    @pytest.fixture
    def clock(self) -> ManualClock:
        return ManualClock(monotonic=time.monotonic(), wall=time.time())

    @pytest.fixture
    def meter(self) -> Meter:
        return Meter()

    @pytest.fixture
    def client(self, clock: ManualClock, meter: Meter) -> Any:
        given = {} if self.no_errors else {"breakers": BreakerRegistry(clock=clock, default_policy=BREAKER)}
        return self.make_client(**given, **({} if self.no_errors else {"meter": meter}))

    @pytest_asyncio.fixture
    async def device(self) -> AsyncIterator[Device]:
        async with self.raise_device() as device:
            yield device

    # --- The contract ---

    async def test_a_device_that_answers_is_heard(self, client: Any, device: Device, meter: Meter) -> None:
        assert await self.ask(client, device)
        if not self.no_errors:
            assert set(meter.outcomes) == {(self.service, "success")}

    async def test_silence_ends_within_the_patience(self, client: Any, device: Device) -> None:
        device.be_silent()
        started = time.monotonic()
        if self.no_errors:
            assert not await self.ask(client, device)
        else:
            with pytest.raises(Unreachable) as caught:
                await self.ask(client, device)
            assert caught.value.service == self.service
        assert time.monotonic() - started < PATIENCE_SECONDS

    async def test_a_device_that_talks_nonsense_is_an_error_and_heard_again_when_it_is_well(
        self, client: Any, device: Device, meter: Meter
    ) -> None:
        self._needs_errors()
        device.be_garbled()
        with pytest.raises(ServiceError):
            await self.ask(client, device)
        assert meter.outcomes[-1] != (self.service, "success")
        device.answer()
        assert await self.ask(client, device)

    async def test_the_circuit_opens_lets_a_trial_through_and_closes(
        self, client: Any, device: Device, clock: ManualClock
    ) -> None:
        self._needs_errors()
        device.be_silent()
        for _ in range(BREAKER.failure_threshold):
            with pytest.raises(Unreachable):
                await self.ask(client, device)
        asked = device.asked
        with pytest.raises(CircuitOpen) as caught:
            await self.ask(client, device)
        assert device.asked == asked  # nothing was sent
        assert caught.value.retry_in_seconds > 0

        clock.advance(BREAKER.recovery_seconds + 1)
        with pytest.raises(Unreachable):
            await self.ask(client, device)  # the trial
        with pytest.raises(CircuitOpen):
            await self.ask(client, device)

        clock.advance(BREAKER.recovery_seconds + 1)
        device.answer()
        assert await self.ask(client, device)
        assert await self.ask(client, device)

    async def test_no_secret_shows_in_a_repr_an_error_or_a_log(
        self, client: Any, device: Device, caplog: pytest.LogCaptureFixture
    ) -> None:
        self._needs_errors()
        with caplog.at_level(logging.DEBUG), structlog.testing.capture_logs() as lines:
            await self.ask(client, device)
            device.be_silent()
            with pytest.raises(ServiceError) as caught:
                await self.ask(client, device)
        shown = [repr(client), str(vars(client)), str(caught.value), repr(caught.value), str(lines), caplog.text]
        assert self.secrets
        for secret in self.secrets:
            assert not [text for text in shown if secret in text]

    def _needs_errors(self) -> None:
        if self.no_errors:
            pytest.skip(self.no_errors)
