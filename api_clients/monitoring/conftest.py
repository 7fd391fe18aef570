"""Servers that the tests of several services share; one set for a file."""

from api_clients.monitoring.tests.prometheus_servers import monitoring

__all__ = ["monitoring"]
