from api_clients.network.gns3.tests.servers import _session_gns3, gns3_server

__all__ = ["_session_gns3", "gns3_server"]
