"""Streams of notifications from real sockets: what is told, outages, and the end."""

from __future__ import annotations

import json
import queue
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import pytest

from api_clients.domain.errors import Malformed, Rejected, ServiceError, Unauthorized, Unreachable
from api_clients.domain.policies.retry import RetryPolicy
from api_clients.domain.values import Stream
from api_clients.infrastructure.tests.test_http_stream import END, HEAD, chunk, server, wait_for_the_end
from api_clients.network.gns3.notifications import Connected, Item, Lost, Notifications, read_notification
from api_clients.network.gns3.tests.fake_server import PAGE, FakeServer, connected, running
from api_clients.network.gns3.values import Notification
from api_clients.simulation import json_answer
from api_clients.tests.waiting import eventually

SOON = RetryPolicy(base_seconds=0.02, max_seconds=0.05)
PING = {"action": "ping", "event": {"cpu_usage_percent": 7.0}}


def line(action: str, **event: Any) -> bytes:
    return json.dumps({"action": action, "event": event}).encode() + b"\n"


class Script:
    """Opens streams that say what a test wants, or fails; remembers how often it was asked."""

    def __init__(self, *streams: list[bytes | ServiceError] | ServiceError) -> None:
        self._streams = list(streams)
        self.opened = 0

    def open_notifications(self, project_id: str | None = None) -> Stream:
        self.opened += 1
        script = self._streams.pop(0) if self._streams else Unreachable("refused the connection")
        if isinstance(script, ServiceError):
            raise script
        return Played(script)


class Played:
    def __init__(self, script: list[bytes | ServiceError]) -> None:
        self._script = script
        self.closed = False

    def read(self) -> bytes:
        if not self._script or self.closed:
            return b""
        said = self._script.pop(0)
        if isinstance(said, ServiceError):
            raise said
        return said

    def close(self) -> None:
        self.closed = True


def heard(script: Script, count: int, project_id: str | None = None) -> list[Item]:
    notifications = Notifications(script, project_id, backoff=SOON)
    items: list[Item] = []
    for item in notifications:
        items.append(item)
        if len(items) == count:
            notifications.stop()
    return items


def test_an_outage_of_thousands_of_attempts_ends_as_one_of_a_few_does() -> None:
    script = Script(*[Unreachable("refused the connection")] * 3000, [line("ping")])
    at_once = Notifications(script, backoff=RetryPolicy(base_seconds=0.2, max_seconds=5.0), draw=lambda: 0.0)
    items: list[Item] = []
    for item in at_once:
        items.append(item)
        if isinstance(item, Connected):
            at_once.stop()
    assert [type(item) for item in items[:2]] == [Lost, Connected]
    assert script.opened == 3001


def test_each_line_is_a_notification_however_it_arrives() -> None:
    first, second = line("node.created", name="ä"), line("node.deleted", name="b")
    script = Script([first[:7], first[7:] + second[:-1], b"\n\n" + line("ping")])
    assert heard(script, 4) == [
        Connected(),
        Notification("node.created", {"name": "ä"}),
        Notification("node.deleted", {"name": "b"}),
        Notification("ping", {}),
    ]


def test_what_a_project_says_is_marked_as_its_own() -> None:
    items = heard(Script([line("node.created")]), 2, "p1")
    assert items[1] == Notification("node.created", {}, "p1")


def test_an_outage_is_told_once_and_its_end_once() -> None:
    refused = Unreachable("refused the connection")
    script = Script([line("ping")], refused, refused, refused, [line("ping")])
    items = heard(script, 5)
    assert [type(item) for item in items] == [Connected, Notification, Lost, Connected, Notification]
    assert script.opened == 5


def test_a_server_that_was_never_there_is_lost_once_and_found_once() -> None:
    items = heard(Script(Unreachable("refused"), Unreachable("refused"), [line("ping")]), 3)
    assert [type(item) for item in items] == [Lost, Connected, Notification]
    assert isinstance(items[0], Lost)
    assert isinstance(items[0].error, Unreachable)


def test_a_server_that_ends_each_stream_at_once_is_not_hammered() -> None:
    opened_at: list[float] = []

    class Ending:
        def open_notifications(self, project_id: str | None = None) -> Stream:
            opened_at.append(time.monotonic())
            if len(opened_at) == 5:
                notifications.stop()
            return Played([])

    notifications = Notifications(Ending(), backoff=RetryPolicy(base_seconds=0.1, max_seconds=0.4), draw=lambda: 1.0)
    assert [type(item) for item in notifications] == [Lost]  # it never said a word
    pauses = [later - earlier for earlier, later in pairwise(opened_at)]
    assert all(pause >= least for pause, least in zip(pauses, (0.1, 0.2, 0.4, 0.4), strict=True)), pauses


@pytest.mark.parametrize(
    "garbage", [b"<html>\n", b"[]\n", b'{"action": "x"}\n', b'{"action": 1, "event": 7}\n', b"\xff\n"]
)
def test_what_is_no_notification_ends_the_stream_and_it_is_opened_anew(garbage: bytes) -> None:
    items = heard(Script([line("ping"), garbage, line("never read")], [line("ping")]), 5)
    assert [type(item) for item in items] == [Connected, Notification, Lost, Connected, Notification]
    assert isinstance(items[2], Lost)
    assert isinstance(items[2].error, Malformed)


def test_a_line_without_end_is_not_kept() -> None:
    script = Script([b"x" * 9_000_000, b"x" * 9_000_000])
    (item,) = heard(script, 1)
    assert isinstance(item, Lost)
    assert isinstance(item.error, Malformed)


def test_a_stream_of_a_project_that_is_not_there_ends() -> None:
    with pytest.raises(Rejected, match="doesn't exist"):
        list(Notifications(Script(Rejected("Project ID p1 doesn't exist", status=404)), "p1", backoff=SOON))


def test_the_controllers_stream_does_not_end_for_a_404() -> None:
    items = heard(Script(Rejected("no GNS3 server", status=404), [line("ping")]), 3)
    assert [type(item) for item in items] == [Lost, Connected, Notification]


def test_a_refused_login_is_an_outage_that_may_end() -> None:
    items = heard(Script(Unauthorized("who are you?", status=401), [line("ping")]), 3)
    assert [type(item) for item in items] == [Lost, Connected, Notification]


def test_it_stops_while_it_waits_for_the_next_attempt() -> None:
    notifications = Notifications(Script(), backoff=RetryPolicy(base_seconds=30, max_seconds=30), draw=lambda: 1.0)
    items: queue.Queue[Item] = queue.Queue()
    thread = threading.Thread(target=lambda: [items.put(item) for item in notifications], daemon=True)
    thread.start()
    items.get(timeout=10)
    notifications.stop()
    thread.join(10)
    assert not thread.is_alive()


def test_what_was_stopped_before_it_began_opens_nothing() -> None:
    script = Script([line("ping")])
    notifications = Notifications(script)
    notifications.stop()
    assert list(notifications) == []
    assert script.opened == 0


def test_it_stops_while_a_server_says_nothing_at_all_and_closes_what_comes_too_late() -> None:
    too_late = Played([])
    go_on, asked = threading.Event(), threading.Event()

    class Hung:
        def open_notifications(self, project_id: str | None = None) -> Stream:
            asked.set()
            go_on.wait(60)
            return too_late

    notifications = Notifications(Hung())
    thread = threading.Thread(target=lambda: list(notifications), daemon=True)
    thread.start()
    assert asked.wait(10)
    notifications.stop()
    thread.join(10)
    assert not thread.is_alive()
    go_on.set()
    eventually(lambda: too_late.closed)


def test_a_defect_while_it_opens_is_raised_where_it_is_waited_for() -> None:
    class Broken:
        def open_notifications(self, project_id: str | None = None) -> Stream:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(Notifications(Broken()))


def test_leaving_the_loop_closes_the_stream() -> None:
    played = Played([line("ping")] * 3)

    class One:
        def open_notifications(self, project_id: str | None = None) -> Stream:
            return played

    items = iter(Notifications(One()))
    next(items), next(items)
    items.close()  # what the garbage collector does to a loop that was left
    assert played.closed


@pytest.mark.parametrize(
    "document", [b"", b"7", b"null", b'{"event": {}}', b'{"action": "a", "event": "b"}', b"[" * 99_999]
)
def test_a_line_that_says_nothing_is_malformed(document: bytes) -> None:
    with pytest.raises(Malformed):
        read_notification(document)


# --- Over sockets ---


@contextmanager
def listening(url: str) -> Iterator[tuple[queue.Queue[Item], Notifications, threading.Thread]]:
    with connected(url, api="v2") as client:
        notifications = Notifications(client, backoff=SOON)
        items: queue.Queue[Item] = queue.Queue()
        thread = threading.Thread(target=lambda: [items.put(item) for item in notifications], daemon=True)
        thread.start()
        yield items, notifications, thread
        notifications.stop()
        thread.join(10)
        assert not thread.is_alive()


def test_another_thread_stops_a_silent_stream_long_before_its_silence_ends_and_the_server_learns_it() -> None:
    left = threading.Event()

    def talk(connection: socket.socket) -> None:
        connection.sendall(HEAD + chunk(line("ping")))
        wait_for_the_end(connection)
        left.set()

    with server(talk) as url, listening(url) as (items, notifications, thread):
        assert [items.get(timeout=10), items.get(timeout=10)] == [Connected(), Notification("ping", {})]
        notifications.stop()
        thread.join(5)
        assert not thread.is_alive()
        assert left.wait(5)
        assert items.empty()


@pytest.mark.parametrize("end", [END, b""], ids=["clean, as v3", "broken, as v2"])
def test_a_server_that_restarts_is_lost_and_found(end: bytes) -> None:
    def talk(connection: socket.socket) -> None:
        connection.sendall(HEAD + chunk(line("node.updated", status="started")) + end)

    with server(talk) as url, listening(url) as (items, _, _):
        kinds = [type(items.get(timeout=10)) for _ in range(6)]
        assert kinds == [Connected, Notification, Lost, Connected, Notification, Lost]


def test_a_server_that_stops_its_pings_is_lost() -> None:
    def talk(connection: socket.socket) -> None:
        connection.sendall(HEAD + chunk(line("ping")))
        wait_for_the_end(connection)

    with server(talk) as url, connected(url, api="v2") as client:
        stream = client.open_notifications(silence_seconds=1.0)
        assert json.loads(stream.read())["action"] == "ping"
        with pytest.raises(Unreachable, match=r"within 1 s"):
            stream.read()


def test_the_stream_of_a_project_that_is_not_there_is_rejected() -> None:
    fake = FakeServer("v3")
    fake.answers["GET /projects/p1/notifications"] = json_answer({"message": "Project ID p1 doesn't exist"}, status=404)
    with running(fake) as rig, pytest.raises(Rejected, match="Project ID p1 doesn't exist"):
        list(Notifications(rig.client, "p1"))


def test_a_page_is_no_stream() -> None:
    fake = FakeServer("v3")
    fake.answers["GET /notifications"] = PAGE
    with running(fake) as rig, pytest.raises(Malformed):
        rig.client.open_notifications()


def test_a_capture_is_read_as_it_grows_until_it_ends() -> None:
    def talk(connection: socket.socket) -> None:
        connection.sendall(HEAD + chunk(b"pcap header") + chunk(b"packet") + END)

    with server(talk) as url, connected(url, api="v2") as client:
        assert b"".join(client.capture_stream("p1", "l1")) == b"pcap headerpacket"
