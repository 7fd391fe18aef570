"""A secret of the configuration shows nowhere: every operation of every service, well and with faults that quote it."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import structlog
from rest_framework.test import APIClient

from api_clients.catalog import CATALOG, ServiceEntry
from api_clients.configuration import ConfigurationInvalid
from api_clients.configuration_secrets import Secrets
from api_clients.gateway.calling import Crash, Failure, attempt
from api_clients.gateway.endpoints import Endpoint, endpoints_of
from api_clients.gateway.examples import example_arguments
from api_clients.gateway.simulated import options_of, simulator_of
from api_clients.infrastructure.credentials import ApiKey, Basic, Bearer, Credentials
from api_clients.infrastructure.http import HttpClient
from api_clients.infrastructure.wire import Wire, WireSettings
from api_clients.simulation import Answer, HttpSimulator, InProcessTransport, Received, garbage, serve, status
from common.application.clients import clients
from common.tests.gateway.conftest import Configure
from common.tests.people import ClientOf

pytestmark = pytest.mark.django_db
MARKED = "hunter2-marked-secret-of-the-tests"
SERVICES = [entry for entry in CATALOG.values() if entry.kind == "service"]
LOGINS: list[tuple[dict[str, str], Credentials]] = [
    ({"kind": "bearer", "token_env": "MARKED"}, Bearer(MARKED)),
    ({"kind": "basic", "username": "nms", "password_env": "MARKED"}, Basic("nms", MARKED)),
    ({"kind": "api_key", "header": "X-Key", "token_env": "MARKED"}, ApiKey("X-Key", MARKED)),
]


class Told:
    """All that was said to anybody."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def add(self, *things: Any) -> None:
        self.texts += [str(thing) for thing in things]

    def with_any(self, secrets: tuple[str, ...]) -> list[str]:
        return [text[:500] for text in self.texts if any(secret in text for secret in secrets)]


class Renewed(HttpSimulator):
    """A simulator as it is at the start, for each operation anew: some delete what others are about."""

    def __init__(self, entry: ServiceEntry) -> None:
        super().__init__()
        self._entry = entry
        self.renew()

    def renew(self) -> None:
        self.clear()
        self._inner = simulator_of(self._entry)

    def respond(self, received: Received) -> Answer:
        return self._inner.respond(received)


class Stage:
    """One service behind the gateway, signed in with the marked secret, with its simulator at the other end."""

    def __init__(self, entry: ServiceEntry, simulator: Renewed, admin: APIClient) -> None:
        self.entry = entry
        self.simulator = simulator
        self.admin = admin
        self.told = Told()

    def call(self, endpoint: Endpoint) -> int:
        path = f"/api/clients/{endpoint.service}/{endpoint.name}/"
        arguments = example_arguments(endpoint)
        if endpoint.verbs == ("GET",):
            answer = self.admin.get(path, {name: _text(value) for name, value in arguments.items()})
        else:
            answer = self.admin.post(path, arguments)
        self.told.add(answer.content.decode("utf-8", "replace"), dict(answer.headers))
        return int(answer.status_code)

    def fail(self, endpoint: Endpoint) -> None:
        """Have it fail while somebody keeps the exception."""
        arguments = endpoint.signature.from_json(example_arguments(endpoint))
        outcome = attempt(lambda target: clients().get(self.entry.name, target), endpoint, arguments, "main")
        assert not isinstance(outcome, Crash), outcome
        self.told.add(repr(outcome))  # what a service gives as its content is its own matter
        if isinstance(outcome, Failure):
            error = outcome.error
            self.told.add(str(error), repr(error), vars(error), "".join(traceback.format_exception(error)))


def _text(value: Any) -> Any:
    return value if not isinstance(value, bool) else str(value).lower()


@pytest.fixture(params=SERVICES, ids=lambda entry: entry.name)
def entry(request: pytest.FixtureRequest) -> ServiceEntry:
    found: ServiceEntry = request.param
    return found


@pytest.fixture
def stage(
    entry: ServiceEntry, configure: Configure, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[dict[str, str]], Stage]]:
    """Over HTTP where the service speaks it, else in process."""
    with ExitStack() as stack:

        def raise_it(auth: dict[str, str]) -> Stage:
            simulator = Renewed(entry)
            client_class = entry.load()
            scheme = client_class.schemes[0]
            url = f"{scheme}://localhost:1" if scheme.startswith("http") else f"{scheme}:///run/service.sock"
            if issubclass(client_class, HttpClient):
                url = stack.enter_context(serve(simulator)).url
            else:
                monkeypatch.setattr(client_class, "make_wire", _in_process(simulator))
            target: dict[str, Any] = {"instances": [{"url": url}], "auth": auth, "retry": {"attempts": 1}}
            if client_class.Options is not None:
                target["options"] = _options(entry)
            services = {entry.name: {"breaker": {"failure_threshold": 1000}, "targets": {"main": target}}}
            configure(services, secrets=Secrets({"MARKED": MARKED}))
            return Stage(entry, simulator, client_of("admin"))

        yield raise_it


def _in_process(simulator: HttpSimulator) -> classmethod[Any, Any, Wire]:
    def make_wire(cls: type, settings: WireSettings) -> Wire:
        return InProcessTransport(simulator, credentials=settings.credentials, clock=settings.clock)

    return classmethod(make_wire)


def _options(entry: ServiceEntry) -> dict[str, Any]:
    given: dict[str, Any] = options_of(entry).model_dump(mode="json", exclude_unset=True)
    return given


def test_a_secret_of_the_configuration_shows_nowhere(
    entry: ServiceEntry, stage: Callable[[dict[str, str]], Stage], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG), structlog.testing.capture_logs() as lines:
        one, secrets = _first_that_fits(stage)
        quoted = json.dumps({"message": " ".join(secrets)}).encode()
        for endpoint in endpoints_of(entry).values():
            one.simulator.renew()
            well = one.call(endpoint)
            assert well == 200, f"{endpoint.name}: {one.told.texts[-2]}"
            one.simulator.inject(status(400, body=quoted))
            one.call(endpoint)
            one.simulator.clear()
            one.simulator.inject(garbage(quoted))
            one.fail(endpoint)
        client = clients().get(entry.name)
        one.told.add(repr(client), vars(client), repr(client._transport), clients().problem)
    one.told.add(caplog.text, lines)
    assert one.told.with_any(secrets) == []


def _first_that_fits(stage: Callable[[dict[str, str]], Stage]) -> tuple[Stage, tuple[str, ...]]:
    """A service takes some kinds of login, and says of the others that it does not."""
    refusals = []
    for auth, credentials in LOGINS:
        try:
            return stage(auth), credentials.secrets()
        except ConfigurationInvalid as error:
            refusals.append(str(error))
    raise AssertionError(f"takes no login at all: {refusals}")
