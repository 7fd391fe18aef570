"""Servers of 3.x whose login loses rights: what it may not see any more is not deleted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from api_clients.network.gns3.simulator import Gns3Simulator, draw_campus, serve_gns3
from api_clients.network.gns3.simulator.editions import Refusal
from api_clients.simulation import Answer, Received
from common.application.gns3 import central
from common.application.gns3.listener import Listener
from common.domain.errors import Failed
from common.tests.gns3.conftest import Use
from common.tests.gns3.outside import newest, told, until
from common.tests.gns3.test_faults_simulated import Simulated

pytestmark = pytest.mark.django_db(transaction=True)


class Restricted(Gns3Simulator):
    """`hidden` are the ids of the projects that our login may not see; `status` answers those who ask for one."""

    hidden: frozenset[str] = frozenset()
    status = 403

    def answer(self, received: Received) -> Answer:
        if any(f"/projects/{project_id}" in received.path for project_id in self.hidden):
            return self.world.edition.refusal(Refusal(self.status, "Permission denied"))
        if (received.method, received.path) != ("GET", "/v3/projects"):
            return super().answer(received)
        with self.world.lock:
            seen = self.world.projects
            self.world.projects = {key: one for key, one in seen.items() if key not in self.hidden}
            try:
                return super().answer(received)
            finally:
                self.world.projects = seen


@pytest.fixture
def simulator(use_servers: Use) -> Iterator[Restricted]:
    restricted = Restricted("v3")
    with serve_gns3(restricted) as server:
        use_servers(main=Simulated(restricted, server.url))
        yield restricted


@pytest.mark.parametrize("status", [401, 403, 400, 500])
def test_a_project_that_is_not_listed_is_not_deleted_while_the_server_does_not_say_so(
    simulator: Restricted, status: int
) -> None:
    project = draw_campus(simulator, 2)
    central.topology("main", project.project_id)
    before, known = newest(), central.project_states("main")
    simulator.hidden, simulator.status = frozenset({project.project_id}), status
    assert central.projects("main", fresh=True) == ()
    assert told(after=before) == []
    assert central.project_states("main") == known
    simulator.hidden = frozenset()
    assert [one.project_id for one in central.projects("main", fresh=True)] == [project.project_id]
    assert told(after=before) == []


def test_of_projects_that_are_not_listed_those_are_deleted_that_the_server_does_not_have(
    simulator: Restricted,
) -> None:
    hidden, deleted = draw_campus(simulator, 1, name="hidden"), draw_campus(simulator, 1, name="deleted")
    central.projects("main", fresh=True)
    before = newest()
    simulator.hidden = frozenset({hidden.project_id})
    del simulator.world.projects[deleted.project_id]
    assert central.projects("main", fresh=True) == ()
    assert [kind for kind, _ in told(after=before)] == ["project.deleted"]
    assert [state.project_id for state in central.project_states("main")] == [hidden.project_id]


def test_a_project_that_cannot_be_seen_does_not_keep_the_others_from_being_watched(simulator: Restricted) -> None:
    hidden, other = draw_campus(simulator, 1, name="hidden"), draw_campus(simulator, 2)
    for project in (hidden, other):
        central.topology("main", project.project_id)
    listener = Listener()
    listener.start()
    try:
        until(lambda: central.status().status == "healthy", told_by=central.status)
        simulator.hidden = frozenset({hidden.project_id})
        with pytest.raises(Failed):
            central.topology("main", hidden.project_id, fresh=True)
        before = newest()
        node = next(node for node in other.nodes.values() if node.type == "vpcs")
        with simulator.world.lock:
            node.status = "stopped" if node.status == "started" else "started"
        until(lambda: [kind for kind, _ in told(after=before) if kind.startswith("node.")], told_by=told)
        assert "project.deleted" not in [kind for kind, _ in told(after=before)]
    finally:
        listener.stop()
