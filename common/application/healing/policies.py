"""Who may be restarted for which service, as admins say; every change is told, with who made it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from common.application.clients import ready_clients
from common.application.events.publishing import publish
from common.domain.hub_events.services import HealingPolicyChanged, HealingPolicyCreated, HealingPolicyDeleted
from common.models import HealingPolicy

SOURCE = "hub"
MAX_RESTARTS_PER_HOUR = 20
MAX_FAILURES = 1000
IDENTITY = ("service", "target", "docker_target", "container")  # for good: its actions would tell of another's restarts

Problem = dict[str, str]


def problems_of(values: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with a whole policy: a service or an engine that is not configured."""
    configured = ready_clients().configured()
    problems: list[Problem] = []
    if (values["service"], values["target"]) not in configured:
        problems.append(_problem("service", f"{values['service']}/{values['target']} is not configured."))
    if ("docker", values["docker_target"]) not in configured:
        problems.append(_problem("docker_target", f"docker/{values['docker_target']} is not configured."))
    return problems


def create(rows: Iterable[Mapping[str, Any]], *, by: str) -> list[HealingPolicy]:
    policies = HealingPolicy.objects.bulk_create([HealingPolicy(**row, created_by=by) for row in rows])
    publish(*(HealingPolicyCreated(**_about(policy), **_says(policy)) for policy in policies), source=SOURCE, actor=by)
    return policies


def change(changes: Sequence[tuple[HealingPolicy, Mapping[str, Any]]], *, by: str) -> None:
    events = []
    names: set[str] = set()
    for policy, values in changes:
        changed = tuple(sorted(name for name, value in values.items() if getattr(policy, name) != value))
        if changed:
            for name in changed:
                setattr(policy, name, values[name])
            names |= set(changed)
            events.append(HealingPolicyChanged(**_about(policy), **_says(policy), changed=changed))
    if names:
        HealingPolicy.objects.bulk_update([policy for policy, _ in changes], sorted(names))
    publish(*events, source=SOURCE, actor=by)


def delete(policies: Sequence[HealingPolicy], *, by: str) -> None:
    """Their actions go with them; the events of these stay."""
    told = [HealingPolicyDeleted(**_about(policy)) for policy in policies]
    HealingPolicy.objects.filter(pk__in=[policy.pk for policy in policies]).delete()
    publish(*told, source=SOURCE, actor=by)


def _about(policy: HealingPolicy) -> dict[str, Any]:
    return {"service": str(policy), "policy_id": policy.pk, "container": policy.container}


def _says(policy: HealingPolicy) -> dict[str, Any]:
    return {
        "enabled": policy.enabled,
        "after_failures": policy.after_failures,
        "restarts_per_hour": policy.restarts_per_hour,
    }


def _problem(field: str, message: str) -> Problem:
    return {"field": field, "code": "not_configured", "message": message}
