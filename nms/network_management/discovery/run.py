"""Discovery runs from outside: ask for one, have it done by the workflow `network_discovery`, end it early."""

from __future__ import annotations

from contextlib import suppress

from django.db import transaction

from common.application.workflows.control import cancel_run
from common.application.workflows.engine import start_workflow
from common.application.workflows.here import run_here
from common.application.workflows.stored import STEP_TASK
from common.domain.errors import Conflict, Unknown
from common.infrastructure.work.waking import waking_nobody
from common.models import WorkflowRun
from nms.network_management.discovery import record
from nms.network_management.discovery.announce import announce
from nms.network_management.discovery.execute import Observer, observing
from nms.network_management.discovery.planning import allowed_ranges, check_credentials
from nms.network_management.discovery.spec import DiscoverySpec
from nms.network_management.events import DiscoveryStarted, run_subject
from nms.network_management.models import DiscoveryRun

WORKFLOW = "network_discovery"


def start_discovery(spec: DiscoverySpec, *, actor: str, correlation_id: str = "") -> DiscoveryRun:
    """Create the run and start its workflow, which a worker takes up once this is committed.

    Raises SpecInvalid with everything that is wrong; then nothing was created.
    """
    with transaction.atomic():
        run = prepare_run(spec, actor=actor, correlation_id=correlation_id)
        started = start_workflow(WORKFLOW, {"run_id": run.id}, actor=actor, correlation_id=run.correlation_id)
        run.workflow_run_id = started.pk
        run.save(update_fields=["workflow_run_id"])
    return run


def discover_here(spec: DiscoverySpec, *, actor: str, observer: Observer) -> DiscoveryRun:
    """Start a run and do it in this process, until it has ended. Ctrl-C cancels it.

    Raises SpecInvalid like start_discovery.
    """
    with waking_nobody(STEP_TASK):
        run = start_discovery(spec, actor=actor)
        assert run.workflow_run_id is not None  # it was started just now
        try:
            with observing(run.id, observer):
                run_here(run.workflow_run_id)
        except KeyboardInterrupt:
            with suppress(Conflict):
                cancel_run(run.workflow_run_id, actor=actor)
            raise
        finally:
            record.close_if_over(run.id)
    run.refresh_from_db()
    return run


def prepare_run(
    spec: DiscoverySpec,
    *,
    actor: str,
    correlation_id: str = "",
    request_key: str | None = None,
    workflow_run_id: int | None = None,
) -> DiscoveryRun:
    """Create the run and tell everyone; nobody works on it yet.

    Of two requests with one `request_key` the second gets the first one's run, unless that came to nothing.
    Raises SpecInvalid with everything that is wrong; then nothing was created.
    """
    ranges = allowed_ranges(spec)
    check_credentials(spec.credential_ids)
    total = sum(part.size for part in ranges)
    with transaction.atomic():
        if request_key and (known := _requested(request_key)):
            return known
        run = DiscoveryRun.objects.create(
            spec=spec.to_json(),
            requested_by=actor,
            addresses_total=total,
            correlation_id=correlation_id,
            request_key=request_key,
            workflow_run_id=workflow_run_id,
        )
        if not correlation_id:
            run.correlation_id = run_subject(run.id)
            run.save(update_fields=["correlation_id"])
        targets = [*spec.targets, *spec.seeds]
        announce(run, DiscoveryStarted(run_id=run.id, targets=targets, addresses_total=total, requested_by=actor))
    return run


def _requested(key: str) -> DiscoveryRun | None:
    run = DiscoveryRun.objects.filter(request_key=key).first()
    if run is None or run.state not in (DiscoveryRun.State.FAILED, DiscoveryRun.State.CANCELLED):
        return run
    DiscoveryRun.objects.filter(id=run.id).update(request_key=None)
    return None


def cancel_discovery(run_id: int, *, actor: str) -> bool:
    """End a run at once that nobody has begun, and soon one that somebody works on; False where it has ended."""
    with transaction.atomic():
        run = record.lock(run_id)
        if run.state in DiscoveryRun.FINAL:
            return False
        if _is_all_of(run.workflow_run_id):
            with suppress(Conflict, Unknown):  # it has just come to its end, and the run will in a moment
                cancel_run(run.workflow_run_id or 0, actor=actor)
        record.request_cancel(run)
    return True


def _is_all_of(workflow_run_id: int | None) -> bool:
    """Whether that workflow run does nothing beside the discovery; others have steps that go on without it."""
    return WorkflowRun.objects.filter(pk=workflow_run_id or 0, workflow=WORKFLOW).exists()
