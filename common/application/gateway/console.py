"""Services, operations and answers on a terminal."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from api_clients.gateway.merging import Row
from api_clients.gateway.results import plain
from api_clients.gateway.signatures import Parameter
from common.application.gateway.listing import Service

TAKEN = frozenset({"target", "fallback", "merge", "json", "output", "help"})
WIDEST_CELL = 48
GAP = "  "


def service_table(services: Iterable[Service]) -> str:
    rows = [
        {
            "service": one.entry.name,
            "family": one.entry.family,
            "targets": ", ".join(f"{target.name} ({target.circuit})" for target in one.targets) or "not configured",
            "operations": len(one.endpoints),
            "what": one.entry.summary,
        }
        for one in services
    ]
    return table(rows)


def operation_list(service: Service) -> str:
    """Each operation with what it takes, as one would type it."""
    lines = [f"{service.entry.name}: {service.entry.summary}", ""]
    for endpoint in service.endpoints:
        lines.append(f"{endpoint.name}  ({endpoint.operation.role}{'' if endpoint.is_read else ', acts'})")
        lines.append(f"    {endpoint.operation.summary}")
        lines += [f"    {_usage(one)}" for one in endpoint.signature.parameters]
    return "\n".join(lines)


def option_of(parameter: str) -> str:
    """How an argument is called on the command line, where some names are the command's own."""
    name = parameter.replace("_", "-")
    return f"--arg-{name}" if parameter in TAKEN else f"--{name}"


def answer_text(value: Any) -> str:
    """A value as people read it: rows as a table, an object line by line, nothing as "Done."."""
    found = plain(value)
    match found:
        case None:
            return "Done."
        case []:
            return "Nothing."
        case list() if all(isinstance(row, Mapping) for row in found):
            return table(found)
        case Mapping():
            return "\n".join(_lines(found))
        case str():
            return found
        case list():
            return "\n".join(map(_cell, found))
    return _cell(found)


def row_table(rows: Iterable[Row]) -> str:
    """Merged rows, with the target of each in front, under a name that no field of a dataclass can have."""
    found: list[dict[str, Any]] = []
    for row in rows:
        value = plain(row.value)
        columns = value if isinstance(value, dict) else {"value": value}
        found.append({"from": row.target} | columns | {"from": row.target})
    return table(found) if found else "Nothing."


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Columns of what the rows have, as wide as the terminal allows."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = [names, *([_cell(row.get(name)) for name in names] for row in rows)]
    widths = [min(WIDEST_CELL, max(len(line[at]) for line in cells)) for at in range(len(names))]
    lines = (GAP.join(_cut(text, width) for text, width in zip(line, widths, strict=True)) for line in cells)
    widest = shutil.get_terminal_size((160, 24)).columns
    return "\n".join(line.rstrip()[:widest].rstrip() for line in lines)


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    width = max((len(name) for name in found), default=0)
    for name, value in found.items():
        if isinstance(value, list) and value and all(isinstance(row, Mapping) for row in value):
            yield f"{name}:"
            yield from (f"  {line}" for line in table(value).splitlines())
        else:
            yield f"{name:<{width}}{GAP}{_cell(value)}".rstrip()


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case str():
            return " ".join(value.split())
        case float():
            return f"{value:g}"
        case list() if all(isinstance(item, str | int | float) for item in value):
            return ", ".join(_cell(item) for item in value)
        case list() | Mapping():
            return json.dumps(value, ensure_ascii=False)
    return str(value)


def _cut(text: str, width: int) -> str:
    return f"{text[: width - 3]}..." if len(text) > width else text.ljust(width)


def _usage(parameter: Parameter) -> str:
    need = "needed" if parameter.required else f"usually {_cell(plain(parameter.default)) or 'left out'}"
    said = f"  {parameter.description}" if parameter.description else ""
    return f"{option_of(parameter.name):<22} {need}{said}"
