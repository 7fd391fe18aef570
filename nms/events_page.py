"""docs/events.md, written from the catalogue of event types by `make docs`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from common.domain.events import Event, depends_on_instance, describe, event_types, source_of

INTRODUCTION = """\
# Events

Every type of event, by the module that publishes it (`source`), with the fields of its `data`. The envelope around it,
and the ways by which events reach you, are in [event-store.md](event-store.md). The same as JSON Schema:
`GET /api/common/api/v1/event-types/`.

`make docs` writes this page from the catalogue.
"""
_WORDS = {"string": "text", "number": "number", "integer": "integer", "boolean": "true or false", "object": "object"}
_FORMATS = {"date-time": "time", "uuid": "UUID"}

Schema = dict[str, Any]


def events_page() -> str:
    """Return docs/events.md as it should be, for every type of the apps that are installed; tests' own are left out."""
    types = sorted(_types(), key=lambda cls: (source_of(cls), cls.type))
    sections = [_section(source, list(group)) for source, group in groupby(types, source_of)]
    return INTRODUCTION + "".join(sections)


def _types() -> Iterator[type[Event]]:
    return (cls for cls in event_types().values() if ".tests." not in f"{cls.__module__}.")


def _section(source: str, types: list[type[Event]]) -> str:
    return f"\n## {source}\n" + "".join(_entry(cls) for cls in types)


def _entry(cls: type[Event]) -> str:
    schema = cls.model_json_schema()
    priority = f"{cls.priority}, or as the event says" if depends_on_instance(cls) else cls.priority
    version = f" Version {cls.version}." if cls.version > 1 else ""
    parts = [f"### {cls.type}", f"{describe(cls)} Priority: {priority}.{version}", _fields(schema)]
    for name, definition in schema.get("$defs", {}).items():
        if "properties" in definition:
            parts += [f"{name}:", _fields(definition)]
    return "".join(f"\n{part}\n" for part in parts if part)


def _fields(schema: Schema) -> str:
    required = set(schema.get("required", ()))
    return "\n".join(
        f"- `{name}`: {_kind(field)}{'' if name in required else ', optional'}{_meaning(field)}"
        for name, field in schema.get("properties", {}).items()
    )


def _meaning(field: Schema) -> str:
    return f". {field['description']}" if "description" in field else ""


def _kind(field: Schema) -> str:
    if "$ref" in field:
        return str(field["$ref"]).rpartition("/")[2]
    if "enum" in field:
        return " or ".join(f"`{value}`" for value in field["enum"])
    if "const" in field:
        return f"`{field['const']}`"
    if "anyOf" in field:
        return " or ".join(_kind(option) for option in field["anyOf"])
    if field.get("type") == "array":
        return f"list of {_kind(field.get('items', {}))}"
    if field.get("type") == "null":
        return "null"
    return _FORMATS.get(field.get("format", "")) or _WORDS.get(field.get("type", ""), "anything")


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nms.settings")
    django.setup()
    Path(sys.argv[1]).write_text(events_page())
