"""Elasticsearch 8: search, documents, indices and the cluster.

A login is a name and a password, or an API key: kind bearer with scheme ApiKey and the encoded key. Source: the
official description of 8.17.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from api_clients.domain.alerts import Alert
from api_clients.domain.errors import Rejected
from api_clients.domain.figures import Figure
from api_clients.domain.health import Health
from api_clients.domain.operation import operation
from api_clients.domain.values import url_path
from api_clients.infrastructure.http import as_json
from api_clients.monitoring.elasticsearch import reading_cluster as reading
from api_clients.monitoring.elasticsearch.documents import Documents
from api_clients.monitoring.elasticsearch.indices import Indices
from api_clients.monitoring.elasticsearch.overview import alert_of_cluster, alerts_of_report, figures_of, reason_of
from api_clients.monitoring.elasticsearch.searching import Searching
from api_clients.monitoring.elasticsearch.values import ClusterHealth, Indicator, NodeStats, ServerInfo

NO_REPORT = (400, 404, 405)  # before 8.7 _health_report was taken for the name of an index
METRICS = "os,jvm,fs,process,indices"


class ElasticsearchClient(Searching, Documents, Indices):
    service = "elasticsearch"
    examples: ClassVar[Mapping[str, Any]] = {"index": "network-logs", "id": "1"}

    def _health(self) -> Health:
        cluster = self._cluster()
        version = self.info().version
        reason = "not all nodes answered in time" if cluster.timed_out else reason_of(cluster)
        return Health("degraded" if reason else "healthy", version, reason)

    @operation(idempotent=True, role="viewer", cache_seconds=60.0, lane="monitoring")
    def info(self) -> ServerInfo:
        """Tell version and cluster of the node that answers."""
        return self._get("/", read=as_json(reading.info))

    @operation(idempotent=True, role="viewer", cache_seconds=5.0, lane="monitoring")
    def cluster_health(self) -> ClusterHealth:
        """Tell status, nodes and shards of the cluster."""
        return self._cluster()

    @operation(idempotent=True, role="viewer", cache_seconds=10.0, lane="monitoring")
    def health_report(self) -> tuple[Indicator, ...]:
        """Tell what is well and what is not, with diagnoses; from 8.7 on."""
        return self._report()

    @operation(idempotent=True, role="viewer", cache_seconds=10.0, lane="monitoring")
    def nodes_stats(self, node: str = "") -> tuple[NodeStats, ...]:
        """Tell processor, memory, heap, disk and documents of the nodes; `node` is a name, an id or a pattern."""
        if node:
            path = url_path("/_nodes/{node}/stats/{metrics}", node=node, metrics=METRICS)
        else:
            path = url_path("/_nodes/stats/{metrics}", metrics=METRICS)
        return self._get(path, read=as_json(reading.nodes_stats))

    @operation(idempotent=True, role="viewer", cache_seconds=10.0, lane="monitoring")
    def active_alerts(self) -> tuple[Alert, ...]:
        """List what is not well: parts of the health report, or before 8.7 the status of the cluster."""
        try:
            return alerts_of_report(self._report())
        except Rejected as error:
            if error.status not in NO_REPORT:
                raise
            return alert_of_cluster(self._cluster())

    @operation(idempotent=True, role="viewer", cache_seconds=10.0, lane="monitoring")
    def figures(self) -> tuple[Figure, ...]:
        """Tell nodes and shards, and for each node processor, memory, heap and disk in percent, and load."""
        path = url_path("/_nodes/stats/{metrics}", metrics=METRICS)
        return tuple(figures_of(self._cluster(), self._get(path, read=as_json(reading.nodes_stats))))

    def _cluster(self) -> ClusterHealth:
        return self._get("/_cluster/health", read=as_json(reading.cluster_health))

    def _report(self) -> tuple[Indicator, ...]:
        return self._get("/_health_report", read=as_json(reading.health_report))
