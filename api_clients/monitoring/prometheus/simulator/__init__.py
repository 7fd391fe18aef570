"""A Prometheus that answers like version 3, without a PromQL engine; see simulator.py for what it understands."""

from api_clients.monitoring.prometheus.simulator.simulator import PrometheusSimulator, make_simulator

__all__ = ["PrometheusSimulator", "make_simulator"]
