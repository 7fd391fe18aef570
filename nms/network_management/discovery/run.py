"""Discovery runs from outside: start one, execute it in a worker. Ending one early is claims.cancel_discovery."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from celery import current_app
from django.db import transaction

from common.application import services
from common.application.clients import clients
from common.infrastructure.encryption import SecretUnreadable
from nms.network_management.discovery.announce import announce
from nms.network_management.discovery.bridge import iterate
from nms.network_management.discovery.claims import Claim, ClaimLost, claim
from nms.network_management.discovery.outcome import Outcome
from nms.network_management.discovery.pipeline import discover
from nms.network_management.discovery.planning import allowed_ranges, check_credentials, make_plan
from nms.network_management.discovery.recording import Cancelled, Recorder
from nms.network_management.discovery.spec import DiscoverySpec, SpecInvalid
from nms.network_management.events import DiscoveryStarted
from nms.network_management.models import DiscoveryRun
from nms.network_management.topology.settle import settle_links

log = structlog.get_logger("nms.discovery")

EXECUTE_TASK = "network_management.execute_discovery"
QUEUE = "discovery"
Observer = Callable[[Outcome], None]


def start_discovery(spec: DiscoverySpec, *, actor: str, in_background: bool = True) -> DiscoveryRun:
    """Create the run, tell everyone, and (on commit) wake a worker, unless the caller executes it itself.

    Raises SpecInvalid with everything that is wrong; then nothing was created.
    """
    ranges = allowed_ranges(spec)
    check_credentials(spec.credential_ids)
    total = sum(part.size for part in ranges)
    with transaction.atomic():
        run = DiscoveryRun.objects.create(spec=spec.to_json(), requested_by=actor, addresses_total=total)
        announce(
            run,
            DiscoveryStarted(
                run_id=run.id, targets=[*spec.targets, *spec.seeds], addresses_total=total, requested_by=actor
            ),
        )
        if in_background:
            # robust: with the broker away the run stays queued, and resume_discoveries finds it there.
            transaction.on_commit(lambda: send_to_worker(run.id), robust=True)
    return run


def send_to_worker(run_id: int) -> None:
    current_app.send_task(EXECUTE_TASK, args=[run_id], queue=QUEUE)


def execute_run(run_id: int, *, observer: Observer | None = None) -> bool:
    """Do the run if nobody else does; False where there was nothing to do. Its row tells how it ended.

    `observer` hears every outcome, after it was recorded. Blocks until the end; not for an event loop.
    """
    mine = claim(run_id)
    if mine is None:
        return False
    log.info("discovery began", run_id=run_id, addresses=mine.run.addresses_total)
    try:
        _execute(mine, observer)
    except ClaimLost as lost:
        log.warning("discovery was taken over by another worker", run_id=run_id, reason=str(lost))
    except (SpecInvalid, SecretUnreadable) as error:
        mine.finish(DiscoveryRun.State.FAILED, error=str(error))
    except KeyboardInterrupt:
        mine.finish(DiscoveryRun.State.CANCELLED, error="interrupted at the keyboard")
        raise
    except Exception as error:
        log.exception("discovery failed", run_id=run_id)
        mine.finish(DiscoveryRun.State.FAILED, error=f"{type(error).__name__}: {error}; the log has the traceback")
        raise
    return True


def _execute(mine: Claim, observer: Observer | None) -> None:
    plan = make_plan(DiscoverySpec.from_json(mine.run.spec))
    recorder = Recorder(mine, plan)
    state = DiscoveryRun.State.SUCCEEDED
    try:
        with iterate(lambda: discover(plan, clients().get("snmp"))) as outcomes:
            for outcome in outcomes:
                recorder.take(outcome)
                if services.stopping.is_set():
                    mine.release()
                    return
                if observer:
                    observer(outcome)
        recorder.write()
    except Cancelled:
        state = DiscoveryRun.State.CANCELLED
    settle_links(recorder.concerned())
    mine.finish(state, {"result": {**mine.run.result, **recorder.result()}, **recorder.counters()})
    log.info("discovery ended", run_id=mine.run.id, state=state, **recorder.counters())
