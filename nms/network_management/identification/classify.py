"""From what a device says of itself to what it is. Pure: facts in, identification out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from api_clients.network.snmp.enterprises import vendor_of
from nms.network_management.identification.roles import role_of_services
from nms.network_management.identification.rule import Facts, Rule, Source, compiled, entity
from nms.network_management.identification.rules import RULES
from nms.network_management.profile import Identification

MODEL_OF_CHASSIS = (entity("model"),)
VERSION_OF_CHASSIS = (entity("software_revision"), entity("firmware_revision"))
SERIAL_OF_CHASSIS = (entity("serial"),)
NO_RULE = Rule(os="", vendor="")


def classify(facts: Facts, *, rules: Sequence[Rule] = RULES) -> Identification:
    """The first rule that matches decides; without one the enterprise number names the vendor, ENTITY-MIB the rest."""
    return apply(next((rule for rule in rules if rule.matches(facts)), NO_RULE), facts)


def candidates(facts: Facts, *, rules: Sequence[Rule] = RULES) -> Iterator[Rule]:
    """The rules that could still win, up to the first that needs no answer from the device to match."""
    for rule in rules:
        if rule.may_match(facts):
            yield rule
            if rule.has is None:
                return


def apply(rule: Rule, facts: Facts) -> Identification:
    model = _first((*rule.model, *MODEL_OF_CHASSIS), facts)
    return Identification(
        vendor=rule.vendor or vendor_of(facts.system.object_id) or _first((entity("manufacturer"),), facts),
        os=rule.os,
        model=model,
        version=_first((*rule.version, *VERSION_OF_CHASSIS), facts),
        serial=_first((*rule.serial, *SERIAL_OF_CHASSIS), facts),
        role=_role(rule, facts, model),
    )


def _first(sources: Sequence[Source], facts: Facts) -> str:
    return next((found for source in sources if (found := source.read(facts))), "")


def _role(rule: Rule, facts: Facts, model: str) -> str:
    told = f"{model}\n{facts.description}"
    by_model = next((role for pattern, role in rule.roles if compiled(pattern).search(told)), "")
    return by_model or rule.role or role_of_services(facts.system.services)
