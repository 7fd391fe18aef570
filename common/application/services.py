"""Background services that live as long as the hub: modules register them, `manage.py hub` runs them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


class RunningService(Protocol):
    def stop(self) -> None:
        """End it within a few seconds; called once, from the main thread."""


@dataclass(frozen=True, slots=True)
class Service:
    name: str
    start: Callable[[], RunningService | None]


_services: dict[str, Service] = {}


def register_service(name: str, start: Callable[[], RunningService | None]) -> None:
    """Run `start` when the hub serves; it returns quickly with a handle, or None where there is nothing to do.

    Called from AppConfig.ready(), in which nothing may be started: every command runs it, `migrate` as well.
    """
    if name in _services and _services[name].start is not start:
        raise ValueError(f"A service named {name} is registered already")
    _services[name] = Service(name, start)


def registered_services() -> tuple[Service, ...]:
    return tuple(_services.values())
