"""The end of a chain: what it is made of, and what every one can do."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from api_clients.domain.ports import Clock, Transport
from api_clients.infrastructure.credentials import Credentials


class Wire(Transport, Protocol):
    """`send` exchanges one request with `request.instance`, the address that the balancer chose."""

    def close(self) -> None:
        """Let go of idle connections; a call under way ends undisturbed."""
        ...


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """`verify` False accepts any certificate; `ca_file` trusts one authority, `client_certificate` shows ours."""

    connect_timeout_seconds: float = 3.0
    read_timeout_seconds: float = 10.0
    max_connections: int = 24
    max_response_bytes: int = 32 * 1024 * 1024
    verify: bool = True
    ca_file: Path | None = None
    client_certificate: Path | None = None


@dataclass(frozen=True, slots=True)
class WireSettings:
    """What the configuration says of one target; `options` is an instance of the client's Options, where it has any."""

    clock: Clock
    connection: ConnectionSettings = field(default_factory=ConnectionSettings)
    credentials: Credentials | None = field(default=None, repr=False)
    options: Any = field(default=None, repr=False)
