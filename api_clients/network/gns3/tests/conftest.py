from api_clients.network.gns3.tests.servers import _module_gns3, gns3_server

__all__ = ["_module_gns3", "gns3_server"]
