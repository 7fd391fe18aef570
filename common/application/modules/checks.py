"""Is a local module what the contract says (common/domain/modules.py)? A mistake ends the start, in clear words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from pydantic import BaseModel

from common.application.workflows.predefined import predefined_workflows
from common.domain.errors import Invalid
from common.domain.modules import Capability, EventSubscription, Handler, JsonObject, Module
from common.domain.names import dotted_name_problem, module_name_problem, version_problem
from common.domain.roles import ROLES
from common.domain.topics import PRIORITIES, TopicInvalid, check_topic
from common.domain.workflows.definition import parse_definition
from common.infrastructure.work.claims import QUEUES


def problems_of(module: Module) -> list[str]:
    """Everything that is wrong with the module by itself."""
    # The hub is a module too; the name is its own, and kept from all others.
    name_problem = None if module.name == "hub" else module_name_problem(module.name)
    found = [problem for problem in (name_problem, version_problem(module.version)) if problem]
    for capability in module.capabilities:
        found += [f"capability {capability.name}: {problem}" for problem in _in_capability(capability)]
    for handler in module.handlers:
        found += [f"handler of {handler.message_type}: {problem}" for problem in _in_handler(handler)]
    for subscription in module.subscriptions:
        found += [f"subscription: {problem}" for problem in _in_subscription(subscription)]
    for body in module.workflows:
        found += [f"workflow {body.get('name')}: {problem}" for problem in _in_workflow(body)]
    found += _twice("workflow", (str(body.get("name")) for body in module.workflows))
    found += _twice("capability", (capability.name for capability in module.capabilities))
    found += _twice("handler of", (handler.message_type for handler in module.handlers))
    return found


def _in_capability(capability: Capability) -> Iterator[str]:
    if problem := dotted_name_problem(capability.name):
        yield problem
    for side, model in (("input", capability.input), ("output", capability.output)):
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            yield f"{side} is no pydantic model"
        elif model.model_config.get("extra") != "forbid":
            yield f'{side} {model.__name__} must refuse extra fields: ConfigDict(extra="forbid")'
    if capability.role not in ROLES:
        yield f"role {capability.role!r} is not one of {', '.join(ROLES)}"
    if capability.queue is not None and capability.queue not in QUEUES:
        yield f"queue {capability.queue!r} is not one of {', '.join(QUEUES)}"
    if capability.timeout_seconds <= 0:
        yield "timeout_seconds must be more than 0"


def _in_handler(handler: Handler) -> Iterator[str]:
    if problem := dotted_name_problem(handler.message_type):
        yield problem
    if not (isinstance(handler.body, type) and issubclass(handler.body, BaseModel)):
        yield "body is no pydantic model"


def _in_subscription(subscription: EventSubscription) -> Iterator[str]:
    if not subscription.topics:
        yield "it names no topic"
    for topic in subscription.topics:
        try:
            check_topic(topic)
        except TopicInvalid as error:
            yield str(error)
    if subscription.priority not in PRIORITIES:
        yield f"priority {subscription.priority!r} is not one of {', '.join(PRIORITIES)}"


def _in_workflow(body: JsonObject) -> Iterator[str]:
    try:
        name = parse_definition(body).name
    except Invalid as error:
        yield str(error)
    else:
        if name in predefined_workflows():
            yield "the name belongs to a workflow that comes with NMS"


def _twice(what: str, names: Iterable[str]) -> list[str]:
    return [f"{what} {name} is there {count} times" for name, count in Counter(names).items() if count > 1]
