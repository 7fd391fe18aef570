"""Juniper: Junos, Junos Evolved, ScreenOS, JunosE, and Pulse Secure."""

from dataclasses import replace

from nms.network_management.identification.rule import Rule, column, descr, scalar

BOX_DESCR = "2636.3.1.2.0"  # jnxBoxDescr: "Juniper SRX340 Internet Router", "QFX5130-32CD"
HR_SW_INSTALLED_NAME = "1.3.6.1.2.1.25.6.3.1.2"

JUNOS = Rule(
    os="junos",
    vendor="Juniper",
    role="router",
    object_ids=("2636",),
    model=(
        descr(r"Networks, Inc\. ((?!\w+ (?:Ethernet|internet) )[\w.-]*\d[\w.-]*)", upper=True),
        descr(r"Networks, Inc\. (\S+)", upper=True),
        scalar(BOX_DESCR, r"^(?:JUNIPER |Juniper )?(?:Virtual Chassis Switch)?(\S*)"),
    ),
    version=(
        descr(r"JUNOS (\d[^,\s\]]*)"),
        descr(r"version (\d+\.\d[^,\s]*)"),
        column(HR_SW_INSTALLED_NAME, r"\[(\d[^\]]+)\]"),
    ),
    serial=(scalar("2636.3.1.3.0"),),
    roles=(
        (r"(?i)^v?srx|\bssg", "firewall"),
        (r"(?i)^(?:ex|qfx|ocx|virtual)", "switch"),
    ),
)

RULES = (
    # Evolved names its release more exactly in the installed package: junos-evo-install-...-22.2R3-S1-J4.1-EVO.
    replace(
        JUNOS,
        description=r"-EVO\b",
        version=(column(HR_SW_INSTALLED_NAME, r"-(\d+\.\d+[A-Z]\d\S*-EVO)"), descr(r"JUNOS (\d[^,\s]*)")),
    ),
    JUNOS,
    Rule(
        os="screenos",
        vendor="Juniper",
        role="firewall",
        object_ids=("3224",),
        model=(descr(r"^(?:Juniper |NetScreen )?(\S+) version"),),
        version=(descr(r"version (\S+)"),),
        serial=(descr(r"SN: (\w+)"),),
    ),
    Rule(
        os="junose",
        vendor="Juniper",
        role="router",
        object_ids=("4874",),
        model=(descr(r"Inc\.? (ERX\S*|E\d+\S*)"),),
        version=(descr(r"SW Version ?: ?\(?([^\s)]+)"),),
    ),
    Rule(
        os="juniper-mss",
        vendor="Juniper",
        role="wireless",
        object_ids=("14525",),
        model=(descr(r"Inc\.?,? (\S+)"),),
        version=(descr(r" (\d+\.\d+\.\d\S*)"),),
    ),
    Rule(
        os="pulse",
        vendor="Ivanti",
        role="firewall",
        object_ids=("12532",),
        model=(
            scalar("12532.16.0"),
            descr(r"(?:LLC|Inc|Ivanti)\.?,\s*([^,]+),"),
            descr(r"((?:MAG|PSA|ISA|SA|IC)-?\d\S*?),"),
        ),
        version=(scalar("12532.17.0"), descr(r",\s*(\d+\.\d+R[^,\s]*)")),
    ),
)
