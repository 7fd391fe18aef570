"""SNMPv3 messages that no well-behaved manager sends; net-snmp judges the rest (test_net_snmp.py)."""

from __future__ import annotations

import random

import pytest

from api_clients.network.snmp.simulator import Agent, MibView, engine, parse_oid, pdu
from api_clients.network.snmp.simulator.tests.conversation import SYS_NAME
from api_clients.network.snmp.values import UsmUser
from api_clients.network.snmp.wire import ber


def make_agent(engine_id: bytes | None = b"\x80\x00\x00\x09\x05engine") -> Agent:
    users = [UsmUser("open"), UsmUser("ops", "SHA", "auth-secret-1", "AES-128", "priv-secret-1")]
    return Agent(MibView({parse_oid(SYS_NAME): ber.octets("r1")}), users=users, engine_id=engine_id)


def message(
    *, engine_id: bytes, flags: int = 4, user: str = "open", clock: tuple[int, int] = (0, 0), digest: bytes = b""
) -> bytes:
    varbind = ber.tlv(ber.SEQUENCE, ber.object_identifier(SYS_NAME) + ber.null())
    request = ber.tlv(pdu.GET, ber.integer(1) + ber.integer(0) * 2 + ber.tlv(ber.SEQUENCE, varbind))
    scoped = ber.tlv(ber.SEQUENCE, ber.octets(engine_id) + ber.octets("") + request)
    security = ber.octets(engine_id) + ber.integer(clock[0]) + ber.integer(clock[1]) + ber.octets(user)
    security += ber.octets(digest) + ber.octets(b"")
    head = ber.integer(99) + ber.integer(65507) + ber.octets(bytes((flags,))) + ber.integer(3)
    return ber.tlv(
        ber.SEQUENCE,
        ber.integer(3) + ber.tlv(ber.SEQUENCE, head) + ber.octets(ber.tlv(ber.SEQUENCE, security)) + scoped,
    )


def test_an_open_user_is_answered() -> None:
    agent = make_agent()
    reply = agent.answer(message(engine_id=agent.engine.engine_id))
    assert reply is not None
    assert ber.octets("r1") in reply


@pytest.mark.parametrize(
    ("changes", "counter"),
    [
        ({"engine_id": b""}, engine.UNKNOWN_ENGINE_IDS),
        ({"engine_id": b"another"}, engine.UNKNOWN_ENGINE_IDS),
        ({"user": "nobody"}, engine.UNKNOWN_USER_NAMES),
        ({"flags": 5}, engine.UNSUPPORTED_SECURITY_LEVELS),
        ({"flags": 5, "user": "ops", "digest": bytes(12)}, engine.WRONG_DIGESTS),
    ],
)
def test_failed_checks_are_reported_and_counted(changes: dict[str, object], counter: ber.Oid) -> None:
    agent = make_agent()
    for count in (1, 2):
        reply = agent.answer(message(**{"engine_id": agent.engine.engine_id, **changes}))
        assert reply is not None
        assert ber.object_identifier(counter) + ber.counter32(count) in reply


def test_nothing_is_reported_to_who_does_not_want_reports() -> None:
    assert make_agent().answer(message(engine_id=b"another", flags=0)) is None


def test_clocks_before_zero_are_dropped() -> None:
    agent = make_agent()
    assert agent.answer(message(engine_id=agent.engine.engine_id, clock=(1, -5))) is None
    assert agent.answer(message(engine_id=agent.engine.engine_id, clock=(-1, 0))) is None


def test_no_bytes_make_the_agent_raise() -> None:
    draw = random.Random(2)
    agent = make_agent()
    for good in (
        message(engine_id=agent.engine.engine_id),
        message(engine_id=agent.engine.engine_id, flags=7, user="ops", digest=bytes(12)),
    ):
        for _ in range(3000):
            damaged = bytearray(good)
            for _ in range(draw.randrange(1, 4)):
                damaged[draw.randrange(len(damaged))] = draw.randrange(256)
            agent.answer(bytes(damaged[: draw.randrange(len(damaged) + 1)]))


def test_engines_without_a_given_id_differ() -> None:
    assert make_agent(None).engine.engine_id != make_agent(None).engine.engine_id


@pytest.mark.parametrize(
    "user",
    [
        UsmUser("a", priv_protocol="DES", priv_password="priv-secret-1"),
        UsmUser("a", "SHA"),
        UsmUser("a", "SHA", "auth-secret-1", "DES"),
    ],
)
def test_users_that_contradict_themselves_are_refused_at_once(user: UsmUser) -> None:
    with pytest.raises(ValueError, match="SNMPv3 user a"):
        Agent(MibView({}), users=[user])
