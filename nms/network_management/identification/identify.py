"""Identify a device: ask for the vendor's objects that the rules in question name, then classify."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog

from api_clients.domain.errors import ServiceError
from api_clients.network.snmp.mibs.tables import Session
from api_clients.network.snmp.values import Component, System, Value
from nms.network_management.identification.classify import candidates, classify
from nms.network_management.identification.rule import Facts, Rule
from nms.network_management.profile import Identification

log = structlog.get_logger()


async def identify(session: Session, system: System, components: Sequence[Component]) -> Identification:
    """One request for the scalars of all rules in question, one more for each column of the rule that matches.

    Where the vendor's objects cannot be read, what the system group and ENTITY-MIB tell still stands.
    """
    facts = Facts(system, tuple(components), {})
    try:
        facts = await _ask(session, facts)
    except ServiceError as error:
        log.warning("vendor objects not read", reason=str(error), object_id=system.object_id)
    return classify(facts)


async def _ask(session: Session, facts: Facts) -> Facts:
    rules = list(candidates(facts))
    scalars = _oids(rules, "scalar")
    answers = dict(await session.get_many(scalars)) if scalars else {}
    facts = Facts(facts.system, facts.components, answers)
    winner = next((rule for rule in rules if rule.matches(facts)), None)
    columns = _oids([winner], "column") if winner else []
    for oid, value in zip(columns, await asyncio.gather(*(_first_under(session, oid) for oid in columns)), strict=True):
        answers[oid] = value
    return facts


def _oids(rules: Sequence[Rule], kind: str) -> list[str]:
    return list(dict.fromkeys(source.of for rule in rules for source in rule.sources() if source.kind == kind))


async def _first_under(session: Session, oid: str) -> Value:
    found = await session.get_next(oid)
    return found[1] if found and found[0].startswith(f"{oid}.") else None
