"""Ubiquiti: radios, access points, switches, routers. Its agents answer with three enterprises, or with none."""

from dataclasses import replace

from nms.network_management.identification.rule import Rule, column, descr, scalar

DOT11_PRODUCT_NAME = "1.2.840.10036.3.1.2.1.3"  # IEEE802dot11-MIB dot11manufacturerProductName
DOT11_PRODUCT_VERSION = "1.2.840.10036.3.1.2.1.4"
UNIFI_MODEL, UNIFI_VERSION = "41112.1.6.3.3.0", "41112.1.6.3.6.0"  # unifiApSystemModel, unifiApSystemVersion

UNIFI = Rule(
    os="unifi",
    vendor="Ubiquiti",
    role="wireless",
    object_ids=("41112", "10002"),
    has=scalar(UNIFI_MODEL),
    model=(scalar(UNIFI_MODEL),),
    version=(scalar(UNIFI_VERSION),),
    roles=((r"^(?:UDM|UXG|USG|UCG)", "router"),),
)

RULES = (
    UNIFI,
    # "U-LTE-Pro-EU 6.6.57.15206"
    replace(
        UNIFI,
        description=r"^(?:U[A-Z67]|UniFi|U-LTE)\S* v?\d+\.\d+",
        has=None,
        model=(descr(r"^(\S+) "),),
        version=(descr(r"^\S+ v?(\d\S+)"),),
    ),
    Rule(
        os="airos-af",
        vendor="Ubiquiti",
        role="wireless",
        object_ids=("41112.1.3",),
        model=(descr(r"^(.+?)(?: v\d.*)?$"),),
        version=(column("41112.1.3.2.1.40", r"v?(\d\S*)"), descr(r" v(\d\S*)")),
        serial=(column("41112.1.3.2.1.45"),),
    ),
    Rule(
        os="airos-af60",
        vendor="Ubiquiti",
        role="wireless",
        object_ids=("41112.1.11",),
        model=(column("41112.1.11.1.2.4"),),
        version=(column("41112.1.11.1.2.6", r"v?(\d\S*)"),),
    ),
    Rule(
        os="airos-af-ltu",
        vendor="Ubiquiti",
        role="wireless",
        object_ids=("41112.1.10",),
        model=(scalar("41112.1.10.1.3.3.0"),),
        version=(scalar("41112.1.10.1.3.2.0", r"v?(\d\S*)"),),
    ),
    Rule(
        os="edgeos",
        vendor="Ubiquiti",
        role="router",
        description=r"^EdgeOS|UniFi Security Gateway|^Linux \S+ \S+-UBNT .*mips",
        object_ids=("41112", "10002", "8072", "30803"),
        model=(descr(r"((?:EdgeRouter|UniFi Security Gateway)[^,\d]*)"),),
        version=(descr(r"EdgeOS v?(\d[\w.-]*)"), descr(r"Gateway ([\d.]+)")),
    ),
    Rule(
        os="edgeosolt",
        vendor="Ubiquiti",
        role="access",
        object_ids=("41112.1.5",),
        model=(scalar("41112.1.5.1.2.1.0"),),
    ),
    Rule(
        os="airos",
        vendor="Ubiquiti",
        role="wireless",
        object_ids=("10002", "41112.1.4"),
        model=(column(DOT11_PRODUCT_NAME), scalar("41112.1.4.5.1.2.1")),
        version=(column(DOT11_PRODUCT_VERSION, r"v(\d\S+)"),),
    ),
    # EdgeSwitch and UniFi switches run FASTPATH, under Broadcom's enterprise or none: "US-24-250W, 5.43.18.12487, ..."
    Rule(
        os="edgeswitch",
        vendor="Ubiquiti",
        role="switch",
        description=r"^(?:EdgeSwitch|EdgePoint|US[WLMF]?-|USW|US-|UniFi|ES-|ECS-)[^,]*, \d+\.\d+",
        model=(descr(r"^([^,]+),"),),
        version=(descr(r"^[^,]+, ([\d.]+\d)"),),
        serial=(scalar("4413.1.1.1.1.1.4.0"),),
    ),
    Rule(
        os="edgeswitch",
        vendor="Ubiquiti",
        role="switch",
        object_ids=("41112.1.7",),
        model=(descr(r"^([^,]+)"),),
        version=(descr(r", ([\d.]+\d)"),),
    ),
    Rule(
        os="fastpath",
        vendor="Broadcom",
        role="switch",
        object_ids=("4413", "7244"),
        model=(scalar("4413.1.1.1.1.1.3.0"), scalar("7244.2.1.1.3.0"), descr(r"^([^,]+),")),
        version=(scalar("4413.1.1.1.1.1.13.0"), descr(r", v?([\d.]+\d)")),
        serial=(scalar("4413.1.1.1.1.1.4.0"),),
    ),
    replace(UNIFI, has=None, object_ids=("41112",), model=(descr(r"^(\S+)"),), version=(descr(r"(\d+\.\d+\.\d\S*)"),)),
)
