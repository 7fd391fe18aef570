"""Read one device now and bring the inventory in line with what it says."""

from __future__ import annotations

from dataclasses import dataclass, field

from api_clients.network.snmp.values import SnmpTarget
from common.application.clients import clients
from common.domain.modules import Call, CapabilityFailed
from nms.network_management import facade
from nms.network_management.capabilities.agent import agent_item, refuse_other_box
from nms.network_management.capabilities.contracts import ProfileInput, ProfileOutput
from nms.network_management.capabilities.discovery import failures_told
from nms.network_management.capabilities.inventory import device_item
from nms.network_management.discovery.bridge import iterate
from nms.network_management.discovery.outcome import Found, Problem, Silent
from nms.network_management.discovery.pipeline import discover
from nms.network_management.discovery.plan import Plan
from nms.network_management.discovery.planning import make_plan
from nms.network_management.discovery.recording import silence
from nms.network_management.discovery.spec import DiscoverySpec
from nms.network_management.inventory.reconcile import mark_unreachable, reconcile
from nms.network_management.models import Device
from nms.network_management.profile import DeviceProfile
from nms.network_management.topology.settle import settle_links

_RETRYABLE = frozenset({"unreachable", "too_slow"})


@dataclass(slots=True)
class _Answer:
    profile: DeviceProfile | None = None
    problems: list[Problem] = field(default_factory=list)
    silent: bool = False


def profile_equipment(asked: ProfileInput, call: Call) -> ProfileOutput:
    """By the same steps and inside the same limits as in a discovery, for one address."""
    where = _where(asked)
    with failures_told():
        spec = DiscoverySpec(targets=(where.address,), port=where.port, credential_ids=tuple(asked.credentials))
        plan = make_plan(spec)
        answer = _ask(plan, call)
        if answer.profile is None:
            raise _failure(where, plan, answer, call)
        if asked.expected is not None:
            refuse_other_box(answer.profile, asked.expected)
        report = reconcile([answer.profile], correlation_id=call.correlation_id)
        if report.problems:
            raise CapabilityFailed(report.problems[0].message, code="not_stored", retryable=False)
        links = settle_links(report.concerned, correlation_id=call.correlation_id)
    (device_id,) = report.device_ids
    device = facade.get_device(device_id)
    assert device is not None  # it was stored a moment ago
    incomplete = [problem.message for problem in answer.problems]
    credential = next((one.credential for one in plan.credentials if one.id == answer.profile.credential_id), None)
    agent = agent_item(answer.profile, client=clients().get("snmp"), credential=credential, problems=incomplete)
    return ProfileOutput(
        outcome="new" if report.new else "changed" if report.changed else "unchanged",
        device=device_item(device.summary),
        incomplete=incomplete,
        links_discovered=len(links.discovered),
        links_lost=len(links.lost),
        agent=agent,
    )


def _where(asked: ProfileInput) -> SnmpTarget:
    if asked.address is not None:
        return SnmpTarget(str(asked.address), asked.port)
    device = Device.objects.filter(pk=asked.device_id or 0).only("management_address", "management_port").first()
    if device is None:
        raise CapabilityFailed(f"There is no device {asked.device_id}.", code="unknown_device", retryable=False)
    if device.management_address is None:
        message = f"Device {asked.device_id} has no address any more: another box answers there."
        raise CapabilityFailed(message, code="no_address", retryable=False)
    return SnmpTarget(device.management_address, device.management_port)


def _ask(plan: Plan, call: Call) -> _Answer:
    answer = _Answer()
    with iterate(lambda: discover(plan, clients().get("snmp"), clients().get("icmp"))) as outcomes:
        for outcome in outcomes:
            if call.should_stop():
                raise CapabilityFailed("It was stopped before the device was read.", code="stopped")
            match outcome:
                case Found(profile=profile):
                    answer.profile = profile
                case Problem():
                    answer.problems.append(outcome)
                case Silent(up=up):
                    answer.problems.append(silence(plan.port, outcome.addresses[0], up=bool(up)))
                    answer.silent = True
    return answer


def _failure(where: SnmpTarget, plan: Plan, answer: _Answer, call: Call) -> CapabilityFailed:
    """Silence to the credential that used to work says something of a known device, which is noted."""
    if answer.silent and where.address in plan.remembered:
        lost = mark_unreachable([where], correlation_id=call.correlation_id)
        if lost:
            settle_links(lost, correlation_id=call.correlation_id)
    problem = answer.problems[-1]
    message = f"{where.address} port {where.port}: {problem.message}"
    return CapabilityFailed(message, code=problem.kind, retryable=problem.kind in _RETRYABLE)
