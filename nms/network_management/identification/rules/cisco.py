"""Cisco and what it bought. IOS, IOS-XE and NX-OS share sysObjectIDs, so sysDescr decides."""

from nms.network_management.identification.rule import Rule, column, descr, entity, scalar, system

VERSION = descr(r"Version:? ([^,\s]+)")
# "C2960X Software (C2960X-UNIVERSALK9-M)", "Catalyst 4500 L3 Switch Software (cat4500e-...)": the platform.
PLATFORM = descr(r"(?:Software(?: \[\w+\])?|\(tm\)),? (?!Software)([^,(]+?) Software,? \(")
SWITCHES = (
    r"WS-C|Catalyst|\b(?:s72033|s3223|s2t54)|\bcat\d|CAT\dK|\bIE-?\d{4}|\bME-?[C346]|\bESS-?\d|\bCDB-|\bCGS|S[GFX]\d{3}|"
    r"\bC(?:1[0-3]00|2350|2360|29[1-7]0|35\d\d|36[58]0|37[56]0|38[56]0|4[59]\d\d|6[58]\d\d|9[2-6]\d\d)"
)
IOS_ROLES = ((r"K9W[78]-M|AIR-|Access Point|C9800", "wireless"), (SWITCHES, "switch"))

# Controllers that serve neither ENTITY-MIB nor their inventory: what CISCO-PRODUCTS-MIB calls their sysObjectID.
WLC_MODELS = tuple(
    system(rf"^9\.1\.{number} ", model)
    for number, model in (
        (1069, "5500 WLC"),
        (1279, "2500 WLC"),
        (1295, "7500 WLC"),
        (1615, "8500 WLC"),
        (1631, "Virtual WLC"),
        (2170, "5520 WLC"),
        (2171, "8540 WLC"),
        (2427, "3504 WLC"),
    )
)

RULES = (
    Rule(
        os="ciscosb",
        vendor="Cisco",
        role="switch",
        object_ids=("9.6.1",),
        model=(
            entity("model"),
            descr(r"\(([A-Z][A-Z0-9]+-[\w-]+)\)\s*$"),
            descr(r"^((?:S[AFGXL]|CBS|ESW|SLM|SRW|SPS|RV|W?AP|MD)[\w-]*\d[\w-]*)"),
        ),
        version=(
            entity("software_revision"),
            column("9.6.1.101.53.14.1.2"),  # rlPhdUnitGenParamSoftwareVersion
            scalar("9.6.1.101.2.4.0"),  # rndBrgVersion
        ),
        serial=(entity("serial"), column("9.6.1.101.53.14.1.5")),
        roles=((r"^W?AP\d", "wireless"), (r"^RV\d", "router")),
    ),
    Rule(
        os="ciscosb",
        vendor="Cisco",
        role="switch",
        object_ids=("9.1",),
        description=r"Catalyst 1[23]00 Series (?:Smart|Managed) Switch|Cisco Business|^C1[23]00-",
        model=(entity("model"), descr(r"\((C\d[\w-]+)\)")),
        version=(entity("software_revision"), column("9.6.1.101.53.14.1.2"), scalar("9.6.1.101.2.4.0")),
        serial=(entity("serial"), column("9.6.1.101.53.14.1.5")),
    ),
    Rule(
        os="ciscowlc",
        vendor="Cisco",
        role="wireless",
        object_ids=("9.1", "14179"),
        description=r"^Cisco Controller|^Linux Software.*WLC|Airespace",
        model=(scalar("14179.1.1.1.3.0"), entity("model"), *WLC_MODELS),  # agentInventoryMachineModel
        version=(scalar("14179.1.1.1.14.0"),),  # agentInventoryProductVersion
        serial=(scalar("14179.1.1.1.4.0"),),
    ),
    Rule(
        os="iosxr",
        vendor="Cisco",
        role="router",
        object_ids=("9",),
        description=r"IOS[ -]?XR",
        model=(entity("model"), descr(r"Software \(Cisco ([^)]+)\)"), descr(r"Software \(([^)]+)\)")),
        version=(descr(r"Version:? (\w[\w.]*)(?:\[\w+\])?"),),
    ),
    Rule(
        os="fxos",
        vendor="Cisco",
        role="firewall",
        object_ids=("9",),
        description=r"FX-?OS",
        version=(VERSION,),
    ),
    Rule(
        os="nxos",
        vendor="Cisco",
        role="switch",
        object_ids=("9",),
        description=r"NX-OS|Cisco Nexus",
        model=(entity("model"), descr(r"NX-OS\(tm\) (n\w+),")),
        version=(VERSION,),
    ),
    Rule(
        os="asa",
        vendor="Cisco",
        role="firewall",
        object_ids=("9",),
        description=r"Adaptive Security Appliance",
        version=(descr(r"Version (\S+)"),),
    ),
    Rule(
        os="ftd",
        vendor="Cisco",
        role="firewall",
        object_ids=("9",),
        description=r"Firepower Threat Defense|Secure Firewall|Firepower",
        model=(entity("model"), descr(r"Cisco (?:Firepower|Secure Firewall) ([\w-]*\d[\w-]*)")),
        version=(descr(r"Version (\d\S+)"),),
    ),
    Rule(
        os="pixos",
        vendor="Cisco",
        role="firewall",
        object_ids=("9",),
        description=r"PIX (?:Firewall|Security Appliance)",
        version=(descr(r"Version (\S+)"),),
    ),
    Rule(
        os="fwsm",
        vendor="Cisco",
        role="firewall",
        object_ids=("9",),
        description=r"Firewall Services Module",
        version=(descr(r"Version (\S+)"),),
    ),
    Rule(
        os="acsw",
        vendor="Cisco",
        role="loadbalancer",
        object_ids=("9",),
        description=r"Application Control (?:Software|Engine)",
        version=(descr(r"[Vv]ersion ([^,\s]+)"),),
    ),
    Rule(
        os="catos",
        vendor="Cisco",
        role="switch",
        object_ids=("9",),
        description=r"Catalyst Operating System",
        model=(descr(r"(WS-\S+)"),),
        version=(VERSION,),
    ),
    Rule(
        os="iosxe",
        vendor="Cisco",
        role="router",
        object_ids=("9",),
        description=(
            r"IOS[- ]?XE|LINUX_IOSD|Virtual XE|Cisco IOS Software \[|CAT3K_CAA|CAT9K|C9800|packages\.conf|"
            r"(?:ASR1000|CSR1000V|ISR[14]\d*|IR1101|C8000[VBE]?|CAT4500e|S3[68]50|ESR\d*)\S* Software \(\S*(?:IOSD|XE)"
        ),
        model=(entity("model"), PLATFORM),
        version=(VERSION,),
        roles=IOS_ROLES,
    ),
    # Rugged IE switches with IOS-XE describe themselves in columns: product, serial number, 261 V 17 12 4.
    Rule(
        os="iosxe",
        vendor="Cisco",
        role="switch",
        object_ids=("9",),
        description=r"^Cisco\s{2,}\S+\s+\w{11}\s+\d+ V ",
        model=(entity("model"), descr(r"^Cisco\s+(\S+)")),
        version=(descr(r" V (\d+)\s+(\d+)\s+(\d+)", r"\1.\2.\3"),),
        serial=(entity("serial"), descr(r"^Cisco\s+\S+\s+(\w{11})")),
    ),
    Rule(
        os="ciscoap",
        vendor="Cisco",
        role="wireless",
        object_ids=("9",),
        description=r"Cisco AP Software",
        version=(VERSION,),
    ),
    Rule(
        os="ios",
        vendor="Cisco",
        role="router",
        object_ids=("9",),
        description=r"Cisco IOS Software|IOS \(tm\)|Internetwork Operating System|Cisco IOS",
        model=(entity("model"), PLATFORM),
        version=(VERSION,),
        serial=(entity("serial"), scalar("9.3.6.3.0")),  # OLD-CISCO-CHASSIS-MIB chassisId
        roles=IOS_ROLES,
    ),
    Rule(
        os="cimc",
        vendor="Cisco",
        role="management",
        object_ids=("9.1",),
        description=r"Integrated Management Controller|CIMC",
        version=(descr(r"[Vv]ersion ([\w.()]+)"), scalar("9.9.719.1.9.14.1.5.1")),
        model=(scalar("9.9.719.1.9.35.1.32.1"), scalar("9.9.719.1.9.6.1.6.1")),
        serial=(scalar("9.9.719.1.9.35.1.47.1"), scalar("9.9.719.1.9.6.1.14.1")),
    ),
    Rule(
        os="ucos",
        vendor="Cisco",
        role="server",
        object_ids=("9.1",),
        description=r"UCOS|Unified (?:Communications|CM)|VOS|^Hardware:.*Software:UCOS",
        model=(descr(r"Hardware:\s*([^,]+)"),),
        version=(descr(r"UCOS ([\d.-]+)"),),
    ),
    Rule(
        os="ciscoise",
        vendor="Cisco",
        role="server",
        object_ids=("9.1",),
        description=r"Identity Services Engine|Cisco Secure ACS|Application Deployment Engine",
        version=(descr(r"[Vv]ersion:? (\d[\w.]*)"),),
    ),
    Rule(
        os="cisco-ons",
        vendor="Cisco",
        role="transport",
        object_ids=("9.1", "3607"),
        description=r"ONS|NCS ?2\d{3}|Optical",
        version=(descr(r"(\d\d\.\d[\w.-]*)"),),
        model=(descr(r"(ONS\s?\d+|NCS ?2\d+)"),),
    ),
    Rule(
        os="asyncos",
        vendor="Cisco",
        role="server",
        object_ids=("15497",),
        model=(descr(r"Model:? ([^,]+)"),),
        version=(descr(r"AsyncOS Version: ([^,\s]+)"),),
        serial=(descr(r"Serial #: ([\w-]+)"),),
    ),
    Rule(
        os="staros",
        vendor="Cisco",
        role="router",
        object_ids=("8164",),
        model=(descr(r"(ASR\s?\d+|ST\d+|VPC\S*)"),),
        version=(descr(r"(?:Version|StarOS)\s+([\w.]+)"), scalar("8164.1.2.1.1.26.0")),
    ),
    Rule(
        os="viptela",
        vendor="Cisco",
        role="router",
        object_ids=("41916",),
        version=(scalar("41916.11.1.1.0"), descr(r"(\d+\.\d+\.\d\S*)")),
    ),
    Rule(
        os="merakims",
        vendor="Cisco Meraki",
        role="switch",
        object_ids=("29671",),
        description=r"\bMS\d|Switch",
        model=(descr(r"Meraki (\S+)"),),
    ),
    Rule(
        os="merakimr",
        vendor="Cisco Meraki",
        role="wireless",
        object_ids=("29671",),
        description=r"\b(?:MR|CW)\d|(?:Access Point|Cloud Managed .*AP)",
        model=(descr(r"Meraki (\S+)"),),
    ),
    Rule(
        os="merakimx",
        vendor="Cisco Meraki",
        role="firewall",
        object_ids=("29671",),
        model=(descr(r"Meraki (\S+)"),),
    ),
)
