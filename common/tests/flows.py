"""What the tests of definitions, schedules and triggers share: a module to call and workflows that use it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pydantic import BaseModel, ConfigDict

from common.application.modules.registry import register_module, unregister_module
from common.domain.modules import Call, Capability, CapabilityFailed, Module


class Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str = ""


def _echo(said: Said, call: Call) -> Said:
    if said.text == "fail":
        raise CapabilityFailed("It was told to fail.", retryable=False)
    return said


@contextmanager
def trial_module(*capabilities: str, workflows: tuple[dict[str, Any], ...] = ()) -> Iterator[None]:
    """A module `trial` with trial.echo, for as long as the block runs."""
    names = ("trial.echo", *capabilities)
    offered = tuple(Capability(name, _echo, Said, Said) for name in names)
    register_module(Module("trial", "1.0", "For tests.", capabilities=offered, workflows=workflows))
    try:
        yield
    finally:
        unregister_module("trial")


def echo_workflow(name: str = "greet", **changes: Any) -> dict[str, Any]:
    return {
        "name": name,
        "description": "Says what it is told.",
        "input_schema": {
            "type": "object",
            "required": ["text"],
            "additionalProperties": False,
            "properties": {"text": {"type": "string", "maxLength": 50}},
        },
        "steps": [{"id": "say", "capability": "trial.echo", "input": {"text": "${input.text}"}}],
        "output": {"said": "${steps.say.output.text}"},
        **changes,
    }
