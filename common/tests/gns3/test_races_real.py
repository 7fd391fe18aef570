"""Two who listen at once, streams that repeat themselves, a holder of the lease that dies: never an event twice."""

from __future__ import annotations

import json
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from api_clients.network.gns3.notifications import Connected
from api_clients.network.gns3.tests.servers import Gns3Server
from api_clients.network.gns3.values import Notification
from common.application.gns3 import central
from common.application.gns3.listener import Listener
from common.application.gns3.server_watch import ServerWatch
from common.infrastructure.gns3 import leases
from common.infrastructure.gns3.streams import Heard
from common.models import Gns3Server as ServerRow
from common.tests.gns3.configured import configure
from common.tests.gns3.conftest import Use
from common.tests.gns3.outside import Lab, newest, told, until
from common.tests.hub_process import HubProcess
from common.tests.servers import PostgreSQL

VERSION = "2.2.54"
pytestmark = [pytest.mark.needs("gns3-server", "vpcs"), pytest.mark.slow]


@pytest.fixture
def server(gns3_server: Callable[[str], Gns3Server]) -> Gns3Server:
    return gns3_server(VERSION)


@pytest.fixture
def pair(server: Gns3Server, use_servers: Use) -> Iterator[tuple[ServerWatch, ServerWatch]]:
    """Two watches of one server, as if both had the lease."""
    use_servers(main=server)
    watches = (ServerWatch("main"), ServerWatch("main"))
    yield watches
    for watch in watches:
        watch.stop()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("watched", [True, False], ids=["stream", "polled"])
def test_two_who_watch_at_once_never_tell_the_same_twice(
    watched: bool, server: Gns3Server, pair: tuple[ServerWatch, ServerWatch]
) -> None:
    lab = Lab(server, "raced")
    if watched:
        central.watch("main", lab.project_id)
    for watch in pair:
        watch.start()
    until(lambda: any(state.links == 2 for state in central.project_states("main")))
    threading.Event().wait(1.5)
    before = newest()
    for turn, action in enumerate(("start", "stop") * 4, start=1):
        lab.do(action, "A")
        central.node("main", lab.project_id, lab.nodes["A"], fresh=action == "stop")  # and a third who reads
        threading.Event().wait(0.7)
        if watched:  # a busy machine may hear of it later, and two changes at once are none
            until(lambda: len(told(lab.project_id, after=before)) >= turn, told_by=told)  # noqa: B023
    lab.do("start", "A")
    until(lambda: ("node.started", "A") in told(lab.project_id, after=before)[-1:], told_by=told)
    threading.Event().wait(2.5)
    events = [kind for kind, _ in told(lab.project_id, after=before)]
    assert events[0] == "node.started"
    assert all(one != other for one, other in pairwise(events)), events
    assert events[-1] == "node.started"
    if watched:
        assert len(events) == 9


@pytest.mark.django_db(transaction=True)
def test_notifications_that_come_again_or_late_tell_nothing(
    server: Gns3Server, pair: tuple[ServerWatch, ServerWatch]
) -> None:
    """Every delivery is given to the watch three times, and all of them once more when they are no longer true."""
    lab = Lab(server, "repeated")
    central.watch("main", lab.project_id)
    watch = pair[0]
    given: list[Heard] = []
    put = watch._heard.put

    class Doubling:
        get, get_nowait = watch._heard.get, watch._heard.get_nowait

        def put(self, heard: Heard) -> None:
            for _ in range(3):
                put(heard)
            given.append(heard)

    watch._heard = watch._controller._into = Doubling()  # type: ignore[assignment]
    watch.start()
    until(lambda: any(state.links == 2 for state in central.project_states("main")))
    until(lambda: any(heard.project_id and isinstance(heard.item, Connected) for heard in given))
    threading.Event().wait(1)
    before = newest()
    lab.do("start", "A")
    lab.add("C")
    until(lambda: ("node.created", "C") in told(lab.project_id, after=before))
    threading.Event().wait(1)
    lab.do("stop", "A")
    until(lambda: ("node.stopped", "A") in told(lab.project_id, after=before))
    threading.Event().wait(1)
    for heard in list(given):
        put(replace(heard, at=time.monotonic()))
    threading.Event().wait(2)
    events = told(lab.project_id, after=before)
    assert sorted(events) == sorted(
        [("node.started", "A"), ("node.created", "C"), ("topology.changed", "repeated"), ("node.stopped", "A")]
    )
    assert any(isinstance(heard.item, Notification) and heard.item.action == "node.updated" for heard in given)


@pytest.mark.django_db(transaction=True)
def test_one_listens_at_a_time_and_another_takes_over_at_once_when_it_leaves(
    server: Gns3Server, use_servers: Use, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "LEASE_SECONDS", 600.0)  # it never runs out: who leaves gives it back
    use_servers(main=server)
    first, second = Listener(), Listener()
    first.start()
    until(lambda: first.listens_to() == ("main",))
    second.start()
    threading.Event().wait(leases.RENEW_SECONDS * 2)
    assert second.listens_to() == ()
    first.stop()
    try:
        until(lambda: second.listens_to() == ("main",))
    finally:
        second.stop()
    until(lambda: ServerRow.objects.get(pk="main").holder is None)


def stored(database: Callable[[str], list[tuple[str, str]]]) -> list[tuple[str, str]]:
    rows = database("SELECT type, data FROM common_storedevent WHERE source = 'gns3' ORDER BY position")
    return [(kind, (data if isinstance(data, dict) else json.loads(data)).get("name", "")) for kind, data in rows]


def of_sqlite(folder: Path) -> Callable[[str], list[tuple[str, str]]]:
    def ask(query: str) -> list[tuple[str, str]]:
        with closing(sqlite3.connect(folder / "nms.sqlite3", timeout=10)) as connection:
            return connection.execute(query).fetchall()

    return ask


def of_postgresql(url: str) -> Callable[[str], list[tuple[str, str]]]:
    import psycopg2

    def ask(query: str) -> list[tuple[str, str]]:
        with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
            cursor.execute(query)
            rows: list[tuple[str, str]] = cursor.fetchall()
            return rows

    return ask


@pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.needs("postgres", "initdb"))]
)
def test_of_two_hubs_one_listens_and_when_it_is_killed_the_other_goes_on(
    database: str, server: Gns3Server, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    lab = Lab(server, "two hubs")
    environment = {"NMS_CLIENTS_FILE": str(configure(tmp_path / "clients.yaml", {"main": server})), "NMS_LAB": "0"}
    ask = of_sqlite(tmp_path)
    if database == "postgresql":
        postgresql: PostgreSQL = request.getfixturevalue("postgresql")
        environment["DATABASE_URL"] = postgresql.fresh_database("hubs")
        ask = of_postgresql(environment["DATABASE_URL"])
    first = HubProcess(tmp_path, **environment)
    hubs = [first]
    try:
        first.wait_for("listening to a GNS3 server", 60)
        hubs.append(second := HubProcess(tmp_path, **environment))
        second.wait_for("NMS serves at", 60)
        threading.Event().wait(3)
        assert "listening to a GNS3 server" not in second.output
        lab.do("start", "A")
        until(lambda: ("node.started", "A") in stored(ask), told_by=lambda: stored(ask))
        first.send(signal.SIGKILL)
        second.wait_for("listening to a GNS3 server", leases.LEASE_SECONDS + 60)
        lab.do("stop", "A")
        until(lambda: ("node.stopped", "A") in stored(ask), told_by=lambda: stored(ask))
        threading.Event().wait(2)
        assert stored(ask) == [("node.started", "A"), ("node.stopped", "A")]
    finally:
        for hub in hubs:
            hub.kill()
    assert lab.is_open()
