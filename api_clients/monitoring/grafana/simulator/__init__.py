"""A simulated Grafana 13: it answers as the official description says and, where that is silent, as Grafana does."""

from api_clients.monitoring.grafana.simulator.server import GrafanaSimulator, make_simulator

__all__ = ["GrafanaSimulator", "make_simulator"]
