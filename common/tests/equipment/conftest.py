"""Discoveries of equipment on servers of the tests, as the central service's own tests configure them."""

from common.tests.gns3.conftest import _module_gns3, gns3_server, use_servers

__all__ = ["_module_gns3", "gns3_server", "use_servers"]
