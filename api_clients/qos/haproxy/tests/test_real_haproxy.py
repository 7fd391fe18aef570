"""The client against a real HAProxy with traffic: servers are drained, weighed, disabled, added and deleted."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator

import pytest

from api_clients.domain.errors import InvalidRequest, Rejected, Unauthorized, Unreachable
from api_clients.infrastructure.http import Basic
from api_clients.infrastructure.wire import ConnectionSettings
from api_clients.qos.haproxy.client import HaproxyClient
from api_clients.qos.haproxy.options import HaproxyOptions
from api_clients.qos.haproxy.tests.servers import PASSWORD, SLOW_MAY_END, USER, Haproxy, named_server
from api_clients.tests.connected import connected
from api_clients.tests.waiting import eventually

pytestmark = pytest.mark.needs("haproxy")

LOGIN = Basic(USER, PASSWORD)


@pytest.fixture
def client(haproxy: Haproxy) -> Iterator[HaproxyClient]:
    """Statistics over HTTP, changes over the socket; both servers work again afterwards."""
    options = HaproxyOptions(socket=haproxy.socket)
    with connected(HaproxyClient, haproxy.url, credentials=LOGIN, options=options) as made:
        yield made
        for server in ("s1", "s2"):
            made.set_server_weight("app", server, 1)
            made.enable_server("app", server)
        eventually(lambda: all(row.state == "up" for row in made.servers("app")), seconds=30.0)


@pytest.fixture(params=["unix", "tcp"])
def socket_client(request: pytest.FixtureRequest, haproxy: Haproxy) -> Iterator[HaproxyClient]:
    """All over the socket alone."""
    url = haproxy.socket if request.param == "unix" else f"tcp://127.0.0.1:{haproxy.tcp}"
    with connected(HaproxyClient, url) as made:
        yield made


def server(client: HaproxyClient, name: str) -> object:
    return next(row for row in client.servers("app") if row.name == name)


def test_its_health_says_its_version(client: HaproxyClient, socket_client: HaproxyClient) -> None:
    health = client.health()
    assert (health.status, health.reason) == ("healthy", "")
    assert health.version[0].isdigit()
    assert socket_client.health() == health


def test_the_version_stands_on_the_page_where_there_is_no_socket(haproxy: Haproxy, client: HaproxyClient) -> None:
    with connected(HaproxyClient, haproxy.url, credentials=LOGIN) as without_socket:
        assert without_socket.health() == client.health()
        assert "cpu.used" not in {figure.name for figure in without_socket.figures()}


def test_a_drained_server_gets_no_traffic_until_it_is_ready_again(haproxy: Haproxy, client: HaproxyClient) -> None:
    assert haproxy.ask(8) == {"one": 4, "two": 4}

    client.drain_server("app", "s1")
    assert server(client, "s1").state == "drain"
    assert haproxy.ask(8) == {"two": 8}

    client.enable_server("app", "s1")
    assert server(client, "s1").state == "up"
    assert haproxy.ask(8) == {"one": 4, "two": 4}


def test_a_disabled_server_is_in_maintenance_and_no_alert(haproxy: Haproxy, client: HaproxyClient) -> None:
    client.disable_server("app", "s2")
    (state,) = [item for item in client.server_states("app") if item.server == "s2"]
    assert (state.operation, state.admin) == ("stopped", ("maintenance",))
    assert server(client, "s2").state == "maint"
    assert haproxy.ask(4) == {"one": 4}
    assert client.active_alerts() == ()


def test_traffic_follows_the_weights(haproxy: Haproxy, client: HaproxyClient) -> None:
    client.set_server_weight("app", "s1", 3)
    assert server(client, "s1").weight == 3
    assert haproxy.ask(16) == {"one": 12, "two": 4}
    client.set_server_weight("app", "s1", 0, unit="percent")
    assert haproxy.ask(4) == {"two": 4}
    client.set_server_weight("app", "s1", 100, unit="percent")
    assert server(client, "s1").weight == 1


@pytest.mark.parametrize("is_checked", [False, True])
def test_a_server_is_added_serves_and_is_deleted(haproxy: Haproxy, client: HaproxyClient, is_checked: bool) -> None:
    with named_server("three") as port:
        client.add_server("app", "s3", "127.0.0.1", port, 2, is_checked=is_checked, check_interval_seconds=0.1)
        eventually(lambda: server(client, "s3").status in ("UP", "no check"), seconds=30.0)
        assert haproxy.ask(8) == {"one": 2, "two": 2, "three": 4}

        with pytest.raises(Rejected, match="Already exists"):
            client.add_server("app", "s3", "127.0.0.1", port)
        with pytest.raises(Rejected, match="maintenance"):
            client.delete_server("app", "s3")
        client.disable_server("app", "s3")
        client.delete_server("app", "s3")
    assert [row.name for row in client.servers("app")] == ["s1", "s2"]


def test_a_server_may_be_added_to_wait(client: HaproxyClient) -> None:
    client.add_server("app", "s3", "::1", 1, is_enabled=False)
    assert server(client, "s3").state == "maint"
    client.delete_server("app", "s3")


def test_a_server_that_dies_is_an_alert_and_a_backend_without_any_degrades_health(client: HaproxyClient) -> None:
    with named_server("four") as port:
        client.add_server("app", "s4", "127.0.0.1", port, is_checked=True, check_interval_seconds=0.1)
        eventually(lambda: server(client, "s4").status == "UP", seconds=30.0)
    try:
        eventually(lambda: server(client, "s4").state == "down", seconds=30.0)
        for other in ("s1", "s2"):
            client.disable_server("app", other)
        alerts = {alert.source: alert for alert in client.active_alerts()}
        assert alerts["app/s4"].severity == "high"
        assert "L4CON" in alerts["app/s4"].description
        assert alerts["app"].severity == "critical"
        health = client.health()
        assert (health.status, health.reason) == ("degraded", "no server works in backend app")
    finally:
        client.disable_server("app", "s4")
        client.delete_server("app", "s4")


def test_statistics_over_the_socket_are_those_of_the_page(client: HaproxyClient, socket_client: HaproxyClient) -> None:
    def shape(found: HaproxyClient) -> list[tuple[str, str, str, str]]:
        return [(row.kind, row.proxy, row.name, row.status) for row in found.statistics()]

    assert shape(socket_client) == shape(client)
    assert {row.address.partition(":")[0] for row in socket_client.servers()} == {"127.0.0.1"}
    assert [row.proxy for row in client.backends()] == ["stats", "app"]
    assert [row.proxy for row in client.frontends()] == ["stats", "statistics-by-default", "web"]


def test_the_process_its_figures_and_its_sessions(haproxy: Haproxy, client: HaproxyClient) -> None:
    info = client.info()
    assert (info.connections_limit, info.is_stopping, info.idle_percent > 0) == (200, False, True)
    with socket.create_connection(("127.0.0.1", haproxy.web)) as visitor:
        SLOW_MAY_END.clear()
        visitor.sendall(b"GET /slow HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n")
        place = f"127.0.0.1:{visitor.getsockname()[1]}"
        try:  # sessions of those who have left may be told for a moment
            session = eventually(
                lambda: next((item for item in client.sessions() if item.source == place and item.server), None),
                seconds=30.0,
            )
        finally:
            SLOW_MAY_END.set()
        assert (session.frontend, session.backend) == ("web", "app")
        assert session.server in ("s1", "s2")
        assert visitor.makefile("rb").read().endswith((b"one", b"two"))
    figures = {figure.name: figure.value for figure in client.figures()}
    assert figures["servers.up"] == 2
    assert figures["servers.down"] == 0
    assert 0 <= figures["cpu.used"] <= 100
    assert figures["connections.limit"] == 200
    assert figures["network.received"] > 0


def test_a_stick_table_remembers_who_came_until_it_is_told_to_forget(haproxy: Haproxy, client: HaproxyClient) -> None:
    haproxy.ask(3)
    assert {table.name for table in client.stick_tables()} == {"web", "lab.1/agents"}
    (entry,) = client.stick_table_entries("web")
    assert entry.key == "127.0.0.1"
    assert int(entry.data["http_req_cnt"]) >= 3
    assert 500 < (entry.expires_seconds or 0) <= 600
    eventually(lambda: client.stick_table_entries("web")[0].uses == 0, seconds=30.0)
    client.clear_stick_table_entry("web", "127.0.0.1")
    assert client.stick_table_entries("web") == ()
    client.clear_stick_table_entry("web", "198.51.100.1")  # was never there


def test_the_prometheus_endpoint_is_read(client: HaproxyClient) -> None:
    found = {
        (metric.labels["proxy"], metric.labels["server"]): metric.value
        for metric in client.metrics(prefix="haproxy_server_weight")
    }
    assert found == {("app", "s1"): 1.0, ("app", "s2"): 1.0}
    assert len(client.metrics()) > 100


def test_a_wrong_password_is_unauthorized(haproxy: Haproxy) -> None:
    for login in (Basic(USER, "wrong"), None):
        with connected(HaproxyClient, haproxy.url, credentials=login) as stranger:
            for ask in (stranger.health, stranger.statistics, stranger.servers):
                with pytest.raises(Unauthorized):
                    ask()


def test_a_socket_of_a_lower_level_is_unauthorized_for_changes(haproxy: Haproxy) -> None:
    with connected(HaproxyClient, f"unix://{haproxy.folder}/operator.sock") as operator:
        assert operator.servers("app")
        with pytest.raises(Unauthorized, match="level admin"):
            operator.drain_server("app", "s1")
        assert server(operator, "s1").state == "up"


def test_a_stale_socket_and_a_missing_one_are_unreachable(haproxy: Haproxy) -> None:
    stale = haproxy.folder / "stale.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(stale))
    for address, said in ((f"unix://{stale}", "refused the connection"), (f"{haproxy.socket}.none", "no socket")):
        with connected(HaproxyClient, address) as lost, pytest.raises(Unreachable, match=said):
            lost.servers()
    options = HaproxyOptions(socket=f"unix://{stale}")
    with connected(HaproxyClient, haproxy.url, credentials=LOGIN, options=options) as half:
        health = half.health()
        assert health.status == "degraded"
        assert "refused the connection" in health.reason
        assert half.servers("app")


def test_a_socket_that_says_nothing_times_out(haproxy: Haproxy) -> None:
    connection = ConnectionSettings(connect_timeout_seconds=0.3, read_timeout_seconds=0.3)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(haproxy.folder / "mute.sock"))
        listener.listen()
        with (
            connected(HaproxyClient, f"unix://{haproxy.folder}/mute.sock", connection=connection) as waiting,
            pytest.raises(Unreachable, match=r"within 0.3 s") as caught,
        ):
            waiting.servers()
    assert caught.value.timed_out


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda client: client.drain_server("app", "nobody"), "No such server"),
        (lambda client: client.drain_server("nowhere", "s1"), "No such backend"),
        (lambda client: client.server_states("nowhere"), "Can't find backend"),
        (lambda client: client.servers("nowhere"), "there is no backend 'nowhere'"),
        (lambda client: client.stick_table_entries("nowhere"), "No such table"),
        (lambda client: client.clear_stick_table_entry("nowhere", "192.0.2.1"), "No such table"),
    ],
)
def test_what_haproxy_refuses_is_rejected_in_its_words(
    client: HaproxyClient, act: Callable[[HaproxyClient], None], said: str
) -> None:
    with pytest.raises(Rejected, match=said) as refused:
        act(client)
    assert refused.value.status == 404


SMUGGLED = [
    "s1; disable server app/s2",
    "s1\ndisable server app/s2",
    "s1 state maint",
    "",
    "s1\r",
    "a/b",
    "s\u00e4",
    "x" * 200,
]


@pytest.mark.parametrize("name", SMUGGLED)
def test_a_name_that_is_more_than_a_name_is_not_sent(client: HaproxyClient, name: str) -> None:
    acts: list[Callable[[], None]] = [
        lambda: client.drain_server("app", name),
        lambda: client.drain_server(name, "s1"),
        lambda: client.stick_table_entries(f"{name}/x"),
        lambda: client.delete_server("app", name),
        lambda: client.add_server("app", name, "127.0.0.1", 80),
        lambda: client.runtime_servers(name),
    ]
    for act in acts:
        with pytest.raises(InvalidRequest):
            act()
    assert [row.state for row in client.servers("app")] == ["up", "up"]


@pytest.mark.parametrize("key", ["1.2.3.4; shutdown sessions server app/s1", "a\nb", "a b", "", "<<", "x" * 600])
def test_a_key_that_is_more_than_a_word_is_not_sent(client: HaproxyClient, key: str) -> None:
    with pytest.raises(InvalidRequest):
        client.clear_stick_table_entry("web", key)


@pytest.mark.parametrize(
    "place",
    [
        ("example.org", 80),
        ("127.0.0.1 weight 5", 80),
        ("127.0.0.1", 0),
        ("127.0.0.1", 70_000),
        ("", 80),
        ("fe80::1%eth0;x", 80),
    ],
)
def test_a_place_that_is_none_is_not_sent(client: HaproxyClient, place: tuple[str, int]) -> None:
    with pytest.raises(InvalidRequest):
        client.add_server("app", "s9", *place)
    assert [row.name for row in client.servers("app")] == ["s1", "s2"]


def test_what_only_the_socket_can_do_says_so_without_one(haproxy: Haproxy) -> None:
    with connected(HaproxyClient, haproxy.url, credentials=LOGIN) as without_socket:
        with pytest.raises(InvalidRequest, match=r"options\.socket"):
            without_socket.drain_server("app", "s1")
        with pytest.raises(InvalidRequest, match=r"options\.data_plane"):
            without_socket.configured_backends()
