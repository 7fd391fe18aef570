"""Pickles that are more than data are refused, without being run."""

from __future__ import annotations

import contextlib
import os
import pickle
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_clients.security.fail2ban.protocol import Refused, decode
from api_clients.security.fail2ban.simulator import pickled_error
from api_clients.security.fail2ban.unpickling import NotPlain, ServerError, load


class Runs:
    """What an attacker would send."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self._call = (function, arguments)

    def __reduce__(self) -> Any:
        return self._call


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(PLAIN, st.integers(2, 5))
def test_plain_values_come_through_as_they_are(value: Any, protocol: int) -> None:
    assert load(pickle.dumps(value, protocol)) == value


@given(st.binary(max_size=300))
def test_any_bytes_at_all_are_plain_or_refused(data: bytes) -> None:
    with contextlib.suppress(NotPlain):
        load(data)


def test_an_address_object_is_pickled_as_text_and_comes_as_text() -> None:
    assert load(pickle.dumps([Runs(str, "203.0.113.9")], 4)) == ["203.0.113.9"]


@pytest.mark.parametrize(
    "value",
    [
        Runs(os.system, "touch /tmp/owned"),
        Runs(eval, "1+1"),
        Runs(getattr, "x", "upper"),
        Runs(bytearray, 8_000_000_000),
        Runs(str, [1]),
        Runs(BaseException, "not an Exception"),
    ],
)
@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_what_calls_anything_is_refused_and_not_called(value: Any, protocol: int) -> None:
    with pytest.raises(NotPlain):
        load(pickle.dumps((1, value), protocol))


def test_a_memo_of_gigabytes_is_refused_before_it_is_made() -> None:
    with pytest.raises(NotPlain, match="numbers more values"):
        load(b"\x80\x02]r\xff\xff\xff\x7f.")


def test_a_buffer_of_gigabytes_is_refused_before_it_is_made() -> None:
    with pytest.raises(NotPlain):
        load(b"\x80\x05\x96" + (2**40).to_bytes(8, "little") + b".")


def test_shared_references_do_not_multiply() -> None:
    value: Any = "lol"
    for _ in range(12):
        value = [value] * 10
    started = time.thread_time()
    with pytest.raises(NotPlain, match="too many values"):
        load(pickle.dumps(value, 4))
    assert time.thread_time() - started < 20


def test_one_long_text_told_many_times_does_not_multiply() -> None:
    with pytest.raises(NotPlain, match="characters"):
        load(pickle.dumps(["x" * 1_000_000] * 1_000, 4))


def test_a_value_that_holds_itself_is_refused() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(NotPlain, match="too deeply"):
        load(pickle.dumps(value, 4))


@pytest.mark.parametrize("data", [b"", b".", b"\x80\x04", b"(((", b"\x80\x04N", b"\x80\x09N."])
def test_what_is_no_whole_pickle_is_refused(data: bytes) -> None:
    with pytest.raises(NotPlain):
        load(data)


def test_errors_of_the_server_become_their_words() -> None:
    assert load(pickle.dumps((1, ValueError("no", 3)), 4)) == [1, ServerError("ValueError", ("no", "3"))]
    with pytest.raises(Refused, match="the jail 'x' does not exist") as caught:
        decode(pickled_error("UnknownJailException", "x"))
    assert caught.value.is_unknown
    with pytest.raises(Refused, match="Invalid command"):
        decode(pickle.dumps((1, Exception("Invalid command")), 4))
    with pytest.raises(Refused, match="ERROR: cannot load"):
        decode(pickle.dumps("ERROR: cannot load", 4))


@pytest.mark.parametrize("reply", [None, 3, (0,), ("0", "pong"), (0, 1, 2), {"other": 1}, (True, "pong")])
def test_a_reply_that_is_no_pair_is_refused(reply: Any) -> None:
    with pytest.raises(NotPlain):
        decode(pickle.dumps(reply, 4))
