"""Recorded tasks: asked for, begun once, ended, lost, revoked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from unittest.mock import patch
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError
from pydantic import BaseModel, ConfigDict, Field

from common.application.work import recorded_tasks as tasks
from common.application.work.recorded_tasks import Stopped, recorded_task, request_task, revoke_task, sweep_tasks
from common.domain.errors import Conflict, Invalid, Unknown
from common.domain.modules import Call
from common.infrastructure.workers import task_records
from common.models import TaskRecord, WorkerRecord
from common.tests.people import ClientOf

pytestmark = [pytest.mark.django_db, pytest.mark.urls("common.tests.rest.rest_urls")]
TASKS = "/api/common/api/v1/hub/tasks/"


class Digging(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    depth: int = Field(ge=1, le=100)
    fail: bool = False


class Dug(BaseModel):
    depth: int


dug: list[tuple[int, Call]] = []
during: list[Callable[[Call], None]] = []


def _dig(arguments: Digging, call: Call) -> Dug:
    """Dig a hole."""
    dug.append((arguments.depth, call))
    for happening in during:
        happening(call)
    if arguments.fail:
        raise RuntimeError("the spade broke, password=hunter2")
    return Dug(depth=arguments.depth)


dig = recorded_task("trial.dig", queue="low", arguments=Digging)(_dig)
hide = recorded_task("trial.hide", offered=False)(lambda arguments, call: Dug(depth=0))
rule = recorded_task("trial.rule", role="admin")(lambda arguments, call: Dug(depth=0))


@pytest.fixture(autouse=True)
def nothing_dug_yet() -> Iterator[None]:
    yield
    dug.clear()
    during.clear()


@pytest.fixture
def sent() -> Iterator[list[dict[str, Any]]]:
    """What would go to the broker."""
    messages: list[dict[str, Any]] = []
    with patch.object(
        tasks.current_app, "send_task", side_effect=lambda name, **more: messages.append({"name": name, **more})
    ):
        yield messages


def deliver(record: TaskRecord) -> None:
    """What a worker does with the task's message."""
    dig.apply(kwargs=record.arguments, task_id=str(record.pk))


def states(**more: Any) -> list[str]:
    return list(TaskRecord.objects.filter(**more).values_list("state", flat=True))


def test_a_task_that_was_asked_for_is_recorded_run_once_and_keeps_its_result(
    sent: list[dict[str, Any]], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        record = request_task("trial.dig", {"depth": 3}, actor="ada")
        assert sent == [], "nobody is told before the commit"
    assert sent == [{"name": "trial.dig", "kwargs": {"depth": 3}, "task_id": str(record.pk), "queue": "low"}]
    deliver(record)
    deliver(record)  # the broker gives a message twice
    record.refresh_from_db()
    assert (record.state, record.result, record.attempts) == ("succeeded", {"depth": 3}, 1)
    assert record.finished_at is not None
    assert len(dug) == 1
    call = dug[0][1]
    assert (call.actor, call.idempotency_key) == ("ada", str(record.pk))


def test_a_task_asked_for_in_a_transaction_that_fails_was_never_asked_for(sent: list[dict[str, Any]]) -> None:
    with transaction.atomic():
        request_task("trial.dig", {"depth": 3})
        transaction.set_rollback(True)
    assert (states(), sent) == ([], [])


def test_a_task_that_is_asked_for_is_found_at_its_location(client_of: ClientOf, sent: list[dict[str, Any]]) -> None:
    operator = client_of("operator")
    answer = operator.post(TASKS, {"task": "trial.dig", "arguments": {"depth": 3}})
    assert (answer.status_code, answer["Location"]) == (202, f"{TASKS}{answer.json()['id']}/")
    assert operator.get(answer["Location"]).json()["name"] == "trial.dig"


@pytest.mark.parametrize("name", [5, True, None, ["trial.dig"]])
def test_the_name_of_a_task_is_a_text(client_of: ClientOf, name: Any) -> None:
    answer = client_of("operator").post(TASKS, {"task": name, "arguments": {"depth": 3}}, format="json")
    assert (answer.status_code, answer.json()["details"][0]["field"]) == (400, "task")
    assert states() == []


@pytest.mark.parametrize("arguments", [{"depth": True}, {"depth": "3"}, {"depth": 3.0}, {"depth": 3, "fail": 1}])
def test_arguments_are_taken_as_what_they_are(arguments: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        request_task("trial.dig", arguments)


def test_a_task_that_fails_tells_why_without_secrets() -> None:
    task_id = uuid4()
    dig.apply(kwargs={"depth": 1, "fail": True}, task_id=str(task_id))
    record = TaskRecord.objects.get(pk=task_id)
    assert record.state == "failed"
    assert record.error.startswith("RuntimeError: the spade broke")
    assert "hunter2" not in record.error


def test_a_task_that_beat_sent_gets_its_record_when_it_begins() -> None:
    dig.apply(kwargs={"depth": 2})
    record = TaskRecord.objects.get()
    assert (record.name, record.state, record.requested_by) == ("trial.dig", "succeeded", "")


def test_a_call_like_a_function_leaves_no_record() -> None:
    assert dig(depth=4) == {"depth": 4}
    assert states() == []


@pytest.mark.parametrize("arguments", [{}, {"depth": 0}, {"depth": "deep"}, {"depth": 1, "width": 2}])
def test_wrong_arguments_are_refused_and_nothing_is_recorded(arguments: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        request_task("trial.dig", arguments)
    assert refused.value.details
    assert refused.value.details[0]["field"].startswith("arguments.")
    assert states() == []


@pytest.mark.parametrize("name", ["trial.hide", "trial.nothing", "os.system", "common.sweep"])
def test_only_offered_tasks_can_be_asked_for_and_the_refusal_lists_them(name: str) -> None:
    with pytest.raises(Unknown, match=r"trial\.dig"):
        request_task(name, {})


def test_a_broker_that_is_away_delays_a_task_and_loses_none(django_capture_on_commit_callbacks: Any) -> None:
    with (
        patch.object(tasks.current_app, "send_task", side_effect=OperationalError("refused")),
        django_capture_on_commit_callbacks(execute=True),
    ):
        record = request_task("trial.dig", {"depth": 1})
    TaskRecord.objects.update(due_at=timezone.now())
    with patch.object(tasks.current_app, "send_task") as send:
        sweep_tasks()
        sweep_tasks()
    assert [call.kwargs["task_id"] for call in send.call_args_list] == [str(record.pk)], "sent again, once a minute"


def begun(**more: Any) -> TaskRecord:
    record = task_records.begin(uuid4(), name="trial.dig", queue="low", arguments={"depth": 5}, worker="worker0")
    assert record is not None
    TaskRecord.objects.filter(pk=record.pk).update(**more)
    record.refresh_from_db()
    return record


LONG_AGO = timedelta(minutes=1)


def test_a_task_of_a_dead_worker_is_run_again_by_another(sent: list[dict[str, Any]]) -> None:
    record = begun(lease_until=timezone.now() - LONG_AGO)
    sweep_tasks()
    assert [message["task_id"] for message in sent] == [str(record.pk)]
    deliver(record)
    record.refresh_from_db()
    assert (record.state, record.attempts, record.result) == ("succeeded", 2, {"depth": 5})


def test_a_task_whose_worker_lives_is_left_to_it(sent: list[dict[str, Any]]) -> None:
    record = begun()
    sweep_tasks()
    deliver(record)
    assert (states(), sent, dug) == (["running"], [], [])


def test_a_task_that_killed_three_workers_has_failed(sent: list[dict[str, Any]]) -> None:
    record = begun(lease_until=timezone.now() - LONG_AGO, attempts=3)
    sweep_tasks()
    record.refresh_from_db()
    assert (record.state, sent) == ("failed", [])
    assert "3 times" in record.error


def test_the_late_end_of_a_task_that_was_taken_over_is_dropped() -> None:
    record = begun()
    TaskRecord.objects.update(claim=uuid4())
    assert task_records.end(record, TaskRecord.State.SUCCEEDED, result={}) is False
    assert states() == ["running"]


def test_a_revoked_task_that_waits_never_runs(sent: list[dict[str, Any]]) -> None:
    record = request_task("trial.dig", {"depth": 1})
    assert revoke_task(record.pk, actor="ada").state == "revoked"
    deliver(record)
    sweep_tasks()
    record.refresh_from_db()
    assert (record.state, record.stop_requested_by, dug, sent) == ("revoked", "ada", [], [])


def test_a_running_task_that_is_revoked_sees_it_and_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("common.application.work.stopping.LOOK_SECONDS", 0.0)
    task_id = uuid4()

    def stop_soon(call: Call) -> None:
        assert not call.should_stop()
        assert revoke_task(task_id, actor="ada").state == "running"
        if call.should_stop():
            raise Stopped

    during.append(stop_soon)
    dig.apply(kwargs={"depth": 1}, task_id=str(task_id))
    assert states() == ["revoked"]


def test_a_task_cut_short_by_the_end_of_its_process_waits_for_another_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    def end(call: Call) -> None:
        monkeypatch.setattr(tasks.services.stopping, "is_set", lambda: True)
        if call.should_stop():
            raise Stopped

    during.append(end)
    dig.apply(kwargs={"depth": 1})
    record = TaskRecord.objects.get()
    assert (record.state, record.attempts) == ("waiting", 0)


def test_a_revoked_task_of_a_dead_worker_is_revoked_not_run_again(sent: list[dict[str, Any]]) -> None:
    record = begun()
    revoke_task(record.pk, actor="ada")
    TaskRecord.objects.update(lease_until=timezone.now() - LONG_AGO)
    sweep_tasks()
    assert (states(), sent) == (["revoked"], [])


def test_a_task_that_has_ended_cannot_be_revoked() -> None:
    dig.apply(kwargs={"depth": 1})
    with pytest.raises(Conflict, match="succeeded"):
        revoke_task(TaskRecord.objects.get().pk, actor="ada")


def worker(pool: str) -> None:
    now = timezone.now()
    WorkerRecord.objects.create(name="worker0", pid=1, pool=pool, concurrency=1, started_at=now, seen_at=now)


def test_threads_cannot_be_terminated_and_nothing_is_changed_by_trying() -> None:
    worker("thread")
    record = begun()
    with pytest.raises(Conflict, match="only a pool of processes"):
        revoke_task(record.pk, actor="ada", terminate=True)
    record.refresh_from_db()
    assert record.stop_requested_at is None


def test_a_terminated_process_leaves_a_revoked_task() -> None:
    worker("prefork")
    record = begun()
    with patch.object(tasks.current_app.control, "revoke") as ended:
        revoke_task(record.pk, actor="ada", terminate=True)
    ended.assert_called_once_with(str(record.pk), terminate=True, destination=["worker0"])

    class Request:
        name, id = "trial.dig", str(record.pk)

    tasks.on_terminated(request=Request(), terminated=True)
    assert states() == ["revoked"]


def test_two_tasks_of_one_name_are_a_defect() -> None:
    with pytest.raises(ValueError, match=r"trial\.dig"):
        recorded_task("trial.dig")(_dig)


# --- REST ---


def test_an_operator_asks_for_a_task_and_follows_it(
    client_of: ClientOf, sent: list[dict[str, Any]], django_capture_on_commit_callbacks: Any
) -> None:
    client = client_of("operator")
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(TASKS, {"task": "trial.dig", "arguments": {"depth": 7}})
    assert answer.status_code == 202, answer.content
    body = answer.json()
    assert (body["state"], body["requested_by"], body["queue"]) == ("waiting", "operator", "low")
    deliver(TaskRecord.objects.get(pk=UUID(body["id"])))
    found = client.get(f"{TASKS}{body['id']}/").json()
    assert (found["state"], found["result"], found["error"]) == ("succeeded", {"depth": 7}, "")
    listed = client.get(f"{TASKS}?name=trial.dig&state=succeeded&queue=low").json()
    assert [row["id"] for row in listed["data"]] == [body["id"]]
    assert client.get(f"{TASKS}?state=failed").json()["data"] == []


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "invalid"),
        ({"task": "trial.dig"}, 400, "arguments_invalid"),
        ({"task": "trial.dig", "arguments": {"depth": 101}}, 400, "arguments_invalid"),
        ({"task": "trial.dig", "arguments": [1]}, 400, "invalid"),
        ({"task": "trial.dig", "arguments": {"depth": 1}, "queue": "critical"}, 400, "invalid"),
        ({"task": "trial.hide"}, 404, "unknown_task"),
        ({"task": "os.system", "arguments": {"command": "id"}}, 404, "unknown_task"),
        ({"task": "trial.rule"}, 403, "role_required"),
        ([], 400, "invalid"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_and_nothing_recorded(
    client_of: ClientOf, body: Any, status: int, code: str
) -> None:
    answer = client_of("operator").post(TASKS, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content
    assert states() == []


def test_viewers_read_tasks_and_ask_for_none(client_of: ClientOf) -> None:
    viewer = client_of("viewer")
    record = request_task("trial.dig", {"depth": 1})
    assert viewer.get(TASKS).status_code == 200
    assert viewer.post(TASKS, {"task": "trial.dig", "arguments": {"depth": 1}}).status_code == 403
    assert viewer.post(f"{TASKS}{record.pk}/revoke/").status_code == 403
    assert viewer.get(f"{TASKS}?nmae=x").status_code == 400
    assert viewer.get(f"{TASKS}{uuid4()}/").status_code == 404


def test_revoking_over_rest(client_of: ClientOf) -> None:
    operator = client_of("operator")
    record = request_task("trial.dig", {"depth": 1})
    path = f"{TASKS}{record.pk}/revoke/"
    assert operator.post(path, {"terminate": "perhaps"}).status_code == 400
    assert operator.post(path, {"force": True}).status_code == 400
    answer = operator.post(path)
    assert (answer.status_code, answer.json()["state"]) == (202, "revoked")
    assert operator.post(path).json()["code"] == "task_ended"
    assert operator.post(f"{TASKS}{uuid4()}/revoke/").status_code == 404


def test_the_offered_tasks_come_with_their_schemas(client_of: ClientOf) -> None:
    offered = {row["name"]: row for row in client_of("viewer").get("/api/common/api/v1/hub/offered-tasks/").json()}
    assert offered["trial.dig"]["description"] == "Dig a hole."
    assert offered["trial.dig"]["arguments_schema"]["properties"]["depth"]["maximum"] == 100
    assert {"common.cleanup", "common.collect_report_data", "common.orchestrate_system_monitoring"} <= set(offered)
    assert "trial.hide" not in offered
