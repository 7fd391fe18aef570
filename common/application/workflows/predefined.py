"""The workflows that come with NMS: the JSON files of common/workflows/, read and checked once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

import orjson

from common.domain.errors import Invalid
from common.domain.modules import JsonObject
from common.domain.workflows.definition import parse_definition

FOLDER = Path(__file__).resolve().parents[2] / "workflows"


@cache
def predefined_workflows() -> Mapping[str, JsonObject]:
    """Name -> definition. A file that holds none is a defect of NMS, and named."""
    found = {}
    for path in sorted(FOLDER.glob("*.json")):
        try:
            body = orjson.loads(path.read_bytes())
            name = parse_definition(body).name
        except (Invalid, orjson.JSONDecodeError) as error:
            raise RuntimeError(f"{path} is not a workflow definition: {error}") from error
        if name != path.stem:
            raise RuntimeError(f"{path} defines {name}; a file is named after its workflow")
        found[name] = body
    return MappingProxyType(found)
