"""A product that is a Linux inside and answers with net-snmp's sysObjectID: only an object of its own tells."""

from __future__ import annotations

from nms.network_management.identification.rule import Rule, Source, scalar

NET_SNMP = ("8072", "2021")


def appliance(
    os: str,
    vendor: str,
    role: str,
    *,
    has: str,
    model: tuple[Source, ...] = (),
    version: tuple[Source, ...] = (),
    serial: tuple[Source, ...] = (),
) -> Rule:
    """`has` is the OID of that object."""
    return Rule(
        os=os,
        vendor=vendor,
        role=role,
        object_ids=NET_SNMP,
        has=scalar(has),
        model=model,
        version=version,
        serial=serial,
    )
