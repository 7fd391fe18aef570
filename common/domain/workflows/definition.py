"""What a workflow definition may say, read strictly from JSON, and everything that can be known to be wrong with it.

    workflow = parse_definition({"name": "greet", "steps": [{"id": "hello", "capability": "drill.echo"}]})

docs/workflows.md tells what each key means; this file is what holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from common.domain.errors import Invalid
from common.domain.json_schemas import schema_problem
from common.domain.names import dotted_name_problem
from common.domain.problem_texts import first_of, problems_in
from common.domain.roles import Role
from common.domain.times import read_time
from common.domain.topics import Priority, check_topic
from common.domain.workflows.expressions import (
    Expression,
    ExpressionInvalid,
    Template,
    compile_expression,
    compile_template,
    dotted,
    problems_of,
)
from common.domain.workflows.storable import problem_of

MAX_STEPS = 200
MAX_BYTES = 512 * 1024
MAX_ITEMS = 10_000
DAY = 86_400.0
MAX_SECONDS = 30 * DAY

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=100)]


def _capability(name: str) -> str:
    if problem := dotted_name_problem(name):
        raise ValueError(problem)
    return name


CapabilityName = Annotated[str, AfterValidator(_capability)]
Seconds = Annotated[float, Field(gt=0, le=MAX_SECONDS)]
Text = Annotated[str, Field(max_length=2000)]
Json = Any


def _expression(text: str) -> str:
    try:
        compile_expression(text)
    except ExpressionInvalid as error:
        raise ValueError(f"not an expression: {error} (column {error.column})") from None
    return text


def _template(value: Json) -> Json:
    if problems := problems_of(value):
        raise ValueError(
            "; ".join(
                f"not an expression{' at ' + dotted(place) if place else ''}: {error} (column {error.column})"
                for place, error in problems
            )
        )
    return value


Condition = Annotated[str, Field(min_length=1, max_length=1004), AfterValidator(_expression)]
Rendered = Annotated[Json, AfterValidator(_template)]
RenderedText = Annotated[Text, AfterValidator(_template)]


def _object(value: Json) -> Json:
    """An object, or one expression that makes one ("${item}")."""
    if not isinstance(value, dict) and not (
        isinstance(value, str) and compile_template(_template(value)).is_expression
    ):
        raise ValueError('input is an object, or one expression that makes one, such as "${item}"')
    return _template(value)


Input = Annotated[Json, AfterValidator(_object)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)


class Retry(_Strict):
    """Tries again after `delay_seconds`, then `backoff` times longer each time, up to `max_delay_seconds`."""

    attempts: Annotated[int, Field(ge=1, le=100)] = 3  # all in all
    delay_seconds: Annotated[float, Field(ge=0, le=DAY)] = 1.0
    backoff: Annotated[float, Field(ge=1, le=10)] = 2.0
    max_delay_seconds: Annotated[float, Field(ge=0, le=DAY)] = 300.0

    def delay_after(self, failures: int) -> float:
        """How long to wait after so many failures, without the jitter."""
        return float(min(self.delay_seconds * self.backoff ** min(failures - 1, 60), self.max_delay_seconds))


ONCE = Retry(attempts=1)


class Approval(_Strict):
    role: Role = "operator"
    message: RenderedText = ""
    unless: Condition | None = None  # policy: where it is true, nobody is asked
    timeout_seconds: Seconds | None = None  # then it counts as rejected


class Compensation(_Strict):
    capability: CapabilityName
    input: Input = {}
    retry: Retry = Retry()
    timeout_seconds: Seconds | None = None


class Over(_Strict):
    """One run of the step for each entry of a list."""

    over: Condition
    as_: Id = Field("item", alias="as")
    parallel: Annotated[int, Field(ge=1, le=100)] = 10


def _topic(text: str) -> str:
    try:
        return check_topic(text)
    except ValueError as error:
        raise ValueError(str(error)) from None


class EventWait(_Strict):
    topics: Annotated[list[Annotated[str, AfterValidator(_topic)]], Field(min_length=1, max_length=50)]
    subject: RenderedText | None = None
    source: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    where: Condition | None = None  # over `event`
    since: Literal["now", "run"] = "now"


class Wait(_Strict):
    """Exactly one of event, seconds and until; a time may be an expression."""

    event: EventWait | None = None
    seconds: Annotated[float, Field(ge=0, le=MAX_SECONDS)] | RenderedText | None = None
    until: RenderedText | None = None  # ISO 8601
    timeout_seconds: Seconds | None = None  # for the event

    @model_validator(mode="after")
    def _one_kind(self) -> Wait:
        if sum(value is not None for value in (self.event, self.seconds, self.until)) != 1:
            raise ValueError("wait needs exactly one of event, seconds and until")
        if self.timeout_seconds is not None and self.event is None:
            raise ValueError("timeout_seconds belongs to waiting for an event")
        return self


class Step(_Strict):
    id: Id
    description: Text = ""
    capability: CapabilityName | None = None
    workflow: Id | None = None
    wait: Wait | None = None
    approval: Approval | None = None  # alone, or before the capability or workflow of the step
    input: Input = {}
    needs: Annotated[list[Id], Field(max_length=MAX_STEPS)] = []
    when: Condition | None = None
    map: Over | None = None
    retry: Retry = ONCE
    timeout_seconds: Seconds | None = None
    on_failure: Literal["stop", "continue", "compensate"] = "stop"
    if_missing: Literal["skip", "fail"] = "fail"
    compensate: Compensation | None = None
    queue: Literal["critical", "high", "normal", "low", "discovery", "polling"] | None = None
    priority: Priority | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Step:
        kinds = [name for name in ("capability", "workflow", "wait") if getattr(self, name) is not None]
        if len(kinds) > 1 or not (kinds or self.approval):
            raise ValueError("a step is exactly one of capability, workflow, wait and approval (alone)")
        if self.wait and self.approval:
            raise ValueError("a step that waits cannot ask for approval; make two steps of it")
        if self.map and (self.approval or not (self.capability or self.workflow)):
            raise ValueError(
                "map belongs to a capability or workflow without approval; put a step with approval before it"
            )
        if self.compensate and not self.capability:
            raise ValueError("compensate belongs to a step with a capability")
        if self.input and not (self.capability or self.workflow):
            raise ValueError("input belongs to a capability or a workflow")
        return self

    @property
    def kind(self) -> Literal["capability", "workflow", "wait", "approval"]:
        if self.capability:
            return "capability"
        if self.workflow:
            return "workflow"
        return "wait" if self.wait else "approval"

    def expressions(self) -> Iterator[tuple[str, Expression, frozenset[str]]]:
        """Each with its place and the names that it may use beside input, steps and run."""
        inside = frozenset({self.map.as_, "index"}) if self.map else frozenset[str]()
        yield from _bare("when", self.when)
        yield from _within("input", self.input, inside)
        if self.map:
            yield from _bare("map.over", self.map.over)
        if self.approval:
            yield from _bare("approval.unless", self.approval.unless)
            yield from _within("approval.message", self.approval.message)
        if self.wait:
            yield from _within("wait.seconds", self.wait.seconds)
            yield from _within("wait.until", self.wait.until)
        if self.wait and self.wait.event:
            yield from _bare("wait.event.where", self.wait.event.where, frozenset({"event"}))
            yield from _within("wait.event.subject", self.wait.event.subject)
        if self.compensate:
            yield from _within("compensate.input", self.compensate.input, inside)


Found = tuple[str, Expression, frozenset[str]]


def _bare(place: str, text: str | None, names: frozenset[str] = frozenset()) -> Iterator[Found]:
    if text is not None:
        yield place, compile_expression(text), names


def _within(place: str, value: Json, names: frozenset[str] = frozenset()) -> Iterator[Found]:
    for inner, expression in compile_template(value).expressions():
        yield f"{place}.{inner}" if inner else place, expression, names


class Workflow(_Strict):
    name: Id
    description: Text = ""
    input_schema: dict[str, Json] = {}
    steps: Annotated[list[Step], Field(min_length=1, max_length=MAX_STEPS)]
    output: Rendered = None

    @cached_property
    def by_id(self) -> dict[str, Step]:
        return {step.id: step for step in self.steps}

    @cached_property
    def in_order(self) -> tuple[Step, ...]:
        """Each step after those that it needs, otherwise as written."""
        done: dict[str, Step] = {}
        rest = list(self.steps)
        while rest:
            ready = [step for step in rest if all(need in done for need in step.needs)]
            done |= {step.id: step for step in ready}
            rest = [step for step in rest if step.id not in done]
            if not ready:
                break  # a cycle, which parse_definition refuses
        return tuple(done.values())

    @cached_property
    def ancestors(self) -> dict[str, frozenset[str]]:
        """All that each step needs, directly or through others."""
        found: dict[str, frozenset[str]] = {}
        for step in self.in_order:
            found[step.id] = frozenset(step.needs).union(*(found[need] for need in step.needs))
        return found

    @cached_property
    def output_template(self) -> Template:
        return compile_template(self.output)


def parse_definition(body: object) -> Workflow:
    """Read a definition; raises Invalid with an entry in `details` for each problem that was found.

    Problems of form hide those of meaning: what the steps need is looked at once each step can be read.
    """
    if not isinstance(body, Mapping):
        raise _invalid([_problem("", "not_an_object", "a definition is an object with name and steps")])
    if problem := problem_of(dict(body), limit=MAX_BYTES):
        raise _invalid([_problem("", "not_storable", problem)])
    try:
        workflow = Workflow.model_validate(body)
    except ValidationError as error:
        raise _invalid(list(problems_in(error))) from None
    if problems := [
        *_problems_of_graph(workflow),
        *_problems_of_schema(workflow.input_schema),
        *_problems_of_constants(workflow),
    ]:
        raise _invalid(problems)
    if problems := list(_problems_of_references(workflow)):
        raise _invalid(problems)
    return workflow


def _invalid(problems: list[dict[str, str]]) -> Invalid:
    text = f"The definition is not valid: {first_of(problems)}"
    return Invalid(text, code="definition_invalid", details=tuple(problems))


def _problem(field: str, code: str, message: str) -> dict[str, str]:
    return {"field": field, "code": code, "message": message}


def _problems_of_graph(workflow: Workflow) -> Iterator[dict[str, str]]:
    seen: set[str] = set()
    for index, step in enumerate(workflow.steps):
        if step.id in seen:
            yield _problem(f"steps.{index}.id", "duplicate", f"two steps have the id {step.id}")
        seen.add(step.id)
        if step.map and step.map.as_ in _RESERVED:
            yield _problem(f"steps.{index}.map.as", "reserved", f"{step.map.as_} stands for something else already")
    unknown = False
    for index, step in enumerate(workflow.steps):
        for need in step.needs:
            if need not in seen:
                unknown = True
                yield _problem(f"steps.{index}.needs", "unknown_step", f"{step.id} needs {need}, which is no step")
    if not unknown and len(seen) == len(workflow.steps) and len(workflow.in_order) < len(workflow.steps):
        ordered = {step.id for step in workflow.in_order}
        stuck = [step.id for step in workflow.steps if step.id not in ordered]
        yield _problem("steps", "cycle", f"steps wait for each other in a circle: {', '.join(stuck[:10])}")


def _problems_of_constants(workflow: Workflow) -> Iterator[dict[str, str]]:
    """What no run could do, whatever its input. Not a matter of form: runs that began before go on."""
    for index, step in enumerate(workflow.steps):
        if step.wait and (problem := _problem_of_seconds(step.wait.seconds)):
            yield _problem(f"steps.{index}.wait.seconds", "not_a_number", problem)
        if step.wait and (problem := _problem_of_until(step.wait.until)):
            yield _problem(f"steps.{index}.wait.until", "not_a_time", problem)
        if step.approval and step.approval.role == "viewer":
            message = "viewers change nothing; write operator or admin"
            yield _problem(f"steps.{index}.approval.role", "role_too_low", message)


def _problem_of_seconds(seconds: float | str | None) -> str | None:
    if not isinstance(seconds, str) or compile_template(seconds).is_expression:
        return None
    return f'{seconds!r:.60} is no number; write one, or one expression such as "${{input.seconds}}"'


def _problem_of_until(until: str | None) -> str | None:
    if until is None or any(compile_template(until).expressions()):
        return None
    try:
        read_time(compile_template(until).render({}))
    except ValueError as error:
        return str(error)
    return None


_BASE = frozenset({"input", "steps", "run"})
_RESERVED = _BASE | {"index", "event"}


def _problems_of_references(workflow: Workflow) -> Iterator[dict[str, str]]:
    for index, step in enumerate(workflow.steps):
        for place, expression, extra in step.expressions():
            reachable = workflow.ancestors[step.id] | ({step.id} if place.startswith("compensate") else set())
            yield from _wrong_references(workflow, f"steps.{index}.{place}", expression, _BASE | extra, reachable)
    everything = frozenset(workflow.by_id)
    for place, expression in workflow.output_template.expressions():
        yield from _wrong_references(workflow, f"output.{place}".rstrip("."), expression, _BASE, everything)


def _wrong_references(
    workflow: Workflow, place: str, expression: Expression, names: frozenset[str], reachable: frozenset[str] | set[str]
) -> Iterator[dict[str, str]]:
    for name in sorted(expression.names() - names):
        known = ", ".join(sorted(names))
        yield _problem(place, "unknown_name", f"{expression.text}: there is no {name} here; there are {known}")
    for step in sorted({step or "" for step in expression.steps()}):
        if not step:
            yield _problem(place, "unclear_step", f"{expression.text}: name one step, as in steps.ID.output")
        elif step not in workflow.by_id:
            yield _problem(place, "unknown_step", f"{expression.text}: there is no step {step}")
        elif step not in reachable:
            yield _problem(
                place, "step_not_needed", f"{expression.text}: add {step} to needs, or it may not be done yet"
            )


def _problems_of_schema(schema: Mapping[str, Json]) -> Iterator[dict[str, str]]:
    if problem := schema_problem(schema):
        yield _problem("input_schema", "schema_invalid", problem)
