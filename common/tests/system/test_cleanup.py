"""What is old goes, what is needed stays; reports count what there is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from common.application.system import cleanup, reports
from common.application.system.cleanup import clean_up
from common.application.system.reports import collect_report_data
from common.domain.errors import Unavailable
from common.domain.modules import Call
from common.models import IdempotentRequest, Message, StepRun, StoredEvent, TaskRecord, WorkerRecord, WorkflowRun

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def message(state: str, finished: datetime | None, **more: Any) -> Message:
    return Message.objects.create(
        kind="direct", type="trial.said", sender="a", recipient="b", state=state, due_at=NOW, order_at=NOW,
        created_at=finished or NOW, finished_at=finished, **more,
    )  # fmt: skip


def run(state: str, finished: datetime | None, parent: StepRun | None = None) -> WorkflowRun:
    return WorkflowRun.objects.create(
        workflow="trial", definition={}, state=state, created_at=finished or NOW, finished_at=finished, parent=parent
    )


def step(of: WorkflowRun) -> StepRun:
    return StepRun.objects.create(run=of, step="one", state="succeeded", due_at=NOW, order_at=NOW)


def test_old_messages_go_and_young_waiting_and_dead_ones_stay() -> None:
    gone = {message("delivered", ago(8)).pk, message("expired", ago(8)).pk, message("dead", ago(91)).pk}
    kept = {
        message("delivered", ago(6)).pk,
        message("waiting", None, idempotency_key="k").pk,
        message("running", None).pk,
        message("dead", ago(60)).pk,
    }
    removed = clean_up(Call())
    assert (removed["messages"], removed["dead_letters"]) == (2, 1)
    assert set(Message.objects.values_list("pk", flat=True)) == kept
    assert not kept & gone


def test_a_run_goes_with_its_steps_and_children_and_a_child_not_before_its_parent() -> None:
    old = run("succeeded", ago(100))
    child_of_old = run("failed", ago(100), parent=step(old))
    unfinished = run("running", None)
    child_of_unfinished = run("succeeded", ago(100), parent=step(unfinished))
    young = run("cancelled", ago(10))
    assert clean_up(Call())["runs"] == 1
    assert set(WorkflowRun.objects.all()) == {unfinished, child_of_unfinished, young}
    assert not WorkflowRun.objects.filter(pk=child_of_old.pk).exists()
    assert StepRun.objects.count() == 1


def task(state: str, finished: datetime | None) -> TaskRecord:
    return TaskRecord.objects.create(
        id=uuid4(), name="trial", state=state, created_at=ago(100), finished_at=finished, due_at=NOW, order_at=NOW
    )


def test_records_of_ended_tasks_answers_sessions_and_dead_workers_go() -> None:
    kept = {task("waiting", None), task("running", None), task("succeeded", ago(1))}
    task("failed", ago(30))
    for key, age in (("old", 1.1), ("young", 0.9)):
        IdempotentRequest.objects.create(user="ada", key=key, fingerprint="", created_at=ago(age))
        Session.objects.create(session_key=key, session_data="", expire_date=NOW + timedelta(days=1 - age))
        WorkerRecord.objects.create(name=key, pid=1, pool="thread", concurrency=1, started_at=ago(2), seen_at=ago(age))
    removed = clean_up(Call())
    assert {name: count for name, count in removed.items() if count} == {
        "tasks": 1,
        "idempotent_requests": 1,
        "sessions": 1,
        "workers": 1,
    }
    assert set(TaskRecord.objects.all()) == kept
    assert IdempotentRequest.objects.get().key == WorkerRecord.objects.get().name == "young"


def test_it_works_in_batches_keeps_to_its_limit_and_a_second_time_finds_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cleanup, "BATCH_SIZE", 3)
    for _ in range(10):
        message("delivered", ago(9))
    assert [clean_up(Call(), limit=7)["messages"] for _ in range(3)] == [7, 3, 0]


def test_it_stops_between_batches_when_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleanup, "BATCH_SIZE", 2)
    for _ in range(6):
        message("delivered", ago(9))
    answers = iter([False, True])
    assert clean_up(Call(should_stop=lambda: next(answers, True)))["messages"] == 2


def test_how_long_things_are_kept_is_a_setting(settings: Any) -> None:
    message("delivered", ago(2))
    settings.NMS_KEEP_MESSAGES_DAYS = 1.5
    assert clean_up(Call())["messages"] == 1


# --- Reports ---


def event(position: int, type: str, age_hours: float) -> None:
    StoredEvent.objects.create(
        position=position, type=type, source="trial", subject="a:1", priority="normal", data={},
        time=timezone.now() - timedelta(hours=age_hours),
    )  # fmt: skip


def test_a_report_counts_what_happened_in_its_time_and_what_is_open() -> None:
    event(1, "old.news", 30)
    event(2, "device.discovered", 2)
    event(3, "device.discovered", 1)
    event(4, "link.changed", 1)
    message("waiting", None)
    message("delivered", timezone.now(), priority="high")
    message("delivered", ago(3))
    run("failed", NOW)
    data = collect_report_data(Call(), hours=24)
    assert data["events"] == {"total": 3, "by_type": {"device.discovered": 2, "link.changed": 1}}
    assert data["messages"] == {"normal": {"waiting": 1}, "high": {"delivered": 1}}
    assert data["runs"] == {"trial": {"failed": 1}}
    assert data["modules"]["hub"]["capabilities"] == 3
    assert data["health"]["status"] == "unknown"


def test_a_module_adds_its_own_data_and_one_that_fails_leaves_a_hole_that_says_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hub = next(module for module in reports.modules() if module.name == "hub")
    offered = hub.capabilities[0]

    class Known:
        kind, version, state, messages, errors = "local", "1", "active", 0, 0

        def __init__(self, name: str) -> None:
            self.name = name
            self.capabilities = (type("Offered", (), {"name": f"{name}.report_data"}), offered)

    def call(name: str, given: Any, call: Call) -> dict[str, Any]:
        if name.startswith("broken"):
            raise Unavailable("it is lost")
        if name.startswith("defective"):
            raise TypeError("None is no number")
        return {"devices": 7, "hours": given["hours"]}

    monkeypatch.setattr(reports, "modules", lambda: (Known("inventory"), Known("broken"), Known("defective")))
    monkeypatch.setattr(reports, "call_capability", call)
    modules = collect_report_data(Call(), hours=2)["modules"]
    assert modules["inventory"]["data"] == {"devices": 7, "hours": 2}
    assert (modules["broken"]["data"], modules["broken"]["error"]) == (None, "it is lost")
    assert modules["defective"]["error"] == "it failed unexpectedly: TypeError"


@pytest.mark.django_db(transaction=True)
def test_a_report_is_read_at_one_moment_and_does_not_hold_up_writers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "modules", lambda: ())  # calls of theirs are counted, which writes
    event(1, "link.changed", 1)
    with CaptureQueriesContext(connection) as captured:
        collect_report_data(Call())
    begins = [query["sql"] for query in captured if query["sql"].startswith(("BEGIN", "SET TRANSACTION"))]
    assert begins
    assert all("IMMEDIATE" not in begin for begin in begins)
    with CaptureQueriesContext(connection) as captured:
        clean_up(Call())
    assert connection.transaction_mode == "IMMEDIATE"  # type: ignore[attr-defined] # writers as before
