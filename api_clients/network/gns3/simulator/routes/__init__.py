"""What each address of the server does, by what it is about."""

from api_clients.network.gns3.simulator.routes import links, nodes, projects, server
from api_clients.network.gns3.simulator.routing import Table

TABLES = {
    "v2": Table((*server.ROUTES, *projects.ROUTES, *nodes.ROUTES, *links.ROUTES, *links.V2_ROUTES)),
    "v3": Table((*server.ROUTES, *server.V3_ROUTES, *projects.ROUTES, *nodes.ROUTES, *links.ROUTES, *links.V3_ROUTES)),
}
