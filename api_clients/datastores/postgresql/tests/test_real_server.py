"""What an administrator does with a real PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import psycopg2
import pytest

from api_clients.datastores.postgresql import queries
from api_clients.datastores.postgresql.client import PostgresqlClient
from api_clients.datastores.postgresql.tests.servers import PASSWORD, USER, administrator, run, running_standby
from api_clients.datastores.postgresql.values import Lock, RunningQuery
from api_clients.domain.errors import InvalidRequest, Rejected, TooLarge, Unauthorized, Unreachable
from api_clients.domain.operation import operation
from api_clients.infrastructure.credentials import Basic
from api_clients.infrastructure.wire import ConnectionSettings
from api_clients.tests.connected import connected
from api_clients.tests.servers import PostgreSQL
from api_clients.tests.waiting import eventually

pytestmark = pytest.mark.needs("postgres", "initdb")


@pytest.fixture
def server(_own_postgresql: PostgreSQL) -> PostgreSQL:
    return _own_postgresql


@pytest.fixture
def client(server: PostgreSQL) -> Iterator[PostgresqlClient]:
    with connected_to(server) as client:
        yield client


@contextmanager
def connected_to(
    server: PostgreSQL, database: str = "shop", user: str = USER, password: str = PASSWORD
) -> Iterator[PostgresqlClient]:
    url = f"postgresql://127.0.0.1:{server.port}/{database}"
    with connected(PostgresqlClient, url, credentials=Basic(user, password)) as client:
        yield client


def test_a_slow_query_is_found(server: PostgreSQL, client: PostgresqlClient) -> None:
    client.reset_slow_queries()
    with administrator(server, "shop") as shop:
        run(shop, "SELECT pg_sleep(0.5)")
        run(shop, "SELECT 1")
    (slow,) = client.slow_queries(order="longest", limit=1)
    assert slow.query == "SELECT pg_sleep($1)"
    assert slow.calls == 1
    assert 0.5 <= slow.total_seconds < 60


def test_where_the_extension_is_missing_we_are_told_what_to_do(server: PostgreSQL) -> None:
    with connected_to(server, "postgres") as client, pytest.raises(Rejected, match="CREATE EXTENSION") as caught:
        client.slow_queries()
    assert "shared_preload_libraries" in str(caught.value)


@contextmanager
def somebody_waits_for_a_lock(server: PostgreSQL) -> Iterator[None]:
    with (
        administrator(server, "shop", name="migration") as holder,
        administrator(server, "shop", name="web") as waiter,
    ):
        run(holder, "CREATE TABLE IF NOT EXISTS orders (id int)")
        run(holder, "BEGIN; LOCK TABLE orders")

        def wait() -> None:
            with suppress(psycopg2.Error):
                run(waiter, "SELECT count(*) FROM orders")

        thread = threading.Thread(target=wait, daemon=True)
        thread.start()
        try:
            yield
        finally:
            with suppress(psycopg2.Error):
                run(holder, "ROLLBACK")
            thread.join(60)
        assert not thread.is_alive()


def seen_lock(client: PostgresqlClient) -> Lock:
    """The server lists its backends first and then asks who blocks them, so one that begins to wait in between is told
    without its query.
    """
    found = eventually(lambda: tuple(lock for lock in client.locks() if lock.blocked_query))
    assert isinstance(found, tuple)
    (lock,) = found
    return lock


def test_a_lock_is_shown_with_who_waits_and_who_blocks(server: PostgreSQL, client: PostgresqlClient) -> None:
    assert client.locks() == ()
    with somebody_waits_for_a_lock(server):
        lock = seen_lock(client)
        assert (lock.blocked_application, lock.blocking_application) == ("web", "migration")
        assert (lock.relation, lock.mode) == ("orders", "AccessShareLock")
        assert lock.blocked_query == "SELECT count(*) FROM orders"
        assert lock.blocking_state == "idle in transaction"
        (blocked,) = [query for query in client.running_queries() if query.application == "web"]
        assert blocked.blocked_by == (lock.blocking_pid,)
        assert blocked.wait == "Lock: relation"
        assert "locks.waiting" in {figure.name for figure in client.figures() if figure.value == 1}


def test_a_blocked_query_is_cancelled_and_its_connection_stays(server: PostgreSQL) -> None:
    # Only a superuser may signal a superuser's backend.
    with connected_to(server, user="postgres") as client, somebody_waits_for_a_lock(server):
        lock = seen_lock(client)
        assert client.cancel_query(lock.blocked_pid).query == "SELECT count(*) FROM orders"
        eventually(lambda: not client.locks())

        def state_of_it() -> str:  # it ends its query a moment after it has stopped to wait
            states = {query.pid: query.state for query in client.running_queries(with_idle=True)}
            return states[lock.blocked_pid]

        eventually(lambda: state_of_it() == "idle")


def test_a_backend_that_blocks_is_ended_and_others_go_on(server: PostgreSQL) -> None:
    with (
        connected(
            PostgresqlClient, f"postgresql://127.0.0.1:{server.port}/shop", credentials=Basic("postgres", "")
        ) as client,
        somebody_waits_for_a_lock(server),
    ):
        lock = seen_lock(client)
        assert client.end_backend(lock.blocking_pid).application == "migration"
        eventually(lambda: not client.locks())


def test_who_may_not_end_a_backend_is_unauthorized(server: PostgreSQL, client: PostgresqlClient) -> None:
    with administrator(server, "shop", name="superuser"):
        (pid,) = [query.pid for query in client.running_queries(with_idle=True) if query.application == "superuser"]
        with pytest.raises(Unauthorized, match="42501"):
            client.end_backend(pid)


@pytest.mark.parametrize(
    "ask",
    [
        lambda client: client.settings("a\0b"),
        lambda client: client.tables(0),
        lambda client: client.vacuum_health(1_001),
        lambda client: client.running_queries(float("nan")),
        lambda client: client.running_queries(-1.0),
        lambda client: client.slow_queries(order="'; DROP TABLE orders"),
    ],
)
def test_bad_arguments_are_refused(client: PostgresqlClient, ask: Callable[[PostgresqlClient], object]) -> None:
    with pytest.raises(InvalidRequest):
        ask(client)


def test_text_stays_text(client: PostgresqlClient) -> None:
    assert client.settings("x'; CREATE TABLE harm (id int); --") == ()
    assert client.settings('"%s"') == ()


@pytest.mark.parametrize("pid", [0, -1, 2**31])
def test_a_pid_that_is_none_is_refused(client: PostgresqlClient, pid: int) -> None:
    with pytest.raises(InvalidRequest, match="pid"):
        client.cancel_query(pid)


def test_a_backend_that_is_no_clients_is_not_touched(server: PostgreSQL, client: PostgresqlClient) -> None:
    with administrator(server) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'")
        ((checkpointer,),) = cursor.fetchall()
    for pid in (checkpointer, 2**31 - 1):
        with pytest.raises(Rejected, match="no client has a backend") as refused:
            client.cancel_query(pid)
        assert refused.value.status == 404


def test_indexes_that_are_unused_double_or_invalid_are_found(server: PostgreSQL, client: PostgresqlClient) -> None:
    with administrator(server, "shop") as shop:
        run(shop, "DROP TABLE IF EXISTS parts; CREATE TABLE parts (id int PRIMARY KEY, name text, colour text)")
        run(shop, "CREATE INDEX parts_name ON parts (name); CREATE INDEX parts_name_too ON parts (name)")
        run(shop, "CREATE INDEX parts_name_down ON parts (name DESC); CREATE INDEX parts_colour ON parts (colour)")
        run(shop, "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'parts_colour'::regclass")
    health = client.index_health()
    assert [index.name for index in health.invalid] == ["parts_colour"]
    assert {index.name for index in health.unused} >= {"parts_name", "parts_name_too", "parts_name_down"}
    assert "parts_pkey" not in {index.name for index in health.unused}
    assert [found.names for found in health.duplicates] == [("parts_name", "parts_name_too")]


def test_a_bloated_index_and_dead_rows_are_found(server: PostgreSQL, client: PostgresqlClient) -> None:
    with administrator(server, "shop") as shop:
        run(shop, "DROP TABLE IF EXISTS visits; CREATE TABLE visits (id int PRIMARY KEY, page int)")
        run(shop, "INSERT INTO visits SELECT n, n FROM generate_series(1, 20000) n; ANALYZE visits")
        assert "visits_pkey" not in {index.name for index in client.index_health().bloated}
        run(shop, "DELETE FROM visits WHERE id % 10 <> 0")
        run(shop, "SELECT pg_stat_force_next_flush()")
        run(shop, "SELECT 1")
    (table,) = [one for one in client.vacuum_health() if one.name == "visits"]
    assert (table.live_rows, table.dead_rows, table.is_due) == (2_000, 18_000, True)
    assert table.dead_percent == pytest.approx(90)
    assert table.last_vacuum is None
    assert table.last_analyze is not None
    with administrator(server, "shop") as shop:
        run(shop, "VACUUM ANALYZE visits")
    with connected_to(server) as fresh:  # with nothing in its cache
        (bloat,) = [one for one in fresh.index_health().bloated if one.name == "visits_pkey"]
        (table,) = [one for one in fresh.vacuum_health() if one.name == "visits"]
    assert 70 < bloat.wasted_percent < 95
    assert (table.dead_rows, table.is_due) == (0, False)
    assert table.last_vacuum is not None


def test_sizes_and_connections_are_told(server: PostgreSQL, client: PostgresqlClient) -> None:
    with administrator(server, "shop", name="counted") as shop:
        run(shop, "CREATE TABLE IF NOT EXISTS big AS SELECT n, repeat('x', 100) FROM generate_series(1, 5000) n")
        connections = client.connections()
        assert connections.applications["counted"] == 1
        assert connections.total == sum(connections.states.values()) >= 2
        assert connections.limit == 100
    assert {database.name for database in client.databases()} >= {"shop", "postgres"}
    (table,) = [table for table in client.tables() if table.name == "big"]
    assert table.total_bytes > 500_000
    assert client.health().version.startswith(("13", "14", "15", "16", "17", "18"))


def test_replication_of_a_lone_server_is_empty(client: PostgresqlClient) -> None:
    replication = client.replication()
    assert (replication.is_standby, replication.standbys, replication.slots, replication.receiver) == (
        False,
        (),
        (),
        None,
    )


@pytest.mark.needs("pg_basebackup")
def test_a_standby_and_how_far_it_is_behind_are_seen_from_both_sides(
    server: PostgreSQL, client: PostgresqlClient, program: Callable[[str], str]
) -> None:
    programs = {"pg_basebackup": program("pg_basebackup"), "postgres": program("postgres")}
    with running_standby(server, **programs) as port:

        def streams() -> bool:
            with administrator(server) as connection, connection.cursor() as cursor:
                cursor.execute("SELECT state = 'streaming' FROM pg_stat_replication")
                return cursor.fetchall() == [(True,)]

        eventually(streams, seconds=60.0)
        seen = client.replication()
        (standby,) = seen.standbys
        assert (standby.application, standby.state, standby.synchronisation) == ("standby_1", "streaming", "async")
        assert [(slot.name, slot.is_active) for slot in seen.slots] == [("standby_1", True)]
        with connected(
            PostgresqlClient, f"postgresql://127.0.0.1:{port}/shop", credentials=Basic("postgres", "")
        ) as other:
            mirrored = other.replication()
            assert mirrored.is_standby
            assert mirrored.receiver is not None
            assert mirrored.receiver.status == "streaming"
            assert other.health().status == "healthy"
            assert "replication.lag" in {figure.name for figure in other.figures()}
            server_of_it = other.server()
            assert (server_of_it.is_standby, server_of_it.is_receiving) == (True, True)


def test_settings_are_told_and_our_transactions_are_read_only(client: PostgresqlClient) -> None:
    (setting,) = client.settings("default_transaction_read_only")
    assert (setting.value, setting.is_default) == ("on", False)
    assert client.settings("nothing%") == ()
    assert len(client.settings()) > 300


def test_a_password_in_a_statement_is_masked(server: PostgreSQL, client: PostgresqlClient) -> None:
    with administrator(server, "shop", name="careless") as shop:
        run(shop, "CREATE ROLE guest PASSWORD 'very''secret'")
        (query,) = [one for one in client.running_queries(with_idle=True) if one.application == "careless"]
        run(shop, "DROP ROLE guest")
    assert query.query == "CREATE ROLE guest PASSWORD ***"


class Sleeper(PostgresqlClient):
    @operation(idempotent=False, role="admin")
    def sleep(self) -> None:
        self._send("POST", "/sleep", read=bool)


def test_a_query_ends_on_the_server_too_when_its_time_is_up(
    server: PostgreSQL, client: PostgresqlClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(queries.QUERIES, "sleep", "SELECT pg_sleep(30)")
    url = f"postgresql://127.0.0.1:{server.port}/shop"
    patience = ConnectionSettings(read_timeout_seconds=0.3)
    with connected(Sleeper, url, credentials=Basic(USER, PASSWORD), connection=patience) as sleeper:
        with pytest.raises(Unreachable) as caught:
            sleeper.sleep()
        assert caught.value.timed_out

    def sleeping() -> list[RunningQuery]:
        return [query for query in client.running_queries() if "pg_sleep" in query.query]

    eventually(lambda: not sleeping())


def test_nothing_can_be_written(server: PostgreSQL, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(queries.QUERIES, "sleep", "CREATE TABLE written (id int)")
    url = f"postgresql://127.0.0.1:{server.port}/shop"
    with (
        connected(Sleeper, url, credentials=Basic("postgres", "")) as writer,
        pytest.raises(Rejected, match=r"25006.*read-only"),
    ):
        writer.sleep()


@pytest.mark.parametrize(
    ("database", "user", "password", "kind", "said"),
    [
        ("shop", "strict", "wrong", Unauthorized, "password authentication failed"),
        ("shop", "nobody", "", Unauthorized, "does not exist"),
        ("missing", "strict", PASSWORD, Rejected, "database .missing. does not exist"),
    ],
)
def test_a_refused_login_says_why(
    server: PostgreSQL, database: str, user: str, password: str, kind: type[Exception], said: str
) -> None:
    with connected_to(server, database, user, password) as client, pytest.raises(kind, match=said):
        client.connections()


def test_a_scram_login_works(server: PostgreSQL) -> None:
    with connected_to(server, user="strict") as client:
        assert client.server().user == "strict"


def test_a_user_without_the_monitoring_role_sees_what_he_may(server: PostgreSQL) -> None:
    with connected_to(server, user="strict") as client, administrator(server, "shop", name="other"):
        others = [query for query in client.running_queries(with_idle=True) if query.user == "postgres"]
        assert all(query.query == "<insufficient privilege>" for query in others)
        assert client.server().connections >= 0
        assert client.databases()
        assert client.locks() == ()


def test_a_user_without_the_monitoring_role_sees_slow_queries_without_their_texts(server: PostgreSQL) -> None:
    with administrator(server, "shop") as shop:
        run(shop, "SELECT pg_sleep(0.01)")
    with connected_to(server, user="strict") as client:
        others = [query for query in client.slow_queries() if query.user == "postgres"]
    assert others
    assert {(query.query_id, query.query) for query in others} == {(None, "<insufficient privilege>")}


def test_statistics_are_found_in_a_schema_of_their_own_and_a_database_by_any_name(server: PostgreSQL) -> None:
    with administrator(server) as connection:
        run(connection, 'CREATE DATABASE "a/b %ö"')
    with administrator(server, "a%2Fb%20%25%C3%B6") as connection:
        run(connection, f'CREATE SCHEMA "the extensions"; GRANT USAGE ON SCHEMA "the extensions" TO {USER}')
        run(connection, 'CREATE EXTENSION pg_stat_statements SCHEMA "the extensions"')
        run(connection, f'GRANT EXECUTE ON FUNCTION "the extensions".pg_stat_statements_reset TO {USER}')
    with connected_to(server, "a%2Fb%20%25%C3%B6") as client:
        assert client.server().database == "a/b %ö"
        client.reset_slow_queries()
        assert client.slow_queries()


def test_what_is_too_large_is_no_fault_of_the_server(server: PostgreSQL) -> None:
    url = f"postgresql://127.0.0.1:{server.port}/shop"
    small = ConnectionSettings(max_response_bytes=5_000)
    with connected(PostgresqlClient, url, credentials=Basic(USER, PASSWORD), connection=small) as client:
        for _ in range(20):
            with pytest.raises(TooLarge, match="more than 5000 bytes"):
                client.settings()
        assert client.health().status == "healthy"
