"""Servers that die and come back, hubs that do: nothing is concluded of what nobody sees, and nothing is shut down."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from api_clients.network.gns3.tests.servers import GNS3_VERSIONS, Gns3Server, running_gns3
from common.application.gns3 import central
from common.application.gns3.listener import Listener
from common.domain.errors import Unavailable
from common.tests.gns3.conftest import Use
from common.tests.gns3.outside import Lab, newest, told, until

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.needs("gns3-server", "vpcs"),
    pytest.mark.parametrize("version", GNS3_VERSIONS),
    pytest.mark.slow,
]
AUTO_CLOSE_SECONDS = 10.0  # after the last listener to a project's stream has left


@pytest.fixture
def server(version: str, tmp_path: Path) -> Iterator[Gns3Server]:
    folder = tmp_path / "gns3"
    folder.mkdir()
    with running_gns3(version, folder) as running:
        yield running


def listening(project_ids: list[str], links: int) -> Listener:
    listener = Listener()
    listener.start()
    known = lambda: [s for s in central.project_states("main") if s.project_id in project_ids and s.links == links]  # noqa: E731
    until(lambda: len(known()) == len(project_ids))
    return listener


def test_a_killed_server_is_lost_once_and_what_it_took_with_it_is_told_once_when_it_is_back(
    version: str, server: Gns3Server, use_servers: Use
) -> None:
    use_servers(main=server)
    watched, polled = Lab(server, "watched"), Lab(server, "polled")
    for lab in (watched, polled):
        lab.do("start", "A")
    central.watch("main", watched.project_id)
    listener = listening([watched.project_id, polled.project_id], links=2)
    try:
        pause = threading.Event()
        pause.wait(2)
        before = newest()
        server.kill()
        until(lambda: ("compute.lost", "main") in told(after=before), told_by=told)
        pause.wait(3)
        assert told(after=before) == [("compute.lost", "main")]
        assert central.status().servers[0].reachable is False
        with pytest.raises(Unavailable):
            central.start_node("main", polled.project_id, polled.nodes["B"])
        server.start()
        until(lambda: ("compute.connected", "main") in told(after=before), told_by=told)
        until(lambda: len(told(after=before)) >= 6, told_by=told)
        pause.wait(4)
    finally:
        listener.stop()
    assert sorted(told(after=before)) == sorted(
        [
            ("compute.lost", "main"),
            ("compute.connected", "main"),
            *[("node.stopped", "A"), ("project.closed", "watched")],
            *[("node.stopped", "A"), ("project.closed", "polled")],
        ]
    )


def test_a_hub_restart_leaves_open_projects_open_and_their_nodes_running(
    version: str, server: Gns3Server, use_servers: Use
) -> None:
    """The trap: a server closes a project with auto_close when the last listener to its stream leaves."""
    use_servers(main=server)
    theirs, watched = Lab(server, "theirs", auto_close=True), Lab(server, "watched", auto_close=True)
    for lab in (theirs, watched):
        lab.do("start", "A")
    central.watch("main", watched.project_id)
    listener = listening([theirs.project_id, watched.project_id], links=2)
    pause = threading.Event()
    pause.wait(2)
    before = newest()
    listener.stop()
    pause.wait(AUTO_CLOSE_SECONDS + 4)
    for lab in (theirs, watched):
        assert lab.is_open()
        assert lab.status("A") == "started"
    again = listening([theirs.project_id, watched.project_id], links=2)
    pause.wait(3)
    again.stop()
    assert told(after=before) == []


def test_what_happened_while_nobody_listened_is_told_once_afterwards(
    version: str, server: Gns3Server, use_servers: Use
) -> None:
    use_servers(main=server)
    lab, doomed = Lab(server, "lab"), Lab(server, "doomed", hosts=1)
    lab.do("start", "A")
    listening([lab.project_id], links=2).stop()
    before = newest()
    lab.do("stop", "A")
    lab.do("start", "B")
    lab.add("C")
    server.request("DELETE", f"projects/{doomed.project_id}")
    new = Lab(server, "new", hosts=0)
    again = listening([lab.project_id], links=2)
    try:
        until(lambda: len(told(after=before)) >= 6, told_by=told)
        threading.Event().wait(3)
    finally:
        again.stop()
    assert sorted(told(after=before)) == sorted(
        [
            *[("node.stopped", "A"), ("node.started", "B"), ("node.created", "C"), ("topology.changed", "lab")],
            *[("project.deleted", "doomed"), ("project.created", "new")],
        ]
    )
    assert new.is_open()
