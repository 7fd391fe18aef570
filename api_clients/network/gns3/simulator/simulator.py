"""A GNS3 server without GNS3: answers like 2.2.54 or 3.0.6, over HTTP, WebSocket and telnet, faults included."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from api_clients.network.gns3.simulator import streams
from api_clients.network.gns3.simulator.consoles import Consoles
from api_clients.network.gns3.simulator.editions import EDITIONS, Api, Refusal
from api_clients.network.gns3.simulator.login import Logins
from api_clients.network.gns3.simulator.routes import TABLES
from api_clients.network.gns3.simulator.routing import Call
from api_clients.network.gns3.simulator.world import Manners, World
from api_clients.simulation import Answer, HttpSimulator, Received, SimulatorServer, serve

OPEN_TO_ALL = ("/version", "/access/users/authenticate")
REMEMBERED = 1000  # requests that `received` keeps


class Gns3Simulator(HttpSimulator):
    """`world` is what it holds, for tests that change it behind everybody's back; `logins.revoke()` ends all tokens.

    Without `login` everybody is let in, which a real 3.x server never does. `consoles` opens real ports for the
    consoles of nodes; `stop_consoles` closes them.
    """

    def __init__(
        self,
        api: Api = "v3",
        *,
        login: tuple[str, str] | None = None,
        token_seconds: float = 86_400.0,
        consoles: bool = False,
        manners: Manners | None = None,
    ) -> None:
        super().__init__()
        edition = EDITIONS[api]
        self.logins = Logins(edition, login, token_seconds=token_seconds)
        self.world = World(edition, Consoles(listening=consoles), manners or Manners())

    def respond(self, received: Received) -> Answer:
        del self.received[:-REMEMBERED]
        if not received.path.startswith(f"/{self.world.edition.api}/"):
            return self.world.edition.unknown_route()
        verdict = "admitted" if received.path.endswith(OPEN_TO_ALL) else self.logins.verdict(received)
        if verdict != "admitted":
            return self._stranger(received, has_token=verdict == "refused")
        return self.answer(received)

    def answer(self, received: Received) -> Answer:
        edition = self.world.edition
        try:
            found = TABLES[edition.api].find(edition, received)
            if isinstance(found, Answer):
                return found
            route, ids = found
            call = Call(self.world, self.logins, received, ids)
            if not route.alone:
                return route.handler(call)
            with self.world.lock:
                return route.handler(call)
        except Refusal as refusal:
            return edition.refusal(refusal)

    def stop_consoles(self) -> None:
        self.world.consoles.stop()

    def _stranger(self, received: Received, *, has_token: bool) -> Answer:
        if self.world.edition.is_v2:
            return Answer(401, headers={"WWW-Authenticate": 'Basic realm="GNS3 server"'})
        if received.headers.get("upgrade", "").lower() == "websocket":
            return Answer(converse=streams.refuse_login) if has_token else Answer(403)
        told = "Could not validate credentials" if has_token else "Not authenticated"
        return self.world.edition.refusal(Refusal(401, told))


@contextmanager
def serve_gns3(simulator: Gns3Simulator) -> Iterator[SimulatorServer]:
    """Serve it on a port of this machine, and its consoles on theirs."""
    with serve(simulator) as server:
        try:
            yield server
        finally:
            simulator.stop_consoles()
