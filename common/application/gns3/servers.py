"""The configured servers and their clients, and what their errors are called in the hub."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from api_clients.clients import NotConfigured
from api_clients.domain.errors import (
    CircuitOpen,
    DeadlineExceeded,
    Malformed,
    Overloaded,
    Rejected,
    ServiceError,
    Unauthorized,
    Unreachable,
)
from api_clients.network.gns3.client import Gns3Client
from api_clients.network.gns3.dialect import ProjectClosed
from api_clients.network.gns3.values import GONE
from common.application.clients import ready_clients
from common.domain.errors import Conflict, Failed, HubError, Invalid, TimedOut, Unavailable, Unknown

SERVICE = "gns3"
DEFAULT_SERVER = "main"


def servers() -> tuple[str, ...]:
    """The configured servers by name. Raises Unavailable where the clients' configuration cannot be used."""
    return tuple(target for service, target in ready_clients().configured() if service == SERVICE)


def client(server: str) -> Gns3Client:
    """Raises Unknown, naming the servers there are."""
    try:
        found: Gns3Client = ready_clients().get(SERVICE, server)
    except NotConfigured:
        known = ", ".join(servers()) or "none"
        raise Unknown(f"There is no GNS3 server {server!r:.100}; configured: {known}.", code="unknown_server") from None
    return found


def server_named(name: str | None) -> str:
    """The server that is meant where nobody need name it: the only one, or `main`.

    Raises Unknown, Invalid where there are several, Unavailable where there is none.
    """
    configured = servers()
    if name:
        client(name)
        return name
    if not configured:
        raise Unavailable("No GNS3 server is configured.", code="gns3_unconfigured")
    if len(configured) == 1:
        return configured[0]
    if DEFAULT_SERVER in configured:
        return DEFAULT_SERVER
    message = f"Name one of the servers {', '.join(configured)}"
    raise Invalid(f"server: {message}", details=({"field": "server", "code": "required", "message": message},))


@contextmanager
def asking(server: str) -> Iterator[None]:
    """Whatever the client raises inside leaves as an error of the hub, with the server's own words."""
    try:
        yield
    except ServiceError as error:
        raise hub_error(server, error) from error


def hub_error(server: str, error: ServiceError) -> HubError:
    said = f"GNS3 server {server}: {error.reason}"
    match error:
        case ProjectClosed():
            return Conflict(f"{said}. Open the project first.", code="project_closed")
        case DeadlineExceeded() | Unreachable(timed_out=True):
            return TimedOut(said, code="gns3_timed_out")
        case CircuitOpen():
            return Unavailable(said, code="gns3_circuit_open")
        case Unreachable() | Overloaded():
            return Unavailable(said, code="gns3_unavailable")
        case Unauthorized():
            return Failed(f"{said}. Check the login in the clients' configuration.", code="gns3_unauthorized")
        case Malformed():
            return Failed(said, code="gns3_malformed")
        case Rejected(status=status) if status in GONE:
            return Unknown(said, code="gns3_not_found")
        case Rejected(status=409):
            return Conflict(said, code="gns3_conflict")
        case Rejected():
            return Invalid(said, code="gns3_rejected")
        case _:
            return Failed(said, code="gns3_failed")


def is_gone(error: ServiceError) -> bool:
    return isinstance(error, Rejected) and error.status in GONE


def checked_id(text: str, kind: str) -> str:
    """An id as GNS3 writes it. What is no UUID is the name of nothing: Unknown, without asking a server."""
    try:
        return str(UUID(text))
    except (ValueError, AttributeError, TypeError):
        raise Unknown(f"There is no {kind} {text!r:.100}: that is no id of GNS3.", code=f"unknown_{kind}") from None
