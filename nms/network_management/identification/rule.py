"""The shape of an identification rule, and the words that rules are written in.

A rule says how to recognise an operating system (sysObjectID prefixes, a pattern in sysDescr, an object that only
it serves) and where its model, version and serial number stand. All of it is data: nothing here asks a device.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from api_clients.network.snmp.enterprises import ENTERPRISES
from api_clients.network.snmp.mibs.decoding import line, text
from api_clients.network.snmp.values import Component, System, Value
from nms.network_management.identification.chassis import EntityField, entity_text

SourceKind = Literal["description", "system", "entity", "scalar", "column"]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a device. `answers` has vendor objects by OID; of a column, its first value under its OID."""

    system: System
    components: tuple[Component, ...] = ()
    answers: Mapping[str, Value] = field(default_factory=dict)

    @property
    def description(self) -> str:
        """Some agents put sysDescr in quotation marks."""
        return self.system.description.strip('"')


@dataclass(frozen=True, slots=True)
class Source:
    """Where a text stands, and which part of it is wanted: `template` is expanded with the groups of `pattern`."""

    kind: SourceKind
    of: str = ""  # the OID, or the field of the chassis
    pattern: str = ""
    template: str = r"\1"
    upper: bool = False

    def read(self, facts: Facts) -> str:
        """The text, or nothing where the source is missing, does not match, or holds a vendor's "not known"."""
        found = line(self._part(self._whole(facts))).strip(" ,;")
        return "" if found.lower() in NOT_KNOWN else found.upper() if self.upper else found

    def _whole(self, facts: Facts) -> str:
        if self.kind == "description":
            return facts.description
        if self.kind == "system":
            return f"{facts.system.object_id.removeprefix(ENTERPRISES)} {facts.description}"
        if self.kind == "entity":
            return entity_text(facts.components, self.of)  # type: ignore[arg-type] # entity() takes only EntityField
        value = facts.answers.get(self.of)
        return text(value) if isinstance(value, bytes) else ""  # a number where a name belongs is another object

    def _part(self, whole: str) -> str:
        if not self.pattern:
            return whole
        match = compiled(self.pattern).search(whole)
        return match.expand(self.template) if match else ""


NOT_KNOWN = frozenset({"n/a", "na", "none", "null", "unknown", "not available", "not specified", "default string", "-",
                       "to be filled by o.e.m.", "system serial number", "0", "no serial number"})  # fmt: skip


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """Lines count: ^ and $ match at each."""
    return re.compile(pattern, re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Rule:
    """One operating system. All stated conditions must hold: `object_ids` (any of these prefixes of sysObjectID,
    under enterprises), `description` (found in sysDescr), `has` (gives a text). The first source of a field that
    gives a text wins; ENTITY-MIB's chassis is asked last. `roles` are (pattern in model and sysDescr, role).
    """

    os: str
    vendor: str
    role: str = ""
    object_ids: tuple[str, ...] = ()
    description: str = ""
    has: Source | None = None
    model: tuple[Source, ...] = ()
    version: tuple[Source, ...] = ()
    serial: tuple[Source, ...] = ()
    roles: tuple[tuple[str, str], ...] = ()

    def may_match(self, facts: Facts) -> bool:
        """Everything but `has`, which takes an answer from the device."""
        under = f"{facts.system.object_id}."
        if self.object_ids and not any(under.startswith(f"{ENTERPRISES}{prefix}.") for prefix in self.object_ids):
            return False
        return not self.description or compiled(self.description).search(facts.description) is not None

    def matches(self, facts: Facts) -> bool:
        return self.may_match(facts) and (self.has is None or bool(self.has.read(facts)))

    def sources(self) -> Iterator[Source]:
        if self.has is not None:
            yield self.has
        yield from (*self.model, *self.version, *self.serial)


# --- The words of rules ---


def descr(pattern: str, template: str = r"\1", *, upper: bool = False) -> Source:
    """Part of sysDescr."""
    return Source("description", pattern=pattern, template=template, upper=upper)


def system(pattern: str, template: str) -> Source:
    """A text that follows from sysObjectID (under enterprises), a blank, and sysDescr."""
    return Source("system", pattern=pattern, template=template)


def entity(field: EntityField, pattern: str = "", template: str = r"\1") -> Source:
    """A field of the chassis in ENTITY-MIB."""
    return Source("entity", field, pattern, template)


def scalar(oid: str, pattern: str = "", template: str = r"\1") -> Source:
    """One object instance; an OID is under enterprises unless it starts with 1.0, 1.2 or 1.3."""
    return Source("scalar", absolute(oid), pattern, template)


def column(oid: str, pattern: str = "", template: str = r"\1") -> Source:
    """The first object under an OID whose index nobody knows beforehand. Costs a request of its own."""
    return Source("column", absolute(oid), pattern, template)


def absolute(oid: str) -> str:
    return oid if oid.startswith(("1.0.", "1.2.", "1.3.")) else f"{ENTERPRISES}{oid}"
