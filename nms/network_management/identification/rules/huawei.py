"""Huawei: VRP on switches, routers and firewalls, access nodes, servers, storage and power."""

from nms.network_management.identification.rule import Rule, descr, scalar

RULES = (
    Rule(
        os="smartax",
        vendor="Huawei",
        role="access",
        object_ids=("2011",),
        description=r"Integrated Access Software|SmartAX|MA5[0-9]{3}|EA5[0-9]{3}",
        model=(descr(r"((?:MA|EA)5\d{3}\w*)"), scalar("2011.6.3.1.1.0")),
        version=(descr(r"((?:MA|EA)?\d*V\d{3}R\w+)"), scalar("2011.6.3.1.3.0"), scalar("2011.6.3.1.2.0")),
    ),
    Rule(
        os="vrp",
        vendor="Huawei",
        role="router",
        object_ids=("2011",),
        description=r"(?i)VRP|Versatile Routing|Huawei(?! Technologies.*iBMC)",
        model=(
            descr(r"^([A-Z]+[\w]*\d[\w-]*)\s*\n?\s*Huawei"),
            scalar("2011.5.25.31.6.5.0"),  # hwEntitySystemModel
            descr(r"^(?:HUAWEI|Huawei) ((?!Versatile|Technologies|Corp)\S.+?)(?: Huawei.*)?$"),
            descr(r"Version [\d.]+,? ?\((\S+) V\d"),
        ),
        version=(
            descr(r"Version ([\d.]+),?\s*\((?:[\w&+./-]+ )*?(V\d{3}R\w+)", r"\1 (\2)"),
            descr(r"Version ([\d.]+)"),
        ),
        serial=(scalar("2011.5.25.188.1.1.0"),),  # hwDeviceEsn
        roles=(
            (r"\b(?:USG|Eudemon|SRG|NIP|HiSecEngine)", "firewall"),
            (r"\b(?:AC\d{4}|AP\d{4}|AirEngine|AD\d{4}|WA\d)", "wireless"),
            (r"\b(?:S\d{4,5}|CE\d{4,5}|CloudEngine|FM\d{4}|LS-S|Quidway)", "switch"),
        ),
    ),
    Rule(
        os="ibmc",
        vendor="Huawei",
        role="management",
        object_ids=("2011.2.235",),
        model=(scalar("2011.2.235.1.1.1.6.0"),),
        version=(scalar("2011.2.235.1.1.1.4.0"),),
        serial=(scalar("2011.2.235.1.1.1.7.0"),),
    ),
    Rule(os="huawei-smu", vendor="Huawei", role="power", object_ids=("2011.6.164",)),
    Rule(
        os="oceanstor",
        vendor="Huawei",
        role="storage",
        object_ids=("34774",),
        version=(scalar("34774.4.1.1.6.0"), scalar("34774.4.1.23.4.1.1.4.0")),
        serial=(scalar("34774.4.1.1.1.0"),),
    ),
)
