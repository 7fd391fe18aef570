"""Matchers as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_clients.domain.errors import InvalidRequest
from api_clients.monitoring.alertmanager.matchers import could_match_everything, parse, parse_all
from api_clients.monitoring.alertmanager.values import Matcher


@pytest.mark.parametrize(
    ("written", "matcher"),
    [
        ('job="node"', Matcher("job", "node")),
        ("job=node", Matcher("job", "node")),
        (" job = node ", Matcher("job", "node")),
        ('job!="node"', Matcher("job", "node", is_equal=False)),
        ('job=~"a|b"', Matcher("job", "a|b", is_regex=True)),
        ("job!~a.*", Matcher("job", "a.*", is_regex=True, is_equal=False)),
        (r'path="C:\\x \"y\" \n"', Matcher("path", 'C:\\x "y" \n')),
        (r'instance=~"10\.0\.0\.1"', Matcher("instance", r"10\.0\.0\.1", is_regex=True)),
        ('empty=""', Matcher("empty", "")),
        ("empty=", Matcher("empty", "")),
        ('a="=~"', Matcher("a", "=~")),
    ],
)
def test_a_matcher_is_read(written: str, matcher: Matcher) -> None:
    assert parse(written) == matcher


@pytest.mark.parametrize(
    "written", ["", "job", "=x", "a b=c", "1a=b", 'job="node', 'job="a"b"', "job~x", "{job=x}", "a-b=c"]
)
def test_what_is_no_matcher_is_refused(written: str) -> None:
    with pytest.raises(InvalidRequest):
        parse(written)


@given(
    st.builds(
        Matcher,
        st.from_regex(r"[a-zA-Z_]\w{0,5}", fullmatch=True).filter(str.isascii),
        st.text(),
        st.booleans(),
        st.booleans(),
    )
)
def test_what_is_written_is_read_as_it_was(matcher: Matcher) -> None:
    assert parse(str(matcher)) == matcher


@pytest.mark.parametrize(
    ("written", "everything"),
    [
        (["job=node"], False),
        (["job!=node"], True),
        (['job=""'], True),
        (['job=~".*"'], True),
        (['job=~".+"'], False),
        (['job!~".+"'], True),
        (['job!=""'], False),
        (["job!=node", "severity=critical"], False),
        (['job=~"("'], False),  # the server says what is wrong with it
    ],
)
def test_matchers_that_fit_what_lacks_their_labels_are_known(written: list[str], everything: bool) -> None:
    assert could_match_everything(parse_all(written)) is everything
