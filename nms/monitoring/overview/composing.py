"""What a round collected, written as the pieces of JSON that the overview is made of.

Once for each round and not for each reader: with a thousand alerts and as many figures it takes longer than all the
rest of an answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, get_args

import orjson

from api_clients.domain.alerts import Severity
from common.domain.stored_json import write
from nms.monitoring.models import CollectedPart

RESOURCES = ("cpu", "memory", "disk", "network", "load", "swap")  # the first word of a figure of resource use
SEVERITIES: tuple[Severity, ...] = get_args(Severity)

Document = dict[str, Any]


def compose(parts: Sequence[CollectedPart], as_of: datetime | None) -> dict[str, str]:
    """The JSON of each piece by its name. Ages are as of `as_of`."""
    figures = [figure for part in parts if part.kind == CollectedPart.Kind.FIGURES for figure in _of(part)]
    pieces = {
        "alerts": _alerts([part for part in parts if part.kind == CollectedPart.Kind.ALERTS]),
        "metrics": [figure for figure in figures if not _is_resource(figure)],
        "resources": [figure for figure in figures if _is_resource(figure)],
        "parts": [_part(part, as_of) for part in parts],
    }
    return {name: write(piece, option=orjson.OPT_UTC_Z).decode() for name, piece in pieces.items()}


def gravest_first(alerts: Iterable[Document]) -> list[Document]:
    """And of these the newest; those without a time last."""
    newest = sorted(alerts, key=lambda alert: alert["since"] or "", reverse=True)
    return sorted(newest, key=lambda alert: SEVERITIES.index(alert["severity"]))


def counts_of(alerts: Sequence[Document]) -> dict[str, int]:
    """How many there are of each severity, and how many are silenced."""
    of_each: dict[str, int] = {
        severity: sum(alert["severity"] == severity for alert in alerts) for severity in SEVERITIES
    }
    return {**of_each, "silenced": sum(alert["is_silenced"] for alert in alerts)}


def _alerts(parts: Sequence[CollectedPart]) -> Document:
    return {
        "counts": {severity: _added(parts, severity) for severity in SEVERITIES},
        "silenced": _added(parts, "silenced"),
        "total": sum(part.total for part in parts),
        "items": gravest_first(alert for part in parts for alert in _of(part)),
    }


def _added(parts: Iterable[CollectedPart], name: str) -> int:
    return sum(part.counts.get(name, 0) for part in parts)


def _of(part: CollectedPart) -> list[Document]:
    name = f"{part.service}/{part.target}"
    return [{"service": name, **item} for item in part.items]


def _is_resource(figure: Mapping[str, Any]) -> bool:
    return str(figure["name"]).partition(".")[0] in RESOURCES


def _part(part: CollectedPart, as_of: datetime | None) -> Document:
    age = (as_of - part.collected_at).total_seconds() if as_of and part.collected_at else None
    return {
        "service": f"{part.service}/{part.target}",
        "kind": part.kind,
        "ok": not part.error,
        "error": part.error,
        "collected_at": part.collected_at,
        "age_seconds": None if age is None else round(max(0.0, age), 1),
        "items": len(part.items),
        "total": part.total,
    }
