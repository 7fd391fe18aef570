"""What every operation needs: which API the server speaks, its answers and errors as values, lost answers looked up.

Nothing but the version is kept here; it is asked once, and again after an outage, since a server may come back as
another version.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, ClassVar, TypeVar

from api_clients.domain.errors import (
    DeadlineExceeded,
    InvalidRequest,
    Malformed,
    Rejected,
    ServiceError,
    Unauthorized,
    Unreachable,
)
from api_clients.domain.operation import current_invocation
from api_clients.domain.ports import Transport
from api_clients.domain.values import Method, Response, Stream, url_path
from api_clients.infrastructure.cache.single_flight import SingleFlight
from api_clients.infrastructure.client import ParamValue
from api_clients.infrastructure.clock import SystemClock
from api_clients.infrastructure.http import Basic, Credentials, HttpClient, Login, as_json, as_stream
from api_clients.network.gns3.dialect import is_unknown_route, route, translated
from api_clients.network.gns3.login import Gns3Login
from api_clients.network.gns3.reading import is_page, read_version
from api_clients.network.gns3.values import Api, Version

T = TypeVar("T")
APIS: tuple[Api, ...] = ("v3", "v2")
READERS = {api: as_json(partial(read_version, api=api)) for api in APIS}
LOGIN_PAGE = ("login", "signin", "sign_in", "auth", "sso", "saml")
LOST_ON_THE_WAY = frozenset({None, 502, 504})  # what a proxy answers whose server did not
FIRST_LOOK_SECONDS, LAST_LOOK_SECONDS = 0.05, 1.0
LOST_LOOKS = 2  # in a row: the server is not there, or hangs
PATIENCE_SECONDS = 30.0


def as_own_stream(response: Response) -> Stream:
    stream = as_stream(response)
    if is_page(response):
        stream.close()
        raise ValueError("a page, not a stream of GNS3")
    return stream


class Gns3Connection(HttpClient):
    service: ClassVar[str] = "gns3"

    def __init__(
        self, transport: Transport, *, target: str = "main", deadline_seconds: float = 30.0, api: Api | None = None
    ) -> None:
        """`api` where it is known already; it is asked for again after an outage all the same."""
        super().__init__(transport, target=target, deadline_seconds=deadline_seconds)
        self._api = api
        self._detections: SingleFlight[Version] = SingleFlight(clock=SystemClock(), patience_seconds=PATIENCE_SECONDS)

    @classmethod
    def login(cls, credentials: Credentials) -> Login | None:
        """Name and password serve both versions; anything else (a token of one's own) goes with each request."""
        return Gns3Login(credentials) if isinstance(credentials, Basic) else None

    def redirected(self, response: Response) -> ServiceError:
        where = response.headers.get("location", "").partition("?")[0].lower()
        if any(word in where for word in LOGIN_PAGE):
            return Unauthorized(f"answered {response.status}, a redirect to a login page", status=response.status)
        return super().redirected(response)

    def _ask(
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
    ) -> T:
        """Send one request of the operation under way to a resource, named without the API's version."""

        def send(api: Api) -> T:
            return self._send(
                method,
                route(api, path),
                read=read,
                params=params,
                json=json,
                body=body,
                headers=headers,
                silence_seconds=silence_seconds,
            )

        return self._in_its_api(send)

    def _stream(self, path: str, *, silence_seconds: float) -> Stream:
        """Open a resource whose body is read as it comes; whoever gets it closes it."""
        return self._in_its_api(
            lambda api: self._send(
                "GET", route(api, path), read=as_own_stream, silence_seconds=silence_seconds, streamed=True
            )
        )

    def _in_its_api(self, send: Callable[[Api], T]) -> T:
        api = self._api or self._detected()
        try:
            return send(api)
        except Unreachable:
            self._forget(api)
            raise
        except Rejected as error:
            if not is_unknown_route(error):
                raise translated(error) from error.__cause__
            other = self._detected()
            if other == api:
                raise
            return send(other)  # it was replaced by another version while nobody asked
        except ServiceError as error:
            raise translated(error) from error.__cause__

    def _forget(self, api: Api) -> None:
        if self._api == api:
            self._api = None

    def _detected(self) -> Api:
        return self._detect().api

    def _detect(self) -> Version:
        """Ask for the version, once for all who want to know now."""
        invocation = current_invocation()
        version, _ = self._detections.run(
            "version", self._ask_version, deadline=invocation.deadline if invocation else None
        )
        self._api = version.api
        return version

    def _ask_version(self) -> Version:
        for api in APIS:
            try:
                return self._send("GET", f"/{api}/version", read=READERS[api])
            except Rejected as error:
                if error.status != 404:
                    raise
        raise Rejected(
            "no GNS3 server of version 2 or 3 answers at this address: is its path right?", status=404, **self._labels()
        )

    def _path(self, template: str, **ids: str) -> str:
        """Fill a path with ids. Raises InvalidRequest where one would change its meaning."""
        try:
            return url_path(template, **ids)
        except InvalidRequest as error:
            raise InvalidRequest(error.reason, **self._labels()) from None

    def _named(self, name: str) -> str:
        """Return a name that both versions take; v3 would make things without one. Raises InvalidRequest."""
        if not name.strip():
            raise InvalidRequest("a name is needed", **self._labels())
        return name

    def _labels(self) -> dict[str, Any]:
        invocation = current_invocation()
        return {
            "service": self.service,
            "operation": invocation.operation.name if invocation else "",
            "target": self.target,
        }

    def _surely(self, act: Callable[[], T], seen: Callable[[], T | None]) -> T:
        """Act; where the answer is lost or cut short on its way, look until `seen` finds what was to be done, for the
        server goes on with it all the same. Raises what lost the answer where it is not found before the deadline, or
        the server is not there to be looked at.
        """
        try:
            return act()
        except DeadlineExceeded:
            raise
        except (Unreachable, Malformed) as lost:
            if isinstance(lost, Unreachable) and lost.status not in LOST_ON_THE_WAY:
                raise
            found = self._found(seen)
            if found is None:
                lost.reason += "; looked again, and it is not done"
                lost.args = (lost.reason,)
                raise
            return found

    def _found(self, seen: Callable[[], T | None]) -> T | None:
        lost_looks = 0
        for _ in self._looks(self._seconds_left()):
            try:
                found = seen()
            except Rejected:
                found = None
            except ServiceError:
                lost_looks += 1
                if lost_looks == LOST_LOOKS:
                    return None
                continue
            if found is not None:
                return found
            lost_looks = 0
        return None

    def _is_gone(self, look: Callable[[], object]) -> bool | None:
        """Return True where what is looked at is not there any more, for `_surely`."""
        try:
            look()
        except Rejected as error:
            if error.status == 404:
                return True
            raise
        return None

    def _settled(self, look: Callable[[], T], *, as_wanted: Callable[[T], bool], seconds: float = 2.0) -> T:
        """Look until it is as wanted, for that long at most: v2 and v3 may answer before they know it themselves."""
        seen = look()
        for _ in self._looks(min(seconds, self._seconds_left())):
            if as_wanted(seen):
                break
            seen = look()
        return seen

    def _looks(self, seconds: float) -> Iterable[None]:
        """Yield at once and then ever more slowly, in the clock of the wall: what is waited for happens elsewhere."""
        until = time.monotonic() + seconds
        pause = FIRST_LOOK_SECONDS
        while True:
            yield
            if time.monotonic() + pause >= until:
                return
            time.sleep(pause)
            pause = min(2 * pause, LAST_LOOK_SECONDS)

    def _seconds_left(self) -> float:
        invocation = current_invocation()
        if invocation is None or invocation.deadline is None:
            return self.deadline_seconds
        return invocation.deadline.remaining(self.now())
