"""Matchers as people write them, the way of amtool: job="node", instance=~"10[.]0[.].*", severity!=info."""

from __future__ import annotations

import re
from collections.abc import Sequence

from api_clients.domain.errors import InvalidRequest
from api_clients.monitoring.alertmanager.values import Matcher

WRITTEN = re.compile(r"\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(=~|!~|!=|=)\s*(.*?)\s*", re.DOTALL)
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
ESCAPED = {"n": "\n", '"': '"', "\\": "\\"}


def parse(written: str) -> Matcher:
    """Raises InvalidRequest for what is no matcher."""
    found = WRITTEN.fullmatch(written)
    if not found:
        raise InvalidRequest(f'{written[:100]!r} is no matcher such as job="node" or instance=~"10[.]0[.].*"')
    name, operator, value = found.groups()
    return Matcher(name, _value(value, written), is_regex="~" in operator, is_equal=not operator.startswith("!"))


def parse_all(written: Sequence[str]) -> tuple[Matcher, ...]:
    return tuple(parse(each) for each in written)


def could_match_everything(matchers: Sequence[Matcher]) -> bool:
    """Whether no matcher asks for a label to be there: a silence of these would silence all that lacks the labels."""
    return all(_accepts_nothing(matcher) for matcher in matchers)


def _accepts_nothing(matcher: Matcher) -> bool:
    if not matcher.is_regex:
        return (matcher.value == "") is matcher.is_equal
    try:
        return (re.fullmatch(matcher.value, "") is not None) is matcher.is_equal
    except re.error:
        return False  # the server's dialect is another; it will say


def _value(value: str, written: str) -> str:
    if not value.startswith('"'):
        return value
    quoted = QUOTED.fullmatch(value)
    if not quoted:
        raise InvalidRequest(f"{written[:100]!r} has a value whose quotes do not end")
    return re.sub(r"\\(.)", lambda found: ESCAPED.get(found[1], found[0]), quoted[1])
