"""The startup configuration that a node keeps as a file, and the addresses in it.

GNS3 keeps these in the node's own folder: startup.vpc (VPCS), configs/i<id>_startup-config.cfg (Dynamips),
startup-config.cfg (IOU), etc/network/interfaces (containers). They can be read while the node is stopped.
"""

from __future__ import annotations

from collections.abc import Callable

from api_clients.domain.errors import Rejected
from api_clients.network.console.masking import mask_secrets
from api_clients.network.gns3.values import Node
from common.application.equipment.configured_addresses import Configured, of_interfaces_file, of_ios, of_vpcs
from common.application.equipment.ports import port_name
from common.application.equipment.values import Claim, StartupFile

Reader = Callable[[str], list[Configured]]
ReadFile = Callable[[str], bytes]  # path -> content; raises Rejected with status 404 where there is none

MAX_BYTES = 1024 * 1024


def startup_path(node: Node) -> str | None:
    """Where its kind of node keeps its startup configuration; None where it keeps none as a file."""
    match node.type:
        case "vpcs":
            return "startup.vpc"
        case "iou":
            return "startup-config.cfg"
        case "docker":
            return "etc/network/interfaces"
        case "dynamips":
            number = node.properties.get("dynamips_id")
            return f"configs/i{number}_startup-config.cfg" if isinstance(number, int) else None
    return None


def read_startup(node: Node, read_file: ReadFile) -> StartupFile | None:
    """None where the node has none (yet). Raises the client's errors, ValueError for what is no text of this kind."""
    path = startup_path(node)
    if path is None:
        return None
    try:
        content = read_file(path)
    except Rejected as error:
        if error.status == 404:
            return None
        raise
    if len(content) > MAX_BYTES or b"\0" in content:
        raise ValueError(f"{path} is no configuration: {len(content)} bytes, or binary")
    text = content.decode("utf-8", "replace")
    masked = mask_secrets(text)
    return StartupFile(path, masked.text, masked.count, startup_claims(node, text))


def startup_claims(node: Node, text: str) -> tuple[Claim, ...]:
    """The addresses that the configuration would give the node."""
    reader = _READERS.get(node.type, of_ios)
    return tuple(
        Claim(
            node.node_id,
            found.address,
            "startup",
            interface=port_name(node.ports, found.interface),
            prefix_length=found.prefix_length,
        )
        for found in reader(text)
    )


_READERS: dict[str, Reader] = {
    "vpcs": of_vpcs,
    "docker": of_interfaces_file,
    "dynamips": of_ios,
    "iou": of_ios,
}
