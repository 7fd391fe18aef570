"""Modules for tests: a local one that echoes, and the manifest of a remote one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pydantic import BaseModel, ConfigDict

from common.api.modules.examples import CITY, WEATHER
from common.application.modules import registry
from common.domain.modules import Call, Capability, CapabilityFailed, Module

SECRET = "a-secret-of-enough-length"


class Text(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str


class Echoed(Text):
    actor: str


def echo(asked: Text, call: Call) -> Echoed:
    return Echoed(text=asked.text, actor=call.actor)


def fail(asked: Text, call: Call) -> Echoed:
    raise CapabilityFailed(asked.text, code="out_of_paper")


ECHO = Module(
    name="echo",
    version="1.0",
    description="Says it again.",
    capabilities=(
        Capability("echo.echo", echo, Text, Echoed, "Say it again."),
        Capability("echo.read", echo, Text, Echoed, role="viewer"),
        Capability("echo.admin", echo, Text, Echoed, role="admin"),
        Capability("echo.fail", fail, Text, Echoed, "Fail in these words."),
    ),
)


@contextmanager
def registered(module: Module) -> Iterator[str]:
    """Known while the block runs; its name."""
    registry.register_module(module)
    try:
        yield module.name
    finally:
        registry.unregister_module(module.name)


def manifest(**changes: Any) -> dict[str, Any]:
    """What a remote module `weather` says of itself; a change to None leaves the key out."""
    said = {
        "name": "weather",
        "version": "1.0.0",
        "callback_url": "http://127.0.0.1:9/nms",
        "secret": SECRET,
        "capabilities": [{"name": "weather.report", "input_schema": CITY, "output_schema": WEATHER}],
        "message_types": ["weather.note"],
        "subscriptions": [{"topics": ["device.*"]}],
        **changes,
    }
    return {key: value for key, value in said.items() if value is not None}
