"""Which identifiers tell one box from another, and which only look as if they did.

Agents announce serial numbers nobody filled in, MAC addresses that virtual routers share and engine IDs that
came with the software. Such values are dropped here, before anything is compared.
"""

from __future__ import annotations

import ipaddress
import re

_JUNK_WORDS = """
    none null nil na n/a not-available not-specified not-applicable not-set not-present unknown undefined unset empty
    invalid unspecified default default-string default-serial serial serial-number sn s/n system-serial-number
    chassis-serial-number base-board-serial-number to-be-filled-by-o.e.m. to-be-filled o.e.m. oem test sample removed
    private hidden no-serial noserial not-defined notspecified
"""
_JUNK_SERIALS = frozenset(_JUNK_WORDS.split())
_COUNTING = "01234567890123456789"
_SHORTEST_SERIAL = 4

# MAC prefixes that several boxes carry at once. Locally administered addresses in general are kept: hypervisors
# and network namespaces draw theirs at random, so they do tell instances apart.
_SHARED_MAC_PREFIXES = (
    "00:00:5e:00:01:",  # VRRP for IPv4, CARP (RFC 9568)
    "00:00:5e:00:02:",  # VRRP for IPv6
    "00:00:0c:07:ac:",  # HSRP version 1
    "00:00:0c:9f:f",  # HSRP version 2 for IPv4
    "00:05:73:a0:0",  # HSRP for IPv6
    "00:07:b4:00:",  # GLBP
    "44:38:39:ff:",  # Cumulus MLAG system MACs, the same on both peers
    "00:50:56:c0:00:",  # VMware Workstation's host adapters
    "02:00:00:00:00:",  # internal ports of Juniper routing engines
    "02:00:4c:4f:4f:50",  # Microsoft loopback adapter
    "02:42:",  # Docker, made from the container's IP address
    "02:50:56:56:44:52",  # NSX distributed router, the same on every hypervisor
    "ee:ee:ee:ee:ee:ee",  # Calico, on every host
    "fe:ff:ff:ff:ff:ff",  # Xen backend interfaces
    "44:45:53:54:",  # Microsoft's RAS adapters
)
_MAC = re.compile(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}")

_CONSTANT_ENGINE_IDS = frozenset(
    {"8000000001020304", "80000000010203040506", "0102030405", "80004fb805636c6f75644dab22cc"}
)
_ENGINE_ID_OCTETS = range(5, 33)  # SnmpEngineID (SIZE(5..32)), RFC 3411
_MAC_SUBTYPE = 4  # LldpChassisIdSubtype macAddress


def serial_key(vendor: str, serial: str) -> str:
    """Return "<vendor>/<serial>" in lower case, or "" where the serial says nothing."""
    text = serial.strip().lower()
    plain = re.sub(r"[\s_-]+", "-", text).strip("<>[]()\"'*# -")
    digits = re.sub(r"[^0-9a-z]", "", plain)
    if len(digits) < _SHORTEST_SERIAL or plain in _JUNK_SERIALS or digits in _COUNTING or len(set(digits)) == 1:
        return ""
    return f"{vendor.strip().lower()}/{text}"


def distinct_mac(mac: str | None) -> str:
    """Return `mac` where it belongs to one box alone, else ""."""
    if not mac or not _MAC.fullmatch(mac) or mac.startswith(_SHARED_MAC_PREFIXES):
        return ""
    group_address = int(mac[:2], 16) & 1
    return "" if group_address or mac == "00:00:00:00:00:00" else mac


def chassis_key(subtype: int | None, chassis_id: str) -> str:
    """Return an LLDP chassis ID that is a MAC address. Others (names, addresses) are configuration, which a
    replacement box inherits."""
    return distinct_mac(chassis_id.lower()) if subtype == _MAC_SUBTYPE else ""


def engine_key(engine_id: str | None) -> str:
    """Return an snmpEngineID (hex) that was made for one engine, else ""."""
    text = (engine_id or "").lower()
    try:
        octets = bytes.fromhex(text)
    except ValueError:
        return ""
    if len(octets) not in _ENGINE_ID_OCTETS or text in _CONSTANT_ENGINE_IDS or len(set(octets[4:])) == 1:
        return ""
    return text if _engine_data_is_distinct(octets) else ""


def _engine_data_is_distinct(octets: bytes) -> bool:
    """Judge the data after the format octet (RFC 3411): 1 IPv4, 2 IPv6, 3 MAC, 4 text, 5 octets."""
    if not octets[0] & 0x80:  # the older form: enterprise number and eight octets of the vendor's choice
        return len(set(octets[4:])) > 1
    form, data = octets[4], octets[5:]
    if (form, len(data)) in {(1, 4), (2, 16)}:
        address = ipaddress.ip_address(data)
        return not (address.is_loopback or address.is_unspecified)
    if form == 3 and len(data) == 6:
        return bool(distinct_mac(data.hex(":")))
    return len(set(data)) > 1
