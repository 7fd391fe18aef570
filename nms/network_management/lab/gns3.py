"""A simulated GNS3 server beside the lab's devices, with a project to look at.

The hub uses it as the server "main" where its configuration names none.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from api_clients.network.gns3.simulator import Gns3Simulator, draw_demo
from api_clients.simulation import SimulatorServer

LOGIN = ("admin", "admin")  # what GNS3 3.x itself begins with; guards nothing but simulated nodes
DEFAULT_PORT = 13080


class Gns3Lab:
    """Serves from start() until stop()."""

    def __init__(self, *, port: int | None = None) -> None:
        """Without a port the usual one is taken, or any where another lab has it."""
        self._simulator = Gns3Simulator("v3", login=LOGIN, consoles=True)
        self._port = port
        self._server = SimulatorServer(self._simulator, port=DEFAULT_PORT if port is None else port)

    def start(self) -> None:
        """Raises ValueError where the port that was asked for is taken."""
        try:
            self._server.start()
        except OSError as error:
            if self._port is not None:
                raise ValueError(f"The GNS3 server cannot listen on port {self._port}: {error.strerror}") from error
            self._server = SimulatorServer(self._simulator)
            self._server.start()
        draw_demo(self._simulator)

    def stop(self) -> None:
        self._server.stop()
        self._simulator.stop_consoles()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def describe(self) -> dict[str, Any]:
        """Where it is and what is in it, ready for JSON."""
        projects = self._simulator.world.projects.values()
        return {
            "url": self._server.url,
            "username": LOGIN[0],
            "password": LOGIN[1],
            "projects": [
                {"project_id": project.project_id, "name": project.name, "nodes": len(project.nodes)}
                for project in projects
            ],
        }
