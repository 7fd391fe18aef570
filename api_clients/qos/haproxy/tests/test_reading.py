"""What HAProxy says, in the words of several versions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_clients.domain.errors import Rejected, ServiceError, Unauthorized
from api_clients.domain.values import Response
from api_clients.qos.haproxy import reading
from api_clients.qos.haproxy.metrics import parse_metrics
from api_clients.qos.haproxy.simulator.process import INFO, SimulatedProcess
from api_clients.qos.haproxy.socket_wire import LINE
from api_clients.qos.haproxy.values import StickTableEntry


def said(text: str) -> Response:
    return Response(200, body=text.encode())


NEEDED = "pxname,svname,scur,smax,slim,stot,status,type"


def rows(*lines: str, header: str = NEEDED) -> Any:
    return reading.statistics(said("\n".join([f"# {header},", *(f"{line}," for line in lines)]) + "\n"))


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("UP", "up"),
        ("UP 1/3", "up"),
        ("OPEN", "up"),
        ("no check", "up"),
        ("DOWN", "down"),
        ("DOWN 1/2", "down"),
        ("DOWN (agent)", "down"),
        ("STOP", "down"),
        ("MAINT", "maint"),
        ("MAINT (via app/s1)", "maint"),
        ("MAINT (resolution)", "maint"),
        ("DRAIN", "drain"),
        ("DRAIN (agent)", "drain"),
        ("NOLB", "drain"),
    ],
)
def test_what_a_status_comes_to(status: str, state: str) -> None:
    (row,) = rows(f"app,s1,0,0,,0,{status},2")
    assert (row.status, row.state) == (status, state)


def test_columns_are_found_by_name_whatever_their_order_and_number() -> None:
    (row,) = rows("app,s1,77,2,UP,9,,3,x,2", header="pxname,svname,new_in_4,type,status,stot,slim,smax,-,scur")
    assert (row.proxy, row.name, row.kind) == ("app", "s1", "server")
    assert (row.sessions_current, row.sessions_max, row.sessions_limit, row.sessions_total) == (2, 3, None, 9)


def test_a_text_may_hold_what_ends_a_line_elsewhere() -> None:
    (row,) = rows("app,s1,0,0,,0,UP,2,a\u2028b\x85c", header=f"{NEEDED},last_chk")
    assert row.check_description == "a\u2028b\x85c"


def test_a_quoted_column_may_hold_a_comma() -> None:
    (row,) = rows('app,s1,0,0,,0,UP,2,"Layer7 wrong status, code 500 ""x"""', header=f"{NEEDED},last_chk")
    assert row.check_description == 'Layer7 wrong status, code 500 "x"'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "<html>It works!</html>",
        "pxname,svname\n",
        f"# {NEEDED},\napp,s1,0,0,,0,UP,9,\n",  # a kind that is not known
        f"# {NEEDED},\napp,s1,x,0,,0,UP,2,\n",
        f"# {NEEDED},\napp,s1\n",
        "# pxname,svname,status,\napp,s1,UP,\n",
    ],
)
def test_what_is_no_statistics_is_refused(text: str) -> None:
    with pytest.raises((ValueError, LookupError, TypeError)):
        reading.statistics(said(text))


PAGE_28 = '<h1><a href="http://www.haproxy.org/">HAProxy version 2.8.3-86e043a, released 2023/09/07</a></h1>'
PAGE_HIDDEN = '<html><head><title>Statistics Report for HAProxy</title></head><h1><a href="x">HAProxy</a></h1></html>'


@pytest.mark.parametrize(
    ("text", "version"), [(PAGE_28, "2.8.3-86e043a"), (PAGE_HIDDEN, ""), (INFO, "2.6.12-1+deb12u4")]
)
def test_versions(text: str, version: str) -> None:
    assert reading.version(said(text)) == version


def test_a_page_of_another_program_tells_no_version() -> None:
    with pytest.raises(ValueError):
        reading.version(said("<html>It works!</html>"))


@pytest.mark.parametrize(
    ("flags", "reasons"),
    [
        (0, ()),
        (1, ("maintenance",)),
        (8, ("drain",)),
        (4 | 8, ("maintenance in the configuration", "drain")),
        (0x20, ("maintenance for want of an address",)),
    ],
)
def test_the_reasons_of_a_state(flags: int, reasons: tuple[str, ...]) -> None:
    text = SimulatedProcess().run("show servers state").replace("192.0.2.11 2 0 ", f"192.0.2.11 2 {flags} ")
    assert reading.server_states(said(text))[0].admin == reasons


@pytest.mark.parametrize("text", ["\n", "2\n# be_id\n\n", "1\n4 app 1 s1\n\n", "1\n# be_id be_name\n4 app\n\n"])
def test_states_of_another_form_are_refused(text: str) -> None:
    with pytest.raises((ValueError, LookupError)):
        reading.server_states(said(text))


HEAD = "# table: web, type: string, size:1024, used:1\n"


@pytest.mark.parametrize(
    ("line", "entry"),
    [
        ("0x55: key=192.0.2.1 use=1 exp=2500 gpc0=3", StickTableEntry("192.0.2.1", 1, 2.5, {"gpc0": "3"})),
        (
            "0x55: key=192.0.2.1 use=0 exp=0 shard=2 conn_cur=1",
            StickTableEntry("192.0.2.1", 0, None, {"conn_cur": "1"}),
        ),
        (
            "0x55: key=a b use=0 exp=1000 server_id=1 server_key=s1 http_req_rate(10000)=7",
            StickTableEntry("a b", 0, 1.0, {"server_id": "1", "server_key": "s1", "http_req_rate(10000)": "7"}),
        ),
        (
            r"0x55: key=a\ b\=c\\d\t\xc3\xb6\xff use=0 exp=0 gpc0=1",
            StickTableEntry("a b=c\\d\tö\\xff", 0, None, {"gpc0": "1"}),
        ),
    ],
)
def test_entries_of_stick_tables(line: str, entry: StickTableEntry) -> None:
    assert reading.stick_table_entries(said(f"{HEAD}{line}\n\n")) == (entry,)


def test_a_process_without_stick_tables_has_none() -> None:
    assert reading.stick_tables(said("\n")) == ()


@pytest.mark.parametrize("read", [reading.sessions, reading.stick_tables, reading.stick_table_entries, reading.info])
@pytest.mark.parametrize("text", ["nonsense\n\n", "a: b\n\n", "\xe4\n"])
def test_what_was_not_asked_for_is_refused(read: Callable[[Response], Any], text: str) -> None:
    with pytest.raises((ValueError, LookupError)):
        read(said(text))


@pytest.mark.parametrize("text", ["\n", "\n\n", "New server registered.\n\n", "Server deleted.\n"])
def test_silence_and_a_few_words_mean_done(text: str) -> None:
    reading.done(said(text))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("Permission denied\n\n", Unauthorized),
        ("Unknown command, but maybe one of the following ones is a better match:\n  help\n\n", Rejected),
        ("No such server.\n\n", Rejected),
        ("anything else\n\n", Rejected),
        ("<html>\n", Rejected),
    ],
)
def test_everything_else_is_an_error(text: str, error: type[ServiceError]) -> None:
    with pytest.raises(error):
        reading.done(said(text))


@given(st.text())
def test_a_line_that_may_be_sent_is_one_command(text: str) -> None:
    if LINE.match(text):
        assert text.isascii()
        assert text.isprintable()
        assert not {"\n", "\r", ";", "\0"} & set(text)
        assert "<<" not in text


@pytest.mark.parametrize(
    "text", ["", "show stat\n", "show stat;quit", "add map <<", " show", "@1 show stat", "x" * 9000]
)
def test_a_line_that_may_not_be_sent(text: str) -> None:
    assert not LINE.match(text)


@pytest.mark.parametrize(
    "text", ["show stat", "set server app/s1 weight 50%", "add server app/s4 [::1]:80 weight 1 check"]
)
def test_a_line_that_may_be_sent(text: str) -> None:
    assert LINE.match(text)


@pytest.mark.parametrize("text", ["", "<html>It works!</html>", "metric one\n"])
def test_what_is_no_metrics_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_metrics(text)
