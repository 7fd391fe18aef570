from __future__ import annotations

import pytest

from api_clients.domain.errors import Unauthorized
from api_clients.infrastructure.http import ApiKey, Basic, Bearer
from api_clients.network.gns3.client import Gns3Client
from api_clients.network.gns3.login import AUTHENTICATE
from api_clients.network.gns3.tests import documents
from api_clients.network.gns3.tests.fake_server import ME, FakeServer, InTurn, Rig, jwt, running
from api_clients.simulation import Answer, Received, json_answer

P = documents.PROJECT_ID


def lab(fake: FakeServer) -> FakeServer:
    fake.answers |= {
        f"GET /projects/{P}": json_answer(documents.project()),
        f"GET /projects/{P}/nodes": json_answer([documents.node()]),
        f"GET /projects/{P}/links": json_answer([documents.link()]),
        f"GET /projects/{P}/drawings": json_answer([documents.drawing()]),
    }
    return fake


def authorizations(rig: Rig) -> list[str]:
    return [item.headers.get("authorization", "").partition(" ")[0] for item in rig.fake.received]


def test_v3_is_asked_with_a_token_for_name_and_password() -> None:
    with running(lab(FakeServer("v3"))) as rig:
        assert len(rig.client.topology(P).nodes) == 1
        assert rig.fake.logins == 1
        login = next(item for item in rig.fake.received if item.path == AUTHENTICATE)
        assert "authorization" not in login.headers
        assert authorizations(rig)[2:] == ["Bearer"] * 4


def test_a_token_that_ends_in_the_middle_of_a_topology_is_renewed_there() -> None:
    fake = lab(FakeServer("v3"))

    def last_answer_of_this_token(received: Received) -> Answer:
        fake.tokens.clear()
        return json_answer([documents.node()])

    fake.answers[f"GET /projects/{P}/nodes"] = InTurn(last_answer_of_this_token, json_answer([]))
    with running(fake) as rig:
        topology = rig.client.topology(P)
        assert (len(topology.nodes), len(topology.links), len(topology.drawings)) == (1, 1, 1)
        assert fake.logins == 2


def test_a_token_is_kept_from_call_to_call() -> None:
    fake = lab(FakeServer("v3"))
    with running(fake) as rig:
        rig.client.topology(P)
        rig.client.topology(P)
        assert fake.logins == 1


def test_v2_is_asked_with_basic_where_it_wants_a_login() -> None:
    with running(lab(FakeServer("v2", wants_login=True))) as rig:
        assert rig.client.project(P).name == "campus"
        assert authorizations(rig) == ["Basic", "Basic", "Basic"]
        assert not [item for item in rig.fake.received if item.path == AUTHENTICATE]


def test_v2_without_a_login_needs_no_credentials() -> None:
    with running(lab(FakeServer("v2")), credentials=None) as rig:
        assert rig.client.project(P).name == "campus"
        assert authorizations(rig) == ["", "", ""]


@pytest.mark.parametrize("fake", [FakeServer("v3"), FakeServer("v2", wants_login=True)], ids=["v3", "v2"])
@pytest.mark.parametrize("credentials", [Basic("ada", "wrong"), None], ids=["wrong", "none"])
def test_who_may_not_enter_is_told_so(fake: FakeServer, credentials: Basic | None) -> None:
    with running(lab(fake), credentials=credentials) as rig, pytest.raises(Unauthorized) as caught:
        rig.client.project(P)
    assert (caught.value.status, caught.value.service, caught.value.operation) == (401, "gns3", "project")
    assert "wrong" not in str(caught.value)


def test_a_server_after_its_upgrade_is_asked_with_a_token_from_the_same_configuration() -> None:
    fake = lab(FakeServer("v2", wants_login=True))
    with running(fake) as rig:
        rig.client.project(P)
        fake.api = "v3"
        assert rig.client.project(P).name == "campus"
        assert fake.logins == 1


def test_a_token_of_ones_own_goes_as_it_is() -> None:
    assert Gns3Client.login(Bearer(jwt({"sub": "ada"}))) is None
    assert Gns3Client.login(ApiKey("X-Key", "k")) is None


def test_no_secret_shows() -> None:
    login = Gns3Client.login(ME)
    assert login is not None
    with running(lab(FakeServer("v3"))) as rig:
        rig.client.project(P)
        (token,) = rig.fake.tokens
        rig.fake.answers[f"GET /projects/{P}"] = json_answer({"message": f"what is {token}?"}, status=409)
        with pytest.raises(Exception, match=r"409.*what is \*\*\*") as caught:
            rig.client.project(P)
        shown = [repr(login), repr(rig.client), str(vars(rig.client)), str(caught.value), repr(caught.value)]
    assert not [text for text in shown if token in text or ME.password in text]
