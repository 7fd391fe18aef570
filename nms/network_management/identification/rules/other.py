"""Everything else with a sysObjectID of its own: cameras, telephony, clocks, industrial and regional vendors."""

from nms.network_management.identification.rule import Rule, descr, entity, scalar

DOTTED = descr(r"\b[vV]?(\d+\.\d+[\w.]*)")
FIRST_WORD = descr(r"^(\S+)")


def _simple(os: str, vendor: str, role: str, *object_ids: str, model: str = "", version: str = "") -> Rule:
    """A vendor whose sysDescr says it all: patterns for model and version, else the first word and a dotted number."""
    return Rule(
        os=os,
        vendor=vendor,
        role=role,
        object_ids=object_ids,
        model=(descr(model),) if model else (entity("model"), FIRST_WORD),
        version=(descr(version),) if version else (entity("software_revision"), DOTTED),
    )


RULES = (
    # Consoles and keyboards
    _simple(
        "avocent", "Avocent", "console", "10418", model=r"(?:Avocent |Cyclades )?((?:ACS|DSR|MPU|AV|PM)\s?-?\d*\w*)"
    ),
    _simple("cyclades", "Avocent", "console", "2925", model=r"((?:ACS|TS|KVM|AlterPath)\S*)"),
    _simple("lantronix-slc", "Lantronix", "console", "244", model=r"((?:SLC|SLB|EDS|UDS|XPort)\S*)"),
    _simple("perle", "Perle", "console", "1966", model=r"((?:IOLAN|MCR|IDS)\S*(?: \S+)?)"),
    _simple("digipower", "Digipower", "power", "17420"),
    # Telephony
    Rule(
        os="audiocodes",
        vendor="AudioCodes",
        role="voice",
        object_ids=("5003",),
        model=(descr(r"Product: ?([^;]+?) ?;"), scalar("5003.9.10.10.1.1.1.0")),
        version=(descr(r"SW Version: ?([\w.]+)"),),
        serial=(scalar("5003.9.10.10.1.2.4.0"),),
    ),
    _simple("patton", "Patton", "voice", "1768", model=r"((?:SN|SmartNode )\d\S*)", version=r"(R?\d+\.\S*\d)"),
    _simple("sonus-sbc", "Ribbon", "voice", "2879", "177"),
    _simple("acme", "Oracle", "voice", "9148", model=r"(SD\d+|Acme Packet \d+|VME?)"),
    _simple("avaya-ipo", "Avaya", "voice", "6889", model=r"((?:IP Office|G\d{3}|S\d{4})\S*)"),
    _simple("polycom", "Poly", "phone", "13885"),
    _simple("snom", "Snom", "phone", "7526"),
    _simple("yealink", "Yealink", "phone", "37459"),
    _simple("grandstream-ht", "Grandstream", "phone", "42397"),
    _simple("mitel", "Mitel", "phone", "1027"),
    _simple("asterisk", "Digium", "voice", "22736"),
    _simple("innovaphone", "innovaphone", "voice", "6666", model=r"(IP\d+\w*)"),
    # Cameras
    Rule(
        os="axiscam",
        vendor="Axis",
        role="camera",
        object_ids=("368",),
        model=(descr(r"AXIS ([^;]+?) ?;"),),
        version=(descr(r"; ?(\d+\.\d+[\d.]*) ?;"),),
    ),
    _simple("hikvision-cam", "Hikvision", "camera", "39165", "50001"),
    _simple("dahua-nvr", "Dahua", "camera", "1004849"),
    _simple("bosch", "Bosch", "camera", "3967"),
    # Clocks
    _simple("meinberg", "Meinberg", "clock", "5597", model=r"((?:LANTIME|MBGLTNG|M\d+)\S*(?: \S+)?)"),
    _simple("microsemi", "Microchip", "clock", "9070", "601"),
    _simple("spectracom", "Safran", "clock", "18837"),
    # Industrial Ethernet
    _simple("hirschmann", "Hirschmann", "switch", "248", model=r"(?:Hirschmann )?(\S+)"),
    _simple("weos", "Westermo", "switch", "16177", model=r"(?:Westermo )?([A-Z]\S*\d\S*)"),
    _simple("ros", "Siemens", "switch", "15004", model=r"((?:RUGGEDCOM |RuggedCom )?(?:RS|RX|i|M)\S*\d\S*)"),
    _simple(
        "scalance",
        "Siemens",
        "switch",
        "4329",
        model=r"(SCALANCE \S+|6GK\S+)",
        version=r"FW: ?(?:Version )?V?(\S+?)(?:,|$)",
    ),
    _simple("moxa-etherdevice", "Moxa", "switch", "8691"),
    _simple("phoenix", "Phoenix Contact", "switch", "4346"),
    _simple("korenix", "Korenix", "switch", "24062"),
    _simple("transition", "Transition Networks", "switch", "868"),
    _simple("oringnet", "ORing", "switch", "25972"),
    _simple("wago", "WAGO", "switch", "13576"),
    # Regional and white-box switches and routers
    _simple("edgecos", "Edgecore", "switch", "259", version=r"(\d+\.\d+\.\d+[\w.]*)"),
    _simple("planetos", "Planet", "switch", "10456"),
    _simple("fs-switch", "FS", "switch", "52642", "27975"),
    _simple("bdcom", "BDCOM", "switch", "3320", model=r"BDCOM\S* (?:BDCOM\s?)?(\S+)", version=r"[Vv]ersion (\S+)"),
    _simple("pbn", "PBN", "switch", "11606", version=r"[Vv]ersion (\S+)"),
    _simple("raisecom-ros", "Raisecom", "switch", "8886"),
    _simple(
        "ruijie", "Ruijie", "switch", "4881", model=r"((?<=\()\S+(?=\))|(?:RG|S)\d?-\S+)", version=r"RGOS ([\w.()]+)"
    ),
    _simple("maipu-mypower", "Maipu", "switch", "5651"),
    _simple("fiberhome", "FiberHome", "access", "5875"),
    _simple("eltex-mes", "Eltex", "switch", "35265"),
    _simple("snr", "SNR", "switch", "40418", model=r"(SNR-\S+)"),
    _simple("qtech", "QTech", "switch", "27514", model=r"(QSW-\S+)"),
    _simple(
        "lcos",
        "LANCOM",
        "router",
        "2356",
        model=r"(?:LANCOM )?(.+?)(?: Annex.*)? \d+\.\d",
        version=r" (\d+\.\d+[\w.]*)",
    ),
    _simple("lcoslx", "LANCOM", "wireless", "2356.13", model=r"LANCOM (\S+)"),
    _simple("bintec", "bintec elmeg", "router", "272", model=r"^(\S+)"),
    _simple("avm", "AVM", "router", "872", model=r"(FRITZ\S+ \S+ ?\S*)"),
    _simple(
        "draytek",
        "DrayTek",
        "router",
        "7367",
        model=r"(?:Router Model: ?|DrayTek (?:Corporation, )?(?:Router Model: )?)?(Vigor\S*?),",
        version=r"Version: ?([\w.]+)",
    ),
    _simple("ubiquoss", "Ubiquoss", "access", "7800"),
    _simple("asuswrt-merlin", "ASUS", "router", "2623"),
    _simple("technicolor", "Technicolor", "router", "2863", "637.51"),
    _simple(
        "lenovo-cnos", "Lenovo", "switch", "19046.1.7", model=r"(?:Lenovo )?((?:RackSwitch |ThinkSystem )?[GN]\S*\d\S*)"
    ),
    _simple("xcc", "Lenovo", "management", "19046.11"),
    _simple("ibm-imm", "IBM", "management", "2.3.51"),
    _simple("ibmnos", "IBM", "switch", "26543", "20301", "1872.1"),
    _simple(
        "mellanox",
        "NVIDIA",
        "switch",
        "33049",
        model=r"Mellanox ([^,]+),",
        version=r"(?:MLNX-OS|SWv|Onyx)[ ,]*v?([\w.]+)",
    ),
    _simple("pica8", "Pica8", "switch", "35098"),
    _simple("gigamon", "Gigamon", "appliance", "26866", model=r"(GV\S*|GigaVUE\S*|HC\d)", version=r"(\d+\.\d+[\w.]*)"),
    _simple("sandvine", "Sandvine", "appliance", "11610"),
    _simple("procera", "Sandvine", "appliance", "15397"),
    _simple("allot", "Allot", "appliance", "2603"),
    _simple("exinda", "Exinda", "appliance", "21091"),
    _simple("silverpeak", "Aruba", "router", "23867", model=r"(?:Silver Peak )?((?:NX|EC|VX|VRX)-?\S+)"),
    _simple("velocloud", "VMware", "router", "45346"),
    _simple("versa", "Versa", "router", "42359"),
    _simple("teldat", "Teldat", "router", "2007"),
    _simple("oneaccess", "Ekinops", "router", "13191"),
    _simple("crestron", "Crestron", "av", "3212"),
    _simple("barco", "Barco", "av", "12612"),
    _simple("sensatronics", "Sensatronics", "environment", "16174"),
)
