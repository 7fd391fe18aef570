"""What a client says of an action whose answer it never got: what it finds when it looks."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from api_clients.domain.errors import Malformed, Rejected, ServiceError, Unreachable
from api_clients.network.gns3.client import Gns3Client
from api_clients.network.gns3.tests import documents, fake_server
from api_clients.network.gns3.tests.fake_server import FakeServer, InTurn, Rig, after
from api_clients.network.gns3.values import LinkEnd
from api_clients.simulation import Answer, Received, json_answer

P, N, S, L = documents.PROJECT_ID, documents.NODE_ID, documents.SWITCH_ID, documents.LINK_ID
READ_TIMEOUT, LATE = 0.8, 1.1
DONE = Answer(204)
GONE = json_answer({"message": "it doesn't exist"}, status=404)


def running(fake: FakeServer, **options: Any) -> AbstractContextManager[Rig]:
    return fake_server.running(fake, **{"read_timeout_seconds": READ_TIMEOUT, **options})


def node_answer(**changes: Any) -> Answer:
    return json_answer(documents.node(**changes))


def test_a_start_that_timed_out_and_worked_is_a_start() -> None:
    fake = FakeServer("v3")
    fake.answers |= {
        f"POST /projects/{P}/nodes/{N}/start": after(LATE, DONE),
        f"GET /projects/{P}/nodes/{N}": InTurn(node_answer(), node_answer(), node_answer(status="started")),
    }
    with running(fake) as rig:
        assert rig.client.start_node(P, N).status == "started"
        assert [line for line in rig.fake.asked() if line.startswith("POST")] == [
            f"POST /v3/projects/{P}/nodes/{N}/start"
        ]


def test_a_start_that_timed_out_and_did_not_work_is_unreachable_at_the_deadline() -> None:
    fake = FakeServer("v2")
    fake.answers |= {
        f"POST /projects/{P}/nodes/{N}/start": after(LATE, DONE),
        f"GET /projects/{P}/nodes/{N}": node_answer(),
    }
    with running(fake, deadline_seconds=2.0) as rig:
        started = time.monotonic()
        with pytest.raises(Unreachable, match=r"no answer.*looked again, and it is not done") as caught:
            rig.client.start_node(P, N)
        assert time.monotonic() - started < 10
        assert caught.value.operation == "start_node"


def test_a_server_that_is_not_there_is_not_looked_at_for_long() -> None:
    with running(FakeServer("v2"), api="v2", deadline_seconds=20) as rig:
        rig.server.stop()
        started = time.monotonic()
        with pytest.raises(Unreachable, match="refused"):
            rig.client.start_node(P, N)
        assert time.monotonic() - started < 10


@pytest.mark.parametrize("status", [502, 504])
def test_a_proxy_that_lost_its_server_is_no_answer(status: int) -> None:
    fake = FakeServer("v2")
    fake.answers |= {
        f"POST /projects/{P}/nodes/{N}/stop": Answer(status),
        f"GET /projects/{P}/nodes/{N}": node_answer(),
    }
    with running(fake) as rig:
        assert rig.client.stop_node(P, N).status == "stopped"


def test_v2_answers_a_start_with_the_past_so_the_node_is_read_again() -> None:
    fake = FakeServer("v2")
    fake.answers |= {
        f"POST /projects/{P}/nodes/{N}/start": node_answer(status="stopped"),
        f"GET /projects/{P}/nodes/{N}": InTurn(node_answer(), node_answer(status="started", console=21009)),
    }
    with running(fake) as rig:
        node = rig.client.start_node(P, N)
        assert (node.status, node.console) == ("started", 21009)


@pytest.mark.parametrize(
    ("action", "node"),
    [
        ("stop", documents.node(node_type="ethernet_switch", status="started")),
        ("suspend", documents.node(status="started")),
    ],
)
def test_a_switch_that_cannot_be_stopped_nor_a_vpcs_suspended_is_not_waited_for(
    action: str, node: dict[str, Any]
) -> None:
    fake = FakeServer("v3")
    fake.answers |= {f"POST /projects/{P}/nodes/{N}/{action}": DONE, f"GET /projects/{P}/nodes/{N}": json_answer(node)}
    with running(fake) as rig:
        assert getattr(rig.client, f"{action}_node")(P, N).status == "started"
        assert [line.split()[0] for line in rig.fake.asked()] == ["POST", "GET"]


def test_all_nodes_are_looked_at_when_starting_them_takes_too_long() -> None:
    fake = FakeServer("v2")
    one, both = [documents.node(status="started"), documents.node(node_id=S)], documents.node(status="started")
    fake.answers |= {
        f"POST /projects/{P}/nodes/start": after(LATE, DONE),
        f"GET /projects/{P}/nodes": InTurn(json_answer(one), json_answer([both, both])),
    }
    with running(fake) as rig:
        assert [node.status for node in rig.client.start_all(P)] == ["started", "started"]


def lost(fake: FakeServer, what: str, then: Callable[[Received], None]) -> None:
    """Do it, and answer when nobody listens any more."""

    def answer(received: Received) -> Answer:
        then(received)
        time.sleep(LATE)
        return DONE

    fake.answers[what] = answer


def test_a_node_that_was_made_without_an_answer_is_found_by_the_id_that_we_chose() -> None:
    fake = FakeServer("v3")

    def make(received: Received) -> None:
        made = received.json()
        fake.answers[f"GET /projects/{P}/nodes/{made['node_id']}"] = node_answer(
            node_id=made["node_id"], name=made["name"]
        )

    lost(fake, f"POST /projects/{P}/nodes", make)
    with running(fake) as rig:
        assert rig.client.create_node(P, "PC7", "vpcs").name == "PC7"


def test_a_project_that_was_made_without_an_answer_is_found_by_the_id_that_we_chose() -> None:
    fake = FakeServer("v2")

    def make(received: Received) -> None:
        made = received.json()
        fake.answers[f"GET /projects/{made['project_id']}"] = json_answer(documents.project(**made))

    lost(fake, "POST /projects", make)
    with running(fake) as rig:
        project = rig.client.create_project("campus")
        assert (project.name, project.auto_close) == ("campus", False)


def test_a_node_of_a_template_is_the_one_that_was_not_there_before() -> None:
    fake = FakeServer("v2")
    template = f"/projects/{P}/templates/{documents.TEMPLATE_ID}"
    before = documents.node(template_id=documents.TEMPLATE_ID)
    new = documents.node(template_id=documents.TEMPLATE_ID, node_id=S, name="B")
    fake.answers |= {
        "GET /templates": json_answer([documents.template()]),
        f"GET /projects/{P}/nodes": json_answer([before]),
    }
    lost(
        fake,
        f"POST {template}",
        lambda received: fake.answers.update({f"GET /projects/{P}/nodes": json_answer([before, new])}),
    )
    with running(fake) as rig:
        node = rig.client.create_from_template(P, documents.TEMPLATE_ID, x=10, y=-20, name="B")
        assert node.node_id == S
        sent = next(item for item in rig.fake.received if item.path.endswith(template)).json()
        assert sent == {"x": 10, "y": -20, "compute_id": "local", "name": "B"}


def test_v3_ignores_the_name_of_a_node_of_a_template_so_it_is_given_afterwards() -> None:
    fake = FakeServer("v3")
    fake.answers |= {
        "GET /templates": json_answer([documents.template()]),
        f"GET /projects/{P}/nodes": json_answer([]),
        f"POST /projects/{P}/templates/{documents.TEMPLATE_ID}": json_answer(documents.node(name="PC1"), status=201),
        f"PUT /projects/{P}/nodes/{N}": node_answer(name="core"),
    }
    with running(fake) as rig:
        assert rig.client.create_from_template(P, documents.TEMPLATE_ID, name="core").name == "core"


def test_a_node_of_a_template_whose_name_is_refused_does_not_stay() -> None:
    fake = FakeServer("v3")
    fake.answers |= {
        "GET /templates": json_answer([documents.template()]),
        f"GET /projects/{P}/nodes": json_answer([]),
        f"POST /projects/{P}/templates/{documents.TEMPLATE_ID}": json_answer(documents.node(name="PC1"), status=201),
        f"PUT /projects/{P}/nodes/{N}": json_answer({"message": "no such name"}, status=409),
        f"DELETE /projects/{P}/nodes/{N}": DONE,
    }
    with running(fake) as rig:
        with pytest.raises(Rejected, match="no such name"):
            rig.client.create_from_template(P, documents.TEMPLATE_ID, name="core")
        assert rig.fake.asked()[-1] == f"DELETE /v3/projects/{P}/nodes/{N}"


def test_a_link_that_was_made_without_an_answer_is_the_one_between_its_ports() -> None:
    fake = FakeServer("v3")
    fake.answers |= {
        f"POST /projects/{P}/links": after(LATE, DONE),
        f"GET /projects/{P}/links": json_answer([documents.link()]),
    }
    with running(fake, deadline_seconds=2.0) as rig:
        assert rig.client.create_link(P, LinkEnd(S, 0, 3), LinkEnd(N, 0, 0)).link_id == L
        with pytest.raises(Unreachable):
            rig.client.create_link(P, LinkEnd(S, 0, 4), LinkEnd(N, 0, 0))


@pytest.mark.parametrize(
    ("call", "what", "look"),
    [
        (lambda client: client.delete_node(P, N), f"DELETE /projects/{P}/nodes/{N}", f"GET /projects/{P}/nodes/{N}"),
        (lambda client: client.delete_link(P, L), f"DELETE /projects/{P}/links/{L}", f"GET /projects/{P}/links/{L}"),
        (lambda client: client.delete_project(P), f"DELETE /projects/{P}", f"GET /projects/{P}"),
    ],
)
def test_what_is_gone_was_deleted_with_or_without_an_answer(
    call: Callable[[Gns3Client], None], what: str, look: str
) -> None:
    fake = FakeServer("v2")
    fake.answers |= {what: after(LATE, DONE), look: GONE}
    with running(fake) as rig:
        call(rig.client)
        fake.answers[what] = GONE
        with pytest.raises(Rejected):
            call(rig.client)


def test_an_answer_that_is_cut_short_is_looked_up_too() -> None:
    fake = FakeServer("v3")
    made: dict[str, Any] = {}

    def make(received: Received) -> Answer:
        made.update(received.json())
        fake.answers[f"GET /projects/{made['project_id']}"] = json_answer(documents.project(**made))
        return Answer(201, b'{"name": "camp', {"Content-Type": "application/json"})

    fake.answers["POST /projects"] = make
    with running(fake) as rig:
        assert rig.client.create_project("campus").project_id == made["project_id"]


def test_an_answer_that_is_cut_short_and_found_nowhere_is_malformed() -> None:
    fake = FakeServer("v3")
    fake.answers["POST /projects"] = Answer(201, b"{")
    with running(fake, deadline_seconds=1) as rig, pytest.raises(Malformed, match="it is not done"):
        rig.client.create_project("campus")


def test_opening_waits_for_the_project_to_be_open() -> None:
    fake = FakeServer("v2")
    fake.answers |= {
        f"POST /projects/{P}/open": after(LATE, DONE),
        f"GET /projects/{P}": InTurn(json_answer(documents.project(status="closed")), json_answer(documents.project())),
    }
    with running(fake) as rig:
        assert rig.client.open_project(P).status == "opened"


def test_a_copy_is_the_project_of_that_name_that_was_not_there_before() -> None:
    fake = FakeServer("v2")
    old, new = (
        documents.project(project_id=N, name="copy"),
        documents.project(project_id=S, name="copy", status="closed"),
    )
    fake.answers |= {
        "GET /projects": InTurn(json_answer([old]), json_answer([old, new])),
        f"POST /projects/{P}/duplicate": Answer(504),
    }
    with running(fake) as rig:
        assert rig.client.duplicate_project(P, "copy").project_id == S


def test_an_imported_project_does_not_close_by_itself() -> None:
    fake = FakeServer("v3")

    def answer(received: Received) -> Answer:
        project_id = received.path.split("/")[3]
        fake.answers[f"PUT /projects/{project_id}"] = lambda change: json_answer(documents.project(**change.json()))
        return json_answer(documents.project(auto_close=True, project_id=project_id), status=201)

    fake.answers = _Any(answer)
    with running(fake) as rig:
        assert rig.client.import_project(b"PK", "copy").auto_close is False
        assert rig.fake.received[-2].params == {"name": ["copy"]}


def test_a_rename_that_v2_refuses_and_does_is_done() -> None:
    fake = FakeServer("v2")
    fake.answers |= {
        f"PUT /projects/{P}/nodes/{N}": json_answer({"message": "Bad request", "status": 400}, status=400),
        f"GET /projects/{P}/nodes/{N}": node_answer(name="B"),
    }
    with running(fake) as rig:
        assert rig.client.update_node(P, N, name="B").name == "B"
        for changes in ({"name": "C"}, {"name": "B", "properties": {"ram": "much"}}):
            with pytest.raises(Rejected, match="Bad request"):
                rig.client.update_node(P, N, **changes)


def test_a_node_of_a_closed_project_is_told_from_one_that_is_forbidden(caplog: pytest.LogCaptureFixture) -> None:
    fake = FakeServer("v3")
    with running(fake) as rig:
        kinds = []
        for message in ("The project is not opened", "Permission denied"):
            fake.answers[f"POST /projects/{P}/nodes/{N}/start"] = json_answer({"message": message}, status=403)
            kinds.append(_error(rig))
    assert [(type(error).__name__, error.status) for error in kinds] == [("ProjectClosed", 403), ("Unauthorized", 403)]


def _error(rig: Rig) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        rig.client.start_node(P, N)
    return caught.value


class _Any(dict[str, Any]):
    """Gives one answer to every POST."""

    def __init__(self, answer: Any) -> None:
        super().__init__()
        self._answer = answer

    def get(self, key: str, default: Any = None) -> Any:
        return self._answer if key.startswith("POST") else super().get(key, default)
