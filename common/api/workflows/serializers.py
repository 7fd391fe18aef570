"""How runs, their steps and open approvals look in REST answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from common.api.model_schemas import openapi_of
from common.api.strict import StrictSerializer
from common.domain.topics import PRIORITIES
from common.domain.workflows.definition import MAX_STEPS, Step
from common.models import StepRun, WorkflowRun

HUB = "/api/common/api/v1/hub"
RUNS = f"{HUB}/workflow-runs"
APPROVALS = f"{HUB}/approvals"
Row = dict[str, Any]


class RunRelationSerializer(serializers.Serializer[Any]):
    """Something else: enough to show it and to ask for it."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    url = serializers.CharField()


def run_relation(run: WorkflowRun) -> Row:
    return {"id": run.pk, "name": run.workflow, "url": f"{RUNS}/{run.pk}/"}


@extend_schema_field(openapi_of(Step))
class DefinedStepField(serializers.DictField):
    """What a definition says of a step."""


class DefinitionSerializer(serializers.Serializer[Any]):
    """A definition as docs/workflows.md describes it; the server checks far more than this schema says."""

    name = serializers.CharField(max_length=100)
    description = serializers.CharField(required=False, max_length=2000)
    input_schema = serializers.DictField(required=False, help_text="JSON Schema of the input.")
    steps = serializers.ListField(child=DefinedStepField(), min_length=1, max_length=MAX_STEPS)
    output = serializers.JSONField(required=False, help_text="May hold expressions, as in ${steps.ID.output}.")


class ExecuteSerializer(StrictSerializer):
    """Which workflow to start, and with what."""

    workflow = serializers.CharField(max_length=100)
    input = serializers.DictField(required=False, default=dict, help_text="As the workflow's input_schema says.")
    priority = serializers.ChoiceField(choices=PRIORITIES, required=False, default="normal")
    correlation_id = serializers.CharField(
        max_length=100,
        required=False,
        default="",
        allow_blank=True,
        help_text="Ties everything of one undertaking together; one is made without it.",
    )


class DecisionSerializer(StrictSerializer):
    note = serializers.CharField(max_length=1000, required=False, default="", allow_blank=True)


class RunStepSerializer(serializers.ModelSerializer[StepRun]):
    state = serializers.ChoiceField(choices=StepRun.State.choices)
    item = serializers.IntegerField(allow_null=True, help_text="Index in the list that the step maps over.")
    waits_for = serializers.ChoiceField(choices=StepRun.WaitsFor.choices, allow_blank=True)
    wait = serializers.DictField(help_text="What exactly it waits for, while it does.")
    input = serializers.JSONField(allow_null=True, help_text="As rendered; null before it was its turn.")
    output = serializers.JSONField(allow_null=True)
    error = serializers.CharField(help_text="Why it failed, or was skipped.")
    approval_url = serializers.CharField(allow_null=True, help_text="Where to decide, while it waits for approval.")

    class Meta:
        model = StepRun
        fields = (
            "id",
            "step",
            "item",
            "compensates",
            "state",
            "capability",
            "queue",
            "waits_for",
            "wait",
            "wait_until",
            "attempts",
            "due_at",
            "input",
            "output",
            "error",
            "approved_by",
            "approval_url",
            "started_at",
            "finished_at",
        )
        read_only_fields = fields

    def to_representation(self, step: StepRun) -> Row:
        return {
            "id": step.pk,
            "step": step.step,
            "item": None if step.item < 0 else step.item,
            "compensates": step.compensates,
            "state": step.state,
            "capability": step.capability,
            "queue": step.queue,
            "waits_for": step.waits_for,
            "wait": step.wait,
            "wait_until": step.wait_until,
            "attempts": step.attempts,
            "due_at": step.due_at,
            "input": step.input,
            "output": step.output,
            "error": step.error,
            "approved_by": step.approved_by,
            "approval_url": f"{APPROVALS}/{step.pk}/" if awaits_approval(step) else None,
            "started_at": step.started_at,
            "finished_at": step.finished_at,
        }


def awaits_approval(step: StepRun) -> bool:
    return step.state == StepRun.State.SUSPENDED and step.waits_for == StepRun.WaitsFor.APPROVAL


class ParentSerializer(serializers.Serializer[Any]):
    run = RunRelationSerializer()
    step = serializers.CharField()


class StepReasonSerializer(serializers.Serializer[Any]):
    step = serializers.CharField()
    reason = serializers.CharField()


class SummarySerializer(serializers.Serializer[Any]):
    """What became of the steps; empty while the run goes on."""

    text = serializers.CharField(required=False, help_text="Such as: Nothing was done: all 4 steps were skipped.")
    skipped = StepReasonSerializer(many=True, required=False)
    failed = StepReasonSerializer(many=True, required=False)
    compensated = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="The first, of a run that compensated."
    )
    not_compensated = StepReasonSerializer(
        many=True, required=False, help_text="Whose compensation failed; the first, of a run that compensated."
    )


class RunSerializer(serializers.ModelSerializer[WorkflowRun]):
    """A run without its steps. `step_counts` is filled in for a whole page at once (count_steps)."""

    url = serializers.CharField()
    parent = ParentSerializer(allow_null=True, help_text="The step that started it, for a workflow within another.")
    step_counts = serializers.DictField(
        child=serializers.IntegerField(), help_text="How many steps are in each state; items of lists not counted."
    )
    input = serializers.DictField()
    output = serializers.JSONField(allow_null=True)
    summary = SummarySerializer()

    class Meta:
        model = WorkflowRun
        fields = (
            "id",
            "url",
            "workflow",
            "state",
            "outcome",
            "priority",
            "actor",
            "correlation_id",
            "causation_id",
            "parent",
            "input",
            "output",
            "error",
            "summary",
            "step_counts",
            "created_at",
            "finished_at",
        )
        read_only_fields: tuple[str, ...] = fields

    def to_representation(self, run: WorkflowRun) -> Row:
        counts: Mapping[int, Mapping[str, int]] = self.context.get("step_counts", {})
        parent = run.parent
        return {
            "id": run.pk,
            "url": f"{RUNS}/{run.pk}/",
            "workflow": run.workflow,
            "state": run.state,
            "outcome": run.outcome,
            "priority": run.priority,
            "actor": run.actor,
            "correlation_id": run.correlation_id,
            "causation_id": run.causation_id,
            "parent": None if parent is None else {"run": run_relation(parent.run), "step": parent.step},
            "input": run.input,
            "output": run.output,
            "error": run.error,
            "summary": run.summary,
            "step_counts": counts.get(run.pk, {}),
            "created_at": run.created_at,
            "finished_at": run.finished_at,
        }


class RunDetailSerializer(RunSerializer):
    """A run with its steps in the order of the definition. The items of a step that maps over a list: /steps/."""

    definition = DefinitionSerializer(help_text="The definition as it was when the run began.")
    steps = RunStepSerializer(many=True)

    class Meta(RunSerializer.Meta):
        fields = (*RunSerializer.Meta.fields, "definition", "steps")  # type: ignore[assignment] # two more

    def to_representation(self, run: WorkflowRun) -> Row:
        steps: list[StepRun] = self.context["steps"]
        return {
            **super().to_representation(run),
            "definition": run.definition,
            "steps": [RunStepSerializer().to_representation(step) for step in steps],
        }


class ApprovalSerializer(serializers.Serializer[Any]):
    """A step that waits for somebody to allow it."""

    id = serializers.IntegerField()
    url = serializers.CharField()
    run = RunRelationSerializer()
    step = serializers.CharField()
    item = serializers.IntegerField(allow_null=True)
    role = serializers.CharField(help_text="Who may decide: this role or a higher one.")
    may_decide = serializers.BooleanField(help_text="Whether you may.")
    message = serializers.CharField()
    capability = serializers.CharField(help_text="What runs once it is approved; empty for a mere confirmation.")
    change = serializers.JSONField(allow_null=True, help_text="The exact input with which it runs.")
    requested_by = serializers.CharField(help_text="Who started the run.")
    requested_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
