"""Agents that answer wrongly: each gets a clear error of its own within its time limit, and others go on."""

import asyncio
import random
import time

import pytest

from api_clients.domain.errors import Malformed, Unreachable
from api_clients.network.snmp.client import SnmpClient
from api_clients.network.snmp.errors import (
    AccessDenied,
    AgentFailure,
    AnswerTooBig,
    NoSuchObject,
)
from api_clients.network.snmp.options import Limits
from api_clients.network.snmp.simulator.agent import Agent
from api_clients.network.snmp.simulator.faults import (
    Duplicating,
    Fault,
    Garbage,
    GetNextLoop,
    Lossy,
    Slow,
    Truncated,
    WrongRequestId,
)
from api_clients.network.snmp.simulator.server import AgentServer
from api_clients.network.snmp.tests.fake_agent import NULL, Asked, varbind
from api_clients.network.snmp.tests.table_agent import (
    LONGEST,
    NAME,
    TABLE,
    USER,
    V1,
    V2C,
    client,
    every_credential,
    patient_client,
    table_view,
)
from api_clients.network.snmp.values import SnmpTarget, UsmUser
from api_clients.network.snmp.wire import ber


async def asked_by_every_operation(session, expected):
    """Each reading operation raises `expected`, in time."""
    for operation in (session.get, session.get_next, session.get_bulk, session.walk):
        started = time.monotonic()
        with pytest.raises(expected):
            await operation(NAME)
        assert time.monotonic() - started < LONGEST
    with pytest.raises(expected):
        await session.get_many([NAME, "1.3.6.1.2.1.1.6.0"])


@every_credential
@pytest.mark.parametrize(
    "data",
    [
        b"\xff" * 40,
        b"\x00",
        b"0",
        b"\x30\x84\xff\xff\xff\xff",
        b"\x30\x80\x00\x00",
        b"HTTP/1.0 400 Bad Request\r\n\r\n",
        bytes.fromhex("302902"),
        bytes.fromhex("3003020101"),
        bytes.fromhex("30050201010400"),
    ],
    ids=lambda data: data[:8].hex(),
)
async def test_garbage_is_malformed_within_the_time_limit(agent, credential, data):
    agent.fault = Garbage(data)
    async with client().session(agent.target, credential) as session:
        started = time.monotonic()
        with pytest.raises(Malformed, match="no readable"):
            await session.get(NAME)
        assert time.monotonic() - started < LONGEST


@every_credential
async def test_garbage_fails_every_operation_and_the_session_lives_on(agent, credential):
    agent.fault = Garbage(b"\xff" * 40)
    async with client().session(agent.target, credential) as session:
        await asked_by_every_operation(session, Malformed)
        agent.fault = None
        assert await session.get(NAME) == b"switch"


@every_credential
async def test_truncated_answers_are_malformed(agent, credential):
    async with client().session(agent.target, credential) as session:
        assert await session.get(NAME) == b"switch"
        agent.fault = Truncated()
        await asked_by_every_operation(session, Malformed)


@pytest.mark.parametrize("credential", [V1, V2C], ids=["v1", "v2c"])
async def test_only_answers_to_other_requests_are_malformed(agent, credential):
    agent.fault = WrongRequestId()
    async with client().session(agent.target, credential) as session:
        with pytest.raises(Malformed, match="another request ID"):
            await session.get(NAME)


async def test_only_answers_to_other_requests_fail_v3_too(agent):
    agent.fault = WrongRequestId()
    async with client().session(agent.target, USER) as session:
        started = time.monotonic()
        with pytest.raises((Malformed, Unreachable)):
            await session.get(NAME)
        assert time.monotonic() - started < LONGEST


async def test_the_right_answer_behind_strays_is_taken(fake_agent):
    def answer(asked: Asked) -> list[bytes]:
        right = varbind(NAME, ber.octets("right"))
        wrong = varbind(NAME, ber.octets("wrong"))
        return [
            asked.answer(wrong, request_id=asked.request_id ^ 1),
            asked.answer(wrong, community=b"other"),
            b"\xff" * 20,
            asked.answer(wrong)[:-4],
            asked.answer(right),
        ]

    fake_agent.on_request = answer
    async with patient_client().session(fake_agent.target, V2C) as session:
        assert await session.get(NAME) == b"right"
        assert await session.get_next("1.3.6.1.2.1.1.4.0") == (NAME, b"right")


@pytest.mark.parametrize("changes", [{"community": b"other"}, {"version": 0}, {"kind": 0xA0}, {"kind": 0xA4}])
async def test_answers_in_another_name_version_or_pdu_are_malformed(fake_agent, changes):
    fake_agent.on_request = lambda asked: asked.answer(varbind(NAME, ber.octets("x")), **changes)
    async with client().session(fake_agent.target, V2C) as session:
        with pytest.raises(Malformed):
            await session.get(NAME)


@pytest.mark.parametrize(
    "broken",
    [
        b"\x30\x00",
        b"\x30\x02\x06\x00",
        ber.tlv(0x30, b"\x06\x01\x2b\x04\x7fxx"),
        ber.tlv(0x30, b"\x04\x01\x2b\x05\x00"),
        ber.tlv(0x30, b"\x06\x01\x2b\x40\x03abc"),
        ber.tlv(0x30, b"\x06\x01\x2b\x99\x01a"),
        ber.tlv(0x30, b"\x06\x01\x2b\x30\x00"),
    ],
    ids=lambda broken: broken.hex(),
)
async def test_broken_varbinds_are_malformed_and_never_take_the_event_loop_down(fake_agent, broken):
    fake_agent.on_request = lambda asked: asked.answer(broken)
    async with client().session(fake_agent.target, V2C) as session:
        for operation in (session.get, session.get_next, session.walk):
            with pytest.raises(Malformed):
                await operation(NAME)


async def test_thousands_of_mutated_answers_never_take_the_event_loop_down(fake_agent):
    noise = random.Random(7)

    def mutate(asked: Asked) -> bytes:
        answer = bytearray(asked.answer(varbind(NAME, ber.octets("switch")), varbind(f"{TABLE}.1.1", ber.integer(1))))
        for _ in range(noise.randint(1, 4)):
            answer[noise.randrange(len(answer))] = noise.randrange(256)
        return bytes(answer[: noise.randint(1, len(answer))]) if noise.random() < 0.2 else bytes(answer)

    fake_agent.on_request = lambda asked: [mutate(asked) for _ in range(20)]
    outcomes = set()
    limits = Limits(timeout_seconds=0.02, retries=0)
    async with SnmpClient(limits=limits).session(fake_agent.target, V2C) as session:
        for _ in range(25):
            for operation in (session.get, session.get_next, session.get_bulk, session.walk):
                try:
                    await operation(NAME)
                except Exception as error:
                    outcomes.add(type(error).__mro__[-4].__name__)
    assert outcomes <= {"ServiceError"}
    fake_agent.on_request = lambda asked: asked.answer(varbind(NAME, ber.octets("alive")))
    async with client().session(fake_agent.target, V2C) as session:
        assert await session.get(NAME) == b"alive"


async def test_an_answer_about_another_object_is_malformed(fake_agent):
    fake_agent.on_request = lambda asked: asked.answer(varbind("1.3.6.1.2.1.1.6.0", ber.octets("x")))
    async with patient_client().session(fake_agent.target, V2C) as session:
        with pytest.raises(Malformed, match="not asked for"):
            await session.get(NAME)


@pytest.mark.parametrize(
    ("status", "error"), [(1, AnswerTooBig), (5, AgentFailure), (16, AccessDenied), (2, NoSuchObject)]
)
async def test_an_error_status_is_told_apart_even_with_values_beside_it(fake_agent, status, error):
    async with patient_client().session(fake_agent.target, V2C) as session:
        fake_agent.on_request = lambda asked: asked.refuse(status)
        with pytest.raises(error):
            await session.get(NAME)
        fake_agent.on_request = lambda asked: asked.answer(varbind(NAME, ber.octets("x")), status=status, index=1)
        with pytest.raises(error):
            await session.get(NAME)


async def test_an_error_during_a_walk_is_not_its_end(fake_agent):
    def answer(asked: Asked) -> bytes:
        last = int(asked.oids[0].rsplit(".", 1)[1])
        if asked.oids[0] == f"{TABLE}.1" or last < 10:
            start = 0 if asked.oids[0] == f"{TABLE}.1" else last
            return asked.answer(*(varbind(f"{TABLE}.1.{start + row}", ber.integer(row)) for row in range(1, 6)))
        return asked.refuse(5)

    fake_agent.on_request = answer
    async with patient_client().session(fake_agent.target, V2C) as session:
        with pytest.raises(AgentFailure):
            await session.walk(f"{TABLE}.1")


async def test_an_error_hidden_in_an_encrypted_answer_is_not_the_end_of_a_walk(agent, monkeypatch):
    from api_clients.network.snmp.simulator import agent as simulator

    async with patient_client().session(agent.target, USER) as session:
        assert len(await session.walk(TABLE)) == 120
        respond = simulator.pdu.respond
        monkeypatch.setattr(simulator.pdu, "respond", lambda request, *rest, **more: simulator.pdu.error(request, 5, 1))
        with pytest.raises(AgentFailure):
            await session.walk(TABLE)
        with pytest.raises(AgentFailure):
            await session.get(NAME)
        monkeypatch.setattr(simulator.pdu, "respond", respond)
        assert await session.get(NAME) == b"switch"


async def test_a_session_that_was_idle_past_the_time_window_sets_its_clock_and_goes_on(agent):
    async with patient_client().session(agent.target, USER) as session:
        assert await session.get(NAME) == b"switch"
        agent.engine._started -= 1000  # as if the session had slept for longer than the window of 150 seconds
        assert await session.get(NAME) == b"switch"
        agent.engine.reboot()
        assert len(await session.walk(TABLE)) == 120


class Forged(Fault):
    """Changes the value in each answer, or some of the signature, or claims that none is needed."""

    def __init__(self, what: str) -> None:
        self.what = what

    def deliver(self, reply: bytes) -> list[tuple[float, bytes]]:
        forged = bytearray(reply)
        if self.what == "value":
            forged = forged.replace(b"switch", b"forged")
        elif self.what == "signature":
            forged[forged.find(USER.name.encode()) + len(USER.name) + 4] ^= 1
        else:
            flags = forged.find(b"\x04\x01\x01\x02\x01\x03")
            if flags >= 0:
                forged[flags + 2] = 0
        return [(0.0, bytes(forged))]


@pytest.mark.parametrize("what", ["value", "signature", "unsigned"])
async def test_a_forged_answer_to_a_user_with_authentication_is_not_believed(what):
    user = UsmUser(USER.name, USER.auth_protocol, USER.auth_password)
    with AgentServer() as server:
        agent = Agent(table_view(), users=[user])
        server.add("127.0.0.1", agent)
        async with client().session(SnmpTarget("127.0.0.1", server.port), user) as session:
            assert await session.get(NAME) == b"switch"
            agent.fault = Forged(what)
            with pytest.raises(Malformed, match="signature"):
                await session.get(NAME)
            agent.fault = None
            assert await session.get(NAME) == b"switch"


async def test_v1_tables_of_absent_objects_are_asked_again_without_them(fake_agent):
    def answer(asked: Asked) -> bytes:
        for index, oid in enumerate(asked.oids, start=1):
            if oid != NAME:
                return asked.refuse(2, index)
        return asked.answer(varbind(NAME, ber.octets("switch")))

    fake_agent.on_request = answer
    async with patient_client().session(fake_agent.target, V1) as session:
        found = await session.get_many(["1.3.6.1.2.1.1.8.0", NAME, "1.3.6.1.2.1.1.9.0"])
    assert found == {NAME: b"switch"}
    assert len(fake_agent.seen) == 3


async def test_a_v1_agent_that_does_not_say_which_object_is_absent_is_asked_for_each(fake_agent):
    def answer(asked: Asked) -> bytes:
        if asked.oids == (NAME,):
            return asked.answer(varbind(NAME, ber.octets("switch")))
        return asked.refuse(2, index=0)

    fake_agent.on_request = answer
    async with patient_client().session(fake_agent.target, V1) as session:
        assert await session.get_many(["1.3.6.1.2.1.1.8.0", NAME, "1.3.6.1.2.1.1.9.0"]) == {NAME: b"switch"}
        with pytest.raises(NoSuchObject):
            await session.get("1.3.6.1.2.1.1.8.0")


@every_credential
async def test_lost_answers_are_asked_for_again(agent, credential):
    agent.fault = Lossy(2)
    async with SnmpClient(timeout_seconds=0.4).session(agent.target, credential) as session:
        assert await session.get(NAME) == b"switch"
        assert await session.get(NAME) == b"switch"


@every_credential
async def test_answers_that_come_twice_disturb_nothing(agent, credential):
    agent.fault = Duplicating()
    async with patient_client().session(agent.target, credential) as session:
        for _ in range(5):
            assert await session.get(NAME) == b"switch"
        assert len(await session.walk(TABLE)) == 120


class SlowerAndSlower(Slow):
    """The first answer comes while the question is asked again, the second long after."""

    def deliver(self, reply: bytes) -> list[tuple[float, bytes]]:
        late, self.seconds = self.seconds, 60.0
        return [(late, reply)]


@every_credential
async def test_an_agent_slower_than_the_timeout_is_unreachable_and_not_malformed(agent, credential):
    async with SnmpClient(timeout_seconds=0.4).session(agent.target, credential) as session:
        assert await session.get(NAME) == b"switch"
        agent.fault = SlowerAndSlower(0.6)
        with pytest.raises(Unreachable):
            await session.get(NAME)


async def test_a_v1_null_where_nothing_is_and_a_v2c_null_are_no_values(fake_agent):
    fake_agent.on_request = lambda asked: asked.answer(*(varbind(oid, NULL) for oid in asked.oids))
    async with patient_client().session(fake_agent.target, V2C) as session:
        with pytest.raises(NoSuchObject):
            await session.get(NAME)


async def test_an_exception_in_place_of_the_next_object_is_malformed_and_prints_no_traceback(fake_agent):
    fake_agent.on_request = lambda asked: asked.answer(varbind(NAME, ber.NO_SUCH_INSTANCE))
    async with client().session(fake_agent.target, V2C) as session:
        with pytest.raises(Malformed):
            await session.get_next("1.3.6.1.2.1.1.4.0")


async def test_one_bad_agent_among_many_disturbs_no_other():
    with AgentServer() as server:
        agents = {f"127.4.4.{host}": Agent(table_view()) for host in range(1, 41)}
        server.add_all(agents)
        faults = [Garbage(b"\xff" * 40), Truncated(), WrongRequestId(), GetNextLoop(TABLE)]
        for address, fault in zip(agents, faults, strict=False):
            agents[address].fault = fault
        asking = client()

        async def walk(address: str) -> int:
            async with asking.session(SnmpTarget(address, server.port), V2C) as session:
                return len(await session.walk(TABLE))

        outcomes = await asyncio.gather(*map(walk, agents), return_exceptions=True)
    assert all(isinstance(outcome, Malformed) for outcome in outcomes[: len(faults)])
    assert outcomes[len(faults) :] == [120] * (40 - len(faults))
