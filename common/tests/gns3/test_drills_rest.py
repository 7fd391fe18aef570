"""Drills over REST, without a server: shapes, filters, refusals of bad input, and who may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from api_clients.network.gns3.values import Project
from common.application.gns3 import central
from common.application.gns3.drills import faults
from common.application.gns3.drills.beginning import begin_drill
from common.application.gns3.drills.contracts import PacketLoss
from common.domain.errors import Conflict, HubError, Invalid, TimedOut, Unavailable, Unknown
from common.domain.modules import Call
from common.models import Gns3Drill
from common.tests.gns3.conftest import Use
from common.tests.people import ClientOf

pytestmark = pytest.mark.django_db
DRILLS = "/api/common/api/gns3-central/drills/"
PROJECT, LINK = "5f4b3c8e-8d0f-4a55-a9e5-3ab5f4f9a001", "5f4b3c8e-8d0f-4a55-a9e5-3ab5f4f9c001"
LOSS = {"kind": "packet_loss", "project_id": PROJECT, "link_id": LINK, "percent": 10, "seconds": 60}


def make(**values: Any) -> Gns3Drill:
    now = timezone.now()
    until = now + timedelta(minutes=5)
    row = {
        "server": "main",
        "project_id": PROJECT,
        "project": "lab",
        "kind": "packet_loss",
        "about": f"link-{Gns3Drill.objects.count()}",
        "parameters": {"percent": 10},
        "before": {"filter": None},
        "seconds": 300.0,
        "until": until,
        "due_at": until,
        "order_at": until,
        "created_at": now,
        "began_at": now,
        "actor": "ada",
    }
    return Gns3Drill.objects.create(**row | values)


def test_drills_are_listed_and_filtered_by_what_they_are_at(client_of: ClientOf) -> None:
    past = timezone.now() - timedelta(seconds=1)
    rows = {
        "active": make(),
        "starting": make(began_at=None, state="running"),
        "ending": make(until=past),
        "ended": make(state="ended", until=past, ended_at=past, outcome="restored", kind="node_stopped"),
    }
    undone_early = make(state="running")
    viewer = client_of("viewer")
    listed = viewer.get(DRILLS).json()["data"]
    assert [row["drill_id"] for row in listed] == sorted((drill.pk for drill in Gns3Drill.objects.all()), reverse=True)
    states = {row["drill_id"]: row["state"] for row in listed}
    assert states == {**{drill.pk: state for state, drill in rows.items()}, undone_early.pk: "ending"}
    for state in rows:
        found = viewer.get(f"{DRILLS}?state={state}").json()["data"]
        assert {row["drill_id"] for row in found} == {pk for pk, known in states.items() if known == state}
    (one,) = viewer.get(f"{DRILLS}?kind=node_stopped&project_id={PROJECT}").json()["data"]
    assert (one["node_id"], one["link_id"], one["outcome"]) == ("link-3", None, "restored")
    assert viewer.get(one["url"]).json()["drill_id"] == one["drill_id"]
    for wrong in ("state=tired", "kind=earthquake", "colour=red", "ordering=colour"):
        assert viewer.get(f"{DRILLS}?{wrong}").status_code == 400


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({**LOSS, "kind": "earthquake"}, "kind"),
        ({key: value for key, value in LOSS.items() if key != "kind"}, "kind"),
        ([], "kind"),
        ({**LOSS, "percent": 0}, "percent"),
        ({**LOSS, "percent": 101}, "percent"),
        ({**LOSS, "percent": "10"}, "percent"),
        ({**LOSS, "percent": True}, "percent"),
        ({**LOSS, "seconds": 0}, "seconds"),
        ({**LOSS, "seconds": 86_401}, "seconds"),
        ({**LOSS, "latency_ms": 5}, "latency_ms"),
        ({**LOSS, "node_id": LINK}, "node_id"),
        ({key: value for key, value in LOSS.items() if key != "link_id"}, "link_id"),
        ({**LOSS, "kind": "delay"}, "latency_ms"),
        ({**LOSS, "kind": "node_stopped"}, "node_id"),
    ],
)
def test_what_makes_no_drill_is_refused_by_its_field(client_of: ClientOf, body: Any, field: str) -> None:
    answer = client_of("operator").post(DRILLS, body, format="json")
    assert answer.status_code == 400
    assert field in {detail["field"] for detail in answer.json()["details"]}
    assert not Gns3Drill.objects.exists()


@pytest.fixture
def begin(monkeypatch: pytest.MonkeyPatch) -> Callable[[HubError], None]:
    """Begin a drill that ends in this error while the fault is brought about."""

    def begin(error: HubError) -> None:
        def go_wrong(drill: Gns3Drill) -> None:
            raise error

        project = Project(PROJECT, "lab", "opened", False, False, False, "")
        monkeypatch.setattr(central, "find", lambda project_id: ("main", project))
        monkeypatch.setattr(faults, "look", lambda *_: (LINK, {"filter": None}, "PC1 Ethernet0 - SW1 Ethernet1"))
        monkeypatch.setattr(faults, "bring_about", go_wrong)
        with pytest.raises(type(error)):
            begin_drill("packet_loss", PacketLoss(project_id=PROJECT, link_id=LINK, percent=10, seconds=60.0), Call())

    return begin


@pytest.mark.parametrize("error", [Conflict("overtaken"), Unavailable("away"), TimedOut("late"), Unknown("gone")])
def test_a_drill_of_which_nobody_knows_whether_it_began_is_undone_at_once(
    begin: Callable[[HubError], None], error: HubError
) -> None:
    begin(error)
    drill = Gns3Drill.objects.get()
    assert (drill.state, drill.claim, drill.error) == ("waiting", None, str(error))
    assert drill.due_at <= timezone.now()


def test_a_drill_that_is_refused_as_nonsense_leaves_no_row(begin: Callable[[HubError], None]) -> None:
    begin(Invalid("no such filter"))
    assert not Gns3Drill.objects.exists()


def test_viewers_look_and_do_not_touch(client_of: ClientOf) -> None:
    drill = make()
    viewer = client_of("viewer")
    assert viewer.post(DRILLS, LOSS, format="json").status_code == 403
    assert viewer.post(f"{DRILLS}{drill.pk}/end/", format="json").status_code == 403
    assert client_of(None).get(DRILLS).status_code in {401, 403}
    drill.refresh_from_db()
    assert drill.state == "waiting"


def test_a_drill_without_a_server_or_that_nobody_knows(client_of: ClientOf, use_servers: Use) -> None:
    use_servers()
    operator = client_of("operator")
    assert operator.post(DRILLS, LOSS, format="json").status_code == 503
    assert operator.post(f"{DRILLS}99/end/", format="json").status_code == 404
    assert operator.get(f"{DRILLS}99/").status_code == 404
    assert operator.get(f"{DRILLS}nonsense/").status_code == 404
    over = make(state="ended", ended_at=timezone.now(), outcome="restored")
    answer = operator.post(f"{DRILLS}{over.pk}/end/", format="json")
    assert (answer.status_code, answer.json()["outcome"]) == (200, "restored")
    assert operator.post(f"{DRILLS}{over.pk}/end/", {"now": True}, format="json").status_code == 400


def test_a_drill_that_cannot_be_undone_yet_is_accepted_to_be_ended(client_of: ClientOf, use_servers: Use) -> None:
    use_servers()
    drill = make()
    answer = client_of("operator").post(f"{DRILLS}{drill.pk}/end/", format="json")
    assert answer.status_code == 202
    assert (answer.json()["state"], bool(answer.json()["error"])) == ("ending", True)
    drill.refresh_from_db()
    assert (drill.state, drill.ended_at) == ("waiting", None)
