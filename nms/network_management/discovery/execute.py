"""The steps of a discovery, each a call that ends when its work is done: read, settle the links, finish.

The workflow `network_discovery` calls them one after the other; a step whose worker died is called again and begins
anew, which the inventory does not mind.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

import structlog
from django.db import InterfaceError, OperationalError

from common.application import services
from common.application.clients import clients
from common.infrastructure.encryption import SecretUnreadable
from nms.network_management.discovery.bridge import iterate
from nms.network_management.discovery.outcome import Outcome
from nms.network_management.discovery.pipeline import discover
from nms.network_management.discovery.planning import make_plan
from nms.network_management.discovery.record import Record, Superseded, begin, is_cancelled, resume
from nms.network_management.discovery.recording import Recorder
from nms.network_management.discovery.spec import DiscoverySpec, SpecInvalid
from nms.network_management.models import DiscoveryRun
from nms.network_management.topology.settle import settle_links
from nms.network_management.topology.store import LinkReport

log = structlog.get_logger("nms.discovery")

Observer = Callable[[Outcome], None]
StopSign = Callable[[], bool]
_State = DiscoveryRun.State
_observers: dict[int, Observer] = {}


class Ended(Exception):
    """The run is not to be worked on: it was cancelled, has failed, or another worker began it anew."""


class Interrupted(Exception):
    """This process ends; whoever starts next takes the run up."""


@contextmanager
def observing(run_id: int, observer: Observer) -> Iterator[None]:
    """Have `observer` hear every outcome of the run in this process, each after it was recorded."""
    _observers[run_id] = observer
    try:
        yield
    finally:
        del _observers[run_id]


def read_devices(run_id: int, *, should_stop: StopSign) -> DiscoveryRun:
    """Sweep, log in, read, and store what is found; links and the run's end are left to the next steps.

    Raises Ended or Interrupted where it does not come so far, SpecInvalid or SecretUnreadable where it cannot, and the
    database's errors while that is away; all but Interrupted and the last have ended the run. Blocks; not for an event
    loop.
    """
    mine = begin(run_id)
    if mine is None:
        raise Ended(f"Discovery run {run_id} has ended already.")
    log.info("discovery began", run_id=run_id, addresses=mine.run.addresses_total)
    try:
        return _read(mine, should_stop)
    except (Ended, Interrupted, OperationalError, InterfaceError):
        raise
    except Superseded as lost:
        log.warning("discovery is no longer this worker's", run_id=run_id, reason=str(lost))
        raise Ended(str(lost)) from lost
    except (SpecInvalid, SecretUnreadable) as error:
        mine.finish(_State.FAILED, error=str(error))
        raise
    except KeyboardInterrupt:
        mine.finish(_State.CANCELLED, error="interrupted at the keyboard")
        raise
    except Exception as error:
        mine.finish(_State.FAILED, error=f"{type(error).__name__}: {error}; the log has the traceback")
        raise


def discover_all(run_id: int, *, should_stop: StopSign) -> DiscoveryRun:
    """All steps in one call; a run that has succeeded already is returned as it is. Raises what the steps raise."""
    if not DiscoveryRun.objects.filter(id=run_id, state=_State.SUCCEEDED).exists():
        read_devices(run_id, should_stop=should_stop)
        settle_run(run_id)
    return finish_run(run_id)


def settle_run(run_id: int) -> LinkReport:
    """Settle the links of all devices that the run has to do with. Raises Ended."""
    run = _resume(run_id).run
    return _settle(run, run.result.get("concerned", []))


def finish_run(run_id: int) -> DiscoveryRun:
    """Close the run; a second time does no harm. Raises Ended where it ended otherwise."""
    mine = _resume(run_id)
    if mine.run.state == _State.RUNNING:
        result = {name: value for name, value in mine.run.result.items() if name != "concerned"}
        mine.finish(_State.SUCCEEDED, {"result": result})
        log.info("discovery ended", run_id=run_id, devices=len(result.get("device_ids", [])))
    return mine.run


def _resume(run_id: int) -> Record:
    mine = resume(run_id)
    if mine.run.state in (_State.RUNNING, _State.SUCCEEDED):
        return mine
    raise Ended(f"Discovery run {run_id} is {mine.run.state}. {mine.run.error}".strip())


def _read(mine: Record, should_stop: StopSign) -> DiscoveryRun:
    plan = make_plan(DiscoverySpec.from_json(mine.run.spec))
    recorder = Recorder(mine, plan)
    observer = _observers.get(mine.run.id)
    with iterate(lambda: discover(plan, clients().get("snmp"), clients().get("icmp"))) as outcomes:
        for outcome in outcomes:
            if recorder.take(outcome) or should_stop():
                return _stop(mine, recorder)
            if observer:
                observer(outcome)
    if recorder.write():
        return _stop(mine, recorder)
    mine.note({**recorder.result(), "concerned": sorted(recorder.concerned())})
    return mine.run


def _stop(mine: Record, recorder: Recorder) -> DiscoveryRun:
    """Cancelled: end the run with what it has. Otherwise leave it as it is: it is begun anew, or closed."""
    if services.stopping.is_set():
        raise Interrupted(f"Discovery run {mine.run.id} goes on when the hub is started again.")
    if not is_cancelled(mine.run.id):
        raise Ended(f"Nobody waits for discovery run {mine.run.id} any longer: it took too long, or was taken over.")
    recorder.write()
    _settle(mine.run, recorder.concerned())
    mine.finish(_State.CANCELLED, {"result": recorder.result()})
    raise Ended(f"Discovery run {mine.run.id} was cancelled.")


def _settle(run: DiscoveryRun, device_ids: Collection[int]) -> LinkReport:
    return settle_links(device_ids, correlation_id=run.correlation_id) if device_ids else LinkReport()
