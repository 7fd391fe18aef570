"""The rules, in the order in which they are tried: one file for each family of vendors, generic systems last.

Within a sysObjectID the more exact rule stands first. docs/identification.md tells how to add one.
"""

from nms.network_management.identification.rule import Rule
from nms.network_management.identification.rules import (
    cisco,
    hosts,
    hpe,
    huawei,
    juniper,
    other,
    power,
    printers,
    security,
    storage,
    switches,
    transport,
    ubiquiti,
    wireless,
)

FAMILIES = (
    cisco,
    juniper,
    hpe,
    huawei,
    security,
    ubiquiti,
    switches,
    wireless,
    transport,
    power,
    printers,
    storage,
    hosts,
    other,
)
RULES: tuple[Rule, ...] = tuple(rule for family in FAMILIES for rule in family.RULES)
