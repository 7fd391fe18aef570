"""Storage: network attached, arrays and appliances."""

from dataclasses import replace

from nms.network_management.identification.appliance import NET_SNMP, appliance
from nms.network_management.identification.rule import Rule, column, descr, entity, scalar

QNAP = Rule(
    os="qnap",
    vendor="QNAP",
    role="storage",
    object_ids=("24681", "55062"),
    model=(
        scalar("24681.1.4.1.1.1.1.1.2.1.3.1"),
        entity("model"),
        scalar("24681.1.2.12.0"),
        scalar("24681.1.3.12.0"),
        scalar("55062.1.12.3.0"),
    ),
    version=(entity("firmware_revision", r"(\d[\w.]*)"), scalar("55062.1.12.6.0"), descr(r"^Linux \S+ (\S+)")),
    serial=(scalar("24681.1.4.1.1.1.1.1.2.1.4.1"), scalar("55062.1.12.5.0")),
)

RULES = (
    QNAP,
    replace(QNAP, object_ids=NET_SNMP, has=scalar("24681.1.2.12.0")),
    Rule(
        os="dsm",
        vendor="Synology",
        role="storage",
        object_ids=("6574",),
        model=(scalar("6574.1.5.1.0"),),
        version=(scalar("6574.1.5.3.0", r"(\d\S*)"),),
        serial=(scalar("6574.1.5.2.0"),),
    ),
    appliance(
        "dsm",
        "Synology",
        "storage",
        has="6574.1.5.1.0",
        model=(scalar("6574.1.5.1.0"),),
        version=(scalar("6574.1.5.3.0", r"(?:DSM )?(\d\S*)"),),
        serial=(scalar("6574.1.5.2.0"),),
    ),
    Rule(
        os="truenas",
        vendor="iXsystems",
        role="storage",
        description=r"TrueNAS",
        model=(descr(r"Hardware: (\S+)"),),
        version=(descr(r"TrueNAS-(?:SCALE-)?(\S+?)\.?\s"),),
    ),
    Rule(
        os="freenas",
        vendor="iXsystems",
        role="storage",
        description=r"FreeNAS",
        model=(descr(r"Hardware: (\S+)"),),
        version=(descr(r"FreeNAS-(\S+?)\.?\s"),),
    ),
    Rule(
        os="netapp",
        vendor="NetApp",
        role="storage",
        object_ids=("789",),
        model=(scalar("789.1.1.5.0"),),  # productModel
        version=(descr(r"Release ([^\s:]+)"),),
        serial=(scalar("789.1.1.9.0"), column("789.1.25.2.1.6")),
    ),
    Rule(
        os="ddos",
        vendor="Dell EMC",
        role="storage",
        object_ids=("19746",),
        model=(scalar("19746.1.13.1.4.0"), descr(r"(DD\d\S*)")),
        version=(descr(r"OS ([\d.]+)"), scalar("19746.1.13.1.2.0")),
        serial=(scalar("19746.1.13.1.1.0"),),
    ),
    Rule(
        os="onefs",
        vendor="Dell EMC",
        role="storage",
        object_ids=("12124",),
        model=(scalar("12124.2.51.1.2.1"),),
        version=(descr(r"v(\d\S+)"),),
        serial=(scalar("12124.2.51.1.4.1"),),
    ),
    Rule(
        os="dell-compellent",
        vendor="Dell",
        role="storage",
        object_ids=("16139", "674.11000.2000"),
        version=(scalar("674.11000.2000.500.1.2.4.0"),),
    ),
    Rule(os="equallogic", vendor="Dell", role="storage", object_ids=("12740",), version=(column("12740.2.1.1.1.9"),)),
    Rule(
        os="purestorage",
        vendor="Pure Storage",
        role="storage",
        object_ids=("40482",),
        model=(descr(r"(F[AB]-\S+|//\S+)"),),
        version=(descr(r"(\d+\.\d+\.\d\S*)"),),
    ),
    Rule(os="nimbleos", vendor="HPE", role="storage", object_ids=("37447",), version=(descr(r"(\d+\.\d+\.\d\S*)"),)),
    Rule(
        os="informos",
        vendor="HPE",
        role="storage",
        object_ids=("12925",),
        model=(descr(r"^HP\S* (\S+)"),),
        version=(descr(r"OS (?:version: ?)?(\d[\d.]*)"),),
        serial=(descr(r"Serial number: ?(\w+)"),),
    ),
    Rule(os="buffalo", vendor="Buffalo", role="storage", object_ids=("5227",), model=(scalar("5227.27.1.1.0"),)),
)
