"""What a node is, by GNS3's type of it, where no agent says it. Pure data."""

from __future__ import annotations

from nms.network_management.profile import Identification

_KINDS = {
    "vpcs": Identification(os="vpcs", model="VPCS", role="host"),
    "traceng": Identification(model="TraceNG", role="host"),
    "ethernet_switch": Identification(model="Ethernet switch", role="switch"),
    "ethernet_hub": Identification(model="Ethernet hub", role="hub"),
    "frame_relay_switch": Identification(model="Frame Relay switch", role="switch"),
    "atm_switch": Identification(model="ATM switch", role="switch"),
    "cloud": Identification(model="Cloud", role="cloud"),
    "nat": Identification(model="NAT", role="cloud"),
    "dynamips": Identification(vendor="Cisco", os="ios", role="router"),
    "iou": Identification(vendor="Cisco", os="ios", role="router"),
    "docker": Identification(os="linux", role="server"),
    "qemu": Identification(),  # anything from a firewall to a desktop
    "virtualbox": Identification(),
    "vmware": Identification(),
}


def kind_of(node_type: str) -> Identification:
    """Return what nodes of `node_type` are; of an unknown type, nothing."""
    return _KINDS.get(node_type, Identification())
