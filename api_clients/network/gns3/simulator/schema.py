"""Which bodies the server takes. v2 refuses what it does not know, v3 overlooks it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from api_clients.network.gns3.simulator.documents import CANVAS
from api_clients.network.gns3.simulator.editions import Edition, Problem
from api_clients.network.gns3.simulator.kinds import KINDS
from api_clients.simulation import Received

Document = dict[str, Any]
NAMES = {str: ("string", "string"), int: ("integer", "int"), bool: ("boolean", "bool"), dict: ("object", "dict")}
NAMES[list] = ("array", "list")


@dataclass(frozen=True, slots=True)
class Shape:
    fields: Mapping[str, type]
    required: tuple[str, ...] = ()
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    least: Mapping[str, int] = field(default_factory=dict)  # entries of a list, which v3 counts


_PLACE = {"x": int, "y": int, "z": int, "locked": bool}
_CANVAS: dict[str, type] = {name: type(value) for name, value in CANVAS.items() if value is not None}
_PROJECT: dict[str, type] = {"name": str, "auto_close": bool, "auto_open": bool, "auto_start": bool, **_CANVAS}
_PROJECT |= {"project_id": str, "path": str, "variables": list, "supplier": dict}
_NODE: dict[str, type] = {"name": str, "properties": dict, "label": dict, "symbol": str, "console_type": str, **_PLACE}
_NODE |= {"node_id": str, "compute_id": str, "node_type": str, "template_id": str, "console": int, "width": int}
_NODE |= {"height": int, "custom_adapters": list, "port_name_format": str, "port_segment_size": int}
_NODE |= {"first_port_name": str, "console_auto_start": bool}
_LINK: dict[str, type] = {"nodes": list, "suspend": bool, "filters": dict, "link_style": dict, "link_id": str}
_DRAWING: dict[str, type] = {"svg": str, "rotation": int, "drawing_id": str, **_PLACE}

PROJECT = Shape(_PROJECT, required=("name",))
PROJECT_CHANGE = Shape(_PROJECT)
COPY = Shape({"name": str, "reset_mac_addresses": bool, "path": str}, required=("name",))
NODE = Shape(_NODE, ("name", "node_type", "compute_id"), {"node_type": tuple(KINDS)})
NODE_CHANGE = Shape(_NODE)
FROM_TEMPLATE = Shape({"x": int, "y": int, "name": str, "compute_id": str}, required=("x", "y"))
NODE_COPY = Shape({"x": int, "y": int, "z": int}, required=("x", "y"))
LINK = Shape(_LINK, required=("nodes",), least={"nodes": 2})
LINK_CHANGE = Shape(_LINK)
CAPTURE = Shape({"capture_file_name": str, "data_link_type": str})
DRAWING = Shape(_DRAWING)
SNAPSHOT = Shape({"name": str}, required=("name",))
LOGIN = Shape({"username": str, "password": str}, required=("username", "password"))


def checked(edition: Edition, received: Received, shape: Shape) -> Document:
    """Return the body. Raises Refusal."""
    body = _parsed(edition, received)
    problem = _problem(edition, body, shape)
    if problem is not None:
        raise edition.invalid(received, problem)
    return body


def _parsed(edition: Edition, received: Received) -> Document:
    try:
        body = json.loads(received.body or (b"{}" if edition.is_v2 else b""))
        if isinstance(body, dict):
            return body
    except ValueError:
        pass
    bare = Received(received.method, received.path)
    raise edition.invalid(bare, Problem("json_invalid", (), {}, "not an object", "JSON decode error"))


def _problem(edition: Edition, body: Document, shape: Shape) -> Problem | None:
    for name in shape.required:
        if body.get(name) is None:
            return Problem("missing", (name,), body, f"'{name}' is a required property", "Field required")
    for name, value in body.items():
        if name not in shape.fields:
            if not edition.is_v2:
                continue
            unknown = f"Additional properties are not allowed ('{name}' was unexpected)"
            return Problem("extra", (name,), value, unknown, unknown)
        wrong = _wrong(name, value, shape)
        if wrong is not None:
            return wrong
        if not edition.is_v2 and name in shape.least and len(value) < shape.least[name]:
            return Problem("too_short", (name,), value, "", f"List should have at least {shape.least[name]} items")
    return None


def _wrong(name: str, value: Any, shape: Shape) -> Problem | None:
    wanted = shape.fields[name]
    if value is None:
        return None
    if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
        v2, v3 = NAMES[wanted]
        return Problem(
            f"{v3}_type", (name,), value, f"{value!r} is not of type '{v2}'", f"Input should be a valid {v2}"
        )
    if name in shape.choices and value not in shape.choices[name]:
        known = shape.choices[name]
        return Problem("enum", (name,), value, f"{value!r} is not one of {list(known)}", f"Input should be in {known}")
    return None
