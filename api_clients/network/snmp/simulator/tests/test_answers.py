"""What the agent answers, at the level of PDUs: RFC 3416, RFC 1157 and the coexistence rules of RFC 3584."""

from __future__ import annotations

import random

import pytest

from api_clients.network.snmp.simulator import Agent, MibView, Writable, parse_oid, pdu
from api_clients.network.snmp.simulator.tests.conversation import SYS_NAME, Answer, ask, request
from api_clients.network.snmp.wire import ber

TABLE = "1.3.6.1.2.1.2.2.1"


def make_agent(**options: object) -> Agent:
    objects = {parse_oid("1.3.6.1.2.1.1.1.0"): ber.octets("box"), parse_oid(SYS_NAME): ber.octets("r1")}
    for column in (1, 2):
        for index in (1, 2, 3):
            objects[parse_oid(f"{TABLE}.{column}.{index}")] = ber.integer(column * 10 + index)
    objects[parse_oid("1.3.6.1.2.1.31.1.1.1.6.1")] = ber.counter64(2**40)
    objects[parse_oid("1.3.6.1.2.1.31.1.1.1.15.1")] = ber.gauge32(1000)
    return Agent(MibView(objects), write_communities=["private"], **options)


def names(answer: Answer) -> list[str]:
    return [name for name, _, _ in answer.varbinds]


def test_get_answers_in_the_order_of_the_question() -> None:
    answer = ask(make_agent(), pdu.GET, [f"{TABLE}.2.3", SYS_NAME], request_id=12345)
    assert answer.request_id == 12345
    assert answer.varbinds == [(f"{TABLE}.2.3", ber.INTEGER, b"\x17"), (SYS_NAME, ber.OCTET_STRING, b"r1")]


@pytest.mark.parametrize(
    ("oid", "tag"), [(f"{TABLE}.2.9", 0x81), (f"{TABLE}.9.1", 0x80), ("1.3.9.9", 0x80), ("1.3.6.1.2.1.1.5.1", 0x81)]
)
def test_get_tells_a_missing_instance_from_a_missing_object(oid: str, tag: int) -> None:
    assert ask(make_agent(), pdu.GET, [oid]).varbinds == [(oid, tag, b"")]


def test_a_getnext_walk_sees_every_object_once_in_order() -> None:
    agent, at, seen = make_agent(), "0.0", []
    while True:
        name, tag, _ = ask(agent, pdu.GET_NEXT, [at]).varbinds[0]
        if tag == 0x82:
            break
        seen.append(parse_oid(name))
        at = name
    assert seen == sorted(seen)
    assert len(seen) == len(agent.view) == 10


def test_getnext_finds_successors_of_names_that_do_not_exist() -> None:
    assert names(ask(make_agent(), pdu.GET_NEXT, ["1.3.6.1.2.1.1.2", TABLE])) == [SYS_NAME, f"{TABLE}.1.1"]


def test_sub_identifiers_are_ordered_as_numbers_not_as_bytes() -> None:
    numbers = [1, 127, 128, 16383, 16384, 2097151, 2097152, 4294967295]
    view = MibView({parse_oid(f"1.3.6.1.{number}"): ber.integer(1) for number in reversed(numbers)})
    answer = ask(Agent(view), pdu.GET_BULK, ["1.3.6.1"], second=20)
    assert names(answer)[:-1] == [f"1.3.6.1.{number}" for number in numbers]


def test_getbulk_gives_non_repeaters_once_and_then_rows() -> None:
    answer = ask(make_agent(), pdu.GET_BULK, ["1.3.6.1.2.1.1.1.0", f"{TABLE}.1", f"{TABLE}.2"], first=1, second=2)
    assert names(answer) == [SYS_NAME, f"{TABLE}.1.1", f"{TABLE}.2.1", f"{TABLE}.1.2", f"{TABLE}.2.2"]


def test_getbulk_says_where_the_view_ends() -> None:
    answer = ask(make_agent(), pdu.GET_BULK, ["1.3.6.1.2.1.31.1.1.1.6.1"], second=10)
    assert [(name, tag) for name, tag, _ in answer.varbinds] == [
        ("1.3.6.1.2.1.31.1.1.1.15.1", ber.GAUGE32),
        ("1.3.6.1.2.1.31.1.1.1.15.1", 0x82),
    ]


def test_getbulk_repeats_the_end_of_one_column_while_another_goes_on() -> None:
    answer = ask(make_agent(), pdu.GET_BULK, ["1.3.6.1.2.1.31.1.1.1.15", f"{TABLE}.2"], second=3)
    rows = list(zip(names(answer)[::2], names(answer)[1::2], strict=True))
    end = "1.3.6.1.2.1.31.1.1.1.15.1"
    assert rows == [(end, f"{TABLE}.2.1"), (end, f"{TABLE}.2.2"), (end, f"{TABLE}.2.3")]
    assert [tag for _, tag, _ in answer.varbinds][::2] == [ber.GAUGE32, 0x82, 0x82]


@pytest.mark.parametrize(("first", "second"), [(0, 0), (5, 5), (-3, -1), (0, 2147483647)])
def test_getbulk_survives_strange_numbers(first: int, second: int) -> None:
    assert ask(make_agent(), pdu.GET_BULK, [TABLE], first=first, second=second).status == 0


def test_getbulk_is_cut_to_the_message_size() -> None:
    view = MibView({parse_oid(f"1.3.6.1.{number}"): ber.octets("x" * 90) for number in range(1, 100)})
    reply = Agent(view, max_message_bytes=1472).answer(request(pdu.GET_BULK, ["1.3.6"], second=90))
    assert reply is not None
    assert 1300 < len(reply) <= 1472


def test_a_walk_gets_past_a_value_larger_than_the_message() -> None:
    view = MibView({parse_oid("1.3.6.1.1"): ber.octets("x" * 3000), parse_oid("1.3.6.1.2"): ber.integer(1)})
    assert len(ask(Agent(view), pdu.GET_BULK, ["1.3.6"], second=10).varbinds) == 1


def test_get_of_more_than_fits_is_too_big() -> None:
    view = MibView({parse_oid(f"1.3.6.1.{number}"): ber.octets("x" * 900) for number in (1, 2)})
    answer = ask(Agent(view), pdu.GET, ["1.3.6.1.1", "1.3.6.1.2"])
    assert (answer.status, answer.varbinds) == (pdu.TOO_BIG, [])


def test_version_1_has_errors_where_2_has_exceptions() -> None:
    answer = ask(make_agent(), pdu.GET, [SYS_NAME, "1.9"], version=pdu.V1)
    assert (answer.status, answer.index) == (pdu.NO_SUCH_NAME, 2)
    assert names(answer) == [SYS_NAME, "1.9"]


def test_version_1_walks_around_counters_of_sixty_four_bits() -> None:
    assert names(ask(make_agent(), pdu.GET_NEXT, [f"{TABLE}.2.3"], version=pdu.V1)) == ["1.3.6.1.2.1.31.1.1.1.15.1"]
    assert ask(make_agent(), pdu.GET, ["1.3.6.1.2.1.31.1.1.1.6.1"], version=pdu.V1).status == pdu.NO_SUCH_NAME


def test_the_wrong_community_gets_no_answer() -> None:
    assert make_agent().answer(request(pdu.GET, [SYS_NAME], community="guess")) is None


def test_moving_values_are_read_at_each_request() -> None:
    readings = iter(range(100))
    agent = Agent(MibView({parse_oid("1.3.6.1.1"): lambda: ber.counter32(next(readings))}))
    contents = [ask(agent, pdu.GET, ["1.3.6.1.1"]).varbinds[0][2] for _ in range(3)]
    assert contents == [b"\x00", b"\x01", b"\x02"]


@pytest.mark.parametrize(
    ("community", "oid", "value", "status"),
    [
        ("public", SYS_NAME, ber.octets("x"), pdu.NO_ACCESS),
        ("private", "1.3.6.1.2.1.1.1.0", ber.octets("x"), pdu.NOT_WRITABLE),
        ("private", SYS_NAME, ber.integer(1), pdu.WRONG_TYPE),
        ("private", f"{TABLE}.2.1", ber.integer(9), pdu.WRONG_VALUE),
        ("private", SYS_NAME, ber.octets("x"), pdu.NO_ERROR),
    ],
)
def test_set_says_why_it_refuses(community: str, oid: str, value: bytes, status: int) -> None:
    def refuse(content: bytes) -> None:
        raise ValueError

    agent = make_agent()
    agent.view.writable.update(
        {
            parse_oid(SYS_NAME): Writable(ber.OCTET_STRING),
            parse_oid(f"{TABLE}.2.1"): Writable(ber.INTEGER, refuse),
        }
    )
    assert ask(agent, pdu.SET, [oid], values=[value], community=community).status == status


def test_a_set_of_two_changes_nothing_where_the_second_is_refused() -> None:
    agent = make_agent()
    agent.view.writable[parse_oid(SYS_NAME)] = Writable(ber.OCTET_STRING)
    answer = ask(agent, pdu.SET, [SYS_NAME, "1.3.6.1.2.1.1.1.0"], values=[ber.octets("x")] * 2, community="private")
    assert (answer.status, answer.index) == (pdu.NOT_WRITABLE, 2)
    assert ask(agent, pdu.GET, [SYS_NAME]).varbinds[0][2] == b"r1"


def test_a_set_value_is_served_from_then_on() -> None:
    agent = make_agent()
    agent.view.writable[parse_oid(SYS_NAME)] = Writable(ber.OCTET_STRING)
    ask(agent, pdu.SET, [SYS_NAME], values=[ber.octets("edge")], community="private")
    assert ask(agent, pdu.GET, [SYS_NAME]).varbinds[0][2] == b"edge"


def test_no_bytes_make_the_agent_raise() -> None:
    draw = random.Random(1)
    agent = make_agent()
    good = request(pdu.GET_BULK, [TABLE], second=5)
    for _ in range(5000):
        damaged = bytearray(good)
        for _ in range(draw.randrange(1, 4)):
            damaged[draw.randrange(len(damaged))] = draw.randrange(256)
        agent.answer(bytes(damaged[: draw.randrange(len(damaged) + 1)]))
    for size in range(len(good)):
        assert agent.answer(good[:size]) is None
