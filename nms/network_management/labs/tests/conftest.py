from api_clients.network.gns3.tests.servers import _module_gns3, gns3_server
from common.tests.gns3.conftest import use_servers

__all__ = ["_module_gns3", "gns3_server", "use_servers"]
