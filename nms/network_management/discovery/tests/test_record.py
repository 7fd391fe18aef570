"""Who writes of a run: whoever began it last; and how it comes to one end, whatever becomes of its workflow."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from common.models import StoredEvent, WorkflowRun
from nms.network_management.discovery import record
from nms.network_management.discovery.record import Superseded, begin, close_abandoned, resume
from nms.network_management.discovery.run import cancel_discovery
from nms.network_management.models import DiscoveryProblem, DiscoveryRun

pytestmark = pytest.mark.django_db

State = DiscoveryRun.State


def queued_run(**fields: Any) -> DiscoveryRun:
    return DiscoveryRun.objects.create(spec={"targets": ["10.0.0.1"]}, requested_by="alice", **fields)


def workflow_run(state: str, error: str = "") -> int:
    row = WorkflowRun.objects.create(
        workflow="network_discovery", definition={}, state=state, error=error, created_at=timezone.now()
    )
    return row.pk


def told(kind: str) -> list[dict[str, Any]]:
    return list(StoredEvent.objects.filter(type=kind).order_by("position").values_list("data", flat=True))


def test_whoever_begins_a_run_anew_is_the_only_one_to_write_of_it() -> None:
    run = queued_run()
    asleep = begin(run.id)
    awake = begin(run.id)
    assert asleep
    assert awake
    with pytest.raises(Superseded):
        asleep.beat(profiled=99)
    with pytest.raises(Superseded):
        asleep.note({"device_ids": [1]})
    with pytest.raises(Superseded):
        asleep.finish(State.SUCCEEDED)
    awake.beat(profiled=1)
    run.refresh_from_db()
    assert (run.state, run.profiled, run.result) == (State.RUNNING, 1, {})


def test_a_run_begun_anew_counts_from_the_start() -> None:
    run = queued_run()
    first = begin(run.id)
    assert first
    first.beat(profiled=7, devices_new=5, problem_count=1)
    DiscoveryProblem.objects.create(run=run, address="10.0.0.1", step="profile", kind="malformed", message="bad")
    began = DiscoveryRun.objects.get().started_at
    assert begin(run.id)
    run.refresh_from_db()
    assert (run.profiled, run.devices_new, run.problem_count, run.problems.count()) == (0, 0, 0, 0)
    assert run.started_at == began


def test_what_was_begun_can_be_gone_on_with_and_ends_once() -> None:
    run = queued_run()
    mine = begin(run.id)
    assert mine
    mine.note({"device_ids": [1, 2]})
    later = resume(run.id)
    assert later.run.result == {"device_ids": [1, 2]}
    later.finish(State.SUCCEEDED)
    with pytest.raises(Superseded):
        later.finish(State.SUCCEEDED)
    assert begin(run.id) is None
    assert [data["state"] for data in told("discovery.finished")] == ["succeeded"]


def test_progress_is_told_where_something_moved() -> None:
    run = queued_run()
    mine = begin(run.id)
    assert mine
    for profiled in (0, 1, 1, 2):
        mine.beat(profiled=profiled)
    assert [data["profiled"] for data in told("discovery.progress")] == [0, 1, 2]


def test_cancelling_a_queued_run_ends_it_and_tells_everyone() -> None:
    run = queued_run()
    assert cancel_discovery(run.id, actor="bob")
    run.refresh_from_db()
    assert run.state == State.CANCELLED
    assert run.finished_at is not None
    assert begin(run.id) is None
    (event,) = StoredEvent.objects.filter(type="discovery.finished")
    assert (event.actor, event.data["state"]) == ("alice", "cancelled")


def test_cancelling_a_running_run_reaches_its_worker_with_the_next_heartbeat() -> None:
    run = queued_run()
    mine = begin(run.id)
    assert mine
    assert not mine.beat()
    assert cancel_discovery(run.id, actor="bob")
    assert mine.beat()


def test_what_has_ended_cannot_be_cancelled() -> None:
    run = queued_run()
    mine = begin(run.id)
    assert mine
    mine.finish(State.SUCCEEDED)
    assert not cancel_discovery(run.id, actor="bob")


def test_a_run_whose_workflow_failed_has_failed_and_says_why() -> None:
    run = queued_run(workflow_run_id=workflow_run("failed", "read: 3 workers died"))
    begin(run.id)
    assert close_abandoned() == [run.id]
    run.refresh_from_db()
    assert (run.state, run.error) == (State.FAILED, "read: 3 workers died")
    assert close_abandoned() == []
    assert len(told("discovery.finished")) == 1


def test_a_cancelled_workflow_cancels_a_run_that_nobody_began_at_once() -> None:
    run = queued_run(workflow_run_id=workflow_run("cancelled"))
    assert close_abandoned() == [run.id]
    run.refresh_from_db()
    assert run.state == State.CANCELLED


def test_a_cancelled_workflow_leaves_its_worker_time_to_end_the_run_itself() -> None:
    run = queued_run(workflow_run_id=workflow_run("cancelled"))
    begin(run.id)
    assert close_abandoned() == []
    DiscoveryRun.objects.update(heartbeat_at=timezone.now() - record.SILENT_FOR - timedelta(seconds=1))
    assert close_abandoned() == [run.id]
    run.refresh_from_db()
    assert run.state == State.CANCELLED


@pytest.mark.parametrize("state", ["running", "paused", "compensating"])
def test_a_run_whose_workflow_goes_on_is_left_alone_however_silent(state: str) -> None:
    run = queued_run(workflow_run_id=workflow_run(state))
    begin(run.id)
    DiscoveryRun.objects.update(heartbeat_at=timezone.now() - timedelta(days=1))
    assert close_abandoned() == []


def test_a_run_of_no_workflow_fails_when_nothing_was_heard_of_it_for_minutes() -> None:
    run = queued_run()
    begin(run.id)
    DiscoveryRun.objects.update(heartbeat_at=timezone.now() - record.SILENT_FOR)
    assert close_abandoned() == []
    DiscoveryRun.objects.update(heartbeat_at=timezone.now() - record.SILENT_FOR_WITHOUT_WORKFLOW)
    assert close_abandoned() == [run.id]
    run.refresh_from_db()
    assert run.state == State.FAILED
    assert "went away" in run.error


def test_a_run_goes_on_when_its_failed_workflow_is_retried() -> None:
    workflow_id = workflow_run("failed", "settle_links: the database went away")
    run = queued_run(workflow_run_id=workflow_id)
    mine = begin(run.id)
    assert mine
    mine.note({"device_ids": [1, 2]})
    close_abandoned()
    assert begin(run.id) is None
    WorkflowRun.objects.update(state="running")
    resume(run.id).finish(State.SUCCEEDED)
    run.refresh_from_db()
    assert (run.state, run.error, run.result) == (State.SUCCEEDED, "", {"device_ids": [1, 2]})
