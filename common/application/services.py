"""What lives beside the web server: modules register services and first-start steps, `manage.py hub` runs them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

# Set when the hub ends. Long work in its threads looks at it between steps and leaves what remains for the next start.
stopping = threading.Event()


class RunningService(Protocol):
    def stop(self) -> None:
        """End it within a few seconds; called once, from the main thread."""


@dataclass(frozen=True, slots=True)
class Service:
    name: str
    start: Callable[[], RunningService | None]


@dataclass(frozen=True, slots=True)
class Preparation:
    name: str
    prepare: Callable[[], str]


_services: dict[str, Service] = {}
_preparations: dict[str, Preparation] = {}


def register_service(name: str, start: Callable[[], RunningService | None]) -> None:
    """Run `start` once the hub serves; it returns a handle, or None where there is nothing to do.

    Called from AppConfig.ready(), where nothing may be started: every command runs it, `migrate` as well. Services
    start one after the other in a thread of their own, so a start may take seconds without holding up the web.
    """
    if name in _services and _services[name].start is not start:
        raise ValueError(f"A service named {name} is registered already")
    _services[name] = Service(name, start)


def register_preparation(name: str, prepare: Callable[[], str]) -> None:
    """Run `prepare` at each start, after the migrations and before serving; what it returns is printed at the end.

    It must be quick and leave alone what an earlier start has prepared.
    """
    if name in _preparations and _preparations[name].prepare is not prepare:
        raise ValueError(f"A preparation named {name} is registered already")
    _preparations[name] = Preparation(name, prepare)


def registered_services() -> tuple[Service, ...]:
    return tuple(_services.values())


def registered_preparations() -> tuple[Preparation, ...]:
    return tuple(_preparations.values())
