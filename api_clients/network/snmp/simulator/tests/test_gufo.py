"""The library that the client is built on reads the agents as well."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from gufo.snmp import Aes128Key, DesKey, Md5Key, Sha1Key, SnmpVersion, User
from gufo.snmp.aio import SnmpSession

from api_clients.network.snmp.simulator import Agent, AgentServer, MibView, parse_oid
from api_clients.network.snmp.values import UsmUser
from api_clients.network.snmp.wire import ber

USERS = {
    "md5": User("md5", auth_key=Md5Key(b"auth-secret-1")),
    "des": User("des", auth_key=Md5Key(b"auth-secret-1"), priv_key=DesKey(b"priv-secret-1")),
    "aes": User("aes", auth_key=Sha1Key(b"auth-secret-1"), priv_key=Aes128Key(b"priv-secret-1")),
}


@pytest.fixture
def server() -> Iterator[AgentServer]:
    view = MibView({parse_oid(f"1.3.6.1.2.1.2.2.1.1.{index}"): ber.integer(index) for index in range(1, 201)})
    users = [
        UsmUser("md5", "MD5", "auth-secret-1"),
        UsmUser("des", "MD5", "auth-secret-1", "DES", "priv-secret-1"),
        UsmUser("aes", "SHA", "auth-secret-1", "AES-128", "priv-secret-1"),
    ]
    server = AgentServer()
    server.add("127.0.0.1", Agent(view, users=users))
    with server:
        yield server


@pytest.mark.parametrize("version", [SnmpVersion.v1, SnmpVersion.v2c])
async def test_communities_are_walked(server: AgentServer, version: SnmpVersion) -> None:
    async with SnmpSession(addr="127.0.0.1", port=server.port, community="public", version=version) as session:
        walked = [value async for _, value in session.getnext("1.3.6.1.2.1.2.2.1")]
    assert walked == list(range(1, 201))


@pytest.mark.parametrize("name", USERS)
async def test_users_are_walked(server: AgentServer, name: str) -> None:
    async with SnmpSession(addr="127.0.0.1", port=server.port, user=USERS[name]) as session:
        walked = [value async for _, value in session.getbulk("1.3.6.1.2.1.2.2.1")]
    assert walked == list(range(1, 201))
