"""HP, HPE, Aruba, H3C and 3Com: switches, access points, controllers, printers and management processors."""

from dataclasses import replace

from nms.network_management.identification.rule import Rule, column, descr, entity, scalar

COMWARE = Rule(
    os="comware",
    vendor="HPE",
    role="switch",
    object_ids=("25506", "43", "11.2.3.7.15"),
    description=r"(?i)Comware|H3C|3Com",
    model=(
        descr(
            r"(?i)^(?:HPE?|H3C|3Com)(?: FlexNetwork| FlexFabric| FlexBranch)? "
            r"((?!Comware|Series|Corp)\S*\d\S*(?: \S+?)??)(?: Switch| Router|\s*$)"
        ),
    ),
    version=(descr(r"(?i)Software Version:? ?([\d.]+)"), descr(r"Version ([\d.]+)")),
    roles=(
        (r"\bMSR|\bSR\d|\bCR\d|Router", "router"),
        (r"\bSecPath|\bF\d{3,4}\b", "firewall"),
        (r"\bWX\d|\bWA\d", "wireless"),
    ),
)

RULES = (
    # HP names its own "HP Comware"; plain H3C and 3Com speak for themselves.
    replace(COMWARE, description=r"^HPE? |Hewlett"),
    # Office switches (1910, 1920...) that run Comware under ProCurve's branch.
    replace(COMWARE, object_ids=("11.2.3.7",), description=r"Software Version \d.* Release \d"),
    replace(COMWARE, vendor="3Com", object_ids=("43",), description=r"(?i)comware"),
    replace(COMWARE, vendor="H3C", object_ids=("25506", "11.2.3.7.15"), description=""),
    Rule(
        os="3com",
        vendor="3Com",
        role="switch",
        object_ids=("43",),
        model=(descr(r"^(?:3Com )?(.+?)(?:,|\s{2}| Software| Version|$)"),),
        version=(descr(r"OS V(\d\S*)"), descr(r"[Vv]ersion:? ?(\d\S*)")),
    ),
    Rule(
        os="aruba-instant",
        vendor="Aruba",
        role="wireless",
        object_ids=("14823.1.2",),
        model=(descr(r"MODEL: ?([^)\s]+)"), column("14823.2.3.3.1.2.1.1.6")),  # aiAPModelName
        version=(descr(r"Version (\S+)"), scalar("14823.2.3.3.1.1.4.0", r"^([^_]+)")),
        serial=(column("14823.2.3.3.1.2.1.1.4"),),  # aiAPSerialNum
    ),
    Rule(
        os="clearpass",
        vendor="Aruba",
        role="server",
        object_ids=("14823.1.6",),
        model=(scalar("14823.1.6.1.1.1.1.1.1.0"),),
        version=(scalar("14823.1.6.1.1.1.1.1.4.0"), descr(r"(\d+\.\d+\.\d\S*)")),
        serial=(scalar("14823.1.6.1.1.1.1.1.2.0"),),
    ),
    Rule(
        os="arubaos",
        vendor="Aruba",
        role="wireless",
        object_ids=("14823",),
        model=(descr(r"MODEL: ?([^)]+)\)"), scalar("14823.2.2.1.2.1.3.0")),
        version=(descr(r"Version (\S+)"),),
        serial=(scalar("14823.2.2.1.2.1.29.0"), scalar("14823.2.2.1.1.1.12.0")),  # wlsxSysExtSerialNumber
    ),
    Rule(
        os="arubaos-cx",
        vendor="Aruba",
        role="switch",
        object_ids=("47196",),
        model=(
            entity("model"),
            descr(r"^(?:HPE ANW |HPE |Aruba )?(.+?)\s+(?:[A-Z]{2}\.)?\d\d\.\d\d\.\S+$"),
            descr(r"(J[A-Z]?\d{3,4}[A-Z])"),
        ),
        version=(
            descr(r"((?:[A-Z]{2}\.)?\d\d\.\d\d\.\d\S*)"),
            entity("software_revision"),
            entity("firmware_revision"),
        ),
    ),
    Rule(
        os="jetdirect",
        vendor="HP",
        role="printer",
        object_ids=("11.2.3.9",),
        model=(
            scalar("1.3.6.1.2.1.25.3.2.1.3.1", r"^(?:HP |Hewlett-Packard )?(.+)"),  # hrDeviceDescr
            scalar("11.2.3.9.1.1.7.0", r"(?:MDL|MODEL):(?:HP |Hewlett-Packard )?([^;]+)"),  # gdStatusId
            descr(r"PID:(?:HP )?([^,]+)"),
        ),
        serial=(scalar("1.3.6.1.2.1.43.5.1.1.17.1"), scalar("11.2.3.9.4.2.1.1.3.3.0")),  # prtGeneralSerialNumber
    ),
    Rule(
        os="hpe-ilo",
        vendor="HPE",
        role="management",
        object_ids=("232.9.4",),
        model=(scalar("232.2.2.4.2.0"),),  # cpqSiProductName
        version=(scalar("232.9.2.2.2.0"), descr(r"(?:Out \d+|iLO ?\d) ([\d.]+)"), descr(r"(\d+\.\d+)")),
        serial=(scalar("232.2.2.2.1.0"),),  # cpqSiSysSerialNum
    ),
    Rule(
        os="hpblmos",
        vendor="HPE",
        role="management",
        object_ids=("11.5.7.1",),
        model=(scalar("232.22.2.3.1.1.1.3.1"), column("232.22.2.3.1.1.1.3")),
        version=(scalar("232.22.2.3.1.1.1.8.1"), column("232.22.2.3.1.1.1.8")),
        serial=(column("232.22.2.3.1.1.1.7"),),
    ),
    Rule(
        os="hpvc",
        vendor="HPE",
        role="switch",
        object_ids=("11.5.7.5",),
        model=(descr(r"^(.+?)(?: VC| Version|$)"),),
        version=(descr(r"(?:VC|Version|Connect)\s*v?(\d+\.[\d.]+)"),),
    ),
    Rule(
        os="hp-msm",
        vendor="HPE",
        role="wireless",
        object_ids=("8744",),
        model=(descr(r"^(?:HP )?(\S+)"), scalar("8744.5.6.1.1.1.0")),
        version=(scalar("8744.5.6.1.1.2.0", r"^(\S+)"), descr(r"Firmware version (\S+)")),
        serial=(scalar("8744.5.6.1.1.5.0"),),
    ),
    # AOS-S, before Aruba: ProVision. "HP J9728A 2920-48G Switch, revision WB.15.11.0007, ROM WB.15.05"
    Rule(
        os="procurve",
        vendor="HPE",
        role="switch",
        object_ids=("11.2.3.7",),
        model=(
            descr(
                r"^(?:HPE?|Aruba|ProCurve|PROCURVE|Hewlett-Packard|HP ProCurve)\s+"
                r"(.+?)(?: [Ss]witch)?, (?:revision|InstantOn|Revision)"
            ),
            descr(r"^(?:HP )?(?:ProCurve|PROCURVE)\s+(?:[Ss]witch )?(\S+)(?: - |,)"),
            descr(r"^(?:HPE?|Aruba|ProCurve|PROCURVE|Hewlett-Packard)\s+([^,]+)"),
            scalar("11.2.36.1.1.2.5.0"),
        ),
        version=(
            descr(r"[Rr]evision ([^,\s]+)"),
            descr(r" - ([A-Z]{1,2}\.\d\S*)"),
            descr(r"InstantOn_\d+_([\d.]+)"),
            descr(r", ([A-Z]{1,2}\.\d+\.\d\S*?)(?:,|$)"),
            scalar("11.2.36.1.1.2.6.0"),
        ),
        serial=(scalar("11.2.36.1.1.2.9.0"),),  # hpHttpMgSerialNumber
    ),
    Rule(
        os="hpux",
        vendor="HP",
        role="server",
        object_ids=("11.2.3.2",),
        version=(descr(r"(B\.\d\S+)"),),
    ),
)
