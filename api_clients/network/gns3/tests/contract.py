"""What every GNS3 server does for its client, real or simulated: derive, and give a `rig`.

    class TestServer(Gns3Contract):
        @pytest.fixture
        def rig(self): yield Rig(client, url, "v2", None)

The differences between the APIs that the client leaves to its callers are named where they are tested.
"""

from __future__ import annotations

import json
import re
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from api_clients.domain.errors import Rejected, Unauthorized
from api_clients.infrastructure.http import Basic
from api_clients.network.gns3.client import Gns3Client
from api_clients.network.gns3.dialect import ProjectClosed
from api_clients.network.gns3.tests.fake_server import connected
from api_clients.network.gns3.tests.listener import listening
from api_clients.network.gns3.values import Api, LinkEnd, Node

NOWHERE = "00000000-0000-4000-8000-000000000001"
OPENING = bytes.fromhex("fffb01fffb03fffb00fffd00fffd01")
PATIENCE_SECONDS = 30.0
LOST_SECONDS = 10.0  # without an answer for so long, a line was lost


@dataclass
class Rig:
    client: Gns3Client
    url: str
    api: Api
    login: tuple[str, str] | None

    @property
    def credentials(self) -> Basic | None:
        return Basic(*self.login) if self.login else None

    def token(self) -> str:
        assert self.login is not None
        body = dict(zip(("username", "password"), self.login, strict=True))
        return str(
            requests.post(f"{self.url}/v3/access/users/authenticate", json=body, timeout=10).json()["access_token"]
        )

    def raw(self, method: str, path: str, **options: Any) -> requests.Response:
        """Ask beside the client."""
        if self.login and self.api == "v3":
            options["headers"] = {"Authorization": f"Bearer {self.token()}"}
        elif self.login:
            options["auth"] = self.login
        return requests.request(method, f"{self.url}/{self.api}{path}", **{"timeout": 20, **options})

    def websocket(self, path: str) -> ClientConnection:
        """v3 takes a token in the address alone."""
        headers = self.credentials.headers() if self.credentials and self.api == "v2" else {}
        token = self.token() if self.api == "v3" and self.login else None
        return connect(self.websocket_url(path, token), additional_headers=headers)

    def websocket_url(self, path: str, token: str | None = None) -> str:
        query = f"?token={token}" if token is not None else ""
        return f"{self.url.replace('http', 'ws', 1)}/{self.api}{path}{query}"


class Console:
    """One client at a node's console; what has come so far stands in `said`."""

    def __init__(self, node: Node) -> None:
        assert node.console is not None
        self._socket = socket.create_connection((node.console_host, node.console), timeout=PATIENCE_SECONDS)
        self.said = b""

    def type(self, line: str) -> None:
        self._socket.sendall(line.encode() + b"\r")

    def wait_for(self, pattern: bytes) -> bytes:
        """Return what came up to and with the pattern, and take it out of `said`."""
        found = self.come(pattern, PATIENCE_SECONDS)
        assert found, self.said
        return found

    def come(self, pattern: bytes, seconds: float) -> bytes:
        """As `wait_for`, and empty where it did not come."""
        until = time.monotonic() + seconds
        while not (match := re.search(pattern, self.said, re.DOTALL)):
            if time.monotonic() > until:
                return b""
            self.hear(0.1)
        found, self.said = self.said[: match.end()], self.said[match.end() :]
        return found

    def hear(self, seconds: float) -> bytes:
        self._socket.settimeout(seconds)
        try:
            received = self._socket.recv(4096)
        except TimeoutError:
            return self.said
        assert received, "the console was closed"
        self.said += received
        return self.said

    def ask(self, line: str, pattern: bytes) -> bytes:
        """A real VPCS loses what is typed in the moment in which it prints a prompt: then it is typed again."""
        for seconds in (LOST_SECONDS, LOST_SECONDS, PATIENCE_SECONDS):
            self.type("")
            self.wait_for(rb"> $")
            time.sleep(0.3)
            self.hear(0.1)
            self.type(line)
            if found := self.come(pattern, seconds):
                return found
        raise AssertionError(self.said)

    def close(self) -> None:
        self._socket.close()


@contextmanager
def at_console(node: Node) -> Iterator[Console]:
    console = Console(node)
    try:
        yield console
    finally:
        console.close()


def host(client: Gns3Client, project: str, number: int) -> Node:
    """A VPCS node with an address; v2 and v3 name its script in its properties."""
    script = f"set pcname PC{number}\nip 10.0.0.{number}/24\n"
    return client.create_node(project, f"PC{number}", "vpcs", properties={"startup_script": script})


def end(node: Node, port: int = 0, adapter: int = 0) -> LinkEnd:
    return LinkEnd(node.node_id, adapter, port)


class Gns3Contract:
    @pytest.fixture
    def rig(self) -> Iterator[Rig]:
        raise NotImplementedError
        return

    @pytest.fixture
    def client(self, rig: Rig) -> Gns3Client:
        return rig.client

    @pytest.fixture
    def project(self, client: Gns3Client) -> Iterator[str]:
        made = client.create_project(f"lab {uuid.uuid4()}")
        yield made.project_id
        self._forget(client, made.project_id)

    @contextmanager
    def other_project(self, client: Gns3Client, **options: Any) -> Iterator[str]:
        made = client.create_project(f"other {uuid.uuid4()}", **options)
        try:
            yield made.project_id
        finally:
            self._forget(client, made.project_id)

    def _forget(self, client: Gns3Client, project_id: str) -> None:
        if any(project.project_id == project_id for project in client.projects()):
            client.delete_project(project_id)

    # --- The server ---

    def test_a_server_says_its_version(self, rig: Rig) -> None:
        version = rig.client.version()
        assert version.api == rig.api
        assert version.version.startswith("2." if rig.api == "v2" else "3.")

    def test_the_local_compute_is_there_and_has_figures(self, client: Gns3Client) -> None:
        assert "local" in {compute.compute_id for compute in client.computes()}
        (local,) = [figures for figures in client.compute_statistics() if figures.compute_id == "local"]
        assert local.memory_total > local.memory_used > 0
        assert len(local.load_average_percent) == 3

    def test_the_templates_that_come_with_the_server_are_listed_and_read(self, client: Gns3Client) -> None:
        templates = {template.type: template for template in client.templates() if template.builtin}
        assert {"vpcs", "ethernet_switch", "ethernet_hub", "cloud", "nat"} <= set(templates)
        assert client.template(templates["vpcs"].template_id) == templates["vpcs"]
        assert (templates["ethernet_switch"].category, templates["vpcs"].category) == ("switch", "guest")

    def test_a_template_that_is_not_there_is_a_404(self, client: Gns3Client) -> None:
        self._is_refused(404, NOWHERE, lambda: client.template(NOWHERE))

    @pytest.mark.parametrize("given", [NOWHERE, "xyz"])
    def test_a_project_that_is_not_there_is_a_404(self, client: Gns3Client, given: str) -> None:
        self._is_refused(404, "", lambda: client.project(given))

    def test_an_address_that_no_server_has_is_a_404_without_a_message_of_gns3(self, rig: Rig) -> None:
        answer = rig.raw("GET", "/no/such/thing")
        assert answer.status_code == 404
        if rig.api == "v2":
            assert answer.text == "404: Not Found"
        else:
            assert answer.json() == {"detail": "Not Found"}

    def test_the_other_api_is_not_there(self, rig: Rig) -> None:
        other = "v3" if rig.api == "v2" else "v2"
        assert requests.get(f"{rig.url}/{other}/version", timeout=10).status_code == 404

    def test_errors_have_the_shape_of_their_api(self, rig: Rig) -> None:
        answer = rig.raw("GET", f"/projects/{NOWHERE}")
        told = {"message": f"Project ID {NOWHERE} doesn't exist"}
        assert answer.json() == (told | {"status": 404} if rig.api == "v2" else told)

    @pytest.mark.parametrize("body", [{}, {"name": 5}, {"name": "x", "auto_close": "perhaps"}])
    def test_a_body_that_does_not_fit_is_refused_and_makes_nothing(self, rig: Rig, body: dict[str, Any]) -> None:
        before = rig.client.projects()
        answer = rig.raw("POST", "/projects", json=body)
        assert answer.status_code == (400 if rig.api == "v2" else 422)
        assert "message" in answer.json()
        assert rig.client.projects() == before

    def test_an_unknown_field_is_refused_by_v2_and_overlooked_by_v3(self, rig: Rig, project: str) -> None:
        answer = rig.raw("PUT", f"/projects/{project}", json={"bogus": 1})
        assert answer.status_code == (400 if rig.api == "v2" else 200)

    def test_a_body_that_is_no_json_is_refused(self, rig: Rig) -> None:
        assert rig.raw("POST", "/projects", data=b"{half").status_code == (400 if rig.api == "v2" else 422)

    # --- Logins ---

    def test_a_stranger_is_not_let_in(self, rig: Rig) -> None:
        if rig.login is None:
            pytest.skip("this server lets everybody in")
        wrong = Basic(rig.login[0], "not the password")
        for credentials in (wrong, None):
            with connected(rig.url, credentials=credentials, read_timeout_seconds=10) as stranger:
                with pytest.raises(Unauthorized) as caught:
                    stranger.projects()
                assert caught.value.status == 401

    # --- Projects ---

    def test_a_project_is_made_changed_closed_opened_and_deleted(self, client: Gns3Client) -> None:
        name = f"lab {uuid.uuid4()}"
        made = client.create_project(name)
        assert (made.name, made.status, made.auto_close) == (name, "opened", False)
        assert client.project(made.project_id) == made
        assert made in client.projects()
        changed = client.update_project(made.project_id, name=f"{name} 2", auto_start=True)
        assert (changed.name, changed.auto_start, changed.auto_close) == (f"{name} 2", True, False)
        for _ in range(2):  # the second time changes nothing
            assert client.close_project(made.project_id).status == "closed"
        for _ in range(2):
            assert client.open_project(made.project_id).status == "opened"
        client.delete_project(made.project_id)
        self._is_refused(404, made.project_id, lambda: client.project(made.project_id))
        self._is_refused(404, made.project_id, lambda: client.delete_project(made.project_id))

    def test_a_project_with_a_name_that_is_taken_is_refused(self, client: Gns3Client, project: str) -> None:
        name = client.project(project).name
        self._is_refused(409, f'Project "{name}" already exists', lambda: client.create_project(name))

    def test_a_project_is_counted_while_it_is_open(self, client: Gns3Client, project: str) -> None:
        one, two = host(client, project, 1), host(client, project, 2)
        client.create_link(project, end(one), end(two))
        counted = client.project_statistics(project)
        assert (counted.nodes, counted.links, counted.drawings, counted.snapshots) == (2, 1, 0, 0)

    def test_a_copy_of_a_project_is_closed_and_has_ids_of_its_own(self, client: Gns3Client, project: str) -> None:
        one, two = host(client, project, 1), host(client, project, 2)
        client.create_link(project, end(one), end(two))
        copy = client.duplicate_project(project, f"copy {uuid.uuid4()}")
        assert copy.status == "closed"
        client.open_project(copy.project_id)
        topology = client.topology(copy.project_id)
        assert {node.name for node in topology.nodes} == {"PC1", "PC2"}
        assert {one.node_id, two.node_id}.isdisjoint(node.node_id for node in topology.nodes)
        (link,) = topology.links
        assert {item.node_id for item in link.ends} == {node.node_id for node in topology.nodes}
        client.delete_project(copy.project_id)

    def test_an_archive_becomes_a_closed_project(self, client: Gns3Client, project: str) -> None:
        host(client, project, 1)
        archive = client.export_project(project)
        imported = client.import_project(archive, f"imported {uuid.uuid4()}")
        assert (imported.status, imported.auto_close) == ("closed", False)
        client.open_project(imported.project_id)
        (node,) = client.nodes(imported.project_id)
        assert b"10.0.0.1/24" in client.node_file(imported.project_id, node.node_id, "startup.vpc")
        client.delete_project(imported.project_id)

    def test_what_is_no_archive_is_not_imported(self, client: Gns3Client) -> None:
        before = {project.project_id for project in client.projects()}
        self._is_refused(409, "Cannot import project", lambda: client.import_project(b"rubbish", f"x {uuid.uuid4()}"))
        assert {project.project_id for project in client.projects()} == before

    # --- Closed projects ---

    def test_a_closed_project_tells_its_nodes_and_links_but_not_their_state(
        self, client: Gns3Client, project: str
    ) -> None:
        one, two = host(client, project, 1), host(client, project, 2)
        link = client.create_link(project, end(one), end(two))
        client.start_node(project, one.node_id)
        client.close_project(project)
        topology = client.topology(project)
        assert topology.project.status == "closed"
        assert {(node.node_id, node.status, node.console, node.ports) for node in topology.nodes} == {
            (one.node_id, "stopped", None, ()),
            (two.node_id, "stopped", None, ()),
        }
        assert [(each.link_id, each.project_id) for each in topology.links] == [(link.link_id, project)]
        assert client.project_statistics(project).nodes == 0
        client.update_project(project, auto_start=False)

    def test_nothing_of_a_closed_project_can_be_acted_on(self, client: Gns3Client, project: str) -> None:
        one, two = host(client, project, 1), host(client, project, 2)
        link = client.create_link(project, end(one), end(two))
        client.close_project(project)
        for act in (
            lambda: client.node(project, one.node_id),
            lambda: client.start_node(project, one.node_id),
            lambda: client.start_all(project),
            lambda: client.create_node(project, "PC3", "vpcs"),
            lambda: client.delete_node(project, one.node_id),
            lambda: client.link(project, link.link_id),
            lambda: client.create_drawing(project, "<svg/>"),
            lambda: client.create_snapshot(project, "one"),
            lambda: client.node_file(project, one.node_id, "startup.vpc"),
        ):
            with pytest.raises(ProjectClosed, match="The project is not opened") as caught:
                act()
            assert caught.value.status == 403

    def test_a_project_that_is_opened_again_has_its_nodes_back_stopped(self, client: Gns3Client, project: str) -> None:
        one = host(client, project, 1)
        client.start_node(project, one.node_id)
        client.close_project(project)
        client.open_project(project)
        (node,) = client.nodes(project)
        assert (node.node_id, node.name, node.status, len(node.ports)) == (one.node_id, "PC1", "stopped", 1)
        assert node.console is not None

    # --- Snapshots ---

    def test_a_snapshot_brings_back_what_was_there_under_other_ids(self, client: Gns3Client, project: str) -> None:
        one, two = host(client, project, 1), host(client, project, 2)
        client.create_link(project, end(one), end(two))
        snapshot = client.create_snapshot(project, "before")
        assert [each.name for each in client.snapshots(project)] == ["before"]
        assert abs(snapshot.created_at - time.time()) < 60
        client.delete_node(project, two.node_id)
        restored = client.restore_snapshot(project, snapshot.snapshot_id)
        assert (restored.project_id, restored.status) == (project, "opened")
        topology = client.topology(project)
        assert {node.name for node in topology.nodes} == {"PC1", "PC2"}
        assert one.node_id not in {node.node_id for node in topology.nodes}
        assert len(topology.links) == 1

    def test_a_snapshots_name_is_taken_once_and_it_can_be_deleted(self, client: Gns3Client, project: str) -> None:
        snapshot = client.create_snapshot(project, "one")
        self._is_refused(409, "The snapshot name one already exists", lambda: client.create_snapshot(project, "one"))
        client.delete_snapshot(project, snapshot.snapshot_id)
        assert client.snapshots(project) == ()
        self._is_refused(404, "", lambda: client.restore_snapshot(project, snapshot.snapshot_id))

    def test_there_is_no_snapshot_and_no_archive_of_a_running_project(self, client: Gns3Client, project: str) -> None:
        one = host(client, project, 1)
        client.start_node(project, one.node_id)
        told = "Project must be stopped in order to export it"
        self._is_refused(409, told, lambda: client.create_snapshot(project, "one"))
        self._is_refused(409, told, lambda: client.export_project(project))

    # --- Nodes ---

    def test_a_node_is_made_started_reloaded_stopped_and_deleted(self, client: Gns3Client, project: str) -> None:
        made = client.create_node(project, "PC1", "vpcs", x=-30, y=40)
        assert (made.name, made.type, made.status, made.x, made.y) == ("PC1", "vpcs", "stopped", -30, 40)
        assert (made.console_type, made.compute_id) == ("telnet", "local")
        assert [(port.adapter_number, port.port_number, port.name) for port in made.ports] == [(0, 0, "Ethernet0")]
        for _ in range(2):  # the second time changes nothing
            assert client.start_node(project, made.node_id).status == "started"
        assert client.suspend_node(project, made.node_id).status == "started"  # VPCS cannot
        assert client.reload_node(project, made.node_id).status == "started"
        assert client.node(project, made.node_id).status == "started"
        for _ in range(2):
            assert client.stop_node(project, made.node_id).status == "stopped"
        client.delete_node(project, made.node_id)
        self._is_refused(404, made.node_id, lambda: client.node(project, made.node_id))
        assert client.nodes(project) == ()

    def test_a_name_that_is_taken_is_counted_up(self, client: Gns3Client, project: str) -> None:
        names = [client.create_node(project, "A", "vpcs").name for _ in range(3)]
        assert names == ["A", "A1", "A2"]
        assert client.create_node(project, "two words", "vpcs").name == "twowords"

    def test_a_node_is_changed_in_what_is_given_and_nothing_else(self, client: Gns3Client, project: str) -> None:
        made = client.create_node(project, "A", "vpcs", x=1, y=2)
        changed = client.update_node(project, made.node_id, name="B", x=7)
        assert (changed.name, changed.x, changed.y, changed.z) == ("B", 7, 2, made.z)
        assert client.node(project, made.node_id) == changed

    def test_a_started_node_is_renamed_by_v2_and_not_by_v3(self, rig: Rig, client: Gns3Client, project: str) -> None:
        made = client.create_node(project, "A", "vpcs")
        client.start_node(project, made.node_id)
        if rig.api == "v2":
            assert client.update_node(project, made.node_id, name="B").name == "B"
            return
        self._is_refused(409, "powered on", lambda: client.update_node(project, made.node_id, name="B"))
        assert client.node(project, made.node_id).name == "A"

    def test_a_node_with_a_startup_script_is_renamed(self, client: Gns3Client, project: str) -> None:
        """v2 answers 400 and does it."""
        made = host(client, project, 1)
        assert client.update_node(project, made.node_id, name="renamed").name == "renamed"

    def test_a_switch_is_always_started(self, client: Gns3Client, project: str) -> None:
        switch = client.create_node(project, "SW", "ethernet_switch")
        assert (switch.status, len(switch.ports), switch.console_type) == ("started", 8, "none")
        assert client.stop_node(project, switch.node_id).status == "started"
        assert client.start_node(project, switch.node_id).status == "started"

    @pytest.mark.parametrize(
        ("kind", "compute", "statuses"), [("spaceship", "local", {400, 422}), ("vpcs", "elsewhere", {404})]
    )
    def test_a_node_that_cannot_be_is_refused(
        self, client: Gns3Client, project: str, kind: str, compute: str, statuses: set[int]
    ) -> None:
        with pytest.raises(Rejected) as caught:
            client.create_node(project, "A", kind, compute_id=compute)
        assert caught.value.status in statuses
        assert client.nodes(project) == ()

    def test_a_node_is_made_from_a_template_with_a_name_of_its_own(self, client: Gns3Client, project: str) -> None:
        (template,) = [template for template in client.templates() if template.type == "vpcs"]
        made = client.create_from_template(project, template.template_id, x=5, y=6)
        assert (made.name, made.type, made.x, made.y) == ("PC1", "vpcs", 5, 6)
        assert made.template_id == template.template_id
        assert client.create_from_template(project, template.template_id, x=5, y=6, name="Zed").name == "Zed"
        self._is_refused(404, NOWHERE, lambda: client.create_from_template(project, NOWHERE))

    def test_a_node_is_copied_while_it_is_stopped(self, client: Gns3Client, project: str) -> None:
        made = host(client, project, 1)
        copy = client.duplicate_node(project, made.node_id, x=50, y=60)
        assert (copy.name, copy.x, copy.y, copy.type) == ("PC2", 50, 60, "vpcs")
        client.start_node(project, made.node_id)
        self._is_refused(409, "running", lambda: client.duplicate_node(project, made.node_id, x=1, y=1))

    def test_all_nodes_act_together(self, client: Gns3Client, project: str) -> None:
        client.create_node(project, "SW", "ethernet_switch")
        for number in range(3):
            client.create_node(project, f"A{number}", "vpcs")
        assert {node.status for node in client.start_all(project)} == {"started"}
        assert {node.status for node in client.reload_all(project)} == {"started"}
        stopped = {node.name: node.status for node in client.stop_all(project)}
        assert stopped == {"SW": "started", "A0": "stopped", "A1": "stopped", "A2": "stopped"}

    def test_files_of_a_node_are_read_and_written(self, client: Gns3Client, project: str) -> None:
        made = host(client, project, 1)
        assert client.node_file(project, made.node_id, "startup.vpc") == b"set pcname PC1\nip 10.0.0.1/24\n"
        client.write_node_file(project, made.node_id, "startup.vpc", b"set pcname other\n")
        assert client.node_file(project, made.node_id, "startup.vpc") == b"set pcname other\n"
        with pytest.raises(Rejected) as caught:
            client.node_file(project, made.node_id, "no-such-file")
        assert caught.value.status == 404

    # --- Links ---

    def test_a_link_is_made_read_cut_mended_and_deleted(self, client: Gns3Client, project: str) -> None:
        one, switch = host(client, project, 1), client.create_node(project, "SW", "ethernet_switch")
        made = client.create_link(project, end(one), end(switch, 3))
        assert [(item.node_id, item.adapter_number, item.port_number) for item in made.ends] == [
            (one.node_id, 0, 0),
            (switch.node_id, 0, 3),
        ]
        assert (made.suspended, made.capturing, made.filters) == (False, False, {})
        assert client.links(project) == (client.link(project, made.link_id),)
        assert client.suspend_link(project, made.link_id, True).suspended
        assert not client.suspend_link(project, made.link_id, False).suspended
        client.delete_link(project, made.link_id)
        assert client.links(project) == ()
        self._is_refused(404, made.link_id, lambda: client.link(project, made.link_id))

    def test_a_link_that_cannot_be_is_refused(self, client: Gns3Client, project: str) -> None:
        one, two = host(client, project, 1), host(client, project, 2)
        switch = client.create_node(project, "SW", "ethernet_switch")
        client.create_link(project, end(one), end(switch, 0))

        def link(first: LinkEnd, second: LinkEnd) -> object:
            return client.create_link(project, first, second)

        self._is_refused(409, "Port is already used", lambda: link(end(two), end(switch, 0)))
        self._is_refused(404, "Port 0/7 for PC2 not found", lambda: link(end(two, 7), end(switch, 1)))
        self._is_refused(409, "Cannot connect to itself", lambda: link(end(switch, 1), end(switch, 2)))
        self._is_refused(404, NOWHERE, lambda: link(end(two), LinkEnd(NOWHERE, 0, 0)))
        assert len(client.links(project)) == 1

    def test_a_node_takes_its_links_with_it(self, client: Gns3Client, project: str) -> None:
        one, two = host(client, project, 1), host(client, project, 2)
        client.create_link(project, end(one), end(two))
        client.delete_node(project, one.node_id)
        assert client.links(project) == ()

    def test_a_link_has_filters_until_they_are_taken_away(self, client: Gns3Client, project: str) -> None:
        one, two = host(client, project, 1), host(client, project, 2)
        link = client.create_link(project, end(one), end(two))
        known = {each.type for each in client.available_filters(project, link.link_id)}
        assert {"frequency_drop", "packet_loss", "delay", "corrupt", "bpf"} == known
        filters = {"packet_loss": (10,), "delay": (100, 20)}
        assert client.set_filters(project, link.link_id, filters).filters == filters
        assert client.link(project, link.link_id).filters == filters
        assert client.set_filters(project, link.link_id, {}).filters == {}

    def test_refused_filters_leave_those_from_before(self, client: Gns3Client, project: str) -> None:
        one, two = host(client, project, 1), host(client, project, 2)
        link = client.create_link(project, end(one), end(two))
        client.start_all(project)
        client.set_filters(project, link.link_id, {"delay": (5, 0)})
        with pytest.raises(Rejected) as caught:
            client.set_filters(project, link.link_id, {"no_such_filter": (1,)})
        assert caught.value.status == 409
        assert client.link(project, link.link_id).filters == {"delay": (5, 0)}

    def test_a_capture_is_streamed_while_it_runs(self, client: Gns3Client, project: str) -> None:
        one, two = host(client, project, 1), host(client, project, 2)
        link = client.create_link(project, end(one), end(two))
        client.start_all(project)
        started = client.start_capture(project, link.link_id, "packets.pcap")
        assert (started.capturing, started.capture_file) == (True, "packets.pcap")
        stream = client.capture_stream(project, link.link_id)
        assert next(stream)[:4] == bytes.fromhex("d4c3b2a1")
        stream.close()
        for _ in range(2):  # the second time changes nothing
            assert not client.stop_capture(project, link.link_id).capturing

    # --- Drawings ---

    def test_a_drawing_is_made_changed_and_deleted(self, client: Gns3Client, project: str) -> None:
        made = client.create_drawing(project, "<svg></svg>", x=1, y=2)
        assert (made.svg, made.x, made.y) == ("<svg></svg>", 1, 2)
        changed = client.update_drawing(project, made.drawing_id, x=7)
        assert (changed.x, changed.y) == (7, 2)
        assert client.drawings(project) == (changed,)
        client.delete_drawing(project, made.drawing_id)
        assert client.drawings(project) == ()
        self._is_refused(404, made.drawing_id, lambda: client.delete_drawing(project, made.drawing_id))

    # --- Lost answers ---

    def test_a_start_goes_on_although_nobody_waits_for_its_answer(self, rig: Rig, project: str) -> None:
        one = host(rig.client, project, 1)
        with pytest.raises(requests.Timeout):
            rig.raw("POST", f"/projects/{project}/nodes/{one.node_id}/start", json={}, timeout=(5, 0.03))
        until = time.monotonic() + PATIENCE_SECONDS
        while rig.client.node(project, one.node_id).status != "started":
            assert time.monotonic() < until, "it never started"
            time.sleep(0.1)

    # --- Notifications ---

    def test_the_controllers_stream_tells_of_projects(self, client: Gns3Client) -> None:
        with listening(client) as heard:
            made = client.create_project(f"lab {uuid.uuid4()}")

            def ours(event: dict[str, Any]) -> bool:
                return bool(event["project_id"] == made.project_id)

            place = heard.wait_for("project.created", ours)
            assert heard.event(place)["status"] == "opened"
            client.update_project(made.project_id, auto_start=False, name=f"{made.name} 2")
            place = heard.wait_for("project.updated", ours)
            client.close_project(made.project_id)
            place = heard.wait_for("project.closed", ours, after=place)
            client.delete_project(made.project_id)  # of a closed one: it is opened first
            place = heard.wait_for("project.opened", ours, after=place)
            place = heard.wait_for("project.closed", ours, after=place)
            heard.wait_for("project.deleted", ours, after=place)

    def test_a_projects_stream_tells_of_its_nodes_and_links(self, client: Gns3Client, project: str) -> None:
        with listening(client, project) as heard:
            one, two = host(client, project, 1), host(client, project, 2)
            heard.wait_for("node.created", lambda event: event["node_id"] == two.node_id)
            link = client.create_link(project, end(one), end(two))
            place = heard.wait_for("link.created", lambda event: event["link_id"] == link.link_id)
            client.start_node(project, one.node_id)
            place = heard.wait_for("node.updated", lambda event: event["status"] == "started", after=place)
            client.stop_node(project, one.node_id)
            place = heard.wait_for("node.updated", lambda event: event["status"] == "stopped", after=place)
            client.suspend_link(project, link.link_id, True)
            place = heard.wait_for("link.updated", lambda event: event["suspend"], after=place)
            drawing = client.create_drawing(project, "<svg/>")
            client.update_drawing(project, drawing.drawing_id, x=3)
            heard.wait_for("drawing.updated", lambda event: event["x"] == 3)
            client.delete_drawing(project, drawing.drawing_id)
            heard.wait_for("drawing.deleted")
            client.delete_node(project, one.node_id)
            heard.wait_for("link.deleted", lambda event: event["link_id"] == link.link_id)
            place = heard.wait_for("node.deleted", lambda event: event["node_id"] == one.node_id)
            heard.wait_for("node.deleted", lambda event: event["node_id"] == one.node_id, after=place)  # told twice
            assert not [action for action in heard.actions() if action.startswith("project.")]

    def test_a_restored_snapshot_is_told_after_everything_in_it_and_without_deletions(
        self, client: Gns3Client, project: str
    ) -> None:
        one, two = host(client, project, 1), host(client, project, 2)
        client.create_link(project, end(one), end(two))
        snapshot = client.create_snapshot(project, "one")
        with listening(client, project) as heard:
            client.restore_snapshot(project, snapshot.snapshot_id)
            heard.wait_for("snapshot.restored")
            actions = heard.actions()
            told = actions[: actions.index("snapshot.restored")]
            assert (told.count("node.created"), told.count("link.created")) == (2, 1)
            assert "node.deleted" not in told

    def test_a_project_that_is_opened_tells_all_that_is_in_it(self, client: Gns3Client, project: str) -> None:
        host(client, project, 1)
        client.close_project(project)
        with listening(client, project) as heard:
            client.open_project(project)
            heard.wait_for("node.created")

    def test_websocket_and_http_carry_the_same(self, rig: Rig, project: str) -> None:
        with (
            listening(rig.client, project) as heard,
            rig.websocket(f"/projects/{project}/notifications/ws") as websocket,
        ):
            assert json.loads(websocket.recv(PATIENCE_SECONDS))["action"] == "ping"
            rig.client.create_node(project, "A", "vpcs")
            while (message := json.loads(websocket.recv(PATIENCE_SECONDS)))["action"] == "ping":
                pass  # one more while the node is made
            place = heard.wait_for("node.created")
            assert (message["action"], message["event"]) == ("node.created", heard.event(place))

    def test_a_websocket_of_v3_wants_a_token(self, rig: Rig) -> None:
        if rig.api == "v2" or rig.login is None:
            pytest.skip("only v3 has tokens")
        with pytest.raises(InvalidStatus, match="403"), connect(rig.websocket_url("/notifications/ws")):
            pass
        told = []
        with connect(rig.websocket_url("/notifications/ws", "bad")) as websocket, suppress(ConnectionClosed):
            while len(told) < 2:
                told.append(json.loads(websocket.recv(PATIENCE_SECONDS)))
        (error,) = told
        assert error["action"] == "log.error"
        assert "Could not authenticate" in error["event"]["message"]

    # --- auto_close ---

    def test_projects_with_auto_close_close_when_their_last_listener_has_left_and_no_others(
        self, rig: Rig, project: str
    ) -> None:
        """After a stream over HTTP 3.0.6 does not: it cuts off what follows it as well. The simulator is stricter."""
        with (
            self.other_project(rig.client, auto_close=True) as left,
            self.other_project(rig.client, auto_close=True) as left_over_http,
            self.other_project(rig.client, auto_close=True) as never_heard,
        ):
            with (
                self.at_stream(rig, left),
                self.at_stream(rig, left),
                self.at_stream(rig, project),
                listening(rig.client, left_over_http),
                listening(rig.client),
            ):
                pass
            self._closes(rig.client, left)
            if rig.api == "v2":
                self._closes(rig.client, left_over_http)
            assert rig.client.project(project).status == "opened"
            assert rig.client.project(never_heard).status == "opened"

    @contextmanager
    def at_stream(self, rig: Rig, project: str) -> Iterator[None]:
        with rig.websocket(f"/projects/{project}/notifications/ws") as websocket:
            websocket.recv(PATIENCE_SECONDS)
            yield

    def _closes(self, client: Gns3Client, project: str) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        while client.project(project).status == "opened":
            assert time.monotonic() < until, "it stayed open"
            time.sleep(0.1)

    # --- Consoles ---

    def test_a_console_opens_with_telnets_options_and_answers(self, client: Gns3Client, project: str) -> None:
        one = client.start_node(project, host(client, project, 1).node_id)
        with at_console(one) as console:
            said = console.ask("show ip", rb"MTU")
            assert b"10.0.0.1/24" in said
            assert b"NAME        : PC1[1]" in said

    def test_the_option_bytes_come_first(self, client: Gns3Client, project: str) -> None:
        one = client.start_node(project, host(client, project, 1).node_id)
        with at_console(one) as console:
            while len(console.said) < len(OPENING):
                console.hear(1.0)
            assert console.said.startswith(OPENING)

    def test_all_who_are_at_a_console_see_the_same_and_the_last_to_come_no_banner(
        self, client: Gns3Client, project: str
    ) -> None:
        one = client.start_node(project, host(client, project, 1).node_id)
        with at_console(one) as first:
            assert b"Welcome to Virtual PC Simulator" in first.wait_for(rb"PC1> ")
            with at_console(one) as second:
                assert b"10.0.0.1" in second.ask("show ip", rb"MTU")
                assert b"Welcome" not in second.said
                assert b"10.0.0.1/24" in first.wait_for(rb"MTU")

    def test_a_stopped_node_refuses_its_console(self, client: Gns3Client, project: str) -> None:
        one = client.start_node(project, host(client, project, 1).node_id)
        with at_console(one):
            client.stop_node(project, one.node_id)
        with pytest.raises(ConnectionRefusedError):
            Console(one)

    def test_hosts_reach_each_other_across_a_switch_until_the_link_is_cut(
        self, client: Gns3Client, project: str
    ) -> None:
        switch = client.create_node(project, "SW", "ethernet_switch")
        hosts = [host(client, project, number) for number in (1, 2)]
        links = [client.create_link(project, end(each), end(switch, n)) for n, each in enumerate(hosts)]
        started = {node.name: node for node in client.start_all(project)}
        with at_console(started["PC2"]) as far:
            far.ask("show ip", rb"10\.0\.0\.2/24")  # it has read its script
        with at_console(started["PC1"]) as console:
            assert b"ttl=64" in console.ask("ping 10.0.0.2 -c 1", rb"icmp_seq=1 ttl=64|not reachable")
            client.suspend_link(project, links[1].link_id, True)
            said = console.ask("ping 10.0.0.2 -c 2", rb"icmp_seq=2 timeout|not reachable")
            assert b"ttl=" not in said

    def test_a_command_that_a_host_does_not_know_is_a_bad_command(self, client: Gns3Client, project: str) -> None:
        one = client.start_node(project, host(client, project, 1).node_id)
        with at_console(one) as console:
            console.ask("frobnicate", rb"Bad command")

    def test_a_console_is_reached_through_a_websocket(self, rig: Rig, client: Gns3Client, project: str) -> None:
        one = client.start_node(project, host(client, project, 1).node_id)
        with rig.websocket(f"/projects/{project}/nodes/{one.node_id}/console/ws") as websocket:
            said = b""
            while b"PC1> " not in said:
                piece = websocket.recv(PATIENCE_SECONDS)
                said += piece if isinstance(piece, bytes) else piece.encode()
            assert said.startswith(OPENING[:2])

    def _is_refused(self, status: int, words: str, act: Any) -> None:
        with pytest.raises(Rejected) as caught:
            act()
        assert caught.value.status == status
        assert words in str(caught.value)
