"""What is sent to Alertmanager. Raises InvalidRequest for what it would refuse, or take for something else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, TypeAdapter, ValidationError

from api_clients.domain.errors import InvalidRequest
from api_clients.monitoring.alertmanager.matchers import could_match_everything, parse_all


class _AlertModel(BaseModel):
    model_config = ConfigDict(extra="forbid")
    labels: dict[str, str]
    annotations: dict[str, str] = {}
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    generator_url: str | None = None

    def as_document(self) -> dict[str, Any]:
        document = {
            "labels": self.labels,
            "annotations": self.annotations,
            "startsAt": self.starts_at and spelled(self.starts_at),
            "endsAt": self.ends_at and spelled(self.ends_at),
            "generatorURL": self.generator_url,
        }
        return {name: value for name, value in document.items() if value is not None}


_ALERTS = TypeAdapter(list[_AlertModel])


def alert_documents(alerts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    try:
        models = _ALERTS.validate_python(list(alerts))
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False, include_input=False)[:3]
        said = "; ".join(f"alerts.{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in problems)
        raise InvalidRequest(said) from None
    return [model.as_document() for model in models]


def silence_document(
    matchers: Sequence[str], *, comment: str, created_by: str, starts_at: datetime, ends_at: datetime
) -> dict[str, Any]:
    wanted = parse_all(matchers)
    if could_match_everything(wanted):
        raise InvalidRequest("matchers would fit every alert that lacks their labels; name the value of at least one")
    for name, value in (("starts_at", starts_at), ("ends_at", ends_at)):
        if value.tzinfo is None:
            raise InvalidRequest(f"{name} has no time zone")
    if ends_at <= starts_at:
        raise InvalidRequest("ends_at is not after starts_at")
    for name, text in (("comment", comment), ("created_by", created_by)):
        if not text.strip():
            raise InvalidRequest(f"{name} is empty, and whoever finds the silence will want to know")
    return {
        "matchers": [
            {"name": each.name, "value": each.value, "isRegex": each.is_regex, "isEqual": each.is_equal}
            for each in wanted
        ],
        "startsAt": spelled(starts_at),
        "endsAt": spelled(ends_at),
        "createdBy": created_by,
        "comment": comment,
    }


def spelled(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
