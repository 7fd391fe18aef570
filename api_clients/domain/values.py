"""What goes through a chain of transports, in HTTP's words; other wires (a unix socket, a program) map to them.

A Request never holds a credential: the wire adds it last, so that nothing above can log, cache or show it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypedDict
from urllib.parse import quote

from api_clients.domain.errors import InvalidRequest, ServiceError
from api_clients.domain.operation import Operation
from api_clients.domain.policies.deadline import Deadline

Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
Params = tuple[tuple[str, str], ...]
Origin = Literal["wire", "cache"]


class Labels(TypedDict):
    service: str
    operation: str
    target: str


class Stream(Protocol):
    """The body of an answer that has no end of its own, read as it comes."""

    def read(self) -> bytes:
        """Return what has arrived, waiting for something; b"" once it has ended or was closed. Raises ServiceError."""
        ...

    def close(self) -> None:
        """End it, also from another thread: a `read` under way returns b"" at once."""
        ...


@dataclass(frozen=True, slots=True)
class Response:
    """A success (2xx) or a redirect (3xx); every other status left the wire as an error.

    Header names are lower-case. `value` is what the request's `read` made of the body. `stale` marks an answer
    older than its time to live, given because the circuit was open; `age_seconds` says how old a cached one is.
    `stream` is the body where the request asked for one; whoever gets it closes it.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    value: Any = field(default=None, repr=False)
    instance: str = ""
    origin: Origin = "wire"
    stale: bool = False
    age_seconds: float = 0.0
    stream: Stream | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Request:
    """One call. `target` names the installation (the breaker's key), `instance` the replica the balancer chose.

    `read` turns a response into the value the caller wants, a frozen one, for cached responses are shared. It
    raises ValueError, KeyError or TypeError at what it cannot read (Malformed then), or a ServiceError of its own.
    `redirected` makes the error of a redirect (a login page, for many services); no redirect is ever followed.
    `refused` gets the error that a 4xx or 5xx status means, and the body, whose words may say that it is another one.
    `silence_seconds` is how long the service may say nothing, where that is not what the wire allows everyone.
    With `streamed` the answer is returned when its head is there; its body is `Response.stream`, past any deadline.
    """

    service: str
    operation: Operation
    target: str
    method: Method
    path: str
    params: Params = field(default=(), repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    read: Callable[[Response], Any] | None = field(default=None, repr=False)
    redirected: Callable[[Response], ServiceError] | None = field(default=None, repr=False)
    refused: Callable[[ServiceError, bytes], ServiceError] | None = field(default=None, repr=False)
    deadline: Deadline | None = None
    instance: str = ""
    silence_seconds: float | None = None
    streamed: bool = False

    def labels(self) -> Labels:
        """Return what every error of this request is made with."""
        return {"service": self.service, "operation": self.operation.name, "target": self.target}


def url_path(template: str, /, **segments: str | int) -> str:
    """Fill `{name}` places of a path, each value percent-encoded as one segment that cannot leave its place.

    Raises InvalidRequest for what is empty or dots.

    >>> url_path("/api/nodes/{node}/start", node="a/b")
    '/api/nodes/a%2Fb/start'
    """
    encoded = {name: quote(str(value), safe="") for name, value in segments.items()}
    wrong = sorted(name for name, value in encoded.items() if value in ("", ".", ".."))
    if wrong:
        raise InvalidRequest(f"{', '.join(wrong)}: an empty or dotted value would change the path's meaning")
    return template.format(**encoded)
