"""Filters and suspensions: what the server forgets to do, and what it remembers of what it could not do."""

from __future__ import annotations

import time
from typing import Any

import pytest

from api_clients.domain.errors import Rejected
from api_clients.network.gns3.tests import documents
from api_clients.network.gns3.tests.fake_server import FakeServer, running
from api_clients.network.gns3.values import Api
from api_clients.simulation import Answer, Received, json_answer

P, L = documents.PROJECT_ID, documents.LINK_ID
PATH = f"/projects/{P}/links/{L}"
both = pytest.mark.parametrize("api", ["v2", "v3"])


class LinkServer(FakeServer):
    """One link between started nodes, with the habits of controller and compute in 2.2.54 and 3.0.6."""

    def __init__(self, api: Api, *, unknown: str = "nonsense") -> None:
        super().__init__(api)
        self.unknown = unknown
        self.filters: dict[str, Any] = {}
        self.suspended = False
        self.on_the_wire: dict[str, Any] = {}  # what the compute does to packets
        self.late_seconds = 0.0
        self.answers = {f"GET {PATH}": lambda received: self.link(), f"PUT {PATH}": self.put}

    def link(self) -> Answer:
        return json_answer(documents.link(filters=self.filters, suspend=self.suspended))

    def put(self, received: Received) -> Answer:
        document = received.json()
        filters = {k: v for k, v in document.get("filters", self.filters).items() if v and v[0] != 0 and v[0] != ""}
        try:
            if filters != self.filters:
                self.filters = filters
                self.update()
            if document.get("suspend", self.suspended) != self.suspended:
                self.suspended = document["suspend"]
                self.update()
        except KeyError as unknown:
            return json_answer({"message": f"packet filter {unknown} is not known"}, status=409)
        finally:
            time.sleep(self.late_seconds)
        return self.link()

    def update(self) -> None:
        active = {"frequency_drop": [-1]} if self.suspended else self.filters
        if active or self.api == "v2":
            self.on_the_wire = active
        if self.unknown in self.on_the_wire:
            raise KeyError(self.unknown)

    @property
    def passes_everything(self) -> bool:
        return all(arguments[0] in ("0", 0) for arguments in self.on_the_wire.values())


def test_a_link_is_well_again_though_another_call_made_the_version_forgotten_meanwhile() -> None:
    fake = LinkServer("v3")
    with running(fake) as rig:
        rig.client.set_filters(P, L, {"packet_loss": (30,)})

        def look(received: Received) -> Answer:
            rig.client._forget("v3")
            return fake.link()

        fake.answers[f"GET {PATH}"] = look
        rig.client.set_filters(P, L, {})
        assert fake.passes_everything


@both
def test_filters_are_set_and_gone_again(api: Api) -> None:
    fake = LinkServer(api)
    with running(fake) as rig:
        assert rig.client.set_filters(P, L, {"packet_loss": (30,), "delay": (100, 20)}).filters == {
            "packet_loss": (30,),
            "delay": (100, 20),
        }
        assert fake.on_the_wire == {"packet_loss": [30], "delay": [100, 20]}
        assert rig.client.set_filters(P, L, {}).filters == {}
        assert fake.passes_everything
        assert rig.client.link(P, L).filters == {}


@both
def test_a_filter_of_nothing_is_none(api: Api) -> None:
    fake = LinkServer(api)
    with running(fake) as rig:
        rig.client.set_filters(P, L, {"packet_loss": (30,)})
        assert rig.client.set_filters(P, L, {"packet_loss": (0,)}).filters == {}
        assert fake.passes_everything


@both
def test_a_link_is_cut_and_mended(api: Api) -> None:
    fake = LinkServer(api)
    with running(fake) as rig:
        assert rig.client.suspend_link(P, L, True).suspended
        assert fake.on_the_wire == {"frequency_drop": [-1]}
        assert not rig.client.suspend_link(P, L, False).suspended
        assert fake.passes_everything


@both
def test_a_mended_link_has_the_filters_it_had(api: Api) -> None:
    fake = LinkServer(api)
    with running(fake) as rig:
        rig.client.set_filters(P, L, {"delay": (5,)})
        rig.client.suspend_link(P, L, True)
        assert rig.client.suspend_link(P, L, False).filters == {"delay": (5,)}
        assert fake.on_the_wire == {"delay": [5]}


@both
@pytest.mark.parametrize("before", [{}, {"packet_loss": (30,)}])
def test_refused_filters_leave_the_link_as_it_was(api: Api, before: dict[str, Any]) -> None:
    fake = LinkServer(api)
    with running(fake) as rig:
        rig.client.set_filters(P, L, before)
        with pytest.raises(Rejected, match=r"nonsense.*not known") as caught:
            rig.client.set_filters(P, L, {"nonsense": (1,)})
        assert caught.value.status == 409
        assert "put back" not in caught.value.reason
        assert rig.client.link(P, L).filters == before
        assert fake.passes_everything if not before else fake.on_the_wire == {"packet_loss": [30]}


@both
def test_what_could_not_be_undone_is_said(api: Api) -> None:
    fake = LinkServer(api)
    with running(fake) as rig:
        refused = json_answer({"message": "the hypervisor is gone"}, status=409)
        fake.answers[f"PUT {PATH}"] = refused
        with pytest.raises(Rejected, match="hypervisor is gone; and what was there before could not be put back"):
            rig.client.set_filters(P, L, {"delay": (5,)})


@both
def test_a_change_whose_answer_is_lost_is_looked_up(api: Api) -> None:
    fake = LinkServer(api)
    with running(fake, read_timeout_seconds=0.8) as rig:
        fake.late_seconds = 1.1
        assert rig.client.set_filters(P, L, {"delay": (5,)}).filters == {"delay": (5,)}
        assert rig.client.suspend_link(P, L, True).suspended


def test_the_template_that_2_2_lists_and_refuses_to_show_is_shown() -> None:
    fake = FakeServer("v2")
    nat = documents.template(template_id="df8f4ea9-33b7-3e96-86a2-c39bc9bb649c", name="NAT", template_type="nat")
    refused = json_answer({"message": "'nat' is not one of", "status": 400}, status=400)
    fake.answers |= {
        "GET /templates": json_answer([documents.template(), nat]),
        f"GET /templates/{nat['template_id']}": refused,
        "GET /templates/other": refused,
    }
    with running(fake) as rig:
        assert rig.client.template(nat["template_id"]).name == "NAT"
        with pytest.raises(Rejected, match="is not one of"):
            rig.client.template("other")


def test_the_local_compute_is_listed_though_v3_does_not_list_it() -> None:
    fake = FakeServer("v3")
    fake.answers |= {"GET /computes": json_answer([]), "GET /statistics": json_answer([documents.STATISTICS])}
    with running(fake) as rig:
        (compute,) = rig.client.computes()
        assert (compute.compute_id, compute.connected, compute.cpu_usage_percent) == ("local", True, 12)
