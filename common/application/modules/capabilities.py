"""Call a capability, wherever its module runs.

    call_capability("network_management.profile_equipment", {"device_id": 7}, Call(actor="ada"))

Input and output are JSON objects, both checked against what the module said of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import structlog
from pydantic import BaseModel, ValidationError

from common.application.events.causes import on_behalf_of
from common.application.modules import activity
from common.application.modules.callbacks import call_remote
from common.application.modules.registry import need_capability
from common.domain import stored_json
from common.domain.errors import Invalid
from common.domain.json_schemas import value_problems
from common.domain.known_modules import CapabilityUnavailable, OfferedCapability
from common.domain.modules import Call, Capability, CapabilityFailed, JsonObject
from common.domain.problem_texts import first_of, listed, problems_in

__all__ = ["CapabilityUnavailable", "call_capability", "check_input"]

log = structlog.get_logger(__name__)


def call_capability(name: str, input: Mapping[str, Any], call: Call) -> JsonObject:
    """Return the output. A local function runs here, in this thread; a remote module is waited for.

    Raises CapabilityUnavailable (nobody offers it, or its module is lost), Invalid (the input, with an entry for each
    problem) and CapabilityFailed (it was tried). `call.deadline` is brought forward to the capability's own time limit;
    a local function keeps to it by itself, by asking `call.should_stop` and the deadline.
    """
    offered = need_capability(name)
    ready = _checked_input(offered, input)
    call = replace(call, deadline=_earlier(call.deadline, offered.timeout_seconds))
    try:
        output = _call_here(offered.local, ready, call) if offered.local else _call_elsewhere(offered, ready, call)
    except Exception:
        activity.count(offered.module, messages=1, errors=1)
        raise
    activity.count(offered.module, messages=1)
    return output


def check_input(name: str, input: Mapping[str, Any]) -> None:
    """Raise what call_capability would raise before it calls."""
    _checked_input(need_capability(name), input)


def _checked_input(offered: OfferedCapability, input: Mapping[str, Any]) -> Any:
    """The input as the local function takes it, or as plain JSON for a remote one."""
    try:
        document = stored_json.write(dict(input))
    except (TypeError, ValueError) as error:
        raise Invalid(f"The input of {offered.name} is not JSON: {error}.", code="input_invalid") from error
    if offered.local is None:
        plain = orjson.loads(document)
        _refuse(offered.name, value_problems(offered.input_schema, plain))
        return plain
    try:
        return offered.local.input.model_validate_json(document)
    except ValidationError as error:
        _refuse(offered.name, problems_in(error))
        raise  # not reached: a ValidationError has problems


def _call_here(capability: Capability, input: BaseModel, call: Call) -> JsonObject:
    try:
        with on_behalf_of(call):
            output = capability.function(input, call)
    except CapabilityFailed:
        raise
    except Exception:
        log.exception("a capability failed unexpectedly", capability=capability.name, causation_id=call.causation_id)
        raise
    if not isinstance(output, capability.output):
        raise TypeError(
            f"{capability.name} returned {type(output).__name__} where it promised {capability.output.__name__}"
        )
    return output.model_dump(mode="json")


def _call_elsewhere(offered: OfferedCapability, input: JsonObject, call: Call) -> JsonObject:
    output = call_remote(offered, input, call)
    problems = value_problems(offered.output_schema, output)
    if problems:
        told = listed(problems, whole="output")
        raise CapabilityFailed(
            f"{offered.name} of the module {offered.module} answered against its own schema: {told}",
            code="output_invalid",
            retryable=False,
        )
    return output


def _refuse(name: str, problems: tuple[dict[str, str], ...]) -> None:
    if problems:
        text = f"The input of {name} is not valid: {first_of(problems)}"
        raise Invalid(text, code="input_invalid", details=problems)


def _earlier(deadline: datetime | None, timeout_seconds: float) -> datetime:
    own = datetime.now(UTC) + timedelta(seconds=timeout_seconds)
    return own if deadline is None else min(own, deadline)
