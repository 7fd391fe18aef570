"""Numbers beyond 64 bits: refused as integers, and given back as they were sent as floats, on any database."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from django.db import transaction
from rest_framework.test import APIClient

from common.application.events.publishing import publish
from common.application.messages.sending import send
from common.application.workflows.here import run_here
from common.domain import stored_json
from common.domain.envelope import Envelope
from common.domain.errors import Conflict
from common.domain.events import Event
from common.infrastructure.events.event_store import read_after
from common.infrastructure.events.feed import feed_event
from common.models import Message, WorkflowRun
from common.tests.flows import echo_workflow, trial_module
from common.tests.on_postgresql import run_on_postgresql
from common.tests.servers import PostgreSQL

HUB = "/api/common/api/v1/hub"
JSON = "application/json"
SEND = f"{HUB}/messages/send/"
NOTE: dict[str, Any] = {"type": "sample.record", "recipient": "sample"}
LARGE = [1e20, -1e20, 1e300, 1.7e308, 2.0**70]


class Weighed(Event):
    """For these tests."""

    type = "thing.weighed"
    weights: list[float]

    def subject(self) -> str:
        return "thing:1"


@pytest.mark.django_db
@pytest.mark.usefixtures("sample")
def test_large_floats_in_a_message_poison_no_list(admin: APIClient) -> None:
    body = {"n": LARGE, "in": {"deep": [{"n": 1e20}]}, "last": [2**64 - 1, -(2**63)]}
    sent = admin.post(SEND, {**NOTE, "body": body})
    assert sent.status_code == 202, sent.content
    for path in (f"{HUB}/messages/", sent["Location"]):
        answer = admin.get(path)
        assert answer.status_code == 200, answer.content
        shown = answer.json()
        assert shown.get("data", [shown])[0]["body"] == body


@pytest.mark.django_db
@pytest.mark.usefixtures("sample")
def test_the_same_large_floats_under_the_same_key_are_the_same_message() -> None:
    def sent(*numbers: float) -> Message:
        return send("sample.record", {"n": numbers}, recipient="sample", sender="tests", idempotency_key="k-1")

    assert sent(*LARGE).uuid == sent(*LARGE).uuid
    with pytest.raises(Conflict, match="was used for another message"):
        sent(*LARGE, 1e301)


@pytest.mark.django_db
def test_large_floats_in_a_workflow_are_kept_run_and_shown(admin: APIClient) -> None:
    definition = echo_workflow("large")
    definition["output"] = {"n": LARGE}
    definition["input_schema"] = {"type": "object", "properties": {"n": {"maximum": 1e300}}}
    with trial_module():
        assert admin.post(f"{HUB}/workflows/", definition).status_code == 201
        changed = admin.patch(f"{HUB}/workflows/large/", {"description": "Of large numbers."})
        assert (changed.status_code, changed.json()["body"]["output"]) == (200, {"n": LARGE})
        asked = {"workflow": "large", "input": {"text": "a", "n": 1e20}}
        started = admin.post(f"{HUB}/workflows/execute/", asked)
        assert started.status_code == 202, started.content
        run = run_here(started.json()["id"])
    assert run.state == WorkflowRun.State.SUCCEEDED, run.error
    for path in (f"{HUB}/workflow-runs/", started["Location"], f"{HUB}/workflows/", f"{HUB}/workflows/large/"):
        assert admin.get(path).status_code == 200
    shown = admin.get(started["Location"]).json()
    assert (shown["input"]["n"], shown["output"]) == (1e20, {"n": LARGE})


@pytest.mark.django_db
def test_large_floats_in_events_reach_rest_and_frames(admin: APIClient) -> None:
    with transaction.atomic():
        position = publish(Weighed(weights=LARGE), source="tests")
    answer = admin.get("/api/common/api/v1/events/", {"type": "thing.weighed"})
    assert answer.json()["data"][0]["data"] == {"weights": LARGE}
    (envelope,) = read_after(position - 1, limit=1)
    assert b'"data":{"weights":' + orjson.dumps(LARGE) + b"}" in feed_event(envelope).frame


@pytest.mark.needs("postgres", "initdb")
@pytest.mark.slow
def test_all_of_this_holds_on_postgresql(postgresql: PostgreSQL) -> None:
    run_on_postgresql(postgresql, "common/tests/rest/test_stored_numbers.py")


@pytest.mark.django_db
@pytest.mark.parametrize("number", [2**64, -(2**63) - 1, 2**70, 10**300])
@pytest.mark.usefixtures("sample")
def test_an_integer_beyond_64_bits_is_refused_by_its_place(admin: APIClient, number: int) -> None:
    answer = admin.post(SEND, json.dumps({**NOTE, "body": {"rates": [1, {"n": number}]}}), content_type=JSON)
    assert answer.status_code == 400
    (detail,) = answer.json()["details"]
    assert (detail["field"], detail["code"]) == ("body.rates.1.n", "out_of_range")
    assert not Message.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("digits", ["9" * 400, "9" * 5000, "1e400"])
@pytest.mark.usefixtures("sample")
def test_a_number_that_is_not_even_a_float_is_refused(admin: APIClient, digits: str) -> None:
    body = json.dumps({**NOTE, "body": {"n": "HERE"}}).replace('"HERE"', digits)
    answer = admin.post(SEND, body, content_type=JSON)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
    assert not Message.objects.exists()


@pytest.mark.django_db
@pytest.mark.usefixtures("sample")
def test_long_digits_that_are_no_such_integer_are_taken(admin: APIClient) -> None:
    body = {"text": "1" * 40, "a": 2**64 - 1, "b": -(2**63), "c": 0.1234567890123456789012}
    answer = admin.post(SEND, {**NOTE, "body": body})
    assert (answer.status_code, answer.json()["body"]) == (202, body)


def test_what_a_database_gives_back_is_written_as_it_was_sent() -> None:
    stored = {"float": 10**300, "exact": 2**70 + 1, "huge": 10**400, "in": [(10**20,)]}
    assert stored_json.write(stored) == (
        b'{"float":1e+300,"exact":1180591620717411303425,"huge":1' + b"0" * 400 + b',"in":[[1e+20]]}'
    )


def test_what_is_no_json_stays_refused() -> None:
    with pytest.raises(TypeError):
        stored_json.write({"n": object()})
    with pytest.raises(TypeError):
        stored_json.write({"n": 10**20, "o": object()})


def test_large_integers_are_written_inside_what_orjson_knows() -> None:
    envelope = dict.fromkeys(Envelope.__dataclass_fields__) | {"data": {"n": 10**20}}
    assert b'"data":{"n":1e+20}' in stored_json.write({"event": Envelope(**envelope)})
    written = stored_json.write({"n": 10**20, "o": {10**30}}, default=list)
    assert written == b'{"n":1e+20,"o":[1e+30]}'
