"""A real PostgreSQL with pg_stat_statements, and a user who needs a password."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
import psycopg2.extensions
import pytest

from api_clients.tests.servers import PostgreSQL, free_port, running_postgresql

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


@contextmanager
def running_standby(server: PostgreSQL, *, pg_basebackup: str, postgres: str) -> Iterator[int]:
    """Yield the port of a standby of the server, which streams from it by a slot of its own."""
    folder = Path(tempfile.mkdtemp(prefix="nms-standby-"))
    user = "postgres" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
    if user:
        account = pwd.getpwnam(user)
        os.chown(folder, account.pw_uid, account.pw_gid)
    data, port = folder / "data", free_port()
    primary = ["-h", "127.0.0.1", "-p", str(server.port), "-U", "postgres"]
    copy = [pg_basebackup, *primary, "-D", data, "-R", "-C", "-S", "standby_1", "--checkpoint=fast", "--no-sync"]
    subprocess.run(copy, user=user, group=user, cwd=folder, timeout=180, check=True, capture_output=True)
    listen = ["-p", str(port), "-k", folder, "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
    words = [postgres, "-D", data, *listen, "-c", "cluster_name=standby_1"]
    process = subprocess.Popen(
        words, user=user, group=user, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield port
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
        shutil.rmtree(folder, ignore_errors=True)
        _drop_slot(server)


def _drop_slot(server: PostgreSQL) -> None:
    """As soon as the server has noticed that its reader is gone."""
    free = "FROM pg_replication_slots WHERE slot_name = 'standby_1'"
    with administrator(server) as connection, connection.cursor() as cursor:
        for _ in range(3_000):
            cursor.execute(f"SELECT pg_drop_replication_slot(slot_name) {free} AND NOT active")
            cursor.execute(f"SELECT 1 {free}")
            if not cursor.fetchall():
                return
            time.sleep(0.01)
    raise AssertionError("the slot is still in use")
