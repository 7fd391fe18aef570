"""Firewalls, VPN gateways, proxies and load balancers."""

from nms.network_management.identification.rule import Rule, column, descr, entity, scalar

FORTINET_SERIAL = scalar("12356.100.1.1.1.0")  # fnSysSerial


def _fortinet(os: str, role: str, branch: str, version_oid: str) -> Rule:
    """Fortinet's products share the serial number's OID; each has its version in its own branch."""
    return Rule(
        os=os,
        vendor="Fortinet",
        role=role,
        object_ids=(f"12356.{branch}",),
        model=(entity("model"), descr(r"^(Forti\S+)")),
        version=(scalar(f"12356.{version_oid}", r"(v?\d\S*(?: \(\w+\))?)"), descr(r"v(\d\S+)")),
        serial=(FORTINET_SERIAL,),
    )


RULES = (
    Rule(
        os="fortigate",
        vendor="Fortinet",
        role="firewall",
        object_ids=("12356.101", "12356.15"),
        model=(
            entity("software_revision", r"^(Forti\S+)"),
            descr(r"^((?:Forti|FGT|FWF|FGR)\S+)"),
        ),
        version=(
            scalar("12356.101.4.1.1.0"),  # fgSysVersion: "v6.4.8,build1914,211117 (GA)"
            entity("software_revision", r"(v\d.*)$"),
        ),
        serial=(FORTINET_SERIAL, scalar("12356.1.2.0")),
    ),
    _fortinet("fortianalyzer", "server", "102", "102.99.1.0"),
    _fortinet("fortimanager", "management", "103", "103.2.1.3.0"),
    _fortinet("fortimail", "server", "105", "105.1.3.0"),
    _fortinet("fortiswitch", "switch", "106", "106.4.1.1.0"),
    _fortinet("fortiweb", "firewall", "107", "107.4.1.1.0"),
    _fortinet("fortiadc", "loadbalancer", "112", "112.1.3.0"),
    _fortinet("fortiauthenticator", "server", "113", "113.1.2.0"),
    _fortinet("fortisandbox", "server", "118", "118.3.1.1.0"),
    _fortinet("fortiap", "wireless", "120", "120.1.1.0"),
    Rule(
        os="panos",
        vendor="Palo Alto Networks",
        role="firewall",
        object_ids=("25461",),
        model=(scalar("25461.2.1.2.2.1.0"), entity("model"), descr(r"Networks ([\w-]+)")),  # panChassisType
        version=(scalar("25461.2.1.2.1.1.0"),),  # panSysSwVersion
        serial=(scalar("25461.2.1.2.1.3.0"),),
        roles=((r"(?i)panorama|^M-\d", "management"),),
    ),
    Rule(
        os="gaia",
        vendor="Check Point",
        role="firewall",
        object_ids=("2620",),
        model=(scalar("2620.1.6.16.7.0"), scalar("2620.1.6.16.9.0")),  # svnApplianceProductName
        version=(scalar("2620.1.6.4.1.0"),),  # svnVersion
        serial=(scalar("2620.1.6.16.3.0"),),
    ),
    # Gaia with net-snmp's own sysObjectID: its kernel is named "cp".
    Rule(
        os="gaia",
        vendor="Check Point",
        role="firewall",
        object_ids=("8072",),
        description=r"^Linux \S+ \S+cp(?:x86_64|smp)?\b",
        model=(scalar("2620.1.6.16.7.0"),),
        version=(scalar("2620.1.6.4.1.0"),),
        serial=(scalar("2620.1.6.16.3.0"),),
    ),
    Rule(
        os="ipso",
        vendor="Check Point",
        role="firewall",
        object_ids=("94.1.21",),
        model=(descr(r"(IP\d+)"), entity("description", r"(IP\d+)")),
        version=(descr(r"IPSO \S+ (\S+)"), descr(r"IPSO (\S+)")),
    ),
    Rule(
        os="f5",
        vendor="F5",
        role="loadbalancer",
        object_ids=("3375",),
        model=(scalar("3375.2.1.3.5.2.0"), descr(r"(BIG-IP [\w-]+) :")),  # sysPlatformInfoMarketingName
        version=(scalar("3375.2.1.4.2.0"), descr(r"release ([\d.]+\d)")),  # sysProductVersion
        serial=(scalar("3375.2.1.3.3.3.0"),),  # sysGeneralChassisSerialNum
    ),
    Rule(os="f5os", vendor="F5", role="loadbalancer", object_ids=("12276",), version=(descr(r"(\d+\.\d+\.\d\S*)"),)),
    Rule(
        os="netscaler",
        vendor="Citrix",
        role="loadbalancer",
        object_ids=("5951",),
        model=(scalar("5951.4.1.1.11.0"),),  # sysHardwareVersionDesc
        version=(descr(r"NS(\S+?): Build ([\d.]+\d)", r"\1 Build \2"), scalar("5951.4.1.1.1.0", r"NS([\d.]+)")),
        serial=(scalar("5951.4.1.1.14.0"),),
    ),
    Rule(
        os="acos",
        vendor="A10",
        role="loadbalancer",
        object_ids=("22610",),
        model=(descr(r"\b((?:TH|AX|vThunder)\w*)"),),
        version=(descr(r"ACOS ([\w.-]+)"), descr(r"[Vv]ersion ([\w.-]+)")),
        serial=(scalar("22610.2.4.1.6.2.0"),),
    ),
    Rule(
        os="alteonos",
        vendor="Radware",
        role="loadbalancer",
        object_ids=("1872",),
        model=(descr(r"^(?:Alteon )?(.+?)$"),),
        version=(scalar("1872.2.5.1.1.1.10.0"),),
        serial=(scalar("1872.2.5.1.3.1.18.0"),),
    ),
    Rule(os="radware", vendor="Radware", role="loadbalancer", object_ids=("89",), version=(scalar("89.2.4.0"),)),
    Rule(
        os="kemp",
        vendor="Kemp",
        role="loadbalancer",
        object_ids=("12196",),
        version=(scalar("12196.13.0.10.0"), descr(r"(\d+\.\d+\.\d\S*)")),
    ),
    Rule(
        os="barracudaloadbalancer",
        vendor="Barracuda",
        role="loadbalancer",
        object_ids=("20632.1",),
        version=(scalar("20632.1.2.7.0"),),
    ),
    Rule(
        os="barracudangfirewall",
        vendor="Barracuda",
        role="firewall",
        object_ids=("10704",),
        model=(scalar("10704.1.11.0"),),
        version=(scalar("10704.1.12.0"), descr(r"(\d+\.\d+\.\d\S*)")),
        serial=(scalar("10704.1.13.0"),),
    ),
    Rule(os="barracudaspamfirewall", vendor="Barracuda", role="firewall", object_ids=("20632",)),
    Rule(
        os="rios",
        vendor="Riverbed",
        role="appliance",
        object_ids=("17163.1.1",),
        model=(scalar("17163.1.1.1.1.0", r"^(?:Steelhead )?(\S+)"),),
        version=(scalar("17163.1.1.1.3.0", r"(\d+\.\d+\.\d\w*)"),),
        serial=(scalar("17163.1.1.1.2.0"),),
    ),
    Rule(
        os="riverbed",
        vendor="Riverbed",
        role="appliance",
        object_ids=("17163",),
        version=(descr(r"(\d+\.\d+\.\d\w*)"),),
    ),
    Rule(
        os="sophos-xg",
        vendor="Sophos",
        role="firewall",
        object_ids=("2604", "21067"),
        model=(scalar("2604.5.1.1.2.0"), scalar("21067.2.1.1.2.0")),
        version=(scalar("2604.5.1.1.3.0", r"(\d+\.\d\S*)"), scalar("21067.2.1.1.3.0", r"(\d+\.\d\S*)")),
        serial=(scalar("2604.5.1.1.4.0"), scalar("21067.2.1.1.4.0")),
    ),
    Rule(os="sophos", vendor="Sophos", role="firewall", object_ids=("9789",)),
    Rule(
        os="fireware",
        vendor="WatchGuard",
        role="firewall",
        object_ids=("3097",),
        model=(descr(r"^(?:WatchGuard )?(?:Firebox |Fireware )?(\S+)"),),
        version=(scalar("3097.6.3.1.0"), descr(r"(\d+\.\d+\.\d\S*)")),
        serial=(scalar("3097.6.3.3.0"),),
    ),
    Rule(
        os="sonicwall",
        vendor="SonicWall",
        role="firewall",
        object_ids=("8741",),
        model=(scalar("8741.2.1.1.1.0"), descr(r"(?i)SonicWALL ([\w -]+?)(?: \(|$)")),
        version=(scalar("8741.2.1.1.3.0", r"(\d+\.\d\S*)"), descr(r"SonicOS \w* ?([\d.]+[\w.-]*)")),
        serial=(scalar("8741.2.1.1.2.0"),),
    ),
    Rule(
        os="stormshield",
        vendor="Stormshield",
        role="firewall",
        object_ids=("11256",),
        model=(scalar("11256.1.18.1.0"), scalar("11256.1.0.1.0")),
        version=(scalar("11256.1.18.2.0"), scalar("11256.1.0.2.0")),
        serial=(scalar("11256.1.18.3.0"), scalar("11256.1.0.3.0")),
    ),
    Rule(
        os="sgos",
        vendor="Blue Coat",
        role="appliance",
        object_ids=("3417",),
        model=(descr(r"Blue Coat (.+?)(?: Series)?,"),),
        version=(descr(r"SGOS ([\d.]+)"), descr(r"Version:? \S* ?([\d.]+)")),
        serial=(scalar("3417.2.11.1.4.0"),),
    ),
    Rule(
        os="nios",
        vendor="Infoblox",
        role="server",
        object_ids=("7779",),
        model=(scalar("7779.3.1.1.2.1.4.0"),),
        version=(scalar("7779.3.1.1.2.1.7.0"),),
        serial=(scalar("7779.3.1.1.2.1.6.0"),),
    ),
    Rule(os="bluecatadonis", vendor="BlueCat", role="server", object_ids=("13315",)),
    Rule(
        os="hillstone",
        vendor="Hillstone",
        role="firewall",
        object_ids=("28557",),
        model=(descr(r"(SG-\S+)"),),
        version=(scalar("28557.2.2.1.2.0"), descr(r"[Vv]ersion (\S+)")),
        serial=(scalar("28557.2.2.1.1.0"),),
    ),
    Rule(
        os="clavister-netshield",
        vendor="Clavister",
        role="firewall",
        object_ids=("5089",),
        version=(descr(r"(\d+\.\d+\.\d\S*)"),),
    ),
    Rule(
        os="stonesoft",
        vendor="Forcepoint",
        role="firewall",
        object_ids=("1369",),
        version=(descr(r"(\d+\.\d+\.\d\S*)"),),
    ),
    Rule(
        os="secureplatform",
        vendor="Check Point",
        role="firewall",
        object_ids=("8072",),
        description=r"cp(?:smp)? ",
        version=(scalar("2620.1.6.4.1.0"),),
        has=scalar("2620.1.6.4.1.0"),
    ),
    Rule(
        os="mcafeewebgateway",
        vendor="McAfee",
        role="appliance",
        object_ids=("1230.2.7",),
        version=(scalar("1230.2.7.1.3.0"),),
        model=(column("1230.2.7.1.1"),),
    ),
)
