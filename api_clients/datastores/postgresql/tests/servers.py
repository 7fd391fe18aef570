"""A real PostgreSQL with pg_stat_statements, and a user who needs a password."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg2
import psycopg2.extensions
import pytest

from api_clients.tests.servers import PostgreSQL, running_postgresql

USER, PASSWORD = "nms", "p4ss-of-the-tests"
LOGIN = f"host all {USER} 127.0.0.1/32 password\nhost all strict 127.0.0.1/32 scram-sha-256\n"


@contextmanager
def administrator(
    server: PostgreSQL, database: str = "postgres", name: str = "administrator"
) -> Iterator[psycopg2.extensions.connection]:
    """A connection beside the client under test, which commits at once."""
    connection = psycopg2.connect(server.url(database), application_name=name)
    connection.autocommit = True
    try:
        yield connection
    finally:
        connection.close()


def run(connection: psycopg2.extensions.connection, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture(scope="session")
def _own_postgresql(program: Callable[[str], str]) -> Iterator[PostgreSQL]:
    settings = {"shared_preload_libraries": "pg_stat_statements", "wal_level": "replica", "autovacuum": "off"}
    programs = {"initdb": program("initdb"), "postgres": program("postgres")}
    with running_postgresql(**programs, durable=False, settings=settings, login=LOGIN) as server:
        with administrator(server) as connection:
            for user in (USER, "strict"):
                run(connection, f"CREATE ROLE {user} LOGIN PASSWORD '{PASSWORD}'")
            run(connection, f"GRANT pg_monitor, pg_signal_backend TO {USER}")
            run(connection, "CREATE DATABASE shop")
        with administrator(server, "shop") as connection:
            run(connection, "CREATE EXTENSION pg_stat_statements")
            run(connection, f"GRANT EXECUTE ON FUNCTION pg_stat_statements_reset TO {USER}")
        yield server
