"""Discovery as capabilities: in one call, and as the steps of the workflow `network_discovery`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.db import InterfaceError, OperationalError
from django.db.models import Q
from django.utils import timezone

from common.domain.modules import Call, CapabilityFailed
from common.infrastructure.encryption import SecretUnreadable
from common.models import WorkflowRun
from nms.network_management.capabilities.contracts import (
    MAX_IDS,
    CredentialsInput,
    CredentialsOutput,
    DiscoverInput,
    DiscoverOutput,
    PreparedRun,
    PrepareInput,
    ReadOutput,
    RunInput,
    SettleInput,
    SettleOutput,
)
from nms.network_management.discovery import execute
from nms.network_management.discovery.limits import DEFAULT_CRAWL_DEPTH
from nms.network_management.discovery.planning import unknown_credentials
from nms.network_management.discovery.run import prepare_run
from nms.network_management.discovery.spec import DiscoverySpec, SpecInvalid
from nms.network_management.models import DiscoveryRun, Link
from nms.network_management.topology.settle import settle_links
from nms.network_management.topology.store import LinkReport

log = structlog.get_logger("nms.discovery")


def discover(asked: DiscoverInput, call: Call) -> DiscoverOutput:
    """All of a discovery in one call; called again for the same thing it goes on, or tells what came of it."""
    with failures_told():
        run = _prepared(asked, call, workflow_run_id=None if asked.run_id else _workflow_run_behind(call))
        return _found(execute.discover_all(run.id, should_stop=_stop_sign(call)))


def check_credentials(asked: CredentialsInput, call: Call) -> CredentialsOutput:
    """Which of these ids are of no stored credential; for those who hand ids on, before they begin."""
    with failures_told():
        return CredentialsOutput(unknown=list(unknown_credentials(asked.credentials)))


def prepare(asked: PrepareInput, call: Call) -> PreparedRun:
    """Check what is asked for and make the record of the run, or look at the one that was made."""
    with failures_told():
        run = _prepared(asked.request, call, workflow_run_id=asked.workflow_run_id)
        return PreparedRun(run_id=run.id, addresses_total=run.addresses_total)


def read_devices(asked: RunInput, call: Call) -> ReadOutput:
    with failures_told():
        run = execute.read_devices(_existing(asked.run_id).id, should_stop=_stop_sign(call))
    return _read(run)


def settle(asked: SettleInput, call: Call) -> SettleOutput:
    with failures_told():
        if asked.run_id is not None:
            report = execute.settle_run(_existing(asked.run_id).id)
        else:
            report = settle_links(asked.device_ids, correlation_id=call.correlation_id)
    return settled(report)


def finish(asked: RunInput, call: Call) -> DiscoverOutput:
    with failures_told():
        return _found(execute.finish_run(_existing(asked.run_id).id))


@contextmanager
def failures_told() -> Iterator[None]:
    """Turn what a discovery can fail of into CapabilityFailed. Doing it again helps against an outage only."""
    try:
        yield
    except CapabilityFailed:
        raise
    except (execute.Ended, SpecInvalid, SecretUnreadable) as error:
        raise CapabilityFailed(str(error), code=_CODES[type(error)], retryable=False) from error
    except execute.Interrupted as error:
        raise CapabilityFailed(str(error), code="interrupted", retryable=True) from error
    except (OperationalError, InterfaceError) as error:
        raise CapabilityFailed(f"The database: {error}", code="database", retryable=True) from error
    except Exception as error:
        log.exception("a discovery failed unexpectedly")
        message = f"{type(error).__name__}: {error}; the log has the traceback"
        raise CapabilityFailed(message, code="internal_error", retryable=False) from error


_CODES: dict[type[Exception], str] = {
    execute.Ended: "run_ended",
    SpecInvalid: "spec_invalid",
    SecretUnreadable: "secret_unreadable",
}


def _prepared(asked: DiscoverInput, call: Call, *, workflow_run_id: int | None) -> DiscoveryRun:
    if asked.run_id is None:
        return prepare_run(
            spec_of(asked),
            actor=call.actor,
            correlation_id=call.correlation_id,
            request_key=call.idempotency_key or None,
            workflow_run_id=workflow_run_id,
        )
    run = _existing(asked.run_id)
    if workflow_run_id is not None and run.workflow_run_id != workflow_run_id:
        raise CapabilityFailed(
            f"Discovery run {run.id} belongs to another workflow run.", code="run_taken", retryable=False
        )
    return run


def _workflow_run_behind(call: Call) -> int | None:
    """The workflow run whose step makes this call, if one does; its causation says so."""
    named = re.match(r"run:(\d{1,18}):step:", call.causation_id)
    known = WorkflowRun.objects.filter(pk=int(named[1])) if named else WorkflowRun.objects.none()
    return known.values_list("pk", flat=True).first()


def _existing(run_id: int) -> DiscoveryRun:
    run = DiscoveryRun.objects.filter(id=run_id).first()
    if run is None:
        raise CapabilityFailed(f"There is no discovery run {run_id}.", code="unknown_run", retryable=False)
    return run


def spec_of(asked: DiscoverInput) -> DiscoverySpec:
    depth = asked.crawl_depth
    return DiscoverySpec(
        targets=tuple(asked.targets),
        seeds=tuple(asked.seeds),
        crawl_depth=(DEFAULT_CRAWL_DEPTH if asked.seeds else 0) if depth is None else depth,
        port=asked.port,
        credential_ids=tuple(asked.credentials),
        timeout_seconds=asked.timeout_seconds,
        retries=asked.retries,
    )


def _stop_sign(call: Call) -> execute.StopSign:
    return lambda: call.should_stop() or (call.deadline is not None and timezone.now() > call.deadline)


def _read(run: DiscoveryRun) -> ReadOutput:
    return ReadOutput(
        run_id=run.id,
        devices_new=run.devices_new,
        devices_changed=run.devices_changed,
        devices_unchanged=run.devices_unchanged,
        problems=run.problem_count,
    )


def _found(run: DiscoveryRun) -> DiscoverOutput:
    ids = run.result.get("device_ids", [])
    standing = Link.objects.filter(last_seen__isnull=True)
    return DiscoverOutput(
        **_read(run).model_dump(),
        devices=len(ids),
        device_ids=ids[:MAX_IDS],
        links=standing.filter(Q(a_device_id__in=ids), Q(b_device_id__in=ids)).count(),
        unreachable=run.result.get("unreachable", [])[:MAX_IDS],
    )


def settled(report: LinkReport) -> SettleOutput:
    return SettleOutput(
        discovered=len(report.discovered),
        lost=len(report.lost),
        kept=len(report.kept),
        discovered_ids=sorted(report.discovered)[:MAX_IDS],
        lost_ids=sorted(report.lost)[:MAX_IDS],
    )
