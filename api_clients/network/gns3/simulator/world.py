"""The state of a simulated server, who listens to it, and how it behaves beyond what its users ask."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from api_clients.network.gns3.simulator.consoles import Consoles
from api_clients.network.gns3.simulator.documents import link_document, node_document, project_document
from api_clients.network.gns3.simulator.editions import Edition, Refusal
from api_clients.network.gns3.simulator.kinds import KINDS
from api_clients.network.gns3.simulator.listening import Listeners
from api_clients.network.gns3.simulator.state import Document, Link, Node, Project
from api_clients.network.gns3.simulator.templates import builtin_templates

NOT_OPENED = "The project is not opened"


@dataclass(slots=True)
class Manners:
    """How it behaves; what is slow goes on although the client that asked has left.

    `start_seconds` is how long each node takes to start, `failing_starts` the names of those that cannot.
    An open project with auto_close closes `auto_close_seconds` after the server has noticed that its last listener
    left, which it does at the next thing it says to it.
    """

    start_seconds: float = 0.0
    open_seconds: float = 0.0
    failing_starts: set[str] = field(default_factory=set)
    auto_close_seconds: float = 5.0
    ping_seconds: float = 5.0
    compute_update_seconds: float = 1.0
    repeats: int = 2  # how often one change of a node is told


class World:
    def __init__(self, edition: Edition, consoles: Consoles, manners: Manners) -> None:
        self.edition = edition
        self.consoles = consoles
        self.manners = manners
        self.lock = threading.RLock()
        self.projects: dict[str, Project] = {}
        self.templates: dict[str, Document] = builtin_templates(edition.api)
        self.listeners = Listeners(ping_seconds=manners.ping_seconds)

    def project(self, project_id: str) -> Project:
        try:
            return self.projects[project_id]
        except KeyError:
            raise Refusal(404, f"Project ID {project_id} doesn't exist") from None

    def opened(self, project_id: str) -> Project:
        project = self.project(project_id)
        if not project.opened:
            raise Refusal(403, NOT_OPENED)
        return project

    def node(self, project: Project, node_id: str) -> Node:
        try:
            return project.nodes[node_id]
        except KeyError:
            raise Refusal(404, f"Node ID {node_id} doesn't exist") from None

    def link(self, project: Project, link_id: str) -> Link:
        try:
            return project.links[link_id]
        except KeyError:
            raise Refusal(404, f"Link ID {link_id} doesn't exist") from None

    def template(self, template_id: str, *, missing: str = "") -> Document:
        try:
            return self.templates[template_id]
        except KeyError:
            raise Refusal(404, (missing or self.edition.template_missing).format(template_id)) from None

    def node_document(self, node: Node, project: Project) -> Document:
        return node_document(node, project, self.edition, console_host=self.consoles.host)

    def tell_controller(self, action: str, project: Project) -> None:
        self.listeners.tell(None, action, project_document(project))

    def tell(self, project: Project, action: str, event: Document) -> None:
        self.listeners.tell(project.project_id, action, event)

    def tell_node(self, action: str, node: Node, project: Project, *, times: int = 1) -> None:
        if self.listeners.count(project.project_id):
            document = self.node_document(node, project)
            for _ in range(times):
                self.tell(project, action, document)

    def tell_link(self, action: str, link: Link, project: Project) -> None:
        self.tell(project, action, link_document(link, project))

    def warn(self, project: Project, message: str, *, level: str = "warning") -> None:
        """Say something in the project's log."""
        self.tell(project, f"log.{level}", {"message": message})


def new_id(wanted: str | None = None) -> str:
    return str(UUID(wanted)) if wanted else str(uuid4())


def is_running(node: Node) -> bool:
    return node.status == "started" and not KINDS[node.type].always_on
