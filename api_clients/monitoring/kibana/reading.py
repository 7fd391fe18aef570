"""Kibana's documents made values; what is not as expected raises ValueError, LookupError or TypeError."""

from __future__ import annotations

import json
from typing import Any

from api_clients.domain.errors import Rejected, Unauthorized
from api_clients.domain.values import Response
from api_clients.infrastructure.documents import mapping, moment, needed, text
from api_clients.monitoring.kibana.values import (
    AlertingHealth,
    DataView,
    ImportProblem,
    ImportResult,
    Part,
    Reference,
    Rule,
    SavedObject,
    SavedObjectPage,
    Space,
    Status,
)


def status(document: Any) -> Status:
    """Raises Unauthorized for the little that Kibana tells strangers where it is set to answer them at all."""
    told = document["status"]
    if "version" not in document and "level" in told["overall"]:
        raise Unauthorized("told only its level, as it does to strangers")
    parts = {name: _part(name, part) for name, part in mapping(told["core"]).items()}
    plugins = [_part(name, part) for name, part in sorted(mapping(told["plugins"]).items())]
    return Status(
        name=needed(document, "name"),
        version=needed(document["version"], "number"),
        level=needed(told["overall"], "level"),
        summary=text(told["overall"], "summary"),
        elasticsearch=parts["elasticsearch"],
        saved_objects=parts["savedObjects"],
        plugins=tuple(plugin for plugin in plugins if plugin.level != "available"),
        metrics=mapping(document.get("metrics") or {}),
    )


def saved_object_page(document: Any) -> SavedObjectPage:
    return SavedObjectPage(
        total=int(document["total"]),
        page=int(document["page"]),
        per_page=int(document["per_page"]),
        objects=tuple(saved_object(item) for item in document["saved_objects"]),
    )


def saved_object(document: Any) -> SavedObject:
    attributes = mapping(document["attributes"])
    return SavedObject(
        type=needed(document, "type"),
        id=needed(document, "id"),
        title=str(attributes.get("title") or attributes.get("name") or ""),
        description=str(attributes.get("description") or ""),
        updated=moment(document.get("updated_at")),
        version=text(document, "version"),
        spaces=tuple(map(str, document.get("namespaces") or ())),
        references=tuple(_reference(item) for item in document.get("references") or ()),
        attributes=attributes,
    )


def updated_object(document: Any) -> str:
    """Return the new revision; an update answers with the changed attributes alone."""
    return needed(document, "version")


def not_deleted(document: Any) -> Rejected | None:
    """Return the error of what Kibana did not delete, which it says in an answer of success."""
    for outcome in document["statuses"]:
        if not outcome["success"]:
            error = outcome.get("error") or {}
            return Rejected(str(error.get("message", "not deleted")), status=int(error.get("statusCode", 400)))
    return None


def exported(response: Response) -> bytes:
    """Return lines of JSON (ndjson) as they are, once each was found to be an object."""
    for line in response.body.splitlines():
        mapping(json.loads(line))
    if not response.body.strip():
        raise ValueError("nothing at all")
    return response.body


def import_result(document: Any) -> ImportResult:
    return ImportResult(
        is_complete=bool(document["success"]),
        imported=int(document["successCount"]),
        problems=tuple(_import_problem(item) for item in document.get("errors") or ()),
    )


def data_views(document: Any) -> tuple[DataView, ...]:
    return tuple(_data_view(item) for item in document["data_view"])


def data_view(document: Any) -> DataView:
    return _data_view(document["data_view"])


def default_data_view(document: Any) -> str:
    return str(document["data_view_id"] or "")


def spaces(document: Any) -> tuple[Space, ...]:
    if not isinstance(document, list):
        raise TypeError("not a list")
    return tuple(space(item) for item in document)


def space(document: Any) -> Space:
    return Space(
        id=needed(document, "id"),
        name=needed(document, "name"),
        description=text(document, "description"),
        disabled_features=tuple(map(str, document.get("disabledFeatures") or ())),
        is_reserved=bool(document.get("_reserved", False)),
    )


def rule_page(document: Any) -> tuple[int, tuple[Rule, ...]]:
    """Return how many rules there are on all pages, and those of this one."""
    return int(document["total"]), tuple(rule(item) for item in document["data"])


def rule(document: Any) -> Rule:
    outcome = document["execution_status"]
    last_run = document.get("last_run") or {}
    return Rule(
        id=needed(document, "id"),
        name=needed(document, "name"),
        type=needed(document, "rule_type_id"),
        consumer=needed(document, "consumer"),
        is_enabled=bool(document["enabled"]),
        interval=needed(document["schedule"], "interval"),
        tags=tuple(map(str, document["tags"])),
        status=needed(outcome, "status"),
        error=text(outcome.get("error") or {}, "message"),
        active_alerts=_count((last_run.get("alerts_count") or {}).get("active")),
        last_run=moment(outcome.get("last_execution_date")),
        is_muted=bool(document["mute_all"]),
        muted_alerts=tuple(map(str, document["muted_alert_ids"])),
        snoozed_until=moment(document.get("is_snoozed_until")),
        parameters=mapping(document.get("params") or {}),
    )


def alerting_health(document: Any) -> AlertingHealth:
    framework = document["alerting_framework_health"]
    return AlertingHealth(
        is_sufficiently_secure=bool(document["is_sufficiently_secure"]),
        has_permanent_key=bool(document["has_permanent_encryption_key"]),
        decryption=needed(framework["decryption_health"], "status"),
        execution=needed(framework["execution_health"], "status"),
        read=needed(framework["read_health"], "status"),
    )


def _part(name: str, document: Any) -> Part:
    return Part(name, needed(document, "level"), text(document, "summary"))


def _reference(document: Any) -> Reference:
    return Reference(needed(document, "type"), needed(document, "id"), str(document.get("name", "")))


def _import_problem(document: Any) -> ImportProblem:
    title = (document.get("meta") or {}).get("title") or document.get("title") or ""
    return ImportProblem(
        needed(document, "type"), needed(document, "id"), str(title), needed(document["error"], "type")
    )


def _data_view(document: Any) -> DataView:
    return DataView(
        id=needed(document, "id"),
        name=text(document, "name"),
        pattern=needed(document, "title"),
        time_field=text(document, "timeFieldName"),
        spaces=tuple(map(str, document.get("namespaces") or ())),
    )


def _count(value: Any) -> int | None:
    return None if value is None else int(value)
