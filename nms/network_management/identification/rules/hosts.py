"""Servers, hypervisors, and appliances that are a Linux or a BSD inside.

Many answer with net-snmp's sysObjectID and a plain uname in sysDescr; only an object of their own tells them apart.
They come last: whatever names itself more exactly has been recognised before.
"""

from dataclasses import replace

from nms.network_management.identification.appliance import appliance
from nms.network_management.identification.rule import Rule, Source, column, descr, entity, scalar, system

# nsExtendOutput1Line of the extension scripts that monitoring systems install on hosts: distro, hardware...
EXTEND = "8072.1.3.2.3.1.1."
DISTRO = f"{EXTEND}6.100.105.115.116.114.111"
HARDWARE = f"{EXTEND}8.104.97.114.100.119.97.114.101"
SERIAL = f"{EXTEND}6.115.101.114.105.97.108"
UCD_EXTEND = "2021.7890."  # the same scripts under an OID of one's own: extend .1.3.6.1.4.1.2021.7890.2 hardware ...
OPNSENSE_VERSION = (
    "8072.1.3.2.3.1.2.7.118.101.114.115.105.111.110"  # nsExtendOutLine "version", which OPNsense installs
)

# Management software of server vendors, beside any operating system.
SERVER_MODEL = (
    scalar(HARDWARE),
    scalar(f"{UCD_EXTEND}2.4.1.2.8.104.97.114.100.119.97.114.101.1"),
    scalar("674.10892.1.300.10.1.9.1"),  # Dell OpenManage
    scalar("232.2.2.4.2.0"),  # HPE Insight agents
)
SERVER_SERIAL = (
    scalar(SERIAL),
    scalar(f"{UCD_EXTEND}4.4.1.2.6.115.101.114.105.97.108.1"),
    scalar("674.10892.1.300.10.1.11.1"),
    scalar("232.2.2.2.1.0"),
)
ARCHITECTURE = descr(
    r"\b(x86_64|i[3-6]86|amd64|i386|armv\w+|aarch64|arm64|mips\w*|ppc\w*|sparc\w*|riscv64|s390x|ia64)\s*$"
)

# Windows names its release by build number alone; workstation is sysObjectID 311.1.1.3.1.1, servers are .2 and .3.
WINDOWS_SERVERS = {
    "1381": "NT Server 4.0",
    "2195": "2000 Server (NT 5.0)",
    "3790": "Server 2003 (NT 5.2)",
    "600[0-3]": "Server 2008 (NT 6.0)",
    "760[01]": "Server 2008 R2 (NT 6.1)",
    "9200": "Server 2012 (NT 6.2)",
    "9600": "Server 2012 R2 (NT 6.3)",
    "14393": "Server 2016 (NT 6.3)",
    "17763": "Server 2019 (NT 6.3)",
    "20348": "Server 2022 (NT 6.3)",
    "26100": "Server 2025 (NT 6.3)",
}
WINDOWS_WORKSTATIONS = {
    "1381": "NT Workstation 4.0",
    "2195": "2000 (NT 5.0)",
    "2600": "XP (NT 5.1)",
    "3790": "XP x64 (NT 5.2)",
    "600[0-3]": "Vista (NT 6.0)",
    "760[01]": "7 (NT 6.1)",
    "9200": "8 (NT 6.2)",
    "9600": "8.1 (NT 6.3)",
    "10240": "10 1507 (NT 6.3)",
    "10586": "10 1511 (NT 6.3)",
    "14393": "10 1607 (NT 6.3)",
    "15063": "10 1703 (NT 6.3)",
    "16299": "10 1709 (NT 6.3)",
    "17134": "10 1803 (NT 6.3)",
    "17763": "10 1809 (NT 6.3)",
    "18362": "10 1903 (NT 6.3)",
    "18363": "10 1909 (NT 6.3)",
    "19041": "10 2004 (NT 6.3)",
    "19042": "10 20H2 (NT 6.3)",
    "19043": "10 21H1 (NT 6.3)",
    "19044": "10 21H2 (NT 6.3)",
    "19045": "10 22H2 (NT 6.3)",
    "22000": "11 21H2 (NT 6.3)",
    "22621": "11 22H2 (NT 6.3)",
    "22631": "11 23H2 (NT 6.3)",
    "26100": "11 24H2 (NT 6.3)",
}


def _windows_versions() -> tuple[Source, ...]:
    kinds = ((r"311\.1\.1\.3\.1\.[23]", WINDOWS_SERVERS), (r"", WINDOWS_WORKSTATIONS))
    return tuple(
        system(rf"(?s)^{kind}.*Build(?: Number:)? {build}\b", release)
        for kind, releases in kinds
        for build, release in releases.items()
    )


LINUX = Rule(
    os="linux",
    vendor="Linux",
    role="server",
    description=r"^Linux\b",
    model=(*SERVER_MODEL, entity("model"), ARCHITECTURE),
    version=(descr(r"^Linux \S+ (\S+)"),),
    serial=SERVER_SERIAL,
)
FREEBSD = Rule(
    os="freebsd",
    vendor="FreeBSD",
    role="server",
    description=r"\bFreeBSD\b",
    model=(*SERVER_MODEL, ARCHITECTURE),
    version=(descr(r"^FreeBSD \S+ (\d\S+)"), descr(r"FreeBSD (\d\S+)")),
    serial=SERVER_SERIAL,
)

RULES = (
    Rule(
        os="drac",
        vendor="Dell",
        role="management",
        object_ids=("674.10892.2", "674.10892.5"),
        model=(scalar("674.10892.5.1.3.12.0"), scalar("674.10892.2.1.1.2.0")),
        version=(scalar("674.10892.5.1.1.8.0"), scalar("674.10892.2.1.2.1.0"), scalar("674.10892.2.1.1.5.0")),
        serial=(scalar("674.10892.5.1.3.2.0"), scalar("674.10892.2.1.1.11.0")),
    ),
    Rule(
        os="windows",
        vendor="Microsoft",
        role="server",
        object_ids=("311", "99", "8072.3.2.13"),
        description=r"Windows",
        model=(
            *SERVER_MODEL,
            descr(r"Hardware: AMD64", "AMD x64"),
            descr(r"Hardware: (?:Intel64|EM64T)", "Intel x64"),
            descr(r"Hardware: ARM", "ARM"),
            descr(r"Hardware: (x86) Family \d+", r"Generic \1"),
        ),
        version=(*_windows_versions(), descr(r"Build(?: Number:)? (\d+)", r"build \1")),
        serial=SERVER_SERIAL,
    ),
    Rule(
        os="vmware-vcsa",
        vendor="VMware",
        role="server",
        object_ids=("6876",),
        description=r"vCenter",
        version=(descr(r"(\d+\.\d+\.\d\S*)"), scalar("6876.1.2.0")),
    ),
    Rule(
        os="vmware-esxi",
        vendor="VMware",
        role="server",
        object_ids=("6876",),
        model=(entity("description"), entity("model"), scalar("6876.1.1.0")),
        version=(descr(r"ESXi? (?:Server )?([\d.]+)"), scalar("6876.1.2.0")),
    ),
    appliance(
        "unifi",
        "Ubiquiti",
        "wireless",
        has="41112.1.6.3.3.0",
        model=(scalar("41112.1.6.3.3.0"),),
        version=(scalar("41112.1.6.3.6.0"),),
    ),
    appliance(
        "airos",
        "Ubiquiti",
        "wireless",
        has="41112.1.4.8.4.0",
        model=(column("1.2.840.10036.3.1.2.1.3"),),
        version=(column("1.2.840.10036.3.1.2.1.4", r"v(\d\S+)"),),
    ),
    Rule(os="nutanix", vendor="Nutanix", role="server", object_ids=("41263",), version=(scalar("41263.502.0"),)),
    Rule(os="supermicro-bmc", vendor="Supermicro", role="management", object_ids=("21317", "10876")),
    Rule(
        os="cumulus",
        vendor="NVIDIA",
        role="switch",
        object_ids=("40310",),
        version=(descr(r"(?:Cumulus[- ]Linux |version )(\d\S*)"),),
    ),
    Rule(
        os="dell-sonic",
        vendor="Dell",
        role="switch",
        object_ids=("674",),
        description=r"SONiC",
        model=(descr(r"HwSku: ?(?:DellEMC-)?([^\s-]+)"),),
        version=(descr(r"SONiC(?: Software)? Version: ?(?:SONiC\.)?(\S+)"),),
    ),
    Rule(
        os="sonic",
        vendor="SONiC",
        role="switch",
        description=r"SONiC",
        model=(descr(r"HwSku: ?(\S+)"),),
        version=(descr(r"SONiC(?: Software)? Version: ?(?:SONiC\.)?(\S+)"),),
    ),
    Rule(
        os="vyos",
        vendor="VyOS",
        role="router",
        description=r"VyOS",
        model=SERVER_MODEL,
        version=(descr(r"VyOS (\S+)"),),
    ),
    Rule(
        os="vyatta",
        vendor="Vyatta",
        role="router",
        description=r"Vyatta",
        version=(descr(r"Vyatta (?:\w+ )*?(?=\S*\d)(\S+)"),),
    ),
    Rule(
        os="pfsense",
        vendor="Netgate",
        role="firewall",
        description=r"pfSense",
        model=(*SERVER_MODEL, ARCHITECTURE),
        version=(descr(r"pfSense \S+ (\d\S+)"),),
    ),
    Rule(
        os="opnsense",
        vendor="OPNsense",
        role="firewall",
        description=r"(?i)^FreeBSD .*(?:-HBSD|opnsense|stable/\d\d\.\d)",
        model=(*SERVER_MODEL, scalar(OPNSENSE_VERSION, r"\((.+)\)"), ARCHITECTURE),
        version=(scalar(OPNSENSE_VERSION, r"OPNsense (\S+)"), descr(r"^FreeBSD \S+ (\S+)")),
    ),
    replace(
        FREEBSD,
        os="opnsense",
        vendor="OPNsense",
        role="firewall",
        has=scalar(OPNSENSE_VERSION, r"(OPNsense)"),
        version=(scalar(OPNSENSE_VERSION, r"OPNsense (\S+)"),),
    ),
    Rule(
        os="ocnos",
        vendor="IP Infusion",
        role="switch",
        object_ids=("36673",),
        model=(descr(r"Hardware Model: ?([^,]+)"),),
        version=(descr(r"(?:Software version:? ?|OcNOS-?)(\S+?),"), descr(r"(\d+\.\d+\.\d\S*)")),
    ),
    FREEBSD,
    Rule(
        os="openbsd",
        vendor="OpenBSD",
        role="server",
        description=r"OpenBSD",
        model=(*SERVER_MODEL, ARCHITECTURE),
        version=(descr(r"OpenBSD \S+ (\d\S*)"), descr(r"OpenBSD (\d\S*)")),
    ),
    Rule(
        os="netbsd",
        vendor="NetBSD",
        role="server",
        description=r"NetBSD",
        model=(ARCHITECTURE,),
        version=(descr(r"NetBSD \S+ (\d\S*)"),),
    ),
    Rule(
        os="dragonfly",
        vendor="DragonFly",
        role="server",
        description=r"^DragonFly",
        model=(ARCHITECTURE,),
        version=(descr(r"^DragonFly \S+ (\S+)"),),
    ),
    Rule(
        os="solaris",
        vendor="Oracle",
        role="server",
        description=r"SunOS|Solaris",
        model=(descr(r"(sun4\w|i86pc)"),),
        version=(descr(r"SunOS \S+ (\S+)"), descr(r"Solaris (\S+)")),
    ),
    Rule(
        os="aix",
        vendor="IBM",
        role="server",
        object_ids=("2.3.1.2",),
        model=(descr(r"Machine Type: ?(\S+)"),),
        version=(descr(r"AIX version: ?(\S+)"),),
        serial=(descr(r"Processor id: ?(\S+)"),),
    ),
    Rule(
        os="macosx",
        vendor="Apple",
        role="server",
        description=r"^Darwin|Mac OS X|macOS",
        model=(ARCHITECTURE,),
        version=(descr(r"Darwin \S+ (\S+)"),),
    ),
    Rule(
        os="proxmox",
        vendor="Proxmox",
        role="server",
        description=r"^Linux \S+ \S+-pve\b",
        model=LINUX.model,
        version=LINUX.version,
        serial=SERVER_SERIAL,
    ),
    Rule(
        os="openwrt",
        vendor="OpenWrt",
        role="router",
        description=r"^Linux",
        has=scalar(DISTRO, r"(OpenWrt|LEDE)"),
        model=(scalar(HARDWARE), ARCHITECTURE),
        version=(scalar(DISTRO, r"(\d\d\.\S+)"), descr(r"^Linux \S+ (\S+)")),
    ),
    Rule(
        os="openwrt",
        vendor="OpenWrt",
        role="router",
        description=r"(?i)openwrt|LEDE",
        version=(descr(r"(?i)openwrt\D*(\d\S+)"),),
    ),
    Rule(
        os="opengear",
        vendor="Opengear",
        role="console",
        object_ids=("25049",),
        model=(descr(r"(?i)(?:opengear[/ ])?((?:IM|CM|OM|ACM|SD|KCS|CD)\d\S*)"), scalar("25049.17.1.1.0")),
        version=(descr(r"(?i)(?:version|Linux) (\d+\.\d\S*)"),),
    ),
    LINUX,
)
