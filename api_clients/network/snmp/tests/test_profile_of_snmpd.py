"""read_profile over the wire, against net-snmp's agent on this machine, by each version of SNMP."""

import pytest

from api_clients.network.snmp.client import SnmpClient
from api_clients.network.snmp.profile import read_profile
from api_clients.network.snmp.tests.snmpd import ENCRYPTED
from api_clients.network.snmp.values import Community, InterfaceAddress, SnmpTarget

pytestmark = pytest.mark.needs("snmpd")


@pytest.mark.parametrize(
    "credential", [Community("public", "1"), Community("public"), ENCRYPTED[-1]], ids=["v1", "v2c", "v3"]
)
async def test_a_whole_host_is_read_without_a_problem(snmpd, credential):
    async with SnmpClient(timeout_seconds=5).session(SnmpTarget("127.0.0.1", snmpd.port), credential) as session:
        profile = await read_profile(session)
    assert profile.problems == {}
    assert profile.system.object_id == "1.3.6.1.4.1.8072.3.2.10"
    assert profile.system.description.startswith("Linux ")
    assert profile.system.services == 72
    assert profile.system.engine_id
    loopback = next(one for one in profile.interfaces if one.name == "lo")
    assert (loopback.description, loopback.type, loopback.admin_status) == ("lo", 24, "up")
    assert InterfaceAddress(loopback.index, "127.0.0.1", 8) in profile.addresses
    assert any(pool.description == "Physical memory" and pool.total_bytes for pool in profile.memories)
    assert profile.components == ()
