"""A real HAProxy whose tables and statistics are called otherwise than usual."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from api_clients.qos.haproxy.client import HaproxyClient
from api_clients.qos.haproxy.options import HaproxyOptions
from api_clients.qos.haproxy.tests.servers import Haproxy
from api_clients.tests.connected import connected
from api_clients.tests.waiting import eventually

pytestmark = pytest.mark.needs("haproxy")


@pytest.fixture
def client(haproxy: Haproxy) -> Iterator[HaproxyClient]:
    with connected(HaproxyClient, haproxy.socket) as made:
        yield made


def test_a_table_of_a_peers_section_is_read_and_its_keys_are_told_as_they_are(
    haproxy: Haproxy, client: HaproxyClient
) -> None:
    for agent in (r"a=b\c", "two words"):
        haproxy.ask_once(agent)
    entries = client.stick_table_entries("lab.1/agents")
    assert {entry.key for entry in entries} == {r"a=b\c", "two words"}
    eventually(lambda: all(entry.uses == 0 for entry in client.stick_table_entries("lab.1/agents")), seconds=30.0)
    client.clear_stick_table_entry("lab.1/agents", r"a=b\c")
    assert [entry.key for entry in client.stick_table_entries("lab.1/agents")] == ["two words"]


def test_statistics_are_found_where_haproxy_has_them_by_itself(haproxy: Haproxy) -> None:
    url = f"http://127.0.0.1:{haproxy.default_stats}"
    with connected(HaproxyClient, url, options=HaproxyOptions(stats_path="/haproxy?stats")) as client:
        assert client.health().version.startswith("2.")
        assert {row.name for row in client.servers("app")} == {"s1", "s2"}
