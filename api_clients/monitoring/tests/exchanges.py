"""A client that speaks to a simulator in process, and what the two said to each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from api_clients.domain.operation import example_of, operations_of
from api_clients.infrastructure.client import ServiceClient
from api_clients.infrastructure.clock import SystemClock
from api_clients.infrastructure.reading import ReadingTransport
from api_clients.infrastructure.validation import ValidatingTransport
from api_clients.simulation import Answer, HttpSimulator, InProcessTransport, Received
from api_clients.tests.openapi import Description

Client = TypeVar("Client", bound=ServiceClient)


@dataclass
class Exchanges(Generic[Client]):
    client: Client
    simulator: HttpSimulator
    said: list[tuple[Received, Answer]]

    def problems(self, description: Description) -> list[str]:
        """Say what of all that was said is not as described."""
        return [problem for received, answer in self.said for problem in description.check(received, answer)]


def exchanges(client_class: type[Client], simulator: HttpSimulator) -> Exchanges[Client]:
    """Every call is sent: there is no cache, no retry and no breaker before the simulator."""
    said: list[tuple[Received, Answer]] = []
    respond = simulator.respond

    def remember(received: Received) -> Answer:
        answer = respond(received)
        said.append((received, answer))
        return answer

    simulator.respond = remember  # type: ignore[method-assign]
    wire = InProcessTransport(simulator, clock=SystemClock())
    return Exchanges(client_class(ValidatingTransport(ReadingTransport(wire))), simulator, said)


def examples(client_class: type[ServiceClient]) -> dict[str, dict[str, Any]]:
    """Return every offered operation's example, by its name."""
    return {described.name: example_of(client_class, described) for described in operations_of(client_class)}
