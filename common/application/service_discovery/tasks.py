"""Looking for services, as a task that people and the clock ask for."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from common.application.service_discovery import proposals
from common.application.service_discovery.finding import MOST_HOSTS
from common.domain.modules import Call

DISCOVER = "common.discover_services"
Port = Annotated[int, Field(ge=1, le=65_535)]


class DiscoverArguments(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    hosts: Annotated[tuple[str, ...], Field(max_length=MOST_HOSTS)] = Field(
        (), description="Addresses, networks, ranges and names, inside the ranges that are allowed."
    )
    ports: Annotated[tuple[Port, ...], Field(min_length=1, max_length=100)] | None = Field(
        None, description="Instead of those that services are known for."
    )
    docker: bool = Field(True, description="Ask the Docker engines that are configured for labelled containers.")


class DiscoverResult(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    proposed: tuple[int, ...]
    known: tuple[int, ...]
    configured: int
    problems: tuple[str, ...]


def discover_services(arguments: DiscoverArguments, call: Call) -> DiscoverResult:
    """Look for services in the network, in containers and in the hub's configuration, and propose what is new."""
    done = proposals.discover(
        hosts=arguments.hosts,
        ports=arguments.ports,
        docker=arguments.docker,
        actor=call.actor,
        should_stop=call.should_stop,
    )
    return DiscoverResult(proposed=done.proposed, known=done.known, configured=done.configured, problems=done.problems)
