"""A simulated Elasticsearch 8: documents that can be searched, indices, templates and lifecycles, without shards."""

from api_clients.monitoring.elasticsearch.simulator.simulator import ElasticsearchSimulator, make_simulator
from api_clients.monitoring.elasticsearch.simulator.state import State

__all__ = ["ElasticsearchSimulator", "State", "make_simulator"]
