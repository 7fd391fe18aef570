"""What the words and codes of PostgreSQL become."""

from __future__ import annotations

import psycopg2
import pytest

from api_clients.datastores.postgresql.client import PostgresqlClient
from api_clients.datastores.postgresql.condition import health_of
from api_clients.datastores.postgresql.failures import connection_error, statement_error
from api_clients.datastores.postgresql.simulator import ROWS, make_simulator
from api_clients.datastores.postgresql.values import Server
from api_clients.datastores.postgresql.wire import PostgresqlWire
from api_clients.domain.errors import (
    InvalidRequest,
    Malformed,
    Overloaded,
    Rejected,
    ServiceError,
    Unauthorized,
    Unreachable,
)
from api_clients.domain.operation import Operation, example_of, operations_of
from api_clients.domain.values import Labels
from api_clients.infrastructure.clock import SystemClock
from api_clients.infrastructure.credentials import Bearer
from api_clients.infrastructure.wire import WireSettings
from api_clients.simulation import InProcessTransport
from api_clients.tests.connected import connected

LABELS: Labels = {"service": "postgresql", "operation": "slow_queries", "target": "main"}
AT = 'connection to server at "db" (192.0.2.1), port 5432 failed: '


class Coded(psycopg2.OperationalError):
    def __init__(self, code: str) -> None:
        super().__init__("as the server says it")
        self._code = code

    @property
    def pgcode(self) -> str:
        return self._code


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (f'{AT}FATAL:  password authentication failed for user "nms"', Unauthorized),
        (f'{AT}FATAL:  no pg_hba.conf entry for host "192.0.2.9", user "nms", database "shop"', Unauthorized),
        (f'{AT}FATAL:  role "nms" is not permitted to log in', Unauthorized),
        (f"{AT}FATAL:  sorry, too many clients already", Overloaded),
        (f"{AT}FATAL:  remaining connection slots are reserved for superusers", Overloaded),
        (f"{AT}FATAL:  the database system is starting up", Overloaded),
        (f'{AT}FATAL:  database "shop" does not exist', Rejected),
        (f"{AT}Connection refused\n\tIs the server running on that host?", Unreachable),
        ('could not translate host name "nowhere" to address: Name or service not known', Unreachable),
        (f"{AT}server closed the connection unexpectedly", Unreachable),
        (f"{AT}SSL error: certificate verify failed", Unreachable),
        (f"{AT}expected authentication request from server, but received H", Malformed),
        ('lost synchronization with server: got message type "<", length 1752460652', Malformed),
    ],
)
def test_a_connection_that_fails_says_which_kind_of_failure_it_is(said: str, kind: type[ServiceError]) -> None:
    error = connection_error(psycopg2.OperationalError(said), "db:5432", LABELS)
    assert type(error) is kind
    assert error.reason.startswith("db:5432") or "db:5432" in error.reason


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("42501", Unauthorized),
        ("28P01", Unauthorized),
        ("53300", Overloaded),
        ("57P03", Overloaded),
        ("40001", Overloaded),
        ("57014", Unreachable),
        ("57P01", Unreachable),
        ("42601", Rejected),
        ("25006", Rejected),
    ],
)
def test_a_code_means_one_kind_of_error(code: str, kind: type[ServiceError]) -> None:
    assert type(statement_error(Coded(code), "db:5432", LABELS)) is kind


@pytest.mark.parametrize("query", ["slow-queries", "reset-slow-queries"])
def test_the_query_says_which_extension_is_missing_whatever_the_operation_is_called(query: str) -> None:
    labels: Labels = {**LABELS, "operation": "worst_statements"}
    assert "CREATE EXTENSION" in statement_error(Coded("42P01"), "db:5432", labels, query=query).reason
    assert "CREATE EXTENSION" not in statement_error(Coded("42P01"), "db:5432", LABELS, query="tables").reason


@pytest.mark.parametrize("operation", operations_of(PostgresqlClient), ids=lambda operation: operation.name)
def test_the_simulator_answers_every_example(operation: Operation) -> None:
    wire = InProcessTransport(make_simulator(), clock=SystemClock())
    with connected(PostgresqlClient, "postgresql://simulator/shop", wire=wire) as client:
        getattr(client, operation.name)(**example_of(PostgresqlClient, operation))


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"connections": 95}, "95 of 100 connections are taken, 3 of them reserved"),
        ({"transaction_age": 1_500_000_000}, "70 % of the transactions before wraparound are used up in shop"),
        ({"worst_standby_lag_seconds": 45.0}, "standby standby-1 is 45 s behind"),
        ({"is_standby": True, "is_receiving": False}, "receives nothing from its primary"),
        ({"is_standby": True, "is_receiving": True, "replay_lag_seconds": 31.0}, "this standby is 31 s behind"),
    ],
)
def test_a_server_in_trouble_is_degraded_and_says_why(changed: dict[str, object], reason: str) -> None:
    (row,) = ROWS["/server"]
    assert health_of(Server(**row)).status == "healthy"
    health = health_of(Server(**{**row, **changed}))
    assert health.status == "degraded"
    assert reason in health.reason


def test_other_credentials_than_a_password_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"auth\.kind"):
        PostgresqlWire(WireSettings(SystemClock(), credentials=Bearer("t")))


def test_an_address_without_a_host_is_an_invalid_request() -> None:
    with connected(PostgresqlClient, "postgresql:///shop") as client, pytest.raises(InvalidRequest, match="host:port"):
        client.locks()
