"""The wire: one HTTP exchange over a pool of kept-alive connections, of TCP or of a unix socket. No retry, no redirect,
no cookie, no proxy.

What the environment says (HTTP_PROXY, ~/.netrc) is not used: a credential in a netrc file must not go to a host
because it happens to be named there.
"""

from __future__ import annotations

from http.cookiejar import DefaultCookiePolicy

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter

from api_clients.domain.errors import DeadlineExceeded, TooLarge, Unreachable
from api_clients.domain.policies.deadline import clip
from api_clients.domain.ports import Clock
from api_clients.domain.values import Request, Response
from api_clients.infrastructure.credentials import Credentials
from api_clients.infrastructure.http.stream import HttpStream
from api_clients.infrastructure.http.translation import exchange_error, redact, refusal
from api_clients.infrastructure.http.unix_socket import (
    MOUNT,
    UnixSocketAdapter,
    is_unix,
    requests_address,
)
from api_clients.infrastructure.unix_socket import socket_path
from api_clients.infrastructure.wire import ConnectionSettings

CHUNK_BYTES = 65_536
MAX_ERROR_BYTES = 65_536  # of an error's body, for its message
USER_AGENT = "nms-api-clients"


class HttpTransport:
    def __init__(
        self, *, settings: ConnectionSettings | None = None, credentials: Credentials | None = None, clock: Clock
    ) -> None:
        self._settings = settings or ConnectionSettings()
        self._clock = clock
        self._secrets = credentials.secrets() if credentials else ()
        self._session = _make_session(self._settings, credentials)

    def send(self, request: Request) -> Response:
        """Return a 2xx or 3xx answer; everything else raises, translated, with no secret in its words."""
        connect_timeout, read_timeout = self._timeouts(request)
        host, address = _place(request.instance)
        try:
            answer = self._session.request(
                request.method,
                address + request.path,
                params=request.params or None,
                data=request.body,
                headers=dict(request.headers),
                timeout=(connect_timeout, read_timeout),
                allow_redirects=False,
                stream=True,
            )
            if request.streamed and 200 <= answer.status_code < 300:
                return self._opened(request, answer, host, read_timeout)
            with answer:
                return self._receive(request, answer, host)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            connecting = isinstance(error, requests.ConnectTimeout)
            translated = exchange_error(
                error, request.labels(), host=host, timeout_seconds=connect_timeout if connecting else read_timeout
            )
            raise translated from error

    def close(self) -> None:
        """Close the idle connections; a call under way ends undisturbed."""
        self._session.close()

    def _timeouts(self, request: Request) -> tuple[float, float]:
        now = self._clock.monotonic()
        if request.deadline is not None and request.deadline.has_passed(now):
            raise DeadlineExceeded("the deadline passed before the request could be sent", **request.labels())
        silence = request.silence_seconds or self._settings.read_timeout_seconds
        return (
            clip(self._settings.connect_timeout_seconds, request.deadline, now=now),
            silence if request.streamed else clip(silence, request.deadline, now=now),
        )

    def _receive(self, request: Request, answer: requests.Response, host: str) -> Response:
        status = answer.status_code
        headers = _lower(answer)
        if status >= 400:
            body = self._error_body(request, answer)
            error = refusal(request, status, headers, body, wall_now=self._clock.wall())
            raise redact(error, self._secrets)
        return Response(status, headers, self._body(request, answer, host), instance=request.instance)

    def _opened(self, request: Request, answer: requests.Response, host: str, silence_seconds: float) -> Response:
        stream = HttpStream(answer, request.labels(), host=host, silence_seconds=silence_seconds)
        return Response(answer.status_code, _lower(answer), instance=request.instance, stream=stream)

    def _body(self, request: Request, answer: requests.Response, host: str) -> bytes:
        limit = self._settings.max_response_bytes
        chunks: list[bytes] = []
        size = 0
        # read1 returns what has arrived, so a server that drips one byte at a time meets the deadline too.
        while chunk := answer.raw.read1(CHUNK_BYTES, decode_content=True):
            size += len(chunk)
            if size > limit:
                raise TooLarge(f"{host} answered with more than {limit} bytes", **request.labels())
            chunks.append(chunk)
            if request.deadline is not None and request.deadline.has_passed(self._clock.monotonic()):
                late = Unreachable(f"{host} was still sending its answer at the deadline", **request.labels())
                late.timed_out = True
                raise late
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def _error_body(self, request: Request, answer: requests.Response) -> bytes:
        """Read what there is of an error's body: its status counts even where its words are lost."""
        body = b""
        try:
            while len(body) < MAX_ERROR_BYTES and (
                chunk := answer.raw.read1(MAX_ERROR_BYTES - len(body), decode_content=True)
            ):
                body += chunk
                if request.deadline is not None and request.deadline.has_passed(self._clock.monotonic()):
                    break
        except urllib3.exceptions.HTTPError:
            return body
        return body


def _place(instance: str) -> tuple[str, str]:
    """Return what to call an instance in messages, and the address that the path of a request is added to."""
    if is_unix(instance):
        return socket_path(instance), requests_address(instance)
    return instance.partition("://")[2].partition("/")[0], instance.rstrip("/")


def _lower(answer: requests.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in answer.headers.items()}


def _make_session(settings: ConnectionSettings, credentials: Credentials | None) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers["User-Agent"] = USER_AGENT
    session.headers.update(credentials.headers() if credentials else {})
    session.verify = str(settings.ca_file) if settings.verify and settings.ca_file else settings.verify
    session.cert = str(settings.client_certificate) if settings.client_certificate else None
    adapter = HTTPAdapter(pool_connections=8, pool_maxsize=settings.max_connections, max_retries=0)
    for scheme in ("http://", "https://"):
        session.mount(scheme, adapter)
    session.mount(MOUNT, UnixSocketAdapter(max_connections=settings.max_connections))
    return session
