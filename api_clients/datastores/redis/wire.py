"""The end of a chain to Redis: a request's path is a command, its parameters are the arguments.

`/slowlog/get` with `arg` 128 is SLOWLOG GET 128; the body of the response is {"reply": ...}. With a parameter
`database` it is sent only where the address names that database.
"""

from __future__ import annotations

import json
import select
import socket
import ssl
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from api_clients.datastores.redis.resp import Closed, Refusal, Reply, ReplyReader, TooLong, Unreadable, encode, greeting
from api_clients.domain.errors import (
    DeadlineExceeded,
    InvalidRequest,
    Malformed,
    Overloaded,
    Rejected,
    ServiceError,
    TooLarge,
    Unauthorized,
    Unreachable,
)
from api_clients.domain.policies.deadline import clip
from api_clients.domain.values import Labels, Request, Response
from api_clients.infrastructure.credentials import Basic, Bearer, Credentials
from api_clients.infrastructure.http.translation import redact
from api_clients.infrastructure.wire import WireSettings

DEFAULT_PORT = 6379
SHORTEST_WAIT_SECONDS = 0.001  # a socket takes 0 for not to wait at all
STRANGER = frozenset({"NOAUTH", "WRONGPASS", "NOPERM", "DENIED"})
NOT_NOW = frozenset({"LOADING", "BUSY", "MASTERDOWN", "TRYAGAIN", "CLUSTERDOWN"})


@dataclass(frozen=True, slots=True)
class Address:
    host: str
    port: int
    database: int
    is_encrypted: bool

    @classmethod
    def of(cls, url: str) -> Address:
        """Raises ValueError where the address is none of Redis."""
        parts = urlsplit(url)
        database = parts.path.strip("/") or "0"
        if not parts.hostname or not database.isdigit():
            raise ValueError(f"{url} should be redis://host:port/database with the database's number")
        return cls(parts.hostname, parts.port or DEFAULT_PORT, int(database), parts.scheme == "rediss")

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class RedisWire:
    """Keeps connections alive. Raises ValueError for credentials that Redis does not know."""

    def __init__(self, settings: WireSettings) -> None:
        self._clock = settings.clock
        self._settings = settings.connection
        self._username, self._password = _login(settings.credentials)
        self._secrets = settings.credentials.secrets() if settings.credentials else ()
        self._tls = _tls_context(settings)
        self._idle: dict[Address, list[socket.socket]] = {}
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return "RedisWire()"

    def send(self, request: Request) -> Response:
        address = self._address(request)
        try:
            command = encode(*_words(request))
        except UnicodeEncodeError as error:
            raise InvalidRequest("an argument holds half of a character", **request.labels()) from error
        connection = self._idle_connection(address)
        opening: Sequence[bytes] = ()
        if connection is None:
            opening = greeting(self._username, self._password, address.database)
            connection = self._connect(address, request)
        *greeted, reply = self._exchange(connection, address, request, [*opening, command])
        for answer in (*greeted, reply):
            if isinstance(answer, Refusal):
                raise redact(refusal_error(answer, request.labels()), self._secrets)
        body = json.dumps({"reply": reply}).encode()
        return Response(200, {"content-type": "application/json"}, body, instance=request.instance)

    def close(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, {}
        for connections in idle.values():
            for connection in connections:
                connection.close()

    def _exchange(
        self, connection: socket.socket, address: Address, request: Request, commands: Sequence[bytes]
    ) -> list[Reply | Refusal]:
        reader = ReplyReader(
            connection,
            wait_seconds=lambda: self._left(request),
            max_bytes=self._settings.max_response_bytes,
        )
        replies: list[Reply | Refusal] = []
        try:
            connection.settimeout(self._seconds(self._settings.read_timeout_seconds, request))
            connection.sendall(b"".join(commands))
            replies = reader.replies(len(commands))
        except Closed as error:
            raise Unreachable(f"{address} closed the connection without an answer", **request.labels()) from error
        except TooLong as error:
            limit = self._settings.max_response_bytes
            raise TooLarge(f"{address} answered with more than {limit} bytes", **request.labels()) from error
        except Unreadable as error:
            raise Malformed(f"{address} sent an answer that cannot be read: {error}", **request.labels()) from error
        except OSError as error:
            raise self._unreachable(error, address, request) from error
        finally:
            # Where the greeting was refused the next command of this connection would be somebody else's.
            if replies and reader.is_at_end and not any(isinstance(reply, Refusal) for reply in replies[:-1]):
                self._keep(address, connection)
            else:
                connection.close()
        return replies

    def _connect(self, address: Address, request: Request) -> socket.socket:
        seconds = self._seconds(self._settings.connect_timeout_seconds, request)
        try:
            plain = socket.create_connection((address.host, address.port), timeout=seconds)
        except OSError as error:
            raise self._unreachable(error, address, request) from error
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not address.is_encrypted:
            return plain
        try:
            return self._tls.wrap_socket(plain, server_hostname=address.host)
        except OSError as error:
            plain.close()
            raise self._unreachable(error, address, request) from error

    def _idle_connection(self, address: Address) -> socket.socket | None:
        """Return one that the server has not closed meanwhile: what cannot be sent twice must not meet that."""
        while True:
            with self._lock:
                idle = self._idle.get(address)
                connection = idle.pop() if idle else None
            if connection is None or not _has_something_to_say(connection):
                return connection
            connection.close()

    def _keep(self, address: Address, connection: socket.socket) -> None:
        with self._lock:
            idle = self._idle.setdefault(address, [])
            if len(idle) < self._settings.max_connections:
                idle.append(connection)
                return
        with suppress(OSError):
            connection.close()

    def _seconds(self, seconds: float, request: Request) -> float:
        now = self._clock.monotonic()
        if request.deadline is not None and request.deadline.has_passed(now):
            raise DeadlineExceeded("the deadline passed before the answer was there", **request.labels())
        return clip(seconds, request.deadline, now=now)

    def _left(self, request: Request) -> float:
        """How long an answer may be waited for. What was sent and is late has timed out, rather than not been sent."""
        now = self._clock.monotonic()
        return max(SHORTEST_WAIT_SECONDS, clip(self._settings.read_timeout_seconds, request.deadline, now=now))

    def _address(self, request: Request) -> Address:
        try:
            address = Address.of(request.instance)
        except ValueError as error:
            raise InvalidRequest(str(error), **request.labels()) from error
        wanted = dict(request.params).get("database")
        if wanted is not None and wanted != str(address.database):
            reason = f"this target is database {address.database}, not {wanted}: nothing was sent"
            raise InvalidRequest(reason, **request.labels())
        return address

    def _unreachable(self, error: OSError, address: Address, request: Request) -> Unreachable:
        unreachable = Unreachable(_why(error, address), **request.labels())
        unreachable.timed_out = isinstance(error, TimeoutError)
        return unreachable


def _has_something_to_say(connection: socket.socket) -> bool:
    """True where the server closed it, or said what nobody asked for."""
    watched = select.poll()  # select() knows no file number above 1023
    watched.register(connection, select.POLLIN)
    return bool(watched.poll(0))


def refusal_error(refusal: Refusal, labels: Labels) -> ServiceError:
    """Make the error of an error reply, with the server's own words."""
    reason = f"answered {refusal.text}"
    if refusal.code in STRANGER or refusal.text.startswith("ERR AUTH"):
        return Unauthorized(reason, **labels)
    if refusal.code in NOT_NOW or refusal.text.startswith("ERR max number of clients"):
        return Overloaded(reason, **labels)
    return Rejected(reason, **labels)


def _words(request: Request) -> tuple[str, ...]:
    command = tuple(unquote(segment) for segment in request.path.strip("/").upper().split("/"))
    return (*command, *(value for name, value in request.params if name == "arg"))


def _login(credentials: Credentials | None) -> tuple[str, str | None]:
    match credentials:
        case None:
            return "", None
        case Basic(username, password):
            return username, password
        case Bearer(token):
            return "", token
    raise ValueError("auth.kind: Redis takes basic (a user and his password) or bearer (a password alone)")


def _tls_context(settings: WireSettings) -> ssl.SSLContext:
    connection = settings.connection
    context = ssl.create_default_context(cafile=str(connection.ca_file) if connection.ca_file else None)
    if not connection.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if connection.client_certificate is not None:
        context.load_cert_chain(str(connection.client_certificate))
    return context


def _why(error: OSError, address: Address) -> str:
    match error:
        case ssl.SSLCertVerificationError():
            return f"{address} showed a certificate that cannot be verified: {error.verify_message}"
        case ssl.SSLError():
            return f"{address} and we could not agree on TLS: {error.reason or 'handshake failed'}"
        case socket.gaierror():
            return f"the name {address.host} is not known: {error.strerror}"
        case TimeoutError():
            return f"no answer from {address} in time"
        case ConnectionRefusedError():
            return f"{address} refused the connection"
        case ConnectionResetError() | BrokenPipeError():
            return f"{address} broke the connection off"
    return f"{address} could not be reached: {error.strerror or type(error).__name__}"
