"""What the page of one device shows, in words: its facts, its interfaces, its links as seen from its own side."""

from __future__ import annotations

from dataclasses import dataclass

from nms.network_management.facade import DeviceDetail, InterfaceSummary, LinkSummary

MOMENT = "%Y-%m-%d %H:%M UTC"


@dataclass(frozen=True, slots=True)
class InterfaceRow:
    index: int
    name: str
    description: str
    status: str  # up, down, disabled, or the MIB's word
    speed: str
    mac: str
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LinkRow:
    near_port: str
    far_device_id: int
    far_device: str
    far_port: str
    status: str
    protocols: str


def facts_of(device: DeviceDetail) -> list[tuple[str, str]]:
    """Return what is known as (name, value); what is not known is left out."""
    summary = device.summary
    moments = {
        "Up since": device.boot_time,
        "First seen": device.first_seen,
        "Last seen": summary.last_seen,
        "Last read in full": device.last_profiled_at,
    }
    facts = {
        "Address": summary.address,
        "Role": summary.role,
        "Vendor": summary.vendor,
        "Model": summary.model,
        "Operating system": f"{summary.os} {device.version}".strip(),
        "Serial number": device.serial,
        "Location": device.location,
        "Site": device.site,
        "Contact": device.contact,
        **{name: moment.strftime(MOMENT) for name, moment in moments.items() if moment},
        "Other addresses": ", ".join(device.addresses),
    }
    return [(name, value) for name, value in facts.items() if value]


def interface_rows(device: DeviceDetail) -> list[InterfaceRow]:
    return [_interface_row(interface) for interface in device.interfaces]


def link_rows(device: DeviceDetail) -> list[LinkRow]:
    return [_link_row(link, device.summary.id) for link in device.links]


def speed_in_words(speed_bps: int | None) -> str:
    """10G, 2.5G, 100M, 64k; nothing where the agent says nothing."""
    if not speed_bps:
        return ""
    for size, letter in ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k")):
        if speed_bps >= size:
            return f"{speed_bps / size:.4g}{letter}"
    return str(speed_bps)


def _interface_row(interface: InterfaceSummary) -> InterfaceRow:
    name = interface.name or interface.description or str(interface.index)
    descriptions = [text for text in (interface.alias, interface.description) if text and text != name]
    return InterfaceRow(
        index=interface.index,
        name=name,
        description=", ".join(dict.fromkeys(descriptions)),
        status="disabled" if interface.admin_status == "down" else interface.oper_status,
        speed=speed_in_words(interface.speed_bps),
        mac=interface.mac,
        addresses=interface.addresses,
    )


def _link_row(link: LinkSummary, device_id: int) -> LinkRow:
    a = (link.a_device_id, link.a_device, link.a_port)
    b = (link.b_device_id, link.b_device, link.b_port)
    near, far = (a, b) if link.a_device_id == device_id else (b, a)
    return LinkRow(
        near_port=near[2],
        far_device_id=far[0],
        far_device=far[1],
        far_port=far[2],
        status=link.status,
        protocols=", ".join(protocol.upper() for protocol in link.protocols),
    )
