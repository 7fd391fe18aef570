"""The session against net-snmp's agent: v1 and v2c, IPv4 and IPv6, reading and writing."""

import asyncio
from itertools import pairwise

import pytest

from api_clients.domain.errors import Unreachable
from api_clients.network.snmp.client import SnmpClient
from api_clients.network.snmp.errors import BadValue, NoSuchObject, NotWritable
from api_clients.network.snmp.oid import InvalidOid, follows
from api_clients.network.snmp.options import Limits
from api_clients.network.snmp.tests.snmpd import free_udp_port
from api_clients.network.snmp.values import Community, SnmpTarget, UsmUser
from api_clients.network.snmp.writing import InvalidValue

SYSTEM = "1.3.6.1.2.1.1"
SYS_DESCR, SYS_OBJECT_ID, SYS_UPTIME = f"{SYSTEM}.1.0", f"{SYSTEM}.2.0", f"{SYSTEM}.3.0"
SYS_CONTACT, SYS_NAME, SYS_LOCATION = f"{SYSTEM}.4.0", f"{SYSTEM}.5.0", f"{SYSTEM}.6.0"
ABSENT = f"{SYSTEM}.99.0"
V1, V2C = Community("public", "1"), Community("public")

pytestmark = pytest.mark.needs("snmpd")
both_versions = pytest.mark.parametrize("credential", [V1, V2C], ids=["v1", "v2c"])
both_families = pytest.mark.parametrize("address", ["127.0.0.1", "127.1.2.3", "::1"])


@both_versions
@both_families
async def test_get_reads_one_object_as_its_type(snmpd, credential, address):
    async with SnmpClient().session(SnmpTarget(address, snmpd.port), credential) as session:
        assert (await session.get(SYS_DESCR)).startswith(b"Linux")
        assert (await session.get(f".{SYS_OBJECT_ID}")).startswith("1.3.6.1.4.1.8072.")
        assert (await session.get(SYS_UPTIME)) >= 0


@both_versions
async def test_get_of_an_absent_object_is_no_such_object(snmpd, credential):
    async with SnmpClient().session(SnmpTarget("127.0.0.1", snmpd.port), credential) as session:
        with pytest.raises(NoSuchObject, match=ABSENT) as raised:
            await session.get(ABSENT)
    assert (raised.value.service, raised.value.operation) == ("snmp", "get")
    assert raised.value.target == f"127.0.0.1:{snmpd.port}"


@both_versions
async def test_get_many_leaves_absent_objects_out(snmpd, credential):
    async with SnmpClient().session(SnmpTarget("127.0.0.1", snmpd.port), credential) as session:
        found = await session.get_many([ABSENT, SYS_DESCR, f"{SYSTEM}.98.0", SYS_NAME, SYS_NAME])
        assert set(found) == {SYS_DESCR, SYS_NAME}
        assert await session.get_many([ABSENT]) == {}
        assert await session.get_many([]) == {}


@both_versions
async def test_get_many_of_more_than_fits_one_request_is_split(snmpd, credential):
    async with SnmpClient().session(SnmpTarget("127.0.0.1", snmpd.port), credential) as session:
        walked = dict(await session.walk(SYSTEM))  # of this none goes while we look, as interfaces do
        assert len(walked) > Limits().get_size
        found = await session.get_many(walked)
    assert found.keys() == walked.keys()


@both_versions
async def test_get_next_finds_the_successor_across_subtrees_and_none_at_the_end(snmpd, credential):
    async with SnmpClient().session(SnmpTarget("127.0.0.1", snmpd.port), credential) as session:
        assert (await session.get_next(SYS_DESCR))[0] == SYS_OBJECT_ID
        assert (await session.get_next("1.0.8802"))[0] == SYS_DESCR
        assert (await session.get_next("0.0"))[0] == SYS_DESCR
        assert await session.get_next("1.3.6.1.6.9999") is None


async def test_get_bulk_reads_so_many_objects_in_one_answer(snmpd):
    async with SnmpClient().session(SnmpTarget("127.0.0.1", snmpd.port), V2C) as session:
        assert [oid for oid, _ in await session.get_bulk(SYS_DESCR, max_repetitions=3)] == [
            SYS_OBJECT_ID,
            SYS_UPTIME,
            SYS_CONTACT,
        ]
        assert await session.get_bulk("1.3.6.1.6.9999") == []
        with pytest.raises(ValueError, match="max_repetitions"):
            await session.get_bulk(SYS_DESCR, max_repetitions=0)


@both_versions
@both_families
async def test_a_walk_returns_the_whole_subtree_in_order_and_nothing_else(snmpd, credential, address):
    # The first time, snmpd reads its tables of processes and packages before it answers.
    async with SnmpClient(timeout_seconds=10).session(SnmpTarget(address, snmpd.port), credential) as session:
        system = await session.walk(SYSTEM)
        everything = await session.walk("1.3.6.1.2.1")
        assert await session.walk(f"{SYSTEM}.99") == []
    oids = [oid for oid, _ in everything]
    assert oids[: len(system)] == [oid for oid, _ in system]
    assert all(oid.startswith(SYSTEM + ".") for oid, _ in system)
    assert all(follows(later, earlier) for earlier, later in pairwise(oids))
    assert len(oids) > 200


async def test_v1_and_v2c_walk_to_the_same_objects(snmpd):
    found = []
    for credential in (V1, V2C):
        async with SnmpClient().session(SnmpTarget("127.0.0.1", snmpd.port), credential) as session:
            found.append([oid for oid, _ in await session.walk("1.3.6.1.2.1.1")])
    assert found[0] == found[1]


async def test_a_walk_may_stop_early(snmpd):
    async with SnmpClient().session(SnmpTarget("127.0.0.1", snmpd.port), V2C) as session:
        some = await session.walk("1.3.6.1.2.1", stop_after=30)
        assert 30 <= len(some) < 100


async def test_the_engine_id_is_read_without_v3_too(snmpd):
    async with SnmpClient().session(SnmpTarget("127.0.0.1", snmpd.port), V2C) as session:
        assert (await session.engine_id()).startswith("80001f88")


@pytest.mark.parametrize("version", ["1", "2c"])
@both_families
async def test_set_changes_what_get_then_reads(snmpd, version, address):
    async with SnmpClient().session(SnmpTarget(address, snmpd.port), Community("secret", version)) as session:
        before = await session.get(SYS_LOCATION)
        await session.set(SYS_LOCATION, f"rack of {address} over {version}")
        assert await session.get(SYS_LOCATION) == f"rack of {address} over {version}".encode()
        await session.set(SYS_LOCATION, before)
        assert await session.get(SYS_LOCATION) == before


@pytest.mark.parametrize("version", ["1", "2c"])
async def test_set_with_a_read_only_community_is_not_writable(snmpd, version):
    async with SnmpClient().session(SnmpTarget("127.0.0.1", snmpd.port), Community("public", version)) as session:
        with pytest.raises(NotWritable):
            await session.set(SYS_LOCATION, "elsewhere")


async def test_set_of_a_read_only_object_is_not_writable_and_of_a_wrong_type_a_bad_value(snmpd):
    async with SnmpClient().session(SnmpTarget("127.0.0.1", snmpd.port), Community("secret")) as session:
        with pytest.raises(NotWritable):
            await session.set(SYS_DESCR, "another box")
        with pytest.raises(BadValue):
            await session.set(SYS_LOCATION, 7)
        with pytest.raises(BadValue):
            await session.set(SYS_LOCATION, "x" * 256)


async def test_set_of_an_absent_object_in_v1_is_no_such_object(snmpd):
    async with SnmpClient().session(SnmpTarget("127.0.0.1", snmpd.port), Community("secret", "1")) as session:
        with pytest.raises(NoSuchObject):
            await session.set(ABSENT, 7)


@pytest.mark.parametrize(
    ("value", "syntax"), [(None, None), (True, None), (1.5, None), ("x", "Integer32"), (-1, "Gauge32"), (1, "Float")]
)
async def test_a_value_without_a_fitting_syntax_is_refused_before_anything_is_sent(fake_agent, value, syntax):
    async with SnmpClient().session(fake_agent.target, V2C) as session:
        with pytest.raises(InvalidValue):
            await session.set(SYS_LOCATION, value, syntax=syntax)
    assert fake_agent.seen == []


async def test_malformed_oids_are_refused_by_every_operation_before_anything_is_sent(fake_agent):
    async with SnmpClient().session(fake_agent.target, V2C) as session:
        for operation in (session.get, session.get_next, session.get_bulk, session.walk):
            with pytest.raises(InvalidOid):
                await operation("1.3.not")
        with pytest.raises(InvalidOid):
            await session.get_many([SYS_DESCR, "1.3.not"])
        with pytest.raises(InvalidOid):
            await session.set("1.3.not", 1)
    assert fake_agent.seen == []


@both_versions
async def test_a_wrong_community_is_unreachable_since_agents_drop_it_in_silence(snmpd, credential):
    client = SnmpClient(timeout_seconds=0.2)
    wrong = Community("wrong", credential.version)
    async with client.session(SnmpTarget("127.0.0.1", snmpd.port), wrong) as session:
        with pytest.raises(Unreachable, match="no answer"):
            await session.get(SYS_DESCR)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
async def test_a_port_where_nobody_listens_is_unreachable_at_once(address):
    async with SnmpClient(timeout_seconds=30).session(SnmpTarget(address, free_udp_port()), V2C) as session:
        async with asyncio.timeout(10):
            with pytest.raises(Unreachable, match="refused"):
                await session.get(SYS_DESCR)


def test_a_synchronous_caller_uses_asyncio_run_and_one_client_again_and_again(snmpd):
    client = SnmpClient(max_sockets=1)

    async def name() -> object:
        async with client.session(SnmpTarget("127.0.0.1", snmpd.port), V2C) as session:
            return await session.get(SYS_NAME)

    assert asyncio.run(name()) == asyncio.run(name())


@pytest.mark.parametrize("address", ["255.255.255.255", "fe80::1"], ids=["broadcast", "link-local"])
@pytest.mark.parametrize("credential", [Community("public"), UsmUser("nobody")], ids=["v2c", "v3"])
async def test_an_address_that_nothing_can_be_sent_to_is_unreachable(address, credential):
    with pytest.raises(Unreachable, match="nothing can be sent"):
        async with SnmpClient().session(SnmpTarget(address), credential):
            pass
