"""Walks of agents that loop, repeat themselves, never end, change meanwhile or send too much at once."""

import asyncio
import time

import pytest

from api_clients.network.snmp.client import SnmpClient
from api_clients.network.snmp.errors import (
    AnswerTooBig,
    NotIncreasing,
    WalkTooLong,
)
from api_clients.network.snmp.options import Limits
from api_clients.network.snmp.simulator.faults import (
    ChangingTable,
    GetNextLoop,
)
from api_clients.network.snmp.tests.fake_agent import GET_BULK, GET_NEXT, Asked, varbind
from api_clients.network.snmp.tests.table_agent import (
    LONGEST,
    NAME,
    PATIENT,
    TABLE,
    V1,
    V2C,
    client,
    every_credential,
    patient_client,
)
from api_clients.network.snmp.wire import ber


@every_credential
async def test_an_endless_getnext_loop_is_not_increasing(agent, credential):
    agent.fault = GetNextLoop(TABLE)
    async with patient_client().session(agent.target, credential) as session:
        with pytest.raises(NotIncreasing):
            await session.walk("1.3.6.1.2.1")


@pytest.mark.parametrize("credential", [V1, V2C], ids=["v1", "v2c"])
@pytest.mark.parametrize("stuck_at", [f"{TABLE}.1.5", f"{TABLE}.1.1"], ids=["same", "backwards"])
async def test_an_agent_that_repeats_or_goes_back_is_not_increasing(fake_agent, credential, stuck_at):
    def answer(asked: Asked) -> bytes:
        if asked.oids[0] == f"{TABLE}.1.5":
            return asked.answer(varbind(stuck_at, ber.integer(1)))
        return asked.answer(varbind(f"{TABLE}.1.5", ber.integer(5)))

    fake_agent.on_request = answer
    async with patient_client().session(fake_agent.target, credential) as session:
        with pytest.raises(NotIncreasing):
            await session.walk(f"{TABLE}.1")
    assert len(fake_agent.seen) == 2


async def test_an_agent_that_advances_and_yet_repeats_itself_is_not_increasing(fake_agent):
    pages = {f"{TABLE}.1": (1, 2, 9, 3), f"{TABLE}.1.3": (9, 4), f"{TABLE}.1.4": ()}

    def answer(asked: Asked) -> bytes:
        rows = [varbind(f"{TABLE}.1.{row}", ber.integer(row)) for row in pages[asked.oids[0]]]
        return asked.answer(*(rows or [varbind("1.3.6.1.2.1.4.1.0", ber.integer(1))]))

    fake_agent.on_request = answer
    async with patient_client().session(fake_agent.target, V2C) as session:
        with pytest.raises(NotIncreasing, match="twice"):
            await session.walk(f"{TABLE}.1")


async def test_an_agent_that_never_ends_is_stopped_at_the_limit_of_objects(fake_agent):
    fake_agent.on_request = lambda asked: asked.answer(
        *(varbind(f"{TABLE}.1.{_last(asked) + step}", ber.integer(1)) for step in range(1, 11))
    )
    limits = Limits(timeout_seconds=PATIENT, walk_varbinds=500)
    async with SnmpClient(limits=limits).session(fake_agent.target, V2C) as session:
        with pytest.raises(WalkTooLong, match="500"):
            await session.walk(f"{TABLE}.1")
        assert 40 <= len(await session.walk(f"{TABLE}.1", stop_after=40)) <= 50


async def test_an_agent_that_answers_each_request_just_in_time_is_stopped_at_the_limit_of_seconds(fake_agent):
    loop = asyncio.get_running_loop()

    def answer(asked: Asked) -> None:
        reply = asked.answer(varbind(f"{TABLE}.1.{_last(asked) + 1}", ber.integer(1)))
        loop.call_later(0.05, fake_agent.send, reply)

    fake_agent.on_request = answer
    limits = Limits(timeout_seconds=PATIENT, walk_seconds=0.4)
    async with SnmpClient(limits=limits).session(fake_agent.target, V2C) as session:
        started = time.monotonic()
        with pytest.raises(WalkTooLong, match=r"0\.4 seconds"):
            await session.walk(f"{TABLE}.1")
        assert time.monotonic() - started < 0.4 + LONGEST


def _last(asked: Asked) -> int:
    return int(asked.oids[0].rsplit(".", 1)[1]) if asked.oids[0] != f"{TABLE}.1" else 0


@every_credential
async def test_a_table_that_changes_while_walked_is_read_to_its_end(agent, credential):
    agent.fault = ChangingTable(TABLE)
    async with patient_client().session(agent.target, credential) as session:
        found = [oid for oid, _ in await session.walk(TABLE)]
    odd = {f"{TABLE}.{column}.{row}" for column in (1, 2, 3) for row in range(1, 41, 2)}
    assert odd <= set(found)
    assert len(found) == len(set(found))


async def test_an_answer_longer_than_can_be_read_makes_the_bulk_smaller(fake_agent):
    def answer(asked: Asked) -> bytes:
        start = _last(asked)
        rows = range(start + 1, min(start + asked.third, 30) + 1)
        if not rows:
            return asked.answer(varbind("1.3.6.1.2.1.4.1.0", ber.integer(1)))
        return asked.answer(*(varbind(f"{TABLE}.1.{row}", ber.octets("x" * 400)) for row in rows))

    fake_agent.on_request = answer
    async with patient_client().session(fake_agent.target, V2C) as session:
        assert len(await session.walk(f"{TABLE}.1")) == 30
    sizes = [asked.third for asked in fake_agent.seen if asked.kind == GET_BULK]
    assert sizes[:3] == [30, 15, 7]  # 30 and 15 were cut off; never again
    assert max(sizes[2:]) <= 7


async def test_one_object_longer_than_can_be_read_is_an_answer_too_big(fake_agent):
    fake_agent.on_request = lambda asked: asked.answer(varbind(NAME, ber.octets("x" * 5000)))
    async with patient_client().session(fake_agent.target, V2C) as session:
        with pytest.raises(AnswerTooBig):
            await session.get(NAME)
        with pytest.raises(AnswerTooBig):
            await session.walk("1.3.6.1.2.1.1")


async def test_get_many_is_taken_apart_where_the_agent_says_too_big(fake_agent):
    def answer(asked: Asked) -> bytes:
        if len(asked.oids) > 3:
            return asked.answer(status=1)
        return asked.answer(*(varbind(oid, ber.integer(7)) for oid in asked.oids))

    fake_agent.on_request = answer
    oids = [f"1.3.6.1.2.1.1.{number}.0" for number in range(1, 11)]
    async with patient_client().session(fake_agent.target, V2C) as session:
        assert await session.get_many(oids) == dict.fromkeys(oids, 7)


async def test_an_agent_that_answers_bulks_too_slowly_is_asked_for_less(fake_agent):
    def answer(asked: Asked) -> bytes | None:
        if asked.third > 3:
            return None
        start = _last(asked)
        if start >= 20:
            return asked.answer(varbind("1.3.6.1.2.1.4.1.0", ber.integer(1)))
        return asked.answer(*(varbind(f"{TABLE}.1.{start + row}", ber.integer(1)) for row in range(1, asked.third + 1)))

    async with client().session(fake_agent.target, V2C) as session:
        fake_agent.on_request = lambda asked: asked.answer(varbind(NAME, ber.octets("alive")))
        assert await session.get(NAME) == b"alive"
        fake_agent.on_request = answer
        assert len(await session.walk(f"{TABLE}.1")) >= 20
    assert [asked.third for asked in fake_agent.seen if asked.kind == GET_BULK][:4] == [30, 15, 7, 3]


async def test_a_v1_walk_asks_one_object_after_another(fake_agent):
    def answer(asked: Asked) -> bytes:
        last = _last(asked)
        if last >= 5:
            return asked.refuse(2)
        return asked.answer(varbind(f"{TABLE}.1.{last + 1}", ber.integer(last)))

    fake_agent.on_request = answer
    async with patient_client().session(fake_agent.target, V1) as session:
        assert len(await session.walk(f"{TABLE}.1")) == 5
    assert {asked.kind for asked in fake_agent.seen} == {GET_NEXT}
