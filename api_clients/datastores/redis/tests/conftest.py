from api_clients.datastores.redis.tests.servers import _own_redis, console

__all__ = ["_own_redis", "console"]
