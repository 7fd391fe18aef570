"""The listener on real servers of both versions: every difference becomes one event, and soon."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from api_clients.network.gns3.tests.servers import GNS3_VERSIONS, Gns3Server
from common.application.gns3 import central
from common.application.gns3.listener import Listener
from common.tests.gns3.conftest import Use
from common.tests.gns3.outside import Lab, newest, told, until

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.needs("gns3-server", "vpcs"),
    pytest.mark.parametrize("version", GNS3_VERSIONS),
]
Server = Callable[[str], Gns3Server]


@pytest.fixture
def listener() -> Iterator[Listener]:
    listening = Listener()
    yield listening
    listening.stop()


def settled(project_id: str) -> bool:
    return any(state.project_id == project_id and state.links for state in central.project_states("main"))


@pytest.mark.parametrize("watched", [True, False], ids=["stream", "polled"])
def test_a_node_stopped_from_outside_is_one_event_within_two_seconds(
    version: str, watched: bool, gns3_server: Server, use_servers: Use, listener: Listener
) -> None:
    server = gns3_server(version)
    use_servers(main=server)
    lab = Lab(server, "outside")
    lab.do("start", "A")
    if watched:
        central.watch("main", lab.project_id)
    listener.start()
    until(lambda: settled(lab.project_id))
    threading.Event().wait(1.5)
    assert told(lab.project_id) == []
    times = []
    for action, wanted in (("stop", "node.stopped"), ("start", "node.started"), ("stop", "node.stopped")):
        before = newest()
        lab.do(action, "A")
        times.append(until(lambda: (wanted, "A") in told(lab.project_id, after=before), told_by=told))  # noqa: B023
    print(version, watched, [round(seconds, 2) for seconds in times])
    assert min(times) < 2  # whatever else the machine did during the others
    assert max(times) < 10
    threading.Event().wait(2.5)
    assert told(lab.project_id) == [("node.stopped", "A"), ("node.started", "A"), ("node.stopped", "A")]
