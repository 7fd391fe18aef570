"""Which API a server speaks, over HTTP: found once, found again, and what answers in GNS3's stead."""

from __future__ import annotations

import time

import pytest

from api_clients.domain.errors import InvalidRequest, Malformed, Rejected, Unauthorized, Unreachable
from api_clients.infrastructure.tests.rig import in_threads
from api_clients.network.gns3.tests import documents
from api_clients.network.gns3.tests.fake_server import PAGE, FakeServer, running
from api_clients.network.gns3.values import Api
from api_clients.simulation import Answer, Received, garbage, json_answer, status, truncate

PROJECTS = json_answer([documents.project()])
both = pytest.mark.parametrize("api", ["v2", "v3"])


def fake(api: Api = "v2", **options: object) -> FakeServer:
    made = FakeServer(api, **options)
    made.answers["GET /projects"] = PROJECTS
    return made


@both
def test_the_version_is_asked_once_and_then_known(api: Api) -> None:
    with running(fake(api)) as rig:
        for _ in range(3):
            assert rig.client.projects()[0].name == "campus"
        assert rig.fake.asked() == [f"GET /{api}/projects"] * 3
        versions = [item for item in rig.fake.received if item.path.endswith("/version")]
        assert len(versions) == {"v3": 1, "v2": 2}[api]


@both
def test_two_callers_at_once_ask_for_the_version_once(api: Api) -> None:
    server = fake(api)
    server.version_takes_seconds = 0.15
    with running(server, read_timeout_seconds=5) as rig:
        answers = in_threads(8, rig.client.projects)
        assert [len(answer) for answer in answers] == [1] * 8
        assert len([item for item in rig.fake.received if item.path == f"/{api}/version"]) == 1


def test_a_version_that_is_asked_for_is_asked_now() -> None:
    with running(fake("v2")) as rig:
        assert rig.client.version().version == "2.2.54"
        rig.fake.api = "v3"
        assert (rig.client.version().version, rig.client.version().api) == ("3.0.6", "v3")


def test_a_server_behind_a_path_is_found_there() -> None:
    with running(fake("v3", prefix="/labs/gns3")) as rig:
        assert rig.client.projects()
        assert rig.fake.logins == 1
        assert all(item.path.startswith("/labs/gns3/v3/") for item in rig.fake.received)


def test_a_server_that_was_upgraded_meanwhile_is_noticed_at_the_next_call() -> None:
    with running(fake("v2")) as rig:
        rig.client.projects()
        rig.fake.api = "v3"
        assert rig.client.projects()[0].name == "campus"
        rig.fake.api = "v2"  # and back
        assert rig.client.projects()[0].name == "campus"
        assert rig.fake.asked()[-1] == "GET /v2/projects"


def test_a_server_that_was_away_is_asked_again_for_its_version() -> None:
    with running(fake("v2")) as rig:
        rig.client.projects()
        rig.server.stop()
        with pytest.raises(Unreachable, match="refused"):
            rig.client.projects()
        rig.fake.api = "v3"
        rig.fake.received.clear()
        rig.server.start()
        assert rig.client.projects()[0].name == "campus"
        assert "GET /v2/projects" not in rig.fake.asked()


def test_what_is_not_there_is_no_reason_to_ask_for_the_version() -> None:
    with running(fake()) as rig:
        missing = json_answer({"message": "Project ID x doesn't exist", "status": 404}, status=404)
        rig.fake.answers["GET /projects/x"] = missing
        rig.client.projects()
        before = len(rig.fake.received)
        with pytest.raises(Rejected, match="Project ID x doesn't exist") as caught:
            rig.client.project("x")
        assert caught.value.status == 404
        assert len(rig.fake.received) == before + 1


def test_a_server_of_something_else_is_told_as_such() -> None:
    class Other(FakeServer):
        def answer(self, received: Received) -> Answer:
            return Answer(404, b"<html><title>404 Not Found</title></html>", {"Content-Type": "text/html"})

    with running(Other()) as rig, pytest.raises(Rejected, match="no GNS3 server of version 2 or 3 answers") as caught:
        rig.client.projects()
    assert (caught.value.service, caught.value.operation, caught.value.target) == ("gns3", "projects", "main")


def test_a_login_page_in_its_stead_is_malformed_whatever_was_asked() -> None:
    class Guarded(FakeServer):
        def answer(self, received: Received) -> Answer:
            return PAGE

    with running(Guarded()) as rig, pytest.raises(Malformed, match="an HTML page"):
        rig.client.projects()
    with running(Guarded(), api="v2") as rig:
        for call in (
            lambda: rig.client.delete_project(documents.PROJECT_ID),
            lambda: rig.client.node_file(documents.PROJECT_ID, documents.NODE_ID, "startup.vpc"),
            lambda: rig.client.open_notifications(),
            lambda: rig.client.topology(documents.PROJECT_ID),
            lambda: rig.client.export_project(documents.PROJECT_ID),
        ):
            with pytest.raises(Malformed):
                call()


@pytest.mark.parametrize("location", ["/oauth2/sign_in?rd=x", "https://sso.example.org/", "/login"])
def test_a_redirect_to_a_login_page_is_unauthorized(location: str) -> None:
    class Guarded(FakeServer):
        def answer(self, received: Received) -> Answer:
            return Answer(302, b"", {"Location": location})

    with running(Guarded()) as rig, pytest.raises(Unauthorized, match="login page"):
        rig.client.projects()


@pytest.mark.parametrize(
    "fault", [garbage(b"{}"), garbage(b'{"version": 7}'), garbage(b'{"version": "x"}'), truncate()]
)
def test_a_version_that_cannot_be_read_is_malformed_and_not_remembered(fault: object) -> None:
    with running(fake()) as rig:
        rig.fake.inject(fault)
        with pytest.raises(Malformed):
            rig.client.projects()
        rig.fake.clear()
        assert rig.client.projects()


def test_a_server_error_says_what_the_server_said() -> None:
    with running(fake()) as rig:
        rig.client.projects()
        rig.fake.inject(status(500, body=b'{"message": "disk full", "status": 500}'))
        with pytest.raises(Unreachable, match=r"500.*disk full") as caught:
            rig.client.start_node(documents.PROJECT_ID, documents.NODE_ID)
        assert caught.value.status == 500
        assert rig.fake.asked()[-1].startswith("POST")  # an answer came, so nothing was looked up


@both
def test_ids_and_file_names_stay_in_their_place(api: Api) -> None:
    with running(fake(api), api=api) as rig:
        for call in (
            lambda: rig.client.node("a/b", "c?d"),
            lambda: rig.client.node_file("p", "n", "configs/ä b#1.cfg"),
        ):
            with pytest.raises(Rejected):
                call()
        asked = rig.fake.asked()
        assert f"GET /{api}/projects/a%2Fb/nodes/c%3Fd" in asked
        assert f"GET /{api}/projects/p/nodes/n/files/configs/%C3%A4%20b%231.cfg" in asked


@pytest.mark.parametrize("path", ["", "/etc/passwd", "../x", "a/../b", "a//b", "a/", "."])
def test_a_path_out_of_the_nodes_folder_is_never_sent(path: str) -> None:
    with running(fake(), api="v2") as rig:
        with pytest.raises(InvalidRequest):
            rig.client.write_node_file("p", "n", path, b"")
        assert rig.fake.received == []


@pytest.mark.parametrize("name", ["", " "])
def test_nothing_is_made_without_a_name(name: str) -> None:
    with running(fake(), api="v3") as rig:
        for call in (
            lambda: rig.client.create_project(name),
            lambda: rig.client.create_node("p", name, "vpcs"),
            lambda: rig.client.create_from_template("p", "t", name=name, compute_id="local"),
            lambda: rig.client.update_node("p", "n", name=name),
            lambda: rig.client.update_project("p", name=name),
        ):
            with pytest.raises(InvalidRequest, match="a name is needed"):
                call()
        assert not [item for item in rig.fake.received if item.method in ("POST", "PUT")]


def test_a_hung_server_costs_the_read_timeout_for_all_callers_together() -> None:
    server = fake()
    server.version_takes_seconds = 3
    with running(server, read_timeout_seconds=1.0) as rig:
        rig.fake.api = "v3"
        started = time.monotonic()
        answers = in_threads(6, rig.client.projects)
        assert all(isinstance(answer, Unreachable) for answer in answers)
        assert time.monotonic() - started < 5  # one after the other they would wait for six
