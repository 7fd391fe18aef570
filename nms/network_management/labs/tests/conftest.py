from api_clients.network.gns3.tests.servers import _module_gns3, gns3_server
from common.tests.conftest import client_of, make_user
from common.tests.gns3.conftest import use_servers

__all__ = ["_module_gns3", "client_of", "gns3_server", "make_user", "use_servers"]
