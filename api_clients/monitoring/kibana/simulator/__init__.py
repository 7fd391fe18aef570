"""A simulated Kibana 8.18: it answers as the official description says and, where that is silent, as Kibana does."""

from api_clients.monitoring.kibana.simulator.server import KibanaSimulator, make_simulator

__all__ = ["KibanaSimulator", "make_simulator"]
