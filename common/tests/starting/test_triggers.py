"""Triggers: over REST, and fired by events, exactly once, in bounded loops, none held back by another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from common.application.events import distribution
from common.application.events.publishing import publish
from common.application.starting import schedules, triggers
from common.application.starting.loops import MAX_DEPTH
from common.application.work.recorded_tasks import request_task
from common.application.workflows.definitions import create_definition
from common.application.workflows.here import run_here
from common.domain.events import Event
from common.domain.roles import Role
from common.models import EventCursor, Schedule, StoredEvent, TaskRecord, Trigger, WorkflowRun
from common.tests.flows import echo_workflow, trial_module
from common.tests.people import ClientOf
from common.tests.workflows.made_up import SECONDS

TRIGGERS = "/api/common/api/v1/hub/triggers/"
ON_ALARM: dict[str, Any] = {
    "name": "on_alarm",
    "topics": ["alarm.*"],
    "workflow": "greet",
    "input": {"text": "${event.data.where} ${event.data.level}"},
}


class AlarmRaised(Event):
    """For these tests."""

    type = "alarm.raised"
    where: str
    level: int = 1

    def subject(self) -> str:
        return f"place:{self.where}"


@pytest.fixture(autouse=True)
def greet(db: None) -> Iterator[None]:
    with trial_module():
        create_definition(echo_workflow(), by="ada")
        distribution.distribute()
        yield


def trigger(**values: Any) -> Trigger:
    return Trigger.objects.create(**{**ON_ALARM, **values})


def alarm(where: str = "cellar", level: int = 1, **more: Any) -> StoredEvent:
    with transaction.atomic():
        position = publish(AlarmRaised(where=where, level=level), source="trial", **more)
    distribution.distribute()
    return StoredEvent.objects.get(pk=position)


def texts() -> list[str]:
    return [run.input["text"] for run in WorkflowRun.objects.order_by("id")]


# --- REST ---


def test_a_trigger_is_made_changed_and_deleted(admin: APIClient) -> None:
    made = admin.post(TRIGGERS, ON_ALARM)
    assert made.status_code == 201, made.json()
    assert (made.json()["minimum_priority"], made.json()["enabled"], made.json()["created_by"]) == (
        "low",
        True,
        "admin",
    )
    changed = admin.patch(made.json()["url"], {"condition": "event.data.level > 3", "source": "trial"})
    assert changed.json()["condition"] == "event.data.level > 3"
    assert admin.get(made.json()["url"]).json() == changed.json()
    assert admin.delete(made.json()["url"]).status_code == 204
    told = StoredEvent.objects.filter(type__startswith="trigger.").values_list("type", flat=True)
    assert list(told) == ["trigger.created", "trigger.changed", "trigger.deleted"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"topics": []}, "topics"),
        ({"topics": ["Not A Topic"]}, "topics"),
        ({"topics": "alarm.*"}, "topics"),
        ({"topics": ["alarm.*"] * 51}, "topics"),
        ({"minimum_priority": "urgent"}, "minimum_priority"),
        ({"condition": "event.data.level >"}, "condition"),
        ({"condition": "steps.a.output"}, "condition"),
        ({"condition": "__import__('os').system('true')"}, "condition"),
        ({"condition": "1" * 1001}, "condition"),
        ({"input": {"text": "${event.data.}"}}, "input.text"),
        ({"input": {"text": "${input.text}"}}, "input.text"),
        ({"input": {"text": 7}}, "input.text"),
        ({"input": {}}, "input"),
        ({"input": []}, "input"),
        ({"workflow": "gone"}, "workflow"),
        ({"workflow": ""}, "workflow"),
        ({"task": "common.cleanup"}, "workflow"),
        ({"workflow": "", "task": "gone"}, "task"),
        ({"workflow": "", "task": "common.cleanup", "input": {"limit": "x"}}, "input.limit"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_what_is_wrong_with_a_trigger_is_named_and_nothing_is_kept(
    admin: APIClient, change: dict[str, Any], field: str
) -> None:
    refused = admin.post(TRIGGERS, {**ON_ALARM, **change})
    assert refused.status_code == 400, refused.json()
    assert any(entry["field"].startswith(field) for entry in refused.json()["details"]), refused.json()
    assert not Trigger.objects.exists()


def test_every_problem_of_a_trigger_has_an_entry(admin: APIClient) -> None:
    wrong = {**ON_ALARM, "topics": ["A", "B"], "condition": "x", "workflow": "gone", "input": {"text": "${y}"}}
    fields = [entry["field"] for entry in admin.post(TRIGGERS, wrong).json()["details"]]
    assert sorted(fields) == ["condition", "input.text", "topics", "topics", "workflow"]


@pytest.mark.parametrize(("role", "read", "write"), [(None, 403, 403), ("viewer", 200, 403), ("operator", 200, 403)])
def test_only_admins_write_triggers(client_of: ClientOf, role: Role | None, read: int, write: int) -> None:
    client, row = client_of(role), trigger()
    assert client.get(TRIGGERS).status_code == read
    assert client.post(TRIGGERS, ON_ALARM).status_code == write
    assert client.patch(f"{TRIGGERS}{row.pk}/", {"enabled": False}).status_code == write


def test_many_triggers_cost_no_query_each(admin: APIClient) -> None:
    def queries(start: int, count: int) -> int:
        rows = [{**ON_ALARM, "name": f"t{number}"} for number in range(start, start + count)]
        with CaptureQueriesContext(connection) as captured:
            assert admin.post(TRIGGERS, rows, format="json").status_code == 201
        return len(captured)

    queries(0, 1)
    assert queries(1, 2) == queries(3, 49)
    with CaptureQueriesContext(connection) as captured:
        assert len(admin.get(f"{TRIGGERS}?page_size=1000").json()["data"]) == 52
    assert len(captured) <= 3


# --- Fired ---


def test_an_event_that_matches_starts_the_workflow_with_input_from_the_event() -> None:
    row = trigger()
    event = alarm("cellar", 4)
    run = WorkflowRun.objects.get()
    assert (run.input, run.actor, run.role) == ({"text": "cellar 4"}, "trigger:on_alarm", "admin")
    assert (run.correlation_id, run.causation_id) == (str(event.id), str(event.id))
    row.refresh_from_db()
    assert (row.started_count, row.last_error) == (1, "")
    distribution.distribute()
    assert WorkflowRun.objects.count() == 1, "once"
    assert run_here(run.pk, timeout_seconds=SECONDS).output == {"said": "cellar 4"}


def test_the_correlation_of_the_event_is_kept() -> None:
    trigger()
    alarm(correlation_id="undertaking-7")
    assert WorkflowRun.objects.get().correlation_id == "undertaking-7"


@pytest.mark.parametrize(
    ("values", "fires"),
    [
        ({"topics": ["alarm.raised"]}, True),
        ({"topics": ["nothing.else", "*"]}, True),
        ({"topics": ["alarm.ended"]}, False),
        ({"source": "trial"}, True),
        ({"source": "other"}, False),
        ({"subject": "place:cellar"}, True),
        ({"subject": "place:attic"}, False),
        ({"minimum_priority": "normal"}, True),
        ({"minimum_priority": "high"}, False),
        ({"condition": "event.data.level == 1 && event.subject.startsWith('place:')"}, True),
        ({"condition": "event.data.level > 1"}, False),
        ({"enabled": False}, False),
    ],
)
def test_a_trigger_fires_on_what_it_matches_and_nothing_else(values: dict[str, Any], fires: bool) -> None:
    trigger(**values)
    alarm()
    assert WorkflowRun.objects.filter(actor="trigger:on_alarm").exists() is fires


def test_the_whole_envelope_is_known_to_expressions() -> None:
    fields = ["position", "id", "type", "version", "source", "subject", "priority", "time", "actor", "correlation_id"]
    known = f"{[*fields, 'causation_id', 'data']}.all(name, name in event)"
    trigger(condition=known, input={"text": "${event.type} ${event.version}"})
    alarm()
    assert texts() == ["alarm.raised 1"]


def test_a_trigger_starts_a_task() -> None:
    trigger(workflow="", task="common.cleanup", input={"limit": "${event.data.level}"})
    alarm(level=9)
    record = TaskRecord.objects.get()
    assert (record.name, record.arguments, record.requested_by) == ("common.cleanup", {"limit": 9}, "trigger:on_alarm")


@pytest.mark.parametrize("what", ["trigger", "schedule"])
def test_what_a_trigger_or_schedule_started_is_listed_at_its_runs_url(admin: APIClient, what: str) -> None:
    request_task("common.cleanup", {}, actor="somebody")
    if what == "trigger":
        shown = f"{TRIGGERS}{trigger(workflow='', task='common.cleanup', input={}).pk}/"
        alarm()
    else:
        asked = {"name": "nightly", "task": "common.cleanup", "interval_seconds": 3600}
        shown = admin.post("/api/common/api/v1/hub/schedules/", asked).json()["url"]
        Schedule.objects.update(next_at=timezone.now())
        assert schedules.start_due() == 1
    listed = admin.get(admin.get(shown).json()["runs_url"])
    assert listed.status_code == 200, listed.content
    assert [row["requested_by"] for row in listed.json()["data"]] == [
        "trigger:on_alarm" if what == "trigger" else "schedule:nightly"
    ]


@pytest.mark.parametrize(
    ("broken", "error"),
    [
        ({"workflow": "gone"}, "no workflow 'gone'"),
        ({"workflow": "", "task": "gone"}, "No task named"),
        ({"input": {"text": "${event.data.nothing}"}}, "nothing"),
        ({"input": {"text": "${event.data.level}"}}, "does not take this input"),
        ({"condition": "event.data.where"}, "true or false"),
        ({"condition": "event.data.nothing > 1"}, "nothing"),
        ({"condition": "][", "input": {"text": "x"}}, "expected"),
        ({"topics": ["alarm.*", "A B"], "workflow": "gone"}, "no workflow 'gone'"),
    ],
)
def test_a_broken_one_says_so_once_and_holds_nothing_back(broken: dict[str, Any], error: str) -> None:
    row = trigger(name="a_broken", **broken)
    trigger(name="b_sound")
    alarm("cellar")
    alarm("attic")
    assert texts() == ["cellar 1", "attic 1"]
    row.refresh_from_db()
    assert error in row.last_error
    assert row.started_count == 0
    event = StoredEvent.objects.get(type="trigger.failed")
    assert (event.subject, event.data["event_type"]) == (f"trigger:{row.pk}", "alarm.raised")
    assert EventCursor.objects.get(name="triggers").failures == 0


def test_a_defect_holds_nothing_back(monkeypatch: pytest.MonkeyPatch) -> None:
    row = trigger(name="a_broken", input={"text": "broken"})
    trigger(name="b_sound")
    real = triggers.start

    def start(workflow: str, task: str, values: Any, **more: Any) -> Any:
        if values == {"text": "broken"}:
            raise ZeroDivisionError
        return real(workflow, task, values, **more)

    monkeypatch.setattr(triggers, "start", start)
    alarm()
    row.refresh_from_db()
    assert (texts(), "defect" in row.last_error) == (["cellar 1"], True)


def test_what_a_broken_one_had_begun_to_write_is_undone(monkeypatch: pytest.MonkeyPatch) -> None:
    trigger()
    real = triggers.start

    def start(*given: Any, **more: Any) -> Any:
        real(*given, **more)
        raise ZeroDivisionError

    monkeypatch.setattr(triggers, "start", start)
    alarm()
    assert not WorkflowRun.objects.exists()
    assert not StoredEvent.objects.filter(type="workflow.started").exists()


def test_one_that_works_again_forgets_the_error() -> None:
    row = trigger(condition="event.data.level / (event.data.level - 1) > 0")
    alarm(level=1)
    row.refresh_from_db()
    assert row.last_error
    alarm(level=2)
    row.refresh_from_db()
    assert (row.last_error, row.started_count) == ("", 1)


# --- Loops ---


def run_all() -> int:
    """Carry out everything that triggers start, until nothing more is started."""
    for _ in range(50):
        going = WorkflowRun.objects.exclude(state__in=WorkflowRun.FINAL).values_list("pk", flat=True)
        if not going:
            return WorkflowRun.objects.count()
        for pk in list(going):
            run_here(pk, timeout_seconds=SECONDS)
        distribution.distribute()
    raise AssertionError("it goes on for ever")


def test_a_trigger_that_its_own_runs_set_off_comes_to_an_end() -> None:
    row = trigger(topics=["alarm.raised", "workflow.succeeded"], input={"text": "round"})
    alarm()
    assert run_all() == MAX_DEPTH
    row.refresh_from_db()
    assert "brought about by" in row.last_error


def test_two_that_set_each_other_off_come_to_an_end() -> None:
    create_definition(echo_workflow("other"), by="ada")
    ended = {"topics": ["workflow.succeeded"], "input": {"text": "round"}}
    trigger(name="first")
    trigger(name="ping", condition="event.data.workflow == 'greet'", workflow="other", **ended)
    trigger(name="pong", condition="event.data.workflow == 'other'", workflow="greet", **ended)
    alarm()
    assert MAX_DEPTH < run_all() <= 1 + 2 * MAX_DEPTH


def test_triggers_that_fail_on_each_others_failures_come_to_an_end() -> None:
    for name in ("a", "b"):
        trigger(name=name, topics=["*"], input={"text": "${event.data.nothing}"})
    alarm()
    for _ in range(20):
        distribution.distribute()
    failed = StoredEvent.objects.filter(type="trigger.failed").count()
    for _ in range(5):
        distribution.distribute()
    assert StoredEvent.objects.filter(type="trigger.failed").count() == failed <= 2 * (MAX_DEPTH + 1)


def test_a_task_that_a_trigger_started_does_not_fire_it_again() -> None:
    row = trigger(workflow="", task="common.cleanup", input={"limit": 1})
    alarm()
    task = TaskRecord.objects.get()
    alarm(correlation_id=f"task:{task.pk}")
    assert TaskRecord.objects.count() == 1
    row.refresh_from_db()
    assert "led back" in row.last_error


def test_many_events_of_one_undertaking_each_fire_it() -> None:
    trigger()
    for number in range(MAX_DEPTH * 3):
        alarm(level=number, correlation_id="one-discovery")
    assert len(texts()) == MAX_DEPTH * 3
