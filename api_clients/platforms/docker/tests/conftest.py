from api_clients.platforms.docker.tests.servers import dockerd

__all__ = ["dockerd"]
