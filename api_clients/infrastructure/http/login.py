"""Services that give a token for a name and a password: signed in when needed, once for all callers, kept, renewed.

A link next to the wire, below measuring, breaker and cache, so that no token stands in what they see. A service says
in a `Login` how it is asked and how it answers; what is general (one login at a time, renewal before the token ends
and when it is refused, silence about secrets) is here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from typing import Protocol

from api_clients.domain.errors import Malformed, ServiceError, Unauthorized
from api_clients.domain.ports import Clock
from api_clients.domain.values import Request, Response
from api_clients.infrastructure.cache.single_flight import SingleFlight
from api_clients.infrastructure.http.translation import redact
from api_clients.infrastructure.reading import UNREADABLE
from api_clients.infrastructure.wire import Wire

RENEW_AT = 0.9  # of a token's life, so that none ends on its way
REFUSED_SECONDS = 5.0  # how long a refused login stands: hammering on locks accounts and costs the service a hash each
PATIENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Token:
    """`headers` carry it; `lifetime_seconds` where the service says how long it is good for."""

    headers: Mapping[str, str] = field(repr=False)
    lifetime_seconds: float | None = None


class Login(Protocol):
    def headers_without_token(self, request: Request) -> Mapping[str, str] | None:
        """Return the headers of a request that needs no token; None for one that does."""
        ...

    def request(self, request: Request) -> Request:
        """Make, of the request that needs a token, the one that asks for it at the same instance."""
        ...

    def read(self, response: Response) -> Token:
        """Raises ValueError, LookupError or TypeError at what is no token."""
        ...

    def secrets(self) -> tuple[str, ...]:
        """Return every text that must never be shown, encoded forms included."""
        ...


@dataclass(frozen=True, slots=True)
class _Kept:
    token: Token
    renew_at: float | None  # monotonic


class LoginTransport:
    """Tokens are kept for each instance by itself: replicas need not know each other's."""

    def __init__(self, inner: Wire, login: Login, *, clock: Clock) -> None:
        self._inner = inner
        self._login = login
        self._clock = clock
        self._kept: dict[str, _Kept] = {}
        self._refused: dict[str, tuple[float, Unauthorized]] = {}
        self._flights: SingleFlight[_Kept] = SingleFlight(clock=clock, patience_seconds=PATIENCE_SECONDS)

    def send(self, request: Request) -> Response:
        headers = self._login.headers_without_token(request)
        if headers is not None:
            return self._signed(request, headers)
        token = self._token(request)
        try:
            return self._signed(request, token.headers)
        except Unauthorized as error:
            if error.status != 401:
                raise
            self._forget(request.instance, token)
        # Nothing was done, so even what must not be repeated may be sent again, once.
        return self._signed(request, self._token(request).headers)

    def close(self) -> None:
        self._inner.close()

    def _signed(self, request: Request, headers: Mapping[str, str]) -> Response:
        try:
            return self._inner.send(replace(request, headers={**request.headers, **headers}))
        except ServiceError as error:
            raise redact(error, (*self._login.secrets(), *_texts(headers))) from error.__cause__

    def _token(self, request: Request) -> Token:
        kept = self._good(request.instance)
        if kept is not None:
            return kept.token
        try:
            kept, _ = self._flights.run(request.instance, lambda: self._sign_in(request), deadline=request.deadline)
        except ServiceError as error:  # perhaps another caller's, whose operation it names
            error.service, error.operation, error.target = request.service, request.operation.name, request.target
            raise
        return kept.token

    def _good(self, instance: str) -> _Kept | None:
        kept = self._kept.get(instance)
        if kept is None or (kept.renew_at is not None and self._clock.monotonic() >= kept.renew_at):
            return None
        return kept

    def _forget(self, instance: str, token: Token) -> None:
        kept = self._kept.get(instance)
        if kept is not None and kept.token is token:  # another caller may have renewed it meanwhile
            self._kept.pop(instance, None)

    def _sign_in(self, request: Request) -> _Kept:
        kept = self._good(request.instance)  # another caller's login may have ended just before this flight began
        if kept is not None:
            return kept
        self._raise_refusal(request)
        try:
            response = self._inner.send(self._login.request(request))
            token = self._read(request, response)
        except Unauthorized as error:
            redact(error, self._login.secrets())
            self._refused[request.instance] = (self._clock.monotonic() + REFUSED_SECONDS, error)
            raise
        except ServiceError as error:
            raise redact(error, self._login.secrets()) from error.__cause__
        kept = _Kept(token, self._renewal(token))
        self._kept[request.instance] = kept
        return kept

    def _read(self, request: Request, response: Response) -> Token:
        try:
            return self._login.read(response)
        except UNREADABLE as error:
            reason = f"answered a login with {response.status} and no token that can be read ({type(error).__name__})"
            raise Malformed(reason, status=response.status, **request.labels()) from None

    def _renewal(self, token: Token) -> float | None:
        return None if token.lifetime_seconds is None else self._clock.monotonic() + RENEW_AT * token.lifetime_seconds

    def _raise_refusal(self, request: Request) -> None:
        until, error = self._refused.get(request.instance, (0.0, None))
        if error is not None and self._clock.monotonic() < until:
            raise Unauthorized(error.reason, status=error.status, **request.labels())


def lifetime(expires_at: float, response: Response, *, wall_now: float) -> float | None:
    """Return the seconds until a moment of the service's clock, which its Date header tells; None where that makes no
    sense, as when clocks differ: then the token is used until it is refused.
    """
    seconds = expires_at - (_date(response) or wall_now)
    return seconds if seconds > 0 else None


def _date(response: Response) -> float | None:
    try:
        return parsedate_to_datetime(response.headers["date"]).timestamp()
    except (LookupError, ValueError, TypeError, OverflowError):
        return None


def _texts(headers: Mapping[str, str]) -> tuple[str, ...]:
    """The values, and what stands after a scheme (`Bearer ...`) in them."""
    return tuple(text for value in headers.values() for text in (value, value.rpartition(" ")[2]) if len(text) > 3)
