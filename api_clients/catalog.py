"""The services NMS can speak to, one line each. A client is imported when it is first asked for.

A new service is one line here and its folder; see docs/api_clients.md.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, cast

from api_clients.domain.policies.breaker import BreakerPolicy

Kind = Literal["service", "device"]


@dataclass(frozen=True, slots=True)
class ServiceEntry:
    """`kind` service: made of a chain for each configured target. device: one client, told the device at each call.

    `client` is "package.module:Class". `breaker` holds where the configuration says nothing.
    """

    name: str
    family: str
    kind: Kind
    client: str
    summary: str
    breaker: BreakerPolicy = field(default_factory=BreakerPolicy)

    def load(self) -> type[Any]:
        """Import and return the client's class."""
        module, _, name = self.client.partition(":")
        return cast("type[Any]", getattr(importlib.import_module(module), name))


Catalog = Mapping[str, ServiceEntry]


def make_catalog(entries: Iterable[ServiceEntry]) -> Catalog:
    """Index entries by name; a name that comes twice is refused."""
    catalog: dict[str, ServiceEntry] = {}
    for entry in entries:
        if entry.name in catalog:
            raise ValueError(f"service {entry.name} is in the catalogue twice")
        catalog[entry.name] = entry
    return MappingProxyType(catalog)


CATALOG = make_catalog(
    [
        ServiceEntry(
            "snmp",
            "network",
            "device",
            "api_clients.network.snmp.client:SnmpClient",
            "SNMP v1, v2c and v3 agents",
            # Shorter than a round of watching, so that each round may try a silent device once.
            breaker=BreakerPolicy(recovery_seconds=10),
        ),
        ServiceEntry(
            "icmp", "network", "device", "api_clients.network.icmp.client:IcmpClient", "echo, TCP probe and traceroute"
        ),
        ServiceEntry(
            "gns3",
            "network",
            "service",
            "api_clients.network.gns3.client:Gns3Client",
            "labs on GNS3 servers 2.2 and 3.x",
            # A server that was restarted is back within seconds, and people wait for their lab.
            breaker=BreakerPolicy(recovery_seconds=5),
        ),
        ServiceEntry(
            "console",
            "network",
            "device",
            "api_clients.network.console.client:ConsoleClient",
            "telnet consoles of VPCS, Cisco, Linux, MikroTik and others",
            breaker=BreakerPolicy(recovery_seconds=10),
        ),
        ServiceEntry(
            "redis",
            "datastores",
            "service",
            "api_clients.datastores.redis.client:RedisClient",
            "memory, keys, commands, slow log and clients of Redis",
        ),
        ServiceEntry(
            "suricata",
            "security",
            "service",
            "api_clients.security.suricata.client:SuricataClient",
            "events, alerts, rules and the engine of Suricata",
        ),
        ServiceEntry(
            "fail2ban",
            "security",
            "service",
            "api_clients.security.fail2ban.client:Fail2banClient",
            "jails and bans of Fail2ban",
        ),
        ServiceEntry(
            "prometheus",
            "monitoring",
            "service",
            "api_clients.monitoring.prometheus.client:PrometheusClient",
            "queries, targets, rules and alerts of Prometheus; remote write",
        ),
        ServiceEntry(
            "alertmanager",
            "monitoring",
            "service",
            "api_clients.monitoring.alertmanager.client:AlertmanagerClient",
            "alerts, silences and receivers of Alertmanager",
        ),
        ServiceEntry(
            "netdata",
            "monitoring",
            "service",
            "api_clients.monitoring.netdata.client:NetdataClient",
            "charts, alarms and nodes of Netdata",
        ),
        ServiceEntry(
            "docker",
            "platforms",
            "service",
            "api_clients.platforms.docker.client:DockerClient",
            "containers of a Docker engine: their health, statistics and logs",
        ),
        ServiceEntry(
            "backend",
            "platforms",
            "service",
            "api_clients.platforms.backend.client:BackendClient",
            "any JSON service, described by configuration alone",
        ),
        ServiceEntry(
            "postgresql",
            "datastores",
            "service",
            "api_clients.datastores.postgresql.client:PostgresqlClient",
            "sizes, connections, locks, queries, replication, indexes and vacuum of PostgreSQL",
        ),
        ServiceEntry(
            "ntopng",
            "monitoring",
            "service",
            "api_clients.monitoring.ntopng.client:NtopngClient",
            "hosts, flows, applications and alerts of ntopng",
        ),
        ServiceEntry(
            "grafana",
            "monitoring",
            "service",
            "api_clients.monitoring.grafana.client:GrafanaClient",
            "dashboards, data sources, annotations, alerting and access of Grafana 10 to 13",
        ),
        ServiceEntry(
            "kibana",
            "monitoring",
            "service",
            "api_clients.monitoring.kibana.client:KibanaClient",
            "saved objects, data views, spaces and alerting rules of Kibana 8",
        ),
        ServiceEntry(
            "elasticsearch",
            "monitoring",
            "service",
            "api_clients.monitoring.elasticsearch.client:ElasticsearchClient",
            "search, documents, indices and the cluster of Elasticsearch 8",
        ),
        ServiceEntry(
            "haproxy",
            "qos",
            "service",
            "api_clients.qos.haproxy.client:HaproxyClient",
            "statistics, servers, sessions and stick tables of HAProxy, and its Data Plane API",
        ),
        ServiceEntry(
            "traffic_control",
            "qos",
            "service",
            "api_clients.qos.traffic_control.client:TrafficControlClient",
            "qdiscs, classes and filters of this machine's kernel, changed by plans",
        ),
    ]
)
