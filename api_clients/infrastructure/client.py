"""The base of every client of a configured service: operations say what to ask and how to read it, this sends it down
the chain. A client of HTTP derives from `HttpClient`; another says which addresses it takes and how its wire is made.
"""

from __future__ import annotations

import json as json_format
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Generic, TypeVar, cast

from pydantic import BaseModel

from api_clients.domain.errors import ServiceError
from api_clients.domain.health import Health
from api_clients.domain.operation import current_invocation, current_observation, operation, without_fallback
from api_clients.domain.policies.deadline import Deadline
from api_clients.domain.ports import Transport
from api_clients.domain.values import Method, Params, Request, Response, Stream
from api_clients.infrastructure.reading import redirect_refused
from api_clients.infrastructure.wire import Wire, WireSettings

T = TypeVar("T")
ParamValue = str | int | float | bool | None | Sequence[str]
HEALTH_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class as_json(Generic[T]):  # noqa: N801 # reads as a function where it is used; a class, so that two of one shape are equal
    """Read a JSON body with `shape`, which makes frozen values of it and raises at what it does not know."""

    shape: Callable[[Any], T]

    def __call__(self, response: Response) -> T:
        return self.shape(json_format.loads(response.body))


def as_text(response: Response) -> str:
    return response.body.decode("utf-8")


def as_stream(response: Response) -> Stream:
    if response.stream is None:
        raise ValueError("no body to read as it comes")
    return response.stream


def as_done(response: Response) -> None:
    """The status says that it is done, and versions differ in what they say beside it: nothing, or JSON. A page of a
    proxy or a portal that answers in the service's stead is no success.
    """
    if response.body.strip():
        json_format.loads(response.body)


class ServiceClient:
    """`service` is the name in the catalogue, `schemes` are those of the addresses that its wire takes. `Options` is a
    model of what a target's configuration may say beyond addresses and login, None where there is nothing more.
    `examples` are arguments by the names of parameters, for operations whose own example leaves them out. A client is
    made of a transport alone, whatever is around its wire.
    """

    service: ClassVar[str]
    schemes: ClassVar[tuple[str, ...]]
    Options: ClassVar[type[BaseModel] | None] = None
    examples: ClassVar[Mapping[str, Any]] = {}

    def __init__(
        self, transport: Transport, *, target: str = "main", deadline_seconds: float = 30.0, options: Any = None
    ) -> None:
        """`options` is an instance of `Options`, where the client has any."""
        self._transport = transport
        self._options = options
        self.target = target
        self.deadline_seconds = deadline_seconds
        self.now: Callable[[], float] = time.monotonic

    def __repr__(self) -> str:
        return f"{type(self).__name__}(target={self.target!r})"

    @classmethod
    def make_wire(cls, settings: WireSettings) -> Wire:
        """Make the end of the chain of one target. Raises OSError, or ValueError naming the option, where it cannot."""
        raise NotImplementedError

    @operation(idempotent=True, role="viewer", lane="monitoring", deadline_seconds=HEALTH_SECONDS)
    def health(self) -> Health:
        """Ask whether the service is well; raises where it does not answer."""
        with without_fallback():
            return self._health()

    def _health(self) -> Health:
        """Send the cheapest request that proves the service, and the login, to work; say its version."""
        raise NotImplementedError

    def redirected(self, response: Response) -> ServiceError:
        """Say what a redirect means; override where the service sends strangers to a login page (Unauthorized)."""
        return redirect_refused(response)

    def refused(self, error: ServiceError, body: bytes) -> ServiceError:
        """Say what a 4xx or 5xx means; override where the service's words say more than its status, such as a 500 for
        what it does not know (Rejected). Only the error's kind, reason and status are taken from what is returned.
        """
        return error

    def _own_headers(self, method: Method) -> Mapping[str, str]:
        """Override where the service wants a header with every request, or with every change."""
        return {}

    def _get(
        self,
        path: str,
        *,
        read: Callable[[Response], T],
        params: Mapping[str, ParamValue] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> T:
        return self._send("GET", path, read=read, params=params, headers=headers)

    def _send(
        self,
        method: Method,
        path: str,
        *,
        read: Callable[[Response], T],
        params: Mapping[str, ParamValue] | None = None,
        json: Any = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        silence_seconds: float | None = None,
        streamed: bool = False,
    ) -> T:
        """Send one request of the operation under way and return what `read` makes of the answer.

        `silence_seconds` where the service may be silent for longer, or not as long, as the configuration says. With
        `streamed` (and `read=as_stream`) the answer's body is read by the caller, after the operation has ended.
        """
        invocation = current_invocation()
        if invocation is None:
            raise RuntimeError(f"{type(self).__name__} sends outside of an @operation, so nothing says how")
        request = Request(
            service=self.service,
            operation=invocation.operation,
            target=self.target,
            method=method,
            path=path,
            params=_flat(params or {}),
            headers={**self._own_headers(method), **(headers or {})},
            body=body,
            read=read,
            redirected=self.redirected,
            refused=self.refused,
            deadline=invocation.deadline or Deadline.after(self.deadline_seconds, now=self.now()),
            silence_seconds=silence_seconds,
            streamed=streamed,
        )
        if json is not None:
            request = replace(
                request,
                body=json_format.dumps(json, separators=(",", ":")).encode(),
                headers={"Content-Type": "application/json", **request.headers},
            )
        response = self._transport.send(request)
        observation = current_observation()
        if observation is not None:
            observation.add(stale=response.stale, age_seconds=response.age_seconds)
        return cast(T, response.value)


def _flat(params: Mapping[str, ParamValue]) -> Params:
    """Spell parameters as HTTP does: None is left out, booleans are lower-case, a sequence repeats its name."""
    pairs: list[tuple[str, str]] = []
    for name, value in params.items():
        values = value if isinstance(value, Sequence) and not isinstance(value, str) else (value,)
        pairs.extend((name, _text(item)) for item in values if item is not None)
    return tuple(pairs)


def _text(value: str | int | float | bool) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
