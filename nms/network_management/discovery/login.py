"""The step between "somebody answers" and "we may read it": find the credential, read the system group with it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from api_clients.domain.errors import Malformed, ServiceError, Unauthorized, Unreachable
from api_clients.network.snmp.client import SnmpClient
from api_clients.network.snmp.mibs.system import read_system
from api_clients.network.snmp.sweep import Answer
from api_clients.network.snmp.values import SnmpTarget, System, UsmUser
from nms.network_management.discovery.faults import more_telling, problem_of
from nms.network_management.discovery.outcome import Problem
from nms.network_management.discovery.plan import Plan, StoredCredential


@dataclass(frozen=True, slots=True)
class Hello:
    """An agent that let us in, and what its system group said at `read_at` (monotonic seconds)."""

    target: SnmpTarget
    stored: StoredCredential
    system: System
    read_at: float


async def log_in(client: SnmpClient, answer: Answer, plan: Plan) -> Hello | Problem:
    """Try the credentials that can work after `answer`, best first; the most telling failure becomes the problem."""
    target = SnmpTarget(answer.address, plan.port)
    failure: ServiceError | None = None
    for stored in _candidates(answer, plan):
        try:
            return await _greet(client, target, stored)
        except Malformed as error:
            failure = error
            break  # no credential repairs an agent that answers garbage
        except ServiceError as error:
            failure = more_telling(failure, error)
    if failure is None or (answer.fault and not isinstance(failure, Unauthorized)):
        failure = Malformed(f"answers, but not with usable SNMP: {answer.fault}")
    if isinstance(failure, Unreachable):
        return Problem(answer.address, plan.port, "credentials", "too_slow", _fell_silent(plan))
    return problem_of(failure, address=answer.address, port=plan.port, step="credentials")


def _fell_silent(plan: Plan) -> str:
    return (
        f"answered a first request and then none within {plan.timeout_seconds:g} s, asked {plan.retries + 1} times; "
        "give it a longer timeout or more retries, and look at its load"
    )


def probe_positions(plan: Plan) -> tuple[int, ...]:
    """Return the positions of the credentials worth a probe: each community, and the first v3 user for all of them."""
    users = [position for position, stored in enumerate(plan.credentials) if isinstance(stored.credential, UsmUser)]
    return tuple(position for position in range(len(plan.credentials)) if position not in users[1:])


def preferred_probes(addresses: Sequence[str], plan: Plan) -> dict[str, int]:
    """Return which probe (its index in probe_positions) to begin with, where a credential is remembered."""
    probes = probe_positions(plan)
    kinds = [isinstance(plan.credentials[position].credential, UsmUser) for position in probes]
    index = {position: number for number, position in enumerate(probes)}
    preferred = {}
    for address in addresses:
        position = plan.remembered.get(address)
        if position is not None:
            preferred[address] = index[position] if position in index else kinds.index(True)
    return preferred


def _candidates(answer: Answer, plan: Plan) -> Iterator[StoredCredential]:
    """The credential that was answered, then the rest in order. After a community was answered nothing else matters."""
    if answer.probe is None:
        yield from plan.credentials
        return
    answered = plan.credentials[probe_positions(plan)[answer.probe]]
    if not isinstance(answered.credential, UsmUser):
        yield answered
        return
    # The engine answered, which every user gets: the remembered user first, then all others, then communities.
    remembered = plan.remembered.get(answer.address)
    users = [stored for stored in plan.credentials if isinstance(stored.credential, UsmUser)]
    if remembered is not None and (first := plan.credentials[remembered]) in users:
        users.remove(first)
        users.insert(0, first)
    yield from users
    yield from (stored for stored in plan.credentials if not isinstance(stored.credential, UsmUser))


async def _greet(client: SnmpClient, target: SnmpTarget, stored: StoredCredential) -> Hello:
    async with client.session(target, stored.credential) as session:
        system = await read_system(session)
    return Hello(target, stored, system, read_at=time.monotonic())
