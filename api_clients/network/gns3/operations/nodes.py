"""Nodes: what they are, what they do, and the files in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from api_clients.domain.errors import InvalidRequest, Rejected
from api_clients.domain.operation import operation
from api_clients.network.gns3.connection import Gns3Connection
from api_clients.network.gns3.operations.projects import LONG_SECONDS, first
from api_clients.network.gns3.reading import as_file, as_node, as_nodes, as_nothing, as_rows, read_template
from api_clients.network.gns3.values import ALWAYS_ON, Node, NodeStatus

CAN_BE_SUSPENDED = frozenset({"qemu", "docker", "dynamips", "virtualbox", "vmware"})  # others run on, without an error


class NodeOperations(Gns3Connection):
    @operation(idempotent=True, role="viewer")
    def nodes(self, project_id: str) -> tuple[Node, ...]:
        """List a project's nodes; those of a closed project are stopped, without ports and console."""
        return self._nodes(project_id)

    @operation(idempotent=True, role="viewer")
    def node(self, project_id: str, node_id: str) -> Node:
        """Return one node of an open project. Raises ProjectClosed for one of a closed project."""
        return self._node(project_id, node_id)

    @operation(idempotent=False, role="operator")
    def create_node(
        self,
        project_id: str,
        name: str,
        type: str,
        *,
        compute_id: str = "local",
        x: int = 0,
        y: int = 0,
        symbol: str | None = None,
        properties: Mapping[str, Any] | None = None,
    ) -> Node:
        """Create a node; where its name is taken the server gives it another, which the answer holds."""
        node_id = str(uuid4())  # ours, so that it can be found again when the answer is lost
        document: dict[str, Any] = {
            "name": self._named(name),
            "node_type": type,
            "compute_id": compute_id,
            "node_id": node_id,
        }
        document |= _given(x=x, y=y, symbol=symbol, properties=dict(properties) if properties else None)
        return self._surely(
            lambda: self._ask("POST", self._nodes_path(project_id), json=document, read=as_node(project_id)),
            lambda: self._node(project_id, node_id),
        )

    @operation(idempotent=False, role="operator")
    def create_from_template(
        self,
        project_id: str,
        template_id: str,
        *,
        x: int = 0,
        y: int = 0,
        name: str | None = None,
        compute_id: str | None = None,
    ) -> Node:
        """Create a node as its template says, on the template's compute or else the local one."""
        path = self._path(
            "/projects/{project_id}/templates/{template_id}", project_id=project_id, template_id=template_id
        )
        document = {"x": x, "y": y, "compute_id": compute_id or self._compute_of(template_id)}
        document |= _given(name=None if name is None else self._named(name))
        node = self._made(
            project_id,
            lambda: self._ask("POST", path, json=document, read=as_node(project_id)),
            lambda node: (node.template_id, node.x, node.y) == (template_id, x, y),
        )
        if name is None or node.name == name:
            return node
        return self._renamed(node, name)

    @operation(idempotent=False, role="operator")
    def duplicate_node(self, project_id: str, node_id: str, *, x: int, y: int, z: int = 1) -> Node:
        """Copy a stopped node, without its links."""
        path = self._node_path(project_id, node_id, "/duplicate")
        return self._made(
            project_id,
            lambda: self._ask("POST", path, json={"x": x, "y": y, "z": z}, read=as_node(project_id)),
            lambda node: (node.x, node.y) == (x, y),
        )

    @operation(idempotent=True, role="operator")
    def update_node(
        self,
        project_id: str,
        node_id: str,
        *,
        name: str | None = None,
        x: int | None = None,
        y: int | None = None,
        z: int | None = None,
        symbol: str | None = None,
        properties: Mapping[str, Any] | None = None,
    ) -> Node:
        """Change what is given, and nothing else. v3 refuses another name for a started node, v2 gives it."""
        changes = _given(
            name=None if name is None else self._named(name),
            x=x,
            y=y,
            z=z,
            symbol=symbol,
            properties=dict(properties) if properties is not None else None,
        )
        return self._updated(project_id, node_id, changes)

    @operation(idempotent=False, role="operator")
    def delete_node(self, project_id: str, node_id: str) -> None:
        """Delete a node with its links."""
        self._surely(
            lambda: self._ask("DELETE", self._node_path(project_id, node_id), read=as_nothing) or True,
            lambda: self._is_gone(lambda: self._node(project_id, node_id)),
        )

    @operation(idempotent=False, role="operator")
    def start_node(self, project_id: str, node_id: str) -> Node:
        """Start a node and return it as it is then; a started one stays so."""
        return self._act(project_id, node_id, "start", "started")

    @operation(idempotent=False, role="operator")
    def stop_node(self, project_id: str, node_id: str) -> Node:
        """Stop a node and return it as it is then; a switch is always started."""
        return self._act(project_id, node_id, "stop", "stopped")

    @operation(idempotent=False, role="operator")
    def suspend_node(self, project_id: str, node_id: str) -> Node:
        """Suspend a node and return it as it is then; VPCS and others that cannot be suspended run on."""
        return self._act(project_id, node_id, "suspend", "suspended")

    @operation(idempotent=False, role="operator")
    def reload_node(self, project_id: str, node_id: str) -> Node:
        """Stop and start a node. Where the answer is lost, a started node may be the old run or the new."""
        return self._act(project_id, node_id, "reload", "started")

    @operation(idempotent=False, role="operator", deadline_seconds=LONG_SECONDS)
    def start_all(self, project_id: str) -> tuple[Node, ...]:
        """Start every node, three at a time as the server does it, and return them all."""
        return self._act_on_all(project_id, "start", "started")

    @operation(idempotent=False, role="operator", deadline_seconds=LONG_SECONDS)
    def stop_all(self, project_id: str) -> tuple[Node, ...]:
        """Stop every node and return them all."""
        return self._act_on_all(project_id, "stop", "stopped")

    @operation(idempotent=False, role="operator", deadline_seconds=LONG_SECONDS)
    def suspend_all(self, project_id: str) -> tuple[Node, ...]:
        """Suspend every node that can be and return them all."""
        return self._act_on_all(project_id, "suspend", "suspended")

    @operation(idempotent=False, role="operator", deadline_seconds=LONG_SECONDS)
    def reload_all(self, project_id: str) -> tuple[Node, ...]:
        """Stop and start every node and return them all."""
        return self._act_on_all(project_id, "reload", "started")

    @operation(idempotent=True, role="operator")
    def node_file(self, project_id: str, node_id: str, path: str) -> bytes:
        """Return a file of the node's own folder, such as startup.vpc or configs/i1_startup-config.cfg."""
        return self._ask("GET", self._file_path(project_id, node_id, path), read=as_file)

    @operation(idempotent=True, role="operator")
    def write_node_file(self, project_id: str, node_id: str, path: str, content: bytes) -> None:
        """Write a file of the node's own folder, which is read when the node starts."""
        self._ask(
            "POST",
            self._file_path(project_id, node_id, path),
            body=content,
            headers={"Content-Type": "application/octet-stream"},
            read=as_nothing,
        )

    def _nodes(self, project_id: str) -> tuple[Node, ...]:
        return self._ask("GET", self._nodes_path(project_id), read=as_nodes(project_id))

    def _node(self, project_id: str, node_id: str) -> Node:
        return self._ask("GET", self._node_path(project_id, node_id), read=as_node(project_id))

    def _act(self, project_id: str, node_id: str, action: str, wanted: NodeStatus) -> Node:
        path = self._node_path(project_id, node_id, f"/{action}")

        def look() -> Node:
            return self._node(project_id, node_id)

        def seen() -> Node | None:
            node = look()
            return node if _is_as(node, wanted) else None

        def act() -> Node:
            self._ask("POST", path, json={}, read=as_nothing)
            # v2 answers with the node as it was before, v3 with nothing.
            return self._settled(look, as_wanted=lambda node: _is_as(node, wanted))

        return self._surely(act, seen)

    def _act_on_all(self, project_id: str, action: str, wanted: NodeStatus) -> tuple[Node, ...]:
        path = self._nodes_path(project_id, f"/{action}")

        def look() -> tuple[Node, ...]:
            return self._nodes(project_id)

        def are_as_wanted(nodes: tuple[Node, ...]) -> bool:
            return all(_is_as(node, wanted) for node in nodes)

        def seen() -> tuple[Node, ...] | None:
            nodes = look()
            return nodes if are_as_wanted(nodes) else None

        def act() -> tuple[Node, ...]:
            self._ask("POST", path, json={}, read=as_nothing)
            return self._settled(look, as_wanted=are_as_wanted)

        return self._surely(act, seen)

    def _made(self, project_id: str, make: Callable[[], Node], is_it: Callable[[Node], bool]) -> Node:
        """Make a node whose id the server chooses; where the answer is lost it is one that was not there before."""
        before = {node.node_id for node in self._nodes(project_id)}
        return self._surely(
            make, lambda: first(node for node in self._nodes(project_id) if node.node_id not in before and is_it(node))
        )

    def _renamed(self, node: Node, name: str) -> Node:
        """Give a new node the name that v3 ignored; where that cannot be, there is no new node."""
        try:
            return self._updated(node.project_id, node.node_id, {"name": name})
        except Rejected:
            self._ask("DELETE", self._node_path(node.project_id, node.node_id), read=as_nothing)
            raise

    def _updated(self, project_id: str, node_id: str, changes: Mapping[str, Any]) -> Node:
        try:
            return self._ask("PUT", self._node_path(project_id, node_id), json=changes, read=as_node(project_id))
        except Rejected as error:
            # v2 refuses a VPCS node whose startup_script it has read itself, after it has done what was asked.
            if error.status != 400:
                raise
            node = self._node(project_id, node_id)
            if "properties" in changes or any(getattr(node, key) != value for key, value in changes.items()):
                raise
            return node

    def _compute_of(self, template_id: str) -> str:
        """Return "local" for built-in templates, which v2 does not make without being told where."""
        templates = self._ask("GET", "/templates", read=as_rows(read_template))
        found = first(item.compute_id for item in templates if item.template_id == template_id)
        return found or "local"

    def _nodes_path(self, project_id: str, rest: str = "") -> str:
        return self._path("/projects/{project_id}/nodes", project_id=project_id) + rest

    def _node_path(self, project_id: str, node_id: str, rest: str = "") -> str:
        return self._path("/projects/{project_id}/nodes/{node_id}", project_id=project_id, node_id=node_id) + rest

    def _file_path(self, project_id: str, node_id: str, path: str) -> str:
        segments = path.split("/")
        if any(segment in ("", ".", "..") for segment in segments):
            raise InvalidRequest(f"{path!r} is not the path of a file inside the node's folder", **self._labels())
        encoded = "/".join(quote(segment, safe="") for segment in segments)
        return self._node_path(project_id, node_id, f"/files/{encoded}")


def _is_as(node: Node, wanted: NodeStatus) -> bool:
    if node.type in ALWAYS_ON:
        return True
    if wanted == "suspended" and node.type not in CAN_BE_SUSPENDED:
        return True
    return node.status == wanted


def _given(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
