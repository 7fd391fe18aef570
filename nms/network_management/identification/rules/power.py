"""Uninterruptible power supplies, power distribution and environment sensors."""

from nms.network_management.identification.rule import Rule, column, descr, scalar

RULES = (
    Rule(
        os="netbotz",
        vendor="APC",
        role="environment",
        object_ids=("5528", "52674"),
        model=(descr(r"NetBotz (\S+)"), descr(r"MN:(\S+)")),
        version=(descr(r"(?:Version |AN1:\S*?_v?|AF1:v?)(\d[\d.]*)"), scalar("5528.100.1.2.0")),
        serial=(descr(r"SN: ?(\w+)"),),
    ),
    Rule(
        os="apc",
        vendor="APC",
        role="power",
        object_ids=("318",),
        model=(
            scalar("318.1.1.1.1.1.1.0"),  # upsBasicIdentModel
            scalar("318.1.1.26.2.1.8.1"),  # rPDU2IdentModelNumber
            scalar("318.1.1.12.1.5.0"),  # rPDUIdentModelNumber
            scalar("318.1.1.8.1.5.0"),  # atsIdentModelNumber
            scalar("318.1.1.4.1.4.0"),  # sPDUIdentModelNumber
            scalar("318.1.1.10.1.2.1.0"),
            descr(r"MN: ?(\S+)"),
        ),
        version=(
            descr(r"\bPF: ?(v[\d.]+).*?AF1: ?(v[\d.]+)", r"AOS \1 / App \2"),
            scalar("318.1.1.1.1.2.1.0"),  # upsAdvIdentFirmwareRevision
            scalar("318.1.1.12.1.3.0"),
            scalar("318.1.1.8.1.2.0"),
        ),
        serial=(
            scalar("318.1.1.1.1.2.3.0"),  # upsAdvIdentSerialNumber
            scalar("318.1.1.26.2.1.9.1"),
            scalar("318.1.1.12.1.6.0"),
            scalar("318.1.1.8.1.6.0"),
            scalar("318.1.1.4.1.5.0"),
            descr(r"SN: ?(\w+)"),  # of the management card
        ),
    ),
    Rule(
        os="cyberpower",
        vendor="CyberPower",
        role="power",
        object_ids=("3808",),
        model=(scalar("3808.1.1.1.1.1.1.0"), scalar("3808.1.1.3.1.5.0"), scalar("3808.1.1.3.1.1.0")),
        version=(scalar("3808.1.1.1.1.2.1.0"), scalar("3808.1.1.3.1.3.0")),
        serial=(scalar("3808.1.1.1.1.2.3.0"), scalar("3808.1.1.3.1.6.0")),
    ),
    Rule(
        os="eatonpdu",
        vendor="Eaton",
        role="power",
        object_ids=("534.6", "17373"),
        model=(scalar("534.6.6.7.1.2.1.2.0"), scalar("534.6.6.6.1.1.3.0")),
        version=(scalar("534.6.6.7.1.2.1.5.0"), scalar("534.6.6.6.1.1.9.0")),
        serial=(scalar("534.6.6.7.1.2.1.4.0"), scalar("534.6.6.6.1.1.7.0")),
    ),
    Rule(
        os="eatonups",
        vendor="Eaton",
        role="power",
        object_ids=("534",),
        model=(scalar("534.1.1.2.0"),),  # xupsIdentModel
        version=(scalar("534.1.1.3.0"),),
        serial=(scalar("534.1.1.6.0"),),
    ),
    Rule(
        os="mgeups",
        vendor="Eaton",
        role="power",
        object_ids=("705",),
        model=(scalar("705.1.1.1.0"), scalar("705.1.1.2.0")),  # upsmgIdentFamilyName
        version=(scalar("705.1.1.4.0"),),
        serial=(scalar("705.1.1.7.0"),),
    ),
    Rule(
        os="raritan-pdu",
        vendor="Raritan",
        role="power",
        object_ids=("13742.4", "13742.6", "13742.1"),
        model=(scalar("13742.6.3.2.1.1.3.1"), scalar("13742.4.1.1.12.0"), descr(r"^(\S+)")),
        version=(scalar("13742.6.3.2.3.1.6.1.1.1"), scalar("13742.4.1.1.1.0")),
        serial=(scalar("13742.6.3.2.1.1.4.1"), scalar("13742.4.1.1.2.0")),
    ),
    Rule(os="raritan-kvm", vendor="Raritan", role="console", object_ids=("13742",)),
    Rule(
        os="sentry4",
        vendor="Server Technology",
        role="power",
        object_ids=("1718.4",),
        version=(scalar("1718.4.1.1.1.3.0"),),
        model=(column("1718.4.1.2.2.1.5"),),
        serial=(column("1718.4.1.2.2.1.6"),),
    ),
    Rule(
        os="sentry3",
        vendor="Server Technology",
        role="power",
        object_ids=("1718.3", "1718"),
        version=(scalar("1718.3.1.1.0", r"Version (\S+)"),),
        serial=(scalar("1718.3.1.2.0"),),
        model=(column("1718.3.2.1.1.9"),),
    ),
    Rule(
        os="liebert",
        vendor="Vertiv",
        role="power",
        object_ids=("476",),
        model=(scalar("476.1.42.2.1.2.0"), column("476.1.42.2.4.2.1.3")),
        version=(scalar("476.1.42.2.1.3.0"),),
        serial=(scalar("476.1.42.2.1.4.0"),),
    ),
    Rule(
        os="geist-pdu",
        vendor="Vertiv",
        role="power",
        object_ids=("21239.2", "21239.5.2"),
        model=(scalar("21239.5.2.1.8.0"), scalar("21239.2.1.1.0")),
        version=(scalar("21239.5.2.1.2.0"), scalar("21239.2.1.2.0")),
    ),
    Rule(
        os="geist-watchdog",
        vendor="Vertiv",
        role="environment",
        object_ids=("21239",),
        model=(scalar("21239.5.1.1.1.0"),),
        version=(scalar("21239.5.1.1.2.0"),),
    ),
    Rule(
        os="tripplite",
        vendor="Tripp Lite",
        role="power",
        object_ids=("850",),
        model=(scalar("850.1.1.1.2.1.5.1"), scalar("1.3.6.1.2.1.33.1.1.2.0")),
        version=(scalar("1.3.6.1.2.1.33.1.1.4.0"), scalar("1.3.6.1.2.1.33.1.1.3.0")),
        serial=(scalar("850.1.1.1.2.1.8.1"), scalar("850.100.1.1.4.0")),
    ),
    Rule(
        os="netvision",
        vendor="Socomec",
        role="power",
        object_ids=("4555",),
        model=(scalar("4555.1.1.1.1.1.1.0"),),
        version=(scalar("4555.1.1.1.1.1.3.0"),),
        serial=(scalar("4555.1.1.1.1.1.2.0"),),
    ),
    Rule(
        os="riello",
        vendor="Riello",
        role="power",
        object_ids=("5491",),
        model=(scalar("1.3.6.1.2.1.33.1.1.2.0"), scalar("5491.10.1.1.2.0")),
        version=(scalar("1.3.6.1.2.1.33.1.1.3.0"),),
    ),
    Rule(
        os="deltaups",
        vendor="Delta",
        role="power",
        object_ids=("2254",),
        model=(scalar("2254.2.4.1.2.0"),),
        version=(scalar("2254.2.4.1.4.0"), scalar("2254.2.4.1.3.0")),
    ),
    Rule(os="enlogic-pdu", vendor="Enlogic", role="power", object_ids=("38446",)),
    Rule(
        os="rittal-cmc-iii-pu",
        vendor="Rittal",
        role="environment",
        object_ids=("2606",),
        model=(descr(r"(CMC\S*(?: PU\S*)?)"),),
        version=(descr(r"V(\d\S*)"),),
    ),
    Rule(os="bachmann", vendor="Bachmann", role="power", object_ids=("31770",)),
    Rule(os="gude-epc", vendor="Gude", role="power", object_ids=("28507",), model=(descr(r"^(.+)$"),)),
    Rule(
        os="dell-ups", vendor="Dell", role="power", object_ids=("674.10902",), model=(scalar("674.10902.2.120.1.1.0"),)
    ),
    Rule(
        os="akcp",
        vendor="AKCP",
        role="environment",
        object_ids=("3854",),
        model=(descr(r"((?:sensorProbe|securityProbe)\S*)"),),
        version=(descr(r"(?:v|SP\S*) ?(\d\.\d+\S*)"),),
    ),
    Rule(os="poseidon", vendor="HW group", role="environment", object_ids=("21796",), model=(descr(r"^(\S+ ?\S*)"),)),
    Rule(
        os="roomalert", vendor="AVTECH", role="environment", object_ids=("20916",), model=(descr(r"(Room ?Alert \S+)"),)
    ),
    Rule(os="papago", vendor="Papouch", role="environment", object_ids=("18248",)),
    # Any other UPS that serves UPS-MIB (RFC 1628) under its own enterprise or UPS-MIB's own OID.
    Rule(
        os="generic-ups",
        vendor="",
        role="power",
        object_ids=(),
        description=r"(?i)\bups\b|uninterruptible",
        has=scalar("1.3.6.1.2.1.33.1.1.2.0"),
        model=(scalar("1.3.6.1.2.1.33.1.1.2.0"),),
        version=(scalar("1.3.6.1.2.1.33.1.1.3.0"), scalar("1.3.6.1.2.1.33.1.1.4.0")),
    ),
)
