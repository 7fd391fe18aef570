from api_clients.datastores.postgresql.tests.servers import _own_postgresql

__all__ = ["_own_postgresql"]
