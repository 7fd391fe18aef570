"""What Elasticsearch contributes to the overview: parts of the cluster that are not well, and the use of its nodes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from api_clients.domain.alerts import Alert, Severity
from api_clients.domain.figures import Figure
from api_clients.monitoring.elasticsearch.values import ClusterHealth, Indicator, NodeStats

SEVERITIES: dict[str, Severity] = {"red": "critical", "yellow": "medium"}


def reason_of(cluster: ClusterHealth) -> str:
    """Say why a cluster is not well; empty where it is."""
    if cluster.status == "green":
        return ""
    what = f"cluster {cluster.cluster_name} is {cluster.status}"
    waiting = cluster.unassigned_shards + cluster.initializing_shards
    if not waiting:
        return what
    return f"{what}: {waiting} of {cluster.active_shards + waiting} shards are not active"


def alert_of_cluster(cluster: ClusterHealth) -> tuple[Alert, ...]:
    if cluster.status not in SEVERITIES:
        return ()
    return (
        Alert(
            id=f"cluster/{cluster.cluster_name}",
            severity=SEVERITIES[cluster.status],
            title=f"Cluster is {cluster.status}",
            source=cluster.cluster_name,
            description=reason_of(cluster),
        ),
    )


def alerts_of_report(indicators: Iterable[Indicator]) -> tuple[Alert, ...]:
    return tuple(
        Alert(
            id=f"indicator/{indicator.name}",
            severity=SEVERITIES[indicator.status],
            title=indicator.symptom,
            source=indicator.name,
            description=" ".join((*indicator.impacts, *indicator.diagnoses)),
            labels={"status": indicator.status},
        )
        for indicator in indicators
        if indicator.status in SEVERITIES
    )


def figures_of(cluster: ClusterHealth, nodes: Iterable[NodeStats]) -> Iterator[Figure]:
    yield Figure("nodes.current", cluster.nodes, "count")
    yield Figure("shards.active", cluster.active_shards, "count")
    yield Figure("shards.unassigned", cluster.unassigned_shards, "count")
    for node in nodes:
        yield from _of_node(node)


def _of_node(node: NodeStats) -> Iterator[Figure]:
    labels = {"node": node.name}
    used = None
    if node.disk_total_bytes is not None and node.disk_available_bytes is not None:
        used = node.disk_total_bytes - node.disk_available_bytes
    shares = (
        ("cpu.used", node.cpu_percent, 100),
        ("memory.used", node.memory_used_bytes, node.memory_total_bytes),
        ("heap.used", node.heap_used_bytes, node.heap_max_bytes),
        ("disk.used", used, node.disk_total_bytes),
    )
    for name, part, whole in shares:
        if part is not None and whole:
            yield Figure(name, round(100 * part / whole, 3), "percent", labels)
    for minutes, load in node.load.items():
        yield Figure("load", load, "count", {**labels, "minutes": minutes})
