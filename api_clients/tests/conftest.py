from api_clients.tests.servers import _session_redis, redis_server

__all__ = ["_session_redis", "redis_server"]
