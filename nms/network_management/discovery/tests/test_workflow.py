"""Discovery as the workflow network_discovery: started from anywhere, cancelled, taken up again, done here."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from api_clients.network.snmp.simulator import AgentServer
from api_clients.network.snmp.simulator.load import load_agent
from api_clients.network.snmp.values import Community
from common.application.workflows.control import cancel_run
from common.application.workflows.engine import start_workflow
from common.application.workflows.here import run_here
from common.application.workflows.retrying import retry_run
from common.domain.errors import Invalid
from common.models import StepRun, StoredEvent, WorkflowRun
from nms.network_management.discovery import execute
from nms.network_management.discovery.record import close_abandoned
from nms.network_management.discovery.run import cancel_discovery, discover_here, prepare_run, start_discovery
from nms.network_management.discovery.spec import DiscoverySpec
from nms.network_management.models import Credential, DiscoveryRun

pytestmark = pytest.mark.django_db

SILENT = "127.46.9.0/24"


@pytest.fixture
def agents() -> Iterator[AgentServer]:
    Credential.from_snmp(Community("public"))
    with AgentServer() as server:
        server.add_all({f"127.46.0.{host}": load_agent(host) for host in (1, 2, 3)})
        yield server


def spec(server: AgentServer, *targets: str, **more: Any) -> DiscoverySpec:
    return DiscoverySpec(targets or ("127.46.0.1-3",), port=server.port, **{"timeout_seconds": 2.0, **more})


def started(server: AgentServer, *targets: str, **more: Any) -> DiscoveryRun:
    return start_discovery(spec(server, *targets, **more), actor="ada")


def do(run: DiscoveryRun) -> WorkflowRun:
    assert run.workflow_run_id is not None
    ended = run_here(run.workflow_run_id, timeout_seconds=120)
    run.refresh_from_db()
    return ended


def once(true: Callable[[], bool], function: Callable[[], object]) -> threading.Thread:
    """Call the function in a thread, as soon as it is true."""

    def work() -> None:
        try:
            while not true():
                time.sleep(0.05)
            function()
        finally:
            connection.close()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def test_a_run_is_done_step_by_step_and_the_workflow_tells_what_came_of_it(agents: AgentServer) -> None:
    run = started(agents)
    workflow = do(run)
    assert (workflow.state, run.state) == ("succeeded", "succeeded")
    assert list(workflow.steps.values_list("step", "state")) == [
        (step, "succeeded") for step in ("prepare", "read", "settle_links", "finish")
    ]
    assert workflow.output["device_ids"] == run.result["device_ids"]
    assert (workflow.output["devices_new"], workflow.output["run_id"]) == (3, run.id)
    assert set(run.result) == {"device_ids", "unreachable"}


def test_everything_that_is_told_of_a_run_is_tied_together(agents: AgentServer) -> None:
    run = started(agents)
    do(run)
    assert set(StoredEvent.objects.values_list("correlation_id", flat=True)) == {f"discovery_run:{run.id}"}
    kinds = list(StoredEvent.objects.order_by("position").values_list("type", flat=True))
    assert kinds.index("discovery.started") < kinds.index("device.discovered") < kinds.index("discovery.finished")


def test_the_workflow_can_be_started_by_its_name_with_what_rest_takes(agents: AgentServer) -> None:
    asked = {"targets": ["127.46.0.1"], "port": agents.port, "timeout_seconds": 2.0}
    workflow = start_workflow("network_discovery", asked, actor="bob")
    assert run_here(workflow.pk).state == "succeeded"
    run = DiscoveryRun.objects.get()
    assert (run.workflow_run_id, run.state, run.requested_by) == (workflow.pk, "succeeded", "bob")


def test_the_workflow_refuses_what_it_cannot_do(agents: AgentServer) -> None:
    for asked in ({"targets": "10.0.0.1"}, {"port": 0, "targets": ["10.0.0.1"]}, {"comunity": "x"}):
        with pytest.raises(Invalid):
            start_workflow("network_discovery", asked, actor="bob")
    empty = run_here(start_workflow("network_discovery", {}, actor="bob").pk)
    assert (empty.state, "at least one target" in empty.error) == ("failed", True)
    other = started(agents)
    thief = run_here(start_workflow("network_discovery", {"run_id": other.id}, actor="bob").pk)
    assert (thief.state, "another workflow run" in thief.error) == ("failed", True)
    other.refresh_from_db()
    assert other.state == "queued"


def test_a_run_that_fails_says_so_in_both_places(agents: AgentServer) -> None:
    run = started(agents)
    Credential.objects.all().delete()
    workflow = do(run)
    assert (workflow.state, run.state) == ("failed", "failed")
    assert "no credentials are stored" in run.error
    assert "no credentials are stored" in workflow.error
    assert StoredEvent.objects.filter(type="discovery.finished").count() == 1


@pytest.mark.django_db(transaction=True)
def test_cancelling_the_workflow_ends_the_discovery_soon(agents: AgentServer) -> None:
    run = started(agents, SILENT, timeout_seconds=20)
    assert run.workflow_run_id is not None
    cancelled_at: list[float] = []

    def cancel() -> None:
        cancelled_at.append(time.monotonic())
        cancel_run(run.workflow_run_id or 0, actor="bob")

    cancelling = once(DiscoveryRun.objects.filter(pk=run.pk, state="running").exists, cancel)
    workflow = do(run)
    assert time.monotonic() - cancelled_at[0] < 20  # its sweep alone would wait 40 s
    cancelling.join()
    assert (workflow.state, run.state) == ("cancelled", "cancelled")
    assert list(StoredEvent.objects.filter(type="discovery.finished").values_list("data__state", flat=True)) == [
        "cancelled"
    ]


def test_a_step_whose_worker_died_is_taken_up_again(agents: AgentServer, monkeypatch: pytest.MonkeyPatch) -> None:
    run = started(agents)

    def dies(*_: Any, **__: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(execute, "_read", dies)
        with pytest.raises(SystemExit):
            do(run)
    StepRun.objects.filter(state="running").update(lease_until=timezone.now() - timedelta(seconds=1))
    assert do(run).state == "succeeded"
    assert (run.state, run.devices_new) == ("succeeded", 3)
    assert StepRun.objects.get(step="read").crashes == 1


def test_a_failed_run_goes_on_when_its_workflow_is_retried(
    agents: AgentServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = started(agents)
    with monkeypatch.context() as patch:
        patch.setattr(execute, "settle_links", lambda *_, **__: 1 / 0)
        assert do(run).state == "failed"
    assert close_abandoned() == [run.id]
    run.refresh_from_db()
    assert (run.state, "ZeroDivisionError" in run.error) == ("failed", True)
    retry_run(run.workflow_run_id or 0, actor="ada")
    assert do(run).state == "succeeded"
    assert (run.state, run.error, run.devices_new) == ("succeeded", "", 3)


def test_a_discovery_in_the_foreground_is_seen_while_it_goes_on(agents: AgentServer) -> None:
    heard: list[str] = []
    run = discover_here(spec(agents), actor="cli:ada", observer=lambda outcome: heard.append(type(outcome).__name__))
    assert (run.state, run.devices_new) == ("succeeded", 3)
    assert heard.count("Found") == 3
    assert heard[-1] == "Progress"


def test_ctrl_c_in_the_foreground_cancels_run_and_workflow(agents: AgentServer) -> None:
    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        discover_here(spec(agents), actor="cli:ada", observer=interrupt)
    run = DiscoveryRun.objects.get()
    assert (run.state, run.error) == ("cancelled", "interrupted at the keyboard")
    assert WorkflowRun.objects.get().state == "cancelled"
    assert StoredEvent.objects.filter(type="discovery.finished").count() == 1


def test_ctrl_c_between_two_steps_cancels_as_well(agents: AgentServer, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(execute, "settle_links", interrupt)
    with pytest.raises(KeyboardInterrupt):
        discover_here(spec(agents), actor="cli:ada", observer=lambda outcome: None)
    assert DiscoveryRun.objects.get().state == "cancelled"


def test_a_discovery_that_a_step_of_another_workflow_makes_leads_to_that_run(agents: AgentServer) -> None:
    asked = {"targets": ["127.46.0.1"], "port": agents.port, "timeout_seconds": 2.0}
    workflow = start_workflow("equipment_discovery", asked, actor="bob")
    assert run_here(workflow.pk, timeout_seconds=120).state == "succeeded"
    run = DiscoveryRun.objects.get()
    assert (run.workflow_run_id, run.state) == (workflow.pk, "succeeded")


def test_the_end_of_a_discovery_within_another_workflow_is_not_the_end_of_that(agents: AgentServer) -> None:
    workflow = start_workflow("equipment_discovery", {"targets": ["127.46.0.1"]}, actor="bob")
    run = prepare_run(spec(agents), actor="bob", workflow_run_id=workflow.pk)
    assert cancel_discovery(run.id, actor="bob")
    workflow.refresh_from_db()
    run.refresh_from_db()
    assert (workflow.state, run.state) == ("running", "cancelled")
