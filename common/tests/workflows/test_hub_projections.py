"""What the hub's own events add up to is what its tables say."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from common.application.events.projections import rebuild
from common.application.modules.heartbeats import mark_lost
from common.application.modules.registration import register, unregister
from common.application.workflows import control, retrying
from common.domain.manifest import Registration, parse
from common.infrastructure.events import event_store
from common.models import ModuleRecord
from common.tests.events.replayed import assert_replays
from common.tests.modules.module_samples import manifest
from common.tests.workflows.made_up import Recorder, failing, run, start


@pytest.mark.django_db
def test_modules_are_what_their_events_tell() -> None:
    first = manifest(name="first", capabilities=[capability("first.one"), capability("first.two")])
    register(parse(Registration, first), by="ada")
    register(parse(Registration, manifest(name="second", capabilities=[capability("second.one")])), by="ada")
    register(parse(Registration, manifest(name="third", capabilities=[])), by="ada")
    register(parse(Registration, first | {"version": "9.9", "capabilities": [capability("first.two")]}), by="ada")
    before = event_store.last_position()
    ModuleRecord.objects.filter(name="second").update(heartbeat_at=timezone.now() - timedelta(hours=1))
    mark_lost()
    unregister("third", by="ada")
    assert rebuild("module", "module:second", at=before).state["state"] == "active"
    assert rebuild("module", "module:second").state["state"] == "lost"
    assert assert_replays("module") == ["module:first", "module:second", "module:third"]


def capability(name: str) -> dict[str, object]:
    return manifest()["capabilities"][0] | {"name": name}


@pytest.mark.django_db(transaction=True)
def test_runs_are_what_their_events_tell(did: Recorder) -> None:
    did.does["fail"] = failing("as told")
    succeeded = run({"id": "a", "capability": "t.do"})
    failed = run({"id": "a", "capability": "t.fail"})
    undone = run(
        {"id": "a", "capability": "t.do", "compensate": {"capability": "t.undo"}},
        {"id": "b", "capability": "t.fail", "needs": ["a"], "on_failure": "compensate"},
    )
    paused, cancelled = start({"id": "a", "capability": "t.do"}), start({"id": "a", "capability": "t.do"})
    control.pause_run(paused.pk, actor="ada")
    control.cancel_run(cancelled.pk, actor="ada")
    retrying.retry_run(failed.pk, actor="ada")
    begun = (succeeded, failed, undone, paused, cancelled)
    states = {one.pk: rebuild("workflow_run", f"workflow_run:{one.pk}").state["state"] for one in begun}
    assert states == {
        succeeded.pk: "succeeded",
        failed.pk: "running",
        undone.pk: "failed",
        paused.pk: "paused",
        cancelled.pk: "cancelled",
    }
    assert len(assert_replays("workflow_run")) == 5
