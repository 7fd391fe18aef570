"""Identify a device: ask for the vendor's objects that the rules in question name, then classify."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import structlog

from api_clients.domain.errors import ServiceError
from api_clients.network.snmp.mibs.tables import Session, together
from api_clients.network.snmp.values import Component, System, Value
from nms.network_management.identification.classify import candidates, classify
from nms.network_management.identification.rule import Facts, Rule, SourceKind
from nms.network_management.profile import Identification

log = structlog.get_logger()


async def identify(session: Session, system: System, components: Sequence[Component]) -> Identification:
    """One request for the scalars of all rules in question, one more for each column of the rule that matches.

    Where the vendor's objects cannot be read, what the system group and ENTITY-MIB tell still stands.
    """
    facts = Facts(system, tuple(components))
    try:
        facts = await _with_scalars(session, facts)
        facts = await _with_columns(session, facts)
    except ServiceError as error:
        log.warning("vendor objects not read", reason=str(error), object_id=system.object_id)
    return classify(facts)


async def _with_scalars(session: Session, facts: Facts) -> Facts:
    scalars = _oids(candidates(facts), "scalar")
    return replace(facts, answers=await session.get_many(scalars)) if scalars else facts


async def _with_columns(session: Session, facts: Facts) -> Facts:
    winner = next((rule for rule in candidates(facts) if rule.matches(facts)), None)
    columns = _oids([winner], "column") if winner else []
    firsts = await together(*(_first_under(session, oid) for oid in columns))
    return replace(facts, answers={**facts.answers, **dict(zip(columns, firsts, strict=True))})


def _oids(rules: Iterable[Rule], kind: SourceKind) -> list[str]:
    return list(dict.fromkeys(source.of for rule in rules for source in rule.sources() if source.kind == kind))


async def _first_under(session: Session, oid: str) -> Value:
    found = await session.get_next(oid)
    return found[1] if found and found[0].startswith(f"{oid}.") else None
