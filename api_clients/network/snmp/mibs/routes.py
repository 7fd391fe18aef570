"""Routes in summary: how many, by which protocol, and the default gateways. Never the whole of a BGP table.

Three generations of tables say the same: inetCidrRouteTable (RFC 4292), ipCidrRouteTable (RFC 2096) and
ipRouteTable (RFC 1213). The newest that has anything is counted, up to a limit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from api_clients.network.snmp.mibs.decoding import address, address_value, arcs, inet_address, integer
from api_clients.network.snmp.mibs.tables import Session, read_column
from api_clients.network.snmp.values import RouteSummary, Value

LIMIT = 2_000  # routes counted one by one; beyond it the agent's own count stands, or the summary says truncated

# IANAipRouteProtocol; ipRouteTable and ipCidrRouteTable use a beginning of the same list.
PROTOCOLS = {
    1: "other",
    2: "local",
    3: "netmgmt",
    4: "icmp",
    5: "egp",
    6: "ggp",
    7: "hello",
    8: "rip",
    9: "is-is",
    10: "es-is",
    11: "igrp",
    12: "bbn-spf",
    13: "ospf",
    14: "bgp",
    15: "idpr",
    16: "eigrp",
    17: "dvmrp",
    18: "rpl",
    19: "dhcp",
}


@dataclass(frozen=True, slots=True)
class Table:
    """`count` is the scalar that says how many routes there are; `defaults` are index prefixes of default routes."""

    count: str
    protocol: str
    defaults: tuple[str, ...]
    next_hop: Callable[[Sequence[int]], str | None]  # from what follows such a prefix in the index


def _inet_next_hop(rest: Sequence[int]) -> str | None:
    """inetCidrRoutePolicy (an OID with its length before it), then the next hop."""
    if not rest or len(rest) <= rest[0] + 1:
        return None
    decoded = inet_address(rest[rest[0] + 1 :])
    return decoded[0] if decoded else None


def _cidr_next_hop(rest: Sequence[int]) -> str | None:
    """Type of service, then the next hop."""
    return address(rest[1:5])


INET_CIDR = Table(
    count="1.3.6.1.2.1.4.24.6.0",
    protocol="1.3.6.1.2.1.4.24.7.1.9",
    defaults=("1.4.0.0.0.0.0", "2.16." + "0." * 16 + "0"),
    next_hop=_inet_next_hop,
)
IP_CIDR = Table(
    count="1.3.6.1.2.1.4.24.3.0",
    protocol="1.3.6.1.2.1.4.24.4.1.7",
    defaults=("0.0.0.0.0.0.0.0",),
    next_hop=_cidr_next_hop,
)
IP_ROUTE_PROTOCOL = "1.3.6.1.2.1.4.21.1.9"
IP_ROUTE_DEFAULT_NEXT_HOP = "1.3.6.1.2.1.4.21.1.7.0.0.0.0"


async def read_routes(session: Session) -> RouteSummary | None:
    """None where the agent has no route table at all."""
    counts = await session.get_many([INET_CIDR.count, IP_CIDR.count, IP_ROUTE_DEFAULT_NEXT_HOP])
    for table in (INET_CIDR, IP_CIDR):
        count = integer(counts.get(table.count))
        protocols = {} if count == 0 else await read_column(session, table.protocol, stop_after=_bounded(count))
        if protocols:
            gateways = [
                table.next_hop(arcs(rest))
                for prefix in table.defaults
                for rest in await read_column(session, f"{table.protocol}.{prefix}", stop_after=LIMIT)
            ]
            return summary(protocols, gateways, count=count)
    protocols = await read_column(session, IP_ROUTE_PROTOCOL, stop_after=LIMIT)
    gateway = address_value(counts.get(IP_ROUTE_DEFAULT_NEXT_HOP))
    return summary(protocols, [gateway]) if protocols or gateway else None


def _bounded(count: int | None) -> int:
    """Of a table known to pass the limit a sample tells no more than the count; one page shows that it exists."""
    return LIMIT if count is None or count <= LIMIT else 1


def summary(
    protocols: Mapping[str, Value], gateways: Iterable[str | None], *, count: int | None = None
) -> RouteSummary:
    """`protocols` is the column of protocols, index -> number; `count` what the agent says there are in all."""
    words = Counter(PROTOCOLS.get(integer(number) or 1, "other") for number in protocols.values())
    partial = len(protocols) >= LIMIT or (count is not None and count > LIMIT)
    return RouteSummary(
        total=max(len(protocols), count or 0) if partial else len(protocols),
        by_protocol={} if count is not None and count > LIMIT else dict(words),
        default_gateways=tuple(dict.fromkeys(one for one in gateways if one and one not in ("0.0.0.0", "::"))),  # noqa: S104 # an unspecified next hop, nothing is bound
        truncated=partial and not count,
    )
