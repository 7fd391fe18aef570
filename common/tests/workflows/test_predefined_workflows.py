"""The four workflows that come with NMS: without the modules they name, and with stand-ins that record their calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from common.application.modules.registry import local_module, register_module, unregister_module
from common.application.workflows import approvals, engine
from common.application.workflows.here import run_here
from common.domain.errors import Invalid
from common.domain.modules import Call, Capability, CapabilityFailed, Module
from common.models import StepRun, WorkflowRun
from common.tests.workflows.made_up import SECONDS, run_until

pytestmark = pytest.mark.django_db


class Anything(BaseModel):
    """Stands for the input and output of capabilities that do not exist yet."""

    model_config = ConfigDict(extra="allow")


Calls = list[tuple[str, dict[str, Any]]]


@contextmanager
def offering(
    answers: dict[str, dict[str, Any] | Exception],
    watch: Callable[[str], object] = lambda name: None,
    *,
    without: tuple[str, ...] = (),
) -> Iterator[Calls]:
    """Modules that offer exactly these capabilities and answer as given; what is called with what, in order.

    Other modules stay as they are, but for those `without`.
    """
    calls: Calls = []

    def capability(name: str) -> Capability:
        def call(given: Anything, circumstances: Call) -> Anything:
            calls.append((name, given.model_dump()))
            watch(name)
            answer = answers[name]
            if isinstance(answer, Exception):
                raise answer
            return Anything(**answer)

        return Capability(name, call, Anything, Anything)

    with ExitStack() as stack:
        for module in without:
            if (before := local_module(module)) is not None:
                unregister_module(module)
                stack.callback(register_module, before)
        for module in sorted({name.split(".")[0] for name in answers}):
            before = local_module(module)
            if before is not None:
                unregister_module(module)
                stack.callback(register_module, before)
            offered = tuple(capability(name) for name in answers if name.startswith(f"{module}."))
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("common.application.modules.registry.problems_of", lambda module: [])
                register_module(Module(module, "1.0", "A stand-in.", capabilities=offered))
            stack.callback(unregister_module, module)
        yield calls


def run(workflow: str, **given: Any) -> WorkflowRun:
    started = engine.start_workflow(workflow, given, actor="ada", role="admin")
    return run_here(started.pk, timeout_seconds=SECONDS)


def states(run: WorkflowRun) -> dict[str, str]:
    return dict(run.steps.filter(item=-1, compensates=False).order_by("id").values_list("step", "state"))


# --- Without the modules ---


@pytest.mark.parametrize(
    "workflow", ["equipment_discovery", "incident_response", "topology_update", "security_testing_full_workflow"]
)
def test_each_can_be_started_with_nothing_and_tells_what_it_left_out(workflow: str) -> None:
    with offering({}, without=("gns3", "equipment")):
        done = run(workflow)
    assert done.state == "succeeded", done.error
    skipped = StepRun.objects.filter(run=done, state="skipped")
    assert skipped.exists()
    assert all(step.error for step in skipped)
    named = [step.capability for step in skipped if "no module offers" in step.error]
    assert named
    assert {entry["step"] for entry in done.summary["skipped"]} == {step.step for step in skipped}


@pytest.mark.parametrize(
    ("workflow", "given"),
    [
        ("equipment_discovery", {"targets": "10.0.0.0/24"}),
        ("equipment_discovery", {"target": ["10.0.0.0/24"]}),
        ("equipment_discovery", {"port": 70000}),
        ("incident_response", {"severity": "terrible"}),
        ("topology_update", {"project": "x"}),
        ("security_testing_full_workflow", {"project_id": ""}),
    ],
)
def test_input_that_makes_no_sense_is_refused(workflow: str, given: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        engine.start_workflow(workflow, given, actor="ada")
    assert not WorkflowRun.objects.exists()


# --- With them ---

DISCOVERY: dict[str, Any] = {
    "gns3.detect_equipment": {"equipment": [{"name": "R1", "address": "10.0.0.1"}, {"name": "PC", "address": ""}]},
    "network_management.discover": {"device_ids": [4, 7]},
    "security_management.analyze_equipment": {},
    "monitoring.record_baseline": {},
}


def test_equipment_discovery_reads_what_gns3_knows_and_what_was_asked_for() -> None:
    with offering(DISCOVERY) as calls:
        done = run("equipment_discovery", targets=["10.9.0.0/24"], credentials=[3], project_id="lab")
    assert done.state == "succeeded", done.error
    assert [name for name, _ in calls] == list(DISCOVERY)
    given = dict(calls)
    assert given["gns3.detect_equipment"] == {"project_id": "lab"}
    assert given["network_management.discover"] == {
        "targets": ["10.9.0.0/24", "10.0.0.1"],
        "seeds": [],
        "crawl_depth": None,
        "port": 161,
        "credentials": [3],
        "timeout_seconds": 1.0,
        "retries": 1,
    }
    assert given["monitoring.record_baseline"] == {"device_ids": [4, 7]}
    assert done.output == {"device_ids": [4, 7]}


def test_equipment_discovery_goes_on_without_gns3_and_without_analysis() -> None:
    away = CapabilityFailed("GNS3 does not answer.", retryable=False)
    broken = CapabilityFailed("No scanner.", retryable=False)
    with offering(
        DISCOVERY | {"gns3.detect_equipment": away, "security_management.analyze_equipment": broken}
    ) as calls:
        done = run("equipment_discovery", targets=["10.9.0.1"])
    assert done.state == "succeeded", done.error
    assert dict(calls)["network_management.discover"]["targets"] == ["10.9.0.1"]
    assert states(done) == {
        "detect": "failed",
        "profile": "skipped",
        "record": "skipped",
        "discover": "succeeded",
        "analyze": "failed",
        "baseline": "succeeded",
    }


PROFILED: dict[str, Any] = {
    "gns3.detect_equipment": {"equipment": [{"name": "PC", "address": "10.0.0.1"}]},
    "equipment.profile": {"projects": [{"inventory": {"project_id": "lab", "equipment": []}}], "problems": []},
    "network_management.record_equipment": {"device_ids": {"pc": 9, "switch": 8}},
    "network_management.discover": {"device_ids": [4, 9]},
    "security_management.analyze_equipment": {},
    "monitoring.record_baseline": {},
}


def test_equipment_of_gns3_is_profiled_joins_the_inventory_and_is_not_swept_as_well() -> None:
    with offering(PROFILED) as calls:
        done = run("equipment_discovery", project_id="lab", equipment_id="pc", credentials=[3])
    assert done.state == "succeeded", done.error
    given = dict(calls)
    assert given["equipment.profile"] == {
        "project_id": "lab",
        "equipment_id": "pc",
        "port": 161,
        "credentials": [3],
    }
    assert given["network_management.record_equipment"] == {"project_id": "lab", "equipment": []}
    assert "network_management.discover" not in given
    assert done.output == {"device_ids": [9, 8]}
    assert given["monitoring.record_baseline"] == {"device_ids": [9, 8]}


def test_devices_of_gns3_and_of_the_ranges_asked_for_are_analyzed_once() -> None:
    with offering(PROFILED) as calls:
        done = run("equipment_discovery", project_id="lab", targets=["10.9.0.0/24"])
    assert dict(calls)["network_management.discover"]["targets"] == ["10.9.0.0/24"]
    assert done.output == {"device_ids": [4, 9, 8]}


def test_nodes_that_cannot_be_profiled_are_looked_for_at_the_addresses_that_gns3_names() -> None:
    away = CapabilityFailed("The consoles are out of reach.", retryable=False)
    with offering(PROFILED | {"equipment.profile": away}) as calls:
        done = run("equipment_discovery", project_id="lab")
    assert dict(calls)["network_management.discover"]["targets"] == ["10.0.0.1"]
    assert (done.state, [one["step"] for one in done.summary["failed"]]) == ("succeeded", ["profile"])


def test_equipment_that_joins_no_inventory_fails_no_run() -> None:
    closed = CapabilityFailed("No inventory today.", retryable=False)
    with offering(PROFILED | {"network_management.record_equipment": closed}):
        done = run("equipment_discovery", project_id="lab")
    assert (done.state, done.output) == ("succeeded", {"device_ids": []})


def test_equipment_discovery_that_finds_nothing_analyzes_nothing() -> None:
    with offering(DISCOVERY | {"network_management.discover": {"device_ids": []}}) as calls:
        done = run("equipment_discovery", targets=["10.9.0.1"])
    assert done.state == "succeeded"
    assert [name for name, _ in calls] == ["gns3.detect_equipment", "network_management.discover"]


def test_a_discovery_that_fails_fails_the_run() -> None:
    failed = CapabilityFailed("Outside of the allowed ranges.", retryable=False)
    with offering(DISCOVERY | {"network_management.discover": failed}):
        done = run("equipment_discovery", targets=["8.8.8.8"])
    assert (done.state, "allowed ranges" in done.error) == ("failed", True)


MEASURES = [{"action": "ban", "address": "203.0.113.9"}]


def incident(**assessed: Any) -> dict[str, Any]:
    return {
        "monitoring.detect_incident": {"alerts": 3},
        "security_management.assess_incident": {
            "severity": "critical",
            "measures": MEASURES,
            "preapproved": False,
            **assessed,
        },
        "security_management.contain_incident": {},
        "monitoring.notify": {},
    }


def test_an_incident_is_contained_only_once_the_exact_measures_are_approved() -> None:
    with offering(incident()) as calls:
        started = engine.start_workflow("incident_response", {"subject": "device:7"}, actor="ada", role="admin")
        run_until(started, lambda: started.steps.get(step="contain").waits_for)
        assert [name for name, _ in calls][-1] == "security_management.assess_incident"
        contain = started.steps.get(step="contain")
        assert (contain.waits_for, contain.wait["role"], contain.input) == ("approval", "admin", {"measures": MEASURES})
        approvals.approve(contain.pk, actor="grace")
        done = run_here(started.pk, timeout_seconds=SECONDS)
    assert calls[2] == ("security_management.contain_incident", {"measures": MEASURES})
    assert calls[3][1]["containment"] == "succeeded"
    assert done.output == {"assessed": True, "contained": True, "notified": True}


def test_people_are_told_as_well_when_the_containment_is_refused() -> None:
    with offering(incident()) as calls:
        started = engine.start_workflow("incident_response", {}, actor="ada", role="admin")
        run_until(started, lambda: started.steps.get(step="contain").waits_for)
        approvals.reject(started.steps.get(step="contain").pk, actor="grace", note="It is a printer.")
        done = run_here(started.pk, timeout_seconds=SECONDS)
    assert [name for name, _ in calls][-1] == "monitoring.notify"
    assert (calls[-1][1]["containment"], "It is a printer." in calls[-1][1]["error"]) == ("failed", True)
    assert (done.state, done.output["contained"]) == ("succeeded", False)


def test_policy_may_allow_containment_without_asking() -> None:
    with offering(incident(preapproved=True)) as calls:
        done = run("incident_response", subject="device:7")
    assert [name for name, _ in calls] == list(incident())
    assert done.output["contained"] is True


def test_an_incident_without_measures_needs_nobody() -> None:
    with offering(incident(measures=[])) as calls:
        done = run("incident_response")
    assert "security_management.contain_incident" not in dict(calls)
    assert (done.state, done.output["notified"]) == ("succeeded", True)


TOPOLOGY: dict[str, Any] = {
    "gns3.sync_topology": {"nodes": 5},
    "monitoring.update_targets": {},
    "security_management.update_scope": {},
    "qos_management.update_policies": {},
}


def test_topology_update_brings_the_three_up_to_date_at_the_same_time() -> None:
    seen: list[set[str]] = []
    with offering(TOPOLOGY, lambda name: seen.append(set(states(WorkflowRun.objects.get()).values()))) as calls:
        run("topology_update", project_id="lab")
    assert seen[0] == {"running", "blocked"}
    assert seen[1] == {"succeeded", "running", "waiting"}, "none of the other two waits for the first"
    assert calls[0] == ("gns3.sync_topology", {"project_id": "lab"})
    assert {name for name, _ in calls[1:]} == set(TOPOLOGY) - {"gns3.sync_topology"}
    assert all(given == {"topology": {"nodes": 5}} for _, given in calls[1:])


def test_one_of_the_three_that_fails_leaves_the_others_alone() -> None:
    failed = CapabilityFailed("No.", retryable=False)
    with offering(TOPOLOGY | {"security_management.update_scope": failed}):
        done = run("topology_update")
    assert done.state == "succeeded"
    assert done.output == {"sync": "succeeded", "monitoring": "succeeded", "security": "failed", "qos": "succeeded"}


def test_security_testing_starts_looks_watches_and_activates_everything() -> None:
    modules = ("monitoring", "security_management", "qos_management", "ai_assistant", "reporting")
    answers: dict[str, Any] = {
        "gns3.start_project": {},
        "hub.orchestrate_monitoring": {"status": "healthy"},
        "monitoring.monitor_projects": {},
        **{f"{module}.activate": {} for module in modules},
        **DISCOVERY,
    }
    with offering(answers) as calls:
        done = run(
            "security_testing_full_workflow", project_id="lab", further_project_ids=["prod"], targets=["10.9.0.1"]
        )
    assert done.state == "succeeded", done.error
    names = [name for name, _ in calls]
    assert names[:3] == ["gns3.start_project", "hub.orchestrate_monitoring", "monitoring.monitor_projects"]
    given = dict(calls)
    assert given["monitoring.monitor_projects"] == {"project_ids": ["lab", "prod"]}
    assert all(given[f"{module}.activate"] == {"project_ids": ["lab", "prod"]} for module in modules)
    assert given["network_management.discover"]["targets"] == ["10.9.0.1", "10.0.0.1"]
    assert set(done.output["activated"].values()) == {"succeeded"}
    assert WorkflowRun.objects.get(parent__run=done).workflow == "equipment_discovery"


def test_the_hub_itself_takes_part_in_it() -> None:
    done = run("security_testing_full_workflow")
    assert states(done)["orchestrate"] == "succeeded"
    assert done.output["system"] in {"healthy", "degraded", "unhealthy"}
