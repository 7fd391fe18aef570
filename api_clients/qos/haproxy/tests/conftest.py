from api_clients.qos.haproxy.tests.servers import _session_haproxy, haproxy

__all__ = ["_session_haproxy", "haproxy"]
