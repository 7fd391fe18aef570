"""The one compute, "local": what it can and how busy it is."""

from __future__ import annotations

from api_clients.network.gns3.simulator.kinds import KINDS
from api_clients.network.gns3.simulator.state import Document
from api_clients.network.gns3.simulator.world import World

MEMORY = 16 * 1024**3


def document(world: World) -> Document:
    edition = world.edition
    capabilities: Document = {"node_types": list(KINDS), "platform": "linux", "version": edition.version}
    common: Document = {
        "compute_id": "local",
        "name": "gns3" if edition.is_v2 else "gns3 (controller)",
        "protocol": "http",
        "host": "127.0.0.1",
        "port": 3080,
        "user": None,
        "connected": True,
        "cpu_usage_percent": 3.5,
        "memory_usage_percent": 42.0,
        "last_error": None,
        "capabilities": capabilities,
    }
    if edition.is_v2:
        return common
    capabilities |= {"cpus": 4, "memory": MEMORY, "disk_size": 256 * 1024**3}
    return common | {"user": "gns3", "disk_usage_percent": 27.3}


def statistics(world: World) -> list[Document]:
    figures = {
        "memory_total": MEMORY,
        "memory_free": MEMORY * 58 // 100,
        "memory_used": MEMORY * 42 // 100,
        "swap_total": 0,
        "swap_free": 0,
        "swap_used": 0,
        "cpu_usage_percent": 3,
        "memory_usage_percent": 42,
        "swap_usage_percent": 0,
        "disk_usage_percent": 27,
        "load_average_percent": [4, 3, 2],
    }
    return [{"compute_id": "local", "compute_name": document(world)["name"], "statistics": figures}]
