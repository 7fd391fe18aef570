"""Arguments for every operation, of a project that the simulator's example server has: a switch with three hosts."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any
from uuid import UUID, uuid5

from api_clients.network.gns3.values import LinkEnd

PROJECT = "Campus"
VPCS_TEMPLATE = "52136454-1f50-590a-94e4-816bd02d1062"  # of every 3.x server
_IDS = UUID("6e6d7300-0000-4000-8000-000000000000")


def id_of(name: str = "") -> str:
    """The id of the project, or of what has this name in it."""
    return str(uuid5(_IDS, f"{PROJECT}/{name}" if name else PROJECT))


def _archive() -> bytes:
    """An empty project as GNS3 packs it, the same at every start."""
    topology: dict[str, Any] = {"computes": [], "nodes": [], "links": [], "drawings": []}
    document = {
        "name": "packed",
        "project_id": id_of("packed"),
        "revision": 9,
        "type": "topology",
        "topology": topology,
    }
    document |= {"auto_close": False, "auto_open": False, "auto_start": False}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(zipfile.ZipInfo("project.gns3"), json.dumps(document))
    return packed.getvalue()


EXAMPLES: dict[str, Any] = {
    "project_id": id_of(),
    "node_id": id_of("pc1"),
    "link_id": id_of("pc1-sw1"),
    "drawing_id": id_of("title"),
    "snapshot_id": id_of("snapshot"),
    "template_id": VPCS_TEMPLATE,
    "name": "branch",
    "type": "vpcs",
    "x": 120,
    "y": -40,
    "end": LinkEnd(id_of("pc3"), 0, 0),
    "other": LinkEnd(id_of("sw1"), 0, 7, "to pc3"),
    "suspended": True,
    "filters": {"packet_loss": [10], "delay": [100, 20]},
    "file_name": "pc1.pcap",
    "svg": '<svg height="24" width="80"><text font-size="16">Branch</text></svg>',
    "path": "startup.vpc",
    "content": b"set pcname pc1\nip 10.0.0.1/16\n",
    "archive": _archive(),
}
