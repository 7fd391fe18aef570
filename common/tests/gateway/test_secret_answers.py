"""An operation that answers with a secret tells it once: to who asked, and to nothing that keeps answers."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from api_clients.monitoring.grafana.simulator import GrafanaSimulator, make_simulator
from api_clients.simulation import serve
from common.models import StoredEvent
from common.tests.gateway.conftest import Configure
from common.tests.people import ClientOf

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/api/clients/grafana/create_service_account_token/"
BODY = {"account_id": 7, "name": "2026"}


@pytest.fixture
def grafana(configure: Configure) -> Iterator[GrafanaSimulator]:
    simulator = make_simulator()
    with serve(simulator) as server:
        configure({"grafana": {"targets": {"main": {"instances": [{"url": server.url}]}}}})
        yield simulator


def test_a_new_token_is_in_its_answer_and_in_no_event_or_log(
    grafana: GrafanaSimulator, client_of: ClientOf, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    answer = client_of("admin").post(URL, BODY)
    assert answer.status_code == 200, answer.content
    key = answer.json()["data"]["key"]
    assert key.startswith("glsa_")
    (event,) = StoredEvent.objects.filter(type="client.action_taken")
    assert (event.data["operation"], event.data["outcome"]) == ("create_service_account_token", "done")
    assert key not in json.dumps(event.data) + caplog.text


def test_an_idempotency_key_is_refused_since_the_answer_would_be_kept_and_nothing_is_asked(
    grafana: GrafanaSimulator, client_of: ClientOf
) -> None:
    answer = client_of("admin").post(URL, BODY, HTTP_IDEMPOTENCY_KEY="one")
    assert answer.status_code == 400
    assert "not kept here" in answer.content.decode()
    assert grafana.received == []


def test_who_may_not_make_tokens_makes_none(grafana: GrafanaSimulator, client_of: ClientOf) -> None:
    assert client_of("operator").post(URL, BODY).status_code == 403
    assert grafana.received == []
