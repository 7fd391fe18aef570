"""Who works on a run: one worker, the next one when it died, nobody once it ended."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from common.models import StoredEvent
from nms.network_management.discovery.claims import (
    MAX_CLAIMS,
    STALE_AFTER,
    ClaimLost,
    cancel_discovery,
    claim,
    waiting_run_ids,
)
from nms.network_management.models import DiscoveryRun

pytestmark = pytest.mark.django_db

State = DiscoveryRun.State


def queued_run() -> DiscoveryRun:
    return DiscoveryRun.objects.create(spec={"targets": ["10.0.0.1"]}, requested_by="alice")


def kill_worker(run_id: int) -> None:
    """Make the run look as a killed worker leaves it."""
    DiscoveryRun.objects.filter(id=run_id).update(heartbeat_at=timezone.now() - STALE_AFTER - timedelta(seconds=1))


def test_of_two_workers_one_gets_the_run() -> None:
    run = queued_run()
    assert claim(run.id) is not None
    assert claim(run.id) is None


def test_a_run_whose_worker_died_is_taken_up_by_the_next() -> None:
    run = queued_run()
    claim(run.id)
    assert waiting_run_ids() == []
    kill_worker(run.id)
    assert waiting_run_ids() == [run.id]
    assert claim(run.id) is not None


def test_a_worker_that_was_only_asleep_may_write_nothing_more() -> None:
    run = queued_run()
    asleep = claim(run.id)
    assert asleep is not None
    kill_worker(run.id)
    awake = claim(run.id)
    assert awake is not None
    with pytest.raises(ClaimLost):
        asleep.beat(profiled=99)
    with pytest.raises(ClaimLost):
        asleep.finish(State.SUCCEEDED)
    awake.beat(profiled=1)
    run.refresh_from_db()
    assert (run.state, run.profiled) == (State.RUNNING, 1)


def test_a_run_that_kills_its_workers_is_given_up() -> None:
    run = queued_run()
    for _ in range(MAX_CLAIMS):
        assert claim(run.id) is not None
        kill_worker(run.id)
    assert claim(run.id) is None
    run.refresh_from_db()
    assert run.state == State.FAILED
    assert "workers died" in run.error
    assert waiting_run_ids() == []


def test_a_run_handed_back_at_shutdown_waits_again_and_counts_as_no_death() -> None:
    run = queued_run()
    for _ in range(MAX_CLAIMS + 1):
        mine = claim(run.id)
        assert mine is not None
        mine.release()
    assert waiting_run_ids() == [run.id]


def test_cancelling_a_queued_run_ends_it_and_tells_everyone() -> None:
    run = queued_run()
    assert cancel_discovery(run.id)
    run.refresh_from_db()
    assert run.state == State.CANCELLED
    assert run.finished_at is not None
    assert claim(run.id) is None
    (event,) = StoredEvent.objects.filter(type="discovery.finished")
    assert (event.actor, event.data["state"]) == ("alice", "cancelled")


def test_cancelling_a_running_run_reaches_its_worker_with_the_next_heartbeat() -> None:
    run = queued_run()
    mine = claim(run.id)
    assert mine is not None
    assert not mine.beat()
    assert cancel_discovery(run.id)
    assert mine.beat()


def test_what_has_ended_cannot_be_cancelled() -> None:
    run = queued_run()
    mine = claim(run.id)
    assert mine is not None
    mine.finish(State.SUCCEEDED)
    assert not cancel_discovery(run.id)
    assert not cancel_discovery(run.id + 1)
