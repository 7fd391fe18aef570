"""The client of a GNS3 server 2.2 or 3.x: every operation works on both, with the same values.

    gns3 = clients.get("gns3")
    project = gns3.create_project("campus")
    pc = gns3.create_node(project.project_id, "PC1", "vpcs")
    gns3.start_node(project.project_id, pc.node_id).console

What each operation does when its answer is lost stands in connection.py; the streams in notifications.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from api_clients.domain.operation import operation
from api_clients.network.gns3.examples import EXAMPLES
from api_clients.network.gns3.operations.links import LinkOperations
from api_clients.network.gns3.operations.nodes import NodeOperations
from api_clients.network.gns3.operations.projects import ProjectOperations
from api_clients.network.gns3.operations.server import ServerOperations
from api_clients.network.gns3.values import Topology


class Gns3Client(ServerOperations, ProjectOperations, NodeOperations, LinkOperations):
    examples: ClassVar[Mapping[str, Any]] = EXAMPLES

    @operation(idempotent=True, role="viewer")
    def topology(self, project_id: str) -> Topology:
        """Return a project with its nodes, links and drawings, read one after the other."""
        return Topology(
            project=self.project(project_id),
            nodes=self.nodes(project_id),
            links=self.links(project_id),
            drawings=self.drawings(project_id),
        )

    def capture_stream(self, project_id: str, link_id: str) -> Iterator[bytes]:
        """Yield a running capture as it grows, from its pcap header on, until it is stopped or the caller leaves."""
        stream = self.open_capture(project_id, link_id)
        try:
            while chunk := stream.read():
                yield chunk
        finally:
            stream.close()
