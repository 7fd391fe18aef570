"""The end of a chain to PostgreSQL: a request's path names one of our queries, its parameters are that query's.

The body of the response is {"rows": [{column: value}]}. libpq is driven without blocking, for only so can we stop
waiting where a server falls silent; the server itself is told the same bound as its statement_timeout. Every
transaction is read-only.
"""

from __future__ import annotations

import json
import select
import threading
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg2
from psycopg2.extensions import POLL_OK, POLL_READ, POLL_WRITE, connection
from psycopg2.extras import RealDictCursor

from api_clients.datastores.postgresql.failures import connection_error, statement_error
from api_clients.datastores.postgresql.queries import QUERIES
from api_clients.domain.errors import DeadlineExceeded, InvalidRequest, TooLarge, Unreachable
from api_clients.domain.policies.deadline import clip
from api_clients.domain.values import Request, Response
from api_clients.infrastructure.credentials import Basic, Credentials
from api_clients.infrastructure.http.translation import redact
from api_clients.infrastructure.wire import WireSettings

DEFAULT_PORT = 5432
SERVER_SHARE = 0.95  # the server ends a query a little before we give up, so that it says why


class PostgresqlWire:
    """Keeps connections open. Raises ValueError for credentials that PostgreSQL does not know."""

    def __init__(self, settings: WireSettings) -> None:
        self._clock = settings.clock
        self._settings = settings.connection
        self._login = _login(settings.credentials)
        self._secrets = settings.credentials.secrets() if settings.credentials else ()
        self._tls = _tls(settings)
        self._idle: dict[str, list[connection]] = {}
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return "PostgresqlWire()"

    def send(self, request: Request) -> Response:
        statement = QUERIES.get(_query(request))
        if statement is None:
            raise InvalidRequest(f"there is no query {request.path}", **request.labels())
        opened = self._idle_connection(request.instance) or self._connect(request)
        rows = self._run(opened, statement, request)
        body = json.dumps({"rows": rows}, default=_plain).encode()
        if len(body) > self._settings.max_response_bytes:
            raise TooLarge(f"answered with more than {self._settings.max_response_bytes} bytes", **request.labels())
        return Response(200, {"content-type": "application/json"}, body, instance=request.instance)

    def close(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, {}
        for connections in idle.values():
            for one in connections:
                one.close()

    def _connect(self, request: Request) -> connection:
        address = _address(request)
        try:
            opened = psycopg2.connect(**address, **self._login, **self._tls, **FIXED)
            self._wait(opened, request, lambda: self._settings.connect_timeout_seconds)
        except psycopg2.Error as error:
            raise redact(connection_error(error, _place(address), request.labels()), self._secrets) from error
        return opened

    def _run(self, opened: connection, statement: str, request: Request) -> list[dict[str, Any]]:
        place = _place(_address(request))
        is_good = False
        try:
            cursor = opened.cursor(cursor_factory=RealDictCursor)
            seconds = self._seconds(self._settings.read_timeout_seconds, request)
            bounded = f"SET statement_timeout = {max(1, int(seconds * 1000 * SERVER_SHARE))};{statement}"
            cursor.execute(bounded, _parameters(request))
            self._wait(opened, request, lambda: self._settings.read_timeout_seconds)
            rows = [dict(row) for row in cursor.fetchall()]
            is_good = True
        except ValueError as error:  # a NUL in a text; psycopg2 has sent nothing
            raise InvalidRequest(str(error), **request.labels()) from error
        except psycopg2.Error as error:
            is_good = error.pgcode is not None and not opened.closed
            raise redact(
                statement_error(error, place, request.labels(), query=_query(request)), self._secrets
            ) from error
        finally:
            self._put_back(request.instance, opened, is_good=is_good)
        return rows

    def _wait(self, opened: connection, request: Request, patience: Callable[[], float]) -> None:
        """Wait until libpq has what it waits for. Raises psycopg2.Error, Unreachable or DeadlineExceeded."""
        until = self._clock.monotonic() + self._seconds(patience(), request)
        while (state := opened.poll()) != POLL_OK:
            left = until - self._clock.monotonic()
            if left <= 0 or not _happens(opened, POLLED[state], left):
                opened.close()
                silent = Unreachable(f"no answer from {_place(_address(request))} in time", **request.labels())
                silent.timed_out = True
                raise silent

    def _idle_connection(self, instance: str) -> connection | None:
        """Return one that the server has not closed meanwhile: what cannot be sent twice must not meet that."""
        while True:
            with self._lock:
                idle = self._idle.get(instance)
                opened = idle.pop() if idle else None
            if opened is None or not _happens(opened, select.POLLIN, 0):
                return opened
            opened.close()

    def _put_back(self, instance: str, opened: connection, *, is_good: bool) -> None:
        with self._lock:
            idle = self._idle.setdefault(instance, [])
            if is_good and len(idle) < self._settings.max_connections:
                idle.append(opened)
                return
        opened.close()

    def _seconds(self, seconds: float, request: Request) -> float:
        now = self._clock.monotonic()
        if request.deadline is not None and request.deadline.has_passed(now):
            raise DeadlineExceeded("the deadline passed before the answer was there", **request.labels())
        return clip(seconds, request.deadline, now=now)


POLLED = {POLL_READ: select.POLLIN, POLL_WRITE: select.POLLOUT}
FIXED: Mapping[str, Any] = {
    "async_": 1,
    "application_name": "nms",
    "gssencmode": "disable",
    "client_encoding": "UTF8",
    "options": "-c default_transaction_read_only=on -c datestyle=ISO -c timezone=UTC -c lock_timeout=2s",
}


def _happens(opened: connection, event: int, seconds: float) -> bool:
    """Wait for one thing on the connection, its end included; select() would know no file number above 1023."""
    watched = select.poll()
    watched.register(opened.fileno(), event)
    return bool(watched.poll(seconds * 1000))


def _query(request: Request) -> str:
    return unquote(request.path.strip("/"))


def _address(request: Request) -> dict[str, Any]:
    """The parts of postgresql://host:port/database."""
    parts = urlsplit(request.instance)
    path = parts.path.strip("/")
    if not parts.hostname or "/" in path:
        reason = f"{request.instance} should be postgresql://host:port/database"
        raise InvalidRequest(reason, **request.labels())
    return {"host": parts.hostname, "port": parts.port or DEFAULT_PORT, "dbname": unquote(path) or "postgres"}


def _place(address: Mapping[str, Any]) -> str:
    return f"{address['host']}:{address['port']}"


def _parameters(request: Request) -> dict[str, Any]:
    """Parameters as their query wants them: what is JSON is that, the rest is text."""
    return {name: json.loads(value) for name, value in request.params}


def _login(credentials: Credentials | None) -> dict[str, str]:
    match credentials:
        case None:
            return {}
        case Basic(username, password):
            return {"user": username, "password": password}
    raise ValueError("auth.kind: PostgreSQL takes basic, a user and his password")


def _tls(settings: WireSettings) -> dict[str, str]:
    """TLS where the server has it; with `ca_file` always, and its certificate checked unless `verify` says no."""
    said = settings.connection
    given: dict[str, str] = {"sslmode": "prefer"}
    if said.ca_file is not None:
        given = {"sslmode": "verify-full" if said.verify else "require", "sslrootcert": str(said.ca_file)}
    if said.client_certificate is not None:
        given |= {"sslcert": str(said.client_certificate), "sslkey": str(said.client_certificate)}
    return given


def _plain(value: object) -> Any:
    """What JSON does not know of a column's values."""
    match value:
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return float(value)
    raise TypeError(f"a column of {type(value).__name__}")
