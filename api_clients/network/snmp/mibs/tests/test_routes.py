from api_clients.network.snmp.mibs import routes
from api_clients.network.snmp.mibs.routes import read_routes
from api_clients.network.snmp.recorded import RecordedSession
from api_clients.network.snmp.values import RouteSummary

INET = "1.3.6.1.2.1.4.24.7.1.9"
CIDR = "1.3.6.1.2.1.4.24.4.1.7"


async def test_routes_of_the_newest_table_with_default_gateways_of_both_families():
    agent = RecordedSession(
        {
            "1.3.6.1.2.1.4.24.6.0": 4,
            f"{INET}.1.4.0.0.0.0.0.2.0.0.1.4.192.0.2.1": 13,
            f"{INET}.1.4.10.0.0.0.8.2.0.0.1.4.0.0.0.0": 2,
            f"{INET}.1.4.10.1.0.0.16.2.0.0.1.4.192.0.2.9": 14,
            f"{INET}.2.16{'.0' * 16}.0.2.0.0.2.16.254.128{'.0' * 13}.1": 3,
            f"{CIDR}.0.0.0.0.0.0.0.0.0.192.0.2.7": 3,
        }
    )
    assert await read_routes(agent) == RouteSummary(
        4, {"ospf": 1, "local": 1, "bgp": 1, "netmgmt": 1}, ("192.0.2.1", "fe80::1")
    )


async def test_the_older_tables():
    cidr = RecordedSession({f"{CIDR}.0.0.0.0.0.0.0.0.0.192.0.2.7": 3, f"{CIDR}.10.0.0.0.255.0.0.0.0.0.0.0.0": 2})
    assert await read_routes(cidr) == RouteSummary(2, {"netmgmt": 1, "local": 1}, ("192.0.2.7",))
    oldest = RecordedSession(
        {
            "1.3.6.1.2.1.4.21.1.9.0.0.0.0": 3,
            "1.3.6.1.2.1.4.21.1.7.0.0.0.0": "192.0.2.1",
            "1.3.6.1.2.1.4.21.1.9.10.0.0.0": 8,
        }
    )
    assert await read_routes(oldest) == RouteSummary(2, {"netmgmt": 1, "rip": 1}, ("192.0.2.1",))
    assert await read_routes(RecordedSession({"1.3.6.1.2.1.1.1.0": b"x"})) is None


class CountingSession(RecordedSession):
    walked = 0

    async def walk(self, oid, *, stop_after=None):
        found = await super().walk(oid, stop_after=stop_after)
        self.walked += len(found)
        return found


def full_table(count: int) -> dict:
    return {
        f"{INET}.1.4.{10 + n // 65536}.{n // 256 % 256}.{n % 256}.0.24.2.0.0.1.4.192.0.2.1": 14 for n in range(count)
    }


async def test_a_full_table_is_not_walked_where_the_agent_knows_its_size():
    agent = CountingSession({"1.3.6.1.2.1.4.24.6.0": 950_000, **full_table(5_000)})
    assert await read_routes(agent) == RouteSummary(950_000, {}, ())
    assert agent.walked < 10


async def test_a_full_table_of_unknown_size_is_counted_up_to_the_limit():
    agent = CountingSession(full_table(5_000))
    summary = await read_routes(agent)
    assert summary is not None
    assert (summary.total, summary.by_protocol, summary.truncated) == (routes.LIMIT, {"bgp": routes.LIMIT}, True)
    assert agent.walked == routes.LIMIT
