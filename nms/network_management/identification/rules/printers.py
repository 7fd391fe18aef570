"""Printers. All that matter serve Printer-MIB (RFC 3805) and name themselves in HOST-RESOURCES-MIB."""

from nms.network_management.identification.rule import Rule, Source, descr, scalar

HR_DEVICE_DESCR = "1.3.6.1.2.1.25.3.2.1.3.1"
PRT_SERIAL_NUMBER = "1.3.6.1.2.1.43.5.1.1.17.1"
PRT_PRINTER_NAME = "1.3.6.1.2.1.43.5.1.1.16.1"


def _printer(os: str, vendor: str, *object_ids: str, version: tuple[Source, ...] = (), description: str = "") -> Rule:
    """Of "RICOH MP C2550 1.24 / RICOH Network Printer C model" the model is what stands between vendor and version."""
    without_vendor = rf"(?i)^(?:{vendor}\s+)?([^;,\n]+?)(?: \d+\.\d+)?(?: /.*)?(?=[;,\n]|$)"
    return Rule(
        os=os,
        vendor=vendor,
        role="printer",
        object_ids=object_ids,
        description=description,
        model=(
            scalar(HR_DEVICE_DESCR, without_vendor),
            scalar(PRT_PRINTER_NAME, without_vendor),
            descr(without_vendor),
        ),
        version=version,
        serial=(scalar(PRT_SERIAL_NUMBER),),
    )


RULES = (
    _printer("brother", "Brother", "2435", version=(descr(r"(?i)Firmware Ver\.?\s*([\w.]+)"),)),
    _printer("kyocera", "Kyocera", "1347", version=(scalar("1347.43.5.4.1.5.1.1"),)),
    _printer("ricoh", "Ricoh", "367", version=(scalar("367.3.2.1.1.1.2.0"), descr(r"RICOH \S.*? (\d+\.\d\S*) /"))),
    _printer("xerox", "Xerox", "253", version=(descr(r"(?:System(?: Software)?|ESS|SS) ?(\d[\d.]+)"),)),
    _printer("canonprinter", "Canon", "1602", version=(descr(r"/P? ?(\d+\.\d\S*)"),)),
    _printer("lexmarkprinter", "Lexmark", "641", version=(descr(r"version (\S+)"),)),
    _printer("epson", "Epson", "1248"),
    _printer("okilan", "OKI", "2001", version=(descr(r"Rev\.?\s*([\w.]+)"),)),
    _printer("konica", "Konica Minolta", "18334", version=(scalar("18334.1.1.1.5.5.1.1.3.1"),)),
    _printer("sharp", "Sharp", "2385"),
    _printer("samsungprinter", "Samsung", "236", version=(descr(r"OS (\S+?);"), scalar("236.11.5.1.1.1.2.0"))),
    _printer("toshiba", "Toshiba", "1129", description=r"(?i)printer|e-?studio|MFP"),
    _printer("toshiba-tec", "Toshiba TEC", "1129"),
    _printer("zebra", "Zebra", "10642", version=(scalar("10642.1.2.0"), scalar("683.1.9.0"))),
    _printer("dell-laser", "Dell", "674.10898"),
    _printer("panasonic-kx-ns-series", "Panasonic", "258"),
    # Print servers and rebranded engines: whatever serves Printer-MIB and says what it is.
    Rule(
        os="generic-printer",
        vendor="",
        role="printer",
        description=r"(?i)\bprint(?:er|ing)?\b|laserjet|\bMFP\b",
        has=scalar(PRT_SERIAL_NUMBER),
        model=(scalar(HR_DEVICE_DESCR), scalar(PRT_PRINTER_NAME)),
        serial=(scalar(PRT_SERIAL_NUMBER),),
    ),
)
