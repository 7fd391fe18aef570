"""The map as its template draws it: every device with its box and words, every link with its path and words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from nms.dashboard.geometry import CARD_HEIGHT, Box
from nms.dashboard.layout import Layout, lay_out
from nms.dashboard.tiers import Edge, Node

# A small network keeps its size instead of filling the screen with three huge cards.
SMALLEST_WIDTH, SMALLEST_HEIGHT = 1000, 460
ICONS = frozenset({"switch", "router", "firewall", "server", "wireless", "printer", "power", "storage"})
# Letters that fit a card at its font size, measured for the widest common letters.
NAME_LENGTH, SMALL_NAME_LENGTH, DETAIL_LENGTH = 13, 9, 15


class DeviceShown(Protocol):
    """What the map says of a device."""

    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def address(self) -> str | None: ...
    @property
    def vendor(self) -> str: ...
    @property
    def model(self) -> str: ...


class LinkShown(Protocol):
    """What the map says of a link."""

    @property
    def id(self) -> int: ...
    @property
    def a_device_id(self) -> int: ...
    @property
    def a_port(self) -> str: ...
    @property
    def b_device_id(self) -> int: ...
    @property
    def b_port(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def protocols(self) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class DrawnDevice:
    id: int
    label: str
    detail: str
    title: str
    status: str
    icon: str
    box: Box

    @property
    def small(self) -> bool:
        return self.box.height < CARD_HEIGHT


@dataclass(frozen=True, slots=True)
class DrawnLink:
    id: int
    a_device_id: int
    b_device_id: int
    path: str
    title: str
    status: str
    faint: bool  # crosses the map to a device that stands under another one


@dataclass(frozen=True, slots=True)
class Picture:
    """`view_box` is the SVG attribute: all of the map, in the middle where it is small."""

    view_box: str
    devices: list[DrawnDevice]
    links: list[DrawnLink]


def draw(devices: Sequence[DeviceShown], links: Sequence[LinkShown]) -> Picture:
    layout = lay_out(
        [Node(device.id, device.name, device.role) for device in devices],
        [Edge(link.id, link.a_device_id, link.b_device_id) for link in links],
    )
    names = {device.id: device.name for device in devices}
    width, height = max(layout.width, SMALLEST_WIDTH), max(layout.height, SMALLEST_HEIGHT)
    return Picture(
        view_box=f"{(layout.width - width) / 2:.0f} {(layout.height - height) / 2:.0f} {width:.0f} {height:.0f}",
        # From the top row to the bottom, left to right: the order in which the keyboard visits them.
        devices=sorted(
            (_drawn_device(device, layout.boxes[device.id]) for device in devices),
            key=lambda drawn: (drawn.box.y, drawn.box.x),
        ),
        links=[_drawn_link(link, layout, names) for link in links if link.id in layout.paths],
    )


def _drawn_device(device: DeviceShown, box: Box) -> DrawnDevice:
    small = box.height < CARD_HEIGHT
    what = " ".join(filter(None, [device.vendor, device.model]))
    known = [device.role, device.status, what, device.address]
    return DrawnDevice(
        id=device.id,
        label=shorten(host(device.name), SMALL_NAME_LENGTH if small else NAME_LENGTH),
        detail="" if small else shorten(device.model or device.vendor or device.address or "", DETAIL_LENGTH),
        title=f"{device.name}: {', '.join(filter(None, known))}",
        status=device.status,
        icon=device.role if device.role in ICONS else "device",
        box=box,
    )


def _drawn_link(link: LinkShown, layout: Layout, names: dict[int, str]) -> DrawnLink:
    ends = f"{names[link.a_device_id]} {link.a_port}".strip(), f"{names[link.b_device_id]} {link.b_port}".strip()
    seen = ", ".join(protocol.upper() for protocol in link.protocols)
    return DrawnLink(
        id=link.id,
        a_device_id=link.a_device_id,
        b_device_id=link.b_device_id,
        path=layout.paths[link.id],
        title=f"{' – '.join(ends)}: {link.status}{f' (seen by {seen})' if seen else ''}",  # noqa: RUF001 # a range of two ends
        status=link.status,
        faint=link.id in layout.crossing,
    )


def host(name: str) -> str:
    """The first label of a domain name; an address stays as it is."""
    return name if ":" in name or name.replace(".", "").isdecimal() else name.split(".")[0]


def shorten(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"
