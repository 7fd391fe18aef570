"""The templates that every server has; their ids differ between the versions."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

from api_clients.network.gns3.simulator.editions import Api

Document = dict[str, Any]
_V3 = ":/symbols/affinity/square/blue/"

# name, type, category, name format, symbol of v2 and of v3, id of v2 and of v3
_BUILTIN = (
    (
        *("Cloud", "cloud", "guest", "Cloud{0}", "cloud.svg", "cloud.svg"),
        *("39e257dc-8412-3174-b6b3-0ee3ed6a43e9", "b6ed2e82-d5aa-5a86-b6dd-8b9dd1c66800"),
    ),
    (
        *("NAT", "nat", "guest", "NAT{0}", "nat.svg", "nat.svg"),
        *("df8f4ea9-33b7-3e96-86a2-c39bc9bb649c", "2d7eb722-90e8-56c1-8dfa-a30d79847984"),
    ),
    (
        *("VPCS", "vpcs", "guest", "PC{0}", "vpcs_guest.svg", "client.svg"),
        *("19021f99-e36f-394d-b4a1-8aaa902ab9cc", "52136454-1f50-590a-94e4-816bd02d1062"),
    ),
    (
        *("Ethernet switch", "ethernet_switch", "switch", "Switch{0}", "ethernet_switch.svg", "switch.svg"),
        *("1966b864-93e7-32d5-965f-001384eec461", "92a43283-9c7e-5a68-9695-1f05a2e8dd05"),
    ),
    (
        *("Ethernet hub", "ethernet_hub", "switch", "Hub{0}", "hub.svg", "hub.svg"),
        *("b4503ea9-d6b6-3695-9fe4-1db3b39290b0", "8ed8d072-b183-541c-81ec-6e106c3a5a2a"),
    ),
    (
        *("Frame Relay switch", "frame_relay_switch", "switch", "FRSW{0}", "frame_relay_switch.svg", "isdn.svg"),
        *("dd0f6f3a-ba58-3249-81cb-a1dd88407a47", "6ae48470-232f-50a4-a0df-5fb07e6ecba7"),
    ),
    (
        *("ATM switch", "atm_switch", "switch", "ATMSW{0}", "atm_switch.svg", "atm.svg"),
        *("aaa764e2-b383-300f-8a0e-3493bbfdb7d2", "fe3f642f-1398-562b-a3a8-bb93d4b2ee16"),
    ),
)


def builtin_templates(api: Api) -> dict[str, Document]:
    found = {}
    for name, kind, category, name_format, v2_symbol, v3_symbol, v2_id, v3_id in _BUILTIN:
        template_id, symbol = (v2_id, f":/symbols/{v2_symbol}") if api == "v2" else (v3_id, f"{_V3}{v3_symbol}")
        document = template(template_id, name, kind, category, name_format, symbol)
        found[template_id] = document | {"builtin": True, "compute_id": None}
    return found


def router_template() -> Document:
    """A router image that somebody has installed."""
    template_id = str(uuid5(UUID(int=0), "router"))
    symbol = ":/symbols/router.svg"
    return template(template_id, "Cisco 7200", "dynamips", "router", "R{0}", symbol) | {
        "builtin": False,
        "compute_id": "local",
    }


def template(template_id: str, name: str, kind: str, category: str, name_format: str, symbol: str) -> Document:
    return {
        "template_id": template_id,
        "name": name,
        "template_type": kind,
        "category": category,
        "default_name_format": name_format,
        "symbol": symbol,
    }
