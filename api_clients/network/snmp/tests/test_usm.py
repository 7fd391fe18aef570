"""SNMPv3 against net-snmp's agent: every pair of protocols, every refusal, and agents that restart."""

import asyncio

import pytest

from api_clients.domain.errors import Unauthorized, Unreachable
from api_clients.network.snmp.client import SnmpClient
from api_clients.network.snmp.errors import LevelNotAllowed, NoSuchObject, UnknownUser, WrongAuthKey, WrongPrivKey
from api_clients.network.snmp.tests.snmpd import (
    AUTH_PASSWORD,
    AUTHENTICATED,
    ENCRYPTED,
    NOBODY,
    PRIV_PASSWORD,
    WRITER,
    free_udp_port,
)
from api_clients.network.snmp.values import Community, SnmpTarget, UsmUser

SYS_NAME = "1.3.6.1.2.1.1.5.0"
SYS_CONTACT = "1.3.6.1.2.1.1.4.0"

pytestmark = pytest.mark.needs("snmpd")


@pytest.mark.parametrize("user", [NOBODY, *AUTHENTICATED, *ENCRYPTED], ids=lambda user: user.name)
async def test_every_pair_of_protocols_reads_and_walks(snmpd, user):
    async with SnmpClient().session(SnmpTarget("127.0.0.1", snmpd.port), user) as session:
        assert await session.get(SYS_NAME)
        assert len(await session.walk("1.3.6.1.2.1.1")) > 7
        assert await session.get_many([SYS_NAME, "1.3.6.1.2.1.1.99.0"]) == {SYS_NAME: await session.get(SYS_NAME)}
        with pytest.raises(NoSuchObject):
            await session.get("1.3.6.1.2.1.1.99.0")


async def test_v3_works_over_ipv6(snmpd):
    async with SnmpClient().session(SnmpTarget("::1", snmpd.port), WRITER) as session:
        assert await session.get(SYS_NAME)


async def test_the_discovered_engine_id_is_the_one_the_agent_tells_over_v2c(snmpd):
    target = SnmpTarget("127.0.0.1", snmpd.port)
    async with SnmpClient().session(target, NOBODY) as v3, SnmpClient().session(target, Community("public")) as v2c:
        assert await v3.engine_id() == await v2c.engine_id() is not None


async def test_set_works_with_privacy(snmpd):
    async with SnmpClient().session(SnmpTarget("127.0.0.1", snmpd.port), WRITER) as session:
        await session.set(SYS_CONTACT, "noc")
        assert await session.get(SYS_CONTACT) == b"noc"


@pytest.mark.parametrize(
    ("user", "refusal"),
    [
        (UsmUser("ghost"), UnknownUser),
        (UsmUser("ghost", "SHA", AUTH_PASSWORD), UnknownUser),
        (UsmUser("auth-sha", "SHA", "not-the-password"), WrongAuthKey),
        (UsmUser("auth-sha", "MD5", AUTH_PASSWORD), WrongAuthKey),
        (UsmUser("priv-sha-aes-128", "SHA", "not-the-password", "AES-128", PRIV_PASSWORD), WrongAuthKey),
        (UsmUser("priv-sha-aes-128", "SHA", AUTH_PASSWORD, "AES-128", "not-the-password"), WrongPrivKey),
        (UsmUser("priv-sha-aes-128", "SHA", AUTH_PASSWORD, "DES", PRIV_PASSWORD), WrongPrivKey),
        (UsmUser("priv-sha-aes-256", "SHA", AUTH_PASSWORD, "AES-256-C", PRIV_PASSWORD), WrongPrivKey),
        (UsmUser("plain", "SHA", AUTH_PASSWORD), LevelNotAllowed),
        (UsmUser("auth-sha", "SHA", AUTH_PASSWORD, "AES-128", PRIV_PASSWORD), LevelNotAllowed),
        (UsmUser("auth-sha"), LevelNotAllowed),
        (UsmUser("priv-sha-aes-128", "SHA", AUTH_PASSWORD), LevelNotAllowed),
    ],
)
async def test_each_refusal_is_told_apart(snmpd, user, refusal):
    client = SnmpClient(timeout_seconds=0.6)
    async with client.session(SnmpTarget("127.0.0.1", snmpd.port), user) as session:
        for ask in (session.get, session.walk):
            with pytest.raises(Unauthorized) as raised:
                await ask(SYS_NAME)
            assert type(raised.value) is refusal
    assert user.name in str(raised.value)
    assert AUTH_PASSWORD not in str(raised.value)
    assert "not-the-password" not in str(raised.value)


@pytest.mark.parametrize(
    ("user", "refusal"),
    [
        (UsmUser("ghost", "SHA", AUTH_PASSWORD), UnknownUser),
        (UsmUser(WRITER.name, "SHA-256", "not-the-password", "AES-128", PRIV_PASSWORD), WrongAuthKey),
        (UsmUser(WRITER.name, "SHA-256", AUTH_PASSWORD, "AES-128", "not-the-password"), WrongPrivKey),
        (UsmUser(WRITER.name, "SHA-256", AUTH_PASSWORD), LevelNotAllowed),
    ],
)
async def test_set_tells_refusals_apart_too(snmpd, user, refusal):
    client = SnmpClient(timeout_seconds=0.6)
    async with client.session(SnmpTarget("127.0.0.1", snmpd.port), user) as session:
        with pytest.raises(refusal):
            await session.set(SYS_CONTACT, "intruder")


async def test_nobody_at_home_is_unreachable_and_not_unauthorized():
    client = SnmpClient(timeout_seconds=0.2)
    async with client.session(SnmpTarget("127.0.0.1", free_udp_port()), WRITER) as session:
        with pytest.raises(Unreachable):
            await session.get(SYS_NAME)


@pytest.mark.parametrize("forgetful", [False, True], ids=["rebooted", "replaced"])
@pytest.mark.parametrize("user", [NOBODY, AUTHENTICATED[1], WRITER], ids=lambda user: user.name)
async def test_a_session_goes_on_when_the_agent_restarts(own_snmpd, user, forgetful):
    async with SnmpClient().session(SnmpTarget("127.0.0.1", own_snmpd.port), user) as session:
        before = await session.get(SYS_NAME)
        engine_id = await session.engine_id()
        await asyncio.to_thread(own_snmpd.restart, forgetful=forgetful)
        assert await session.get(SYS_NAME) == before
        assert len(await session.walk("1.3.6.1.2.1.1")) > 7
        assert (await session.engine_id() != engine_id) is forgetful


async def test_an_agent_that_dies_during_a_session_is_unreachable(own_snmpd):
    client = SnmpClient(timeout_seconds=0.2)
    async with client.session(SnmpTarget("127.0.0.1", own_snmpd.port), WRITER) as session:
        assert await session.get(SYS_NAME)
        await asyncio.to_thread(own_snmpd.stop)
        with pytest.raises(Unreachable):
            await session.get(SYS_NAME)


async def test_questions_at_once_over_v3_share_the_discovery(snmpd):
    client = SnmpClient(max_concurrent_per_device=4)
    async with client.session(SnmpTarget("127.0.0.1", snmpd.port), WRITER) as session:
        walks = await asyncio.gather(*(session.walk("1.3.6.1.2.1.1") for _ in range(8)))
    assert len({tuple(oid for oid, _ in walk) for walk in walks}) == 1
