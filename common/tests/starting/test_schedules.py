"""Schedules: over REST, and started by the sweep, once, whoever looks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from common.application.starting import schedules
from common.application.workflows.definitions import create_definition, delete_definition
from common.domain.roles import Role
from common.models import Schedule, StoredEvent, TaskRecord, WorkflowDefinition, WorkflowRun
from common.tests.flows import echo_workflow, trial_module
from common.tests.people import ClientOf

SCHEDULES = "/api/common/api/v1/hub/schedules/"
HOURLY: dict[str, Any] = {"name": "hourly", "workflow": "greet", "input": {"text": "hello"}, "interval_seconds": 3600}


@pytest.fixture(autouse=True)
def greet(db: None) -> Iterator[None]:
    with trial_module():
        create_definition(echo_workflow(), by="ada")
        yield


def overdue(name: str = "hourly", **values: Any) -> Schedule:
    """A schedule that has been due for a while."""
    given = {"interval_seconds": 60.0, "workflow": "greet", "input": {"text": name}, **values}
    return Schedule.objects.create(name=name, next_at=timezone.now() - timedelta(seconds=200), **given)


# --- REST ---


def test_a_schedule_is_made_changed_switched_off_and_deleted(admin: APIClient) -> None:
    began = timezone.now()
    made = admin.post(SCHEDULES, {**HOURLY, "interval_seconds": 60})
    assert made.status_code == 201, made.json()
    url, next_at = made.json()["url"], datetime.fromisoformat(made.json()["next_at"])
    assert began + timedelta(seconds=59) < next_at < timezone.now() + timedelta(seconds=60)
    changed = admin.patch(url, {"interval_seconds": None, "crontab": "30 2 * * *", "timezone": "Europe/Berlin"})
    assert changed.status_code == 200, changed.json()
    assert datetime.fromisoformat(changed.json()["next_at"]).astimezone(UTC).minute == 30
    off = admin.patch(url, {"enabled": False}).json()
    assert (off["enabled"], off["next_at"]) == (False, None)
    assert admin.patch(url, {"enabled": True}).json()["next_at"]
    assert admin.delete(url).status_code == 204
    assert [*StoredEvent.objects.filter(source="hub", type__startswith="schedule.").values_list("type", flat=True)] == [
        "schedule.created",
        "schedule.changed",
        "schedule.changed",
        "schedule.changed",
        "schedule.deleted",
    ]


def test_what_does_not_touch_the_clock_leaves_the_next_time(admin: APIClient) -> None:
    made = admin.post(SCHEDULES, HOURLY).json()
    assert admin.patch(made["url"], {"input": {"text": "ahoy"}}).json()["next_at"] == made["next_at"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"interval_seconds": None}, "crontab"),
        ({"crontab": "* * * * *"}, "crontab"),
        ({"interval_seconds": None, "crontab": "* * *"}, "crontab"),
        ({"interval_seconds": None, "crontab": "61 * * * *"}, "crontab"),
        ({"interval_seconds": None, "crontab": "0 0 30 2 *"}, "crontab"),
        ({"interval_seconds": None, "crontab": "* * * * *", "timezone": "Mars/Olympus"}, "timezone"),
        ({"interval_seconds": 0.5}, "interval_seconds"),
        ({"interval_seconds": -1}, "interval_seconds"),
        ({"interval_seconds": 1e300}, "interval_seconds"),
        ({"interval_seconds": "soon"}, "interval_seconds"),
        ({"workflow": ""}, "workflow"),
        ({"task": "common.cleanup"}, "workflow"),
        ({"workflow": "gret"}, "workflow"),
        ({"workflow": "", "task": "os.system"}, "task"),
        ({"workflow": "", "task": "common.sweep"}, "task"),
        ({"workflow": "", "task": "common.cleanup", "input": {"limit": "all"}}, "input.limit"),
        ({"input": {}}, "input"),
        ({"input": {"text": 7}}, "input.text"),
        ({"input": {"text": "x", "more": 1}}, "input"),
        ({"input": []}, "input"),
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_what_is_wrong_with_a_schedule_is_named_and_nothing_is_kept(
    admin: APIClient, change: dict[str, Any], field: str
) -> None:
    refused = admin.post(SCHEDULES, {**HOURLY, **change})
    assert refused.status_code == 400, refused.json()
    assert field in {entry["field"] for entry in refused.json()["details"]}, refused.json()
    assert not Schedule.objects.exists()
    kept = admin.post(SCHEDULES, HOURLY).json()
    assert admin.patch(kept["url"], change).status_code == 400
    assert admin.get(kept["url"]).json() == kept


def test_a_misspelt_workflow_is_answered_with_the_right_one(admin: APIClient) -> None:
    refused = admin.post(SCHEDULES, {**HOURLY, "workflow": "gret"}).json()
    assert "Did you mean greet?" in refused["message"]


def test_a_schedule_of_a_task_is_checked_against_its_arguments(admin: APIClient) -> None:
    made = admin.post(
        SCHEDULES, {"name": "clean", "task": "common.cleanup", "input": {"limit": 5}, "crontab": "0 4 * * *"}
    )
    assert made.status_code == 201, made.json()


def test_many_schedules_are_written_all_or_none_at_few_queries(admin: APIClient) -> None:
    def rows(start: int, count: int) -> list[dict[str, Any]]:
        return [{**HOURLY, "name": f"s{number}"} for number in range(start, start + count)]

    def queries(given: list[dict[str, Any]]) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert admin.post(SCHEDULES, given, format="json").status_code == 201
        return len(captured)

    refused = admin.post(SCHEDULES, [*rows(0, 3), {**HOURLY, "crontab": "x"}], format="json")
    assert (refused.status_code, [row["index"] for row in refused.json()["details"]]) == (400, [3])
    assert not Schedule.objects.exists()
    assert queries(rows(0, 2)) == queries(rows(2, 60))
    ids = list(Schedule.objects.values_list("pk", flat=True))
    changes = [{"id": pk, "input": {"text": str(pk)}} for pk in ids]
    with CaptureQueriesContext(connection) as captured:
        assert admin.patch(SCHEDULES, changes, format="json").status_code == 200
    assert len(captured) < 20
    assert Schedule.objects.get(pk=ids[-1]).input == {"text": str(ids[-1])}
    assert admin.delete(SCHEDULES, ids, format="json").status_code == 204
    assert not Schedule.objects.exists()


@pytest.mark.parametrize(("role", "read", "write"), [(None, 403, 403), ("viewer", 200, 403), ("operator", 200, 403)])
def test_only_admins_write_schedules(client_of: ClientOf, role: Role | None, read: int, write: int) -> None:
    client = client_of(role)
    row = overdue()
    assert client.get(SCHEDULES).status_code == read
    assert client.post(SCHEDULES, HOURLY).status_code == write
    assert client.post(f"{SCHEDULES}{row.pk}/run/").status_code == write
    assert client.delete(f"{SCHEDULES}{row.pk}/").status_code == write


def test_the_list_is_filtered_at_a_constant_number_of_queries(admin: APIClient) -> None:
    overdue("a")
    overdue("b", enabled=False)
    overdue("c", last_error="It broke.")
    names = lambda query: [row["name"] for row in admin.get(f"{SCHEDULES}?{query}").json()["data"]]  # noqa: E731
    assert names("") == ["a", "b", "c"]
    assert names("enabled=false") == ["b"]
    assert names("failing=true") == ["c"]
    assert names("workflow=greet&ordering=-name") == ["c", "b", "a"]
    assert admin.get(f"{SCHEDULES}?colour=red").status_code == 400
    assert admin.get(f"{SCHEDULES}?enabled=perhaps").status_code in {200, 400}


def test_a_schedule_is_run_at_once_and_its_times_stay(admin: APIClient) -> None:
    made = admin.post(SCHEDULES, {**HOURLY, "enabled": False}).json()
    started = admin.post(f"{made['url']}run/")
    assert (started.status_code, started.json()["kind"]) == (202, "run")
    run = WorkflowRun.objects.get(pk=started.json()["id"])
    assert (run.actor, run.input, run.causation_id) == ("admin", {"text": "hello"}, f"schedule:{made['id']}")
    assert started["Location"] == f"/api/common/api/v1/hub/workflow-runs/{run.pk}/"
    shown = admin.get(made["url"]).json()
    assert (shown["next_at"], shown["started_count"]) == (None, 1)


def test_running_one_that_no_longer_fits_is_an_error_and_changes_nothing(admin: APIClient) -> None:
    row = overdue(input={"text": 7})
    refused = admin.post(f"{SCHEDULES}{row.pk}/run/")
    assert (refused.status_code, refused.json()["code"]) == (400, "input_invalid")
    row.refresh_from_db()
    assert (row.started_count, WorkflowRun.objects.count()) == (0, 0)


# --- The clock ---


def test_what_is_due_is_started_once_however_much_was_missed() -> None:
    row = overdue()
    assert schedules.start_due() == 1
    assert schedules.start_due() == 0
    before, row = row.next_at, Schedule.objects.get(pk=row.pk)
    run = WorkflowRun.objects.get()
    assert (run.workflow, run.actor, run.role, run.causation_id) == (
        "greet",
        "schedule:hourly",
        "admin",
        f"schedule:{row.pk}",
    )
    assert before is not None
    assert row.next_at == before + timedelta(seconds=240), "the grid is kept"
    assert (row.started_count, row.last_error) == (1, "")


def test_what_is_off_or_not_due_yet_is_left_alone() -> None:
    overdue("off", enabled=False)
    Schedule.objects.create(
        name="later", workflow="greet", interval_seconds=60, next_at=timezone.now() + timedelta(seconds=60)
    )
    assert schedules.start_due() == 0


def test_a_task_is_started_with_its_record() -> None:
    overdue(workflow="", task="common.cleanup", input={"limit": 5})
    assert schedules.start_due() == 1
    record = TaskRecord.objects.get()
    assert (record.name, record.arguments, record.requested_by) == ("common.cleanup", {"limit": 5}, "schedule:hourly")


@pytest.mark.parametrize(
    ("broken", "error"),
    [
        ({"workflow": "gone"}, "no workflow 'gone'"),
        ({"input": {"text": 7}}, "does not take this input"),
        ({"workflow": "", "task": "gone"}, "No task named"),
        ({"workflow": "", "task": "common.cleanup", "input": {"limit": "x"}}, "limit"),
    ],
)
def test_one_that_cannot_start_says_so_and_stops_no_other(broken: dict[str, Any], error: str) -> None:
    row = overdue("broken", **broken)
    overdue("sound")
    assert schedules.start_due() == 1
    row.refresh_from_db()
    assert error in row.last_error
    assert row.next_at is not None
    assert row.next_at > timezone.now()
    assert row.started_count == 0
    event = StoredEvent.objects.get(type="schedule.failed")
    assert (event.subject, event.priority) == (f"schedule:{row.pk}", "high")
    assert error in event.data["error"]
    assert WorkflowRun.objects.get().input == {"text": "sound"}


def test_a_defect_of_one_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    row = overdue("broken")
    overdue("sound")
    real = schedules.start

    def start(workflow: str, task: str, values: Any, **more: Any) -> Any:
        if values == {"text": "broken"}:
            raise ZeroDivisionError
        return real(workflow, task, values, **more)

    monkeypatch.setattr(schedules, "start", start)
    assert schedules.start_due() == 1
    row.refresh_from_db()
    assert "defect" in row.last_error


def test_a_zone_that_is_gone_silences_the_schedule_and_says_so() -> None:
    row = overdue(interval_seconds=None, crontab="* * * * *", timezone="Gone/Zone")
    assert schedules.start_due() == 0
    row.refresh_from_db()
    assert (row.next_at, "Gone/Zone" in row.last_error) == (None, True)
    assert StoredEvent.objects.filter(type="schedule.failed").count() == 1
    assert not WorkflowRun.objects.exists()


def test_the_next_success_forgets_the_error() -> None:
    row = overdue(last_error="It broke.")
    assert schedules.start_due() == 1
    row.refresh_from_db()
    assert row.last_error == ""


def test_a_workflow_that_is_scheduled_is_not_deleted() -> None:
    overdue()
    with pytest.raises(Exception, match="schedule hourly"):
        delete_definition("greet", by="ada")
    assert WorkflowDefinition.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_many_that_look_at_once_one_starts_it() -> None:
    for number in range(5):
        overdue(f"s{number}")
    gate, started = threading.Barrier(4), []

    def look() -> None:
        try:
            gate.wait()
            started.append(schedules.start_due())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert sum(started) == 5
    assert WorkflowRun.objects.count() == 5
    assert set(Schedule.objects.values_list("started_count", flat=True)) == {1}
