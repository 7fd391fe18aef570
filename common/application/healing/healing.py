"""Restart the containers of unhealthy services, as policies say: off without a policy, never more often than it says.

A restart is a row before it begins. Rows of the last hour are counted under the lock of their policy, so two workers
never do more than one of them would; one that is killed in between has used up its restart.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.db import transaction
from django.utils import timezone

from api_clients.clients import NotConfigured
from api_clients.domain.errors import ServiceError
from common.application.clients import ready_clients
from common.application.events.publishing import publish
from common.domain.errors import Unavailable
from common.domain.hub_events.services import ServiceRestarted, ServiceRestartFailed
from common.infrastructure.work.waking import wake
from common.models import HealingAction, HealingPolicy, ServiceState

TASK, QUEUE = "common.heal_services", "normal"
HOUR = timedelta(hours=1)
_FAILURES = (ServiceError, NotConfigured, Unavailable)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Healed:
    policy_id: int
    service: str
    container: str
    outcome: str


def wake_healers() -> None:
    """After a look: have a worker heal what policies speak of."""
    if due_policies():
        wake(TASK, QUEUE)


def heal() -> list[Healed]:
    """Restart what is due; the rest, and what another worker has begun, is left alone."""
    return [_restart(action) for policy in due_policies() if (action := _begin(policy))]


def due_policies() -> list[int]:
    """Policies that are on, of services that have been unhealthy for long enough."""
    failing = {(row.service, row.target): row.failures for row in ServiceState.objects.filter(failures__gt=0)}
    enabled = HealingPolicy.objects.filter(enabled=True).order_by("pk") if failing else HealingPolicy.objects.none()
    return [one.pk for one in enabled if failing.get((one.service, one.target), 0) >= one.after_failures]


def _begin(policy_id: int) -> HealingAction | None:
    """Take the right to one restart, where there is one left."""
    now = timezone.now()
    with transaction.atomic():
        policy = HealingPolicy.objects.select_for_update().filter(pk=policy_id, enabled=True).first()
        if policy is None:
            return None
        state = ServiceState.objects.filter(service=policy.service, target=policy.target).first()
        if state is None or state.failures < policy.after_failures or _is_waiting(policy, state):
            return None
        if policy.actions.filter(at__gt=now - HOUR).count() >= policy.restarts_per_hour:
            return None
        return HealingAction.objects.create(policy=policy, at=now, failures=state.failures, reason=state.reason)


def _is_waiting(policy: HealingPolicy, state: ServiceState) -> bool:
    """A restart of the same outage gets as many looks to show what it did as led to it."""
    last = policy.actions.order_by("-at", "-id").first()
    if last is None or state.failing_since is None or last.at < state.failing_since:
        return False
    return state.failures < last.failures + policy.after_failures


def _restart(action: HealingAction) -> Healed:
    """Whatever goes wrong is told, and stops no other policy."""
    policy = action.policy
    error = ""
    try:
        ready_clients().get("docker", policy.docker_target).restart(policy.container)
    except _FAILURES as failure:
        error = str(failure)
        log.error("healing failed", service=str(policy), container=policy.container, reason=error)  # noqa: TRY400 # the reason says it all
    except Exception as defect:
        error = f"it failed with {type(defect).__name__}; the log says more"
        log.exception("healing failed", service=str(policy), container=policy.container)
    return _end(action, error)


def _end(action: HealingAction, error: str) -> Healed:
    """Tell it, also where the policy and its actions were deleted meanwhile."""
    policy, now = action.policy, timezone.now()
    action.outcome = HealingAction.Outcome.FAILED if error else HealingAction.Outcome.RESTARTED
    action.error, action.ended_at = error, now
    about = {"service": str(policy), "policy_id": policy.pk, "container": policy.container, "reason": action.reason}
    with transaction.atomic():
        HealingAction.objects.filter(pk=action.pk).update(outcome=action.outcome, error=error, ended_at=now)
        used = HealingAction.objects.filter(policy=policy.pk, at__gt=action.at - HOUR, at__lte=action.at).count()
        publish(
            ServiceRestartFailed(**about, error=error)
            if error
            else ServiceRestarted(
                **about,
                failures=action.failures,
                restarts_in_hour=max(used, 1),
                restarts_per_hour=policy.restarts_per_hour,
            ),
            source="hub",
            actor=f"healing_policy:{policy.pk}",
        )
    return Healed(policy.pk, str(policy), policy.container, action.outcome)
