"""Which function answers which address. Paths are named without the API's version."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from api_clients.network.gns3.simulator.editions import Edition
from api_clients.network.gns3.simulator.login import Logins
from api_clients.network.gns3.simulator.schema import Shape, checked
from api_clients.network.gns3.simulator.state import Document, Link, Node, Project
from api_clients.network.gns3.simulator.world import World
from api_clients.simulation import Answer, Received, routing


@dataclass(frozen=True, slots=True)
class Call:
    """One request to one route; the properties refuse what is not there, or not open."""

    world: World
    logins: Logins
    received: Received
    ids: dict[str, str]

    @property
    def edition(self) -> Edition:
        return self.world.edition

    @property
    def project(self) -> Project:
        return self.world.project(self.ids["project_id"])

    @property
    def opened(self) -> Project:
        return self.world.opened(self.ids["project_id"])

    @property
    def node(self) -> Node:
        return self.world.node(self.opened, self.ids["node_id"])

    @property
    def link(self) -> Link:
        return self.world.link(self.opened, self.ids["link_id"])

    def body(self, shape: Shape) -> Document:
        return checked(self.edition, self.received, shape)

    def answer(self, document: Any, *, status: int = 200) -> Answer:
        return self.edition.answer(document, status=status)

    def nothing(self, status: int = 204) -> Answer:
        return self.edition.nothing(status)


Handler = Callable[[Call], Answer]


@dataclass(frozen=True)
class Route(routing.Route[Handler]):
    """`alone` handlers change the state without anybody else in it; the others wait, or flow."""

    alone: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    routes: Sequence[Route]

    def find(self, edition: Edition, received: Received) -> tuple[Route, dict[str, str]] | Answer:
        """Raises Refusal for an id that is none, on v3."""
        prefix = f"/{edition.api}"
        if not received.path.startswith(f"{prefix}/"):
            return edition.unknown_route()
        path = received.path.removeprefix(f"{prefix}/").removesuffix("/")
        known = False
        for route in self.routes:
            ids = route.match(path)
            if ids is None:
                continue
            known = True
            if route.method == received.method:
                _check(edition, received, ids)
                return route, ids
        return edition.unknown_route(status=405 if known else 404)


def _check(edition: Edition, received: Received, ids: dict[str, str]) -> None:
    for name, value in ids.items():
        if edition.is_v2 or not name.endswith("_id") or name == "compute_id":
            continue
        try:
            UUID(value)
        except ValueError:
            raise edition.bad_id(received, name, value) from None
