"""Whether a link can have these filters: GNS3 says which there are, and checks next to nothing itself. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from api_clients.network.gns3.values import Filter

Problem = dict[str, str]


def filter_problems(available: Sequence[Filter], wanted: Mapping[str, Sequence[Any]]) -> list[Problem]:
    """One entry for each filter that is unknown, has too few or too many arguments, or one out of its bounds."""
    known = {one.type: one for one in available}
    found: list[Problem] = []
    for name, arguments in wanted.items():
        if name not in known:
            there = ", ".join(sorted(known)) or "none"
            found.append(_problem(name, "unknown_filter", f"This link can have {there}."))
        else:
            found += _of_one(known[name], arguments)
    return found


def _of_one(known: Filter, arguments: Sequence[Any]) -> Iterator[Problem]:
    names = ", ".join(name for name, _, _ in known.parameters)
    if not 1 <= len(arguments) <= len(known.parameters):
        yield _problem(known.type, "arguments", f"Give 1 to {len(known.parameters)} arguments: {names}.")
        return
    for place, (argument, (name, least, most)) in enumerate(zip(arguments, known.parameters, strict=False)):
        is_number = least is not None or most is not None
        if is_number != (isinstance(argument, int) and not isinstance(argument, bool)):
            yield _problem(f"{known.type}.{place}", "type", f"{name} is a {'number' if is_number else 'text'}.")
        elif is_number and not (least or 0) <= argument <= (argument if most is None else most):
            yield _problem(f"{known.type}.{place}", "out_of_range", f"{name} goes from {least or 0} to {most}.")


def _problem(field: str, code: str, message: str) -> Problem:
    return {"field": f"filters.{field}", "code": code, "message": message}
