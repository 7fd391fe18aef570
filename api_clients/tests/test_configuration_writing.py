"""A target is added to a file and every other byte stays."""

from __future__ import annotations

import difflib

import pytest
import yaml

from api_clients.configuration import ConfigurationInvalid
from api_clients.configuration_writing import target_as_yaml, with_target

TARGET = {"instances": [{"url": "http://10.0.0.5:9090"}]}

FULL = """\
# The services of the site.
cache: {eviction: lru}   # enough

services:
    grafana:   # dashboards
        targets:
            main:
                instances:
                - url: "https://grafana.example.org"   # behind the proxy
                auth: {kind: bearer, token_file: /run/secrets/grafana}
            # another one comes later

    prometheus:
        breaker: {failure_threshold: 3}
        targets:
            old:
                instances:
                - {url: 'http://10.0.0.4:9090'}

# the end
"""


def added(before: str, after: str) -> list[str]:
    """Lines that came; fails where one went."""
    changes = [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[0] in "+-"]
    assert not [line for line in changes if line[0] == "-"], changes
    return [line[2:] for line in changes]


@pytest.mark.parametrize("service", ["prometheus", "grafana", "netdata"])
def test_lines_are_added_and_nothing_else_is_touched(service: str) -> None:
    after = with_target(FULL, service, "new", TARGET)
    lines = added(FULL, after)
    assert lines[-1] == '                    - {url: "http://10.0.0.5:9090"}'
    assert len(lines) == (5 if service == "netdata" else 3)
    document = yaml.safe_load(after)
    assert document["services"][service]["targets"]["new"] == TARGET
    before = yaml.safe_load(FULL)
    for name in before["services"]:
        for target, said in before["services"][name]["targets"].items():
            assert document["services"][name]["targets"][target] == said


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing yet\n",
        "services:\n",
        "services:   # none yet\n",
        "services: {}\n",
        "services:\n  prometheus:\n",
        "services:\n  prometheus:\n    targets:\n",
        "services:\n  prometheus: {targets: {}}\n",
        "services: {prometheus: {targets: {a: {instances: [{url: 'http://h:1'}]}}}}",
        "services:\n  prometheus:\n    targets: {a: {instances: [{url: 'http://h:1'}]}} # flow\n",
        "services:\n  prometheus:\n    targets:\n      a:\n        instances:\n          - url: http://h:1",
        "cache: {eviction: lru}\n",
        "---\nservices:\n  prometheus:\n    options: {}\n",
        "services:\r\n  prometheus:\r\n    targets:\r\n      a: {instances: [{url: 'http://h:1'}]}\r\ncache: {}\r\n",
        "services:\n  backend:\n    targets:\n      a:\n        options:\n"
        "          note: |\n            two\n            lines\n\ncache: {}\n",
        "services:\n  prometheus:\n    targets:\n      a:\n        instances: [{url: 'http://h:1'}]\n"
        "        options: {}\n\n\n# far below\n",
        "services:\n  prometheus:\n    targets:\n      a:\n        instances:\n"
        "        - {url: 'http://h:1'}\n        stale_seconds: ${STALE:-5}\n",
    ],
)
def test_whatever_shape_the_file_has_the_target_finds_its_place(text: str) -> None:
    after = with_target(text, "prometheus", "new", TARGET)
    document = yaml.safe_load(after)
    assert document["services"]["prometheus"]["targets"]["new"] == TARGET
    before = yaml.safe_load(text) or {}
    assert {key: value for key, value in document.items() if key != "services"} == {
        key: value for key, value in before.items() if key != "services"
    }
    for comment in ("# nothing yet", "# none yet", "# flow", "# far below"):
        assert (comment in after) == (comment in text)


@pytest.mark.parametrize(
    "text",
    [
        "services:\n  prometheus:\n    targets:\n      new: {instances: [{url: 'http://h:1'}]}\n",
        "services: {prometheus: {targets: {a: {},}}}\n",
        "base: &base {a: {}}\nservices:\n  prometheus:\n    targets: *base\n",
        "[1, 2]\n",
        "services: [\n",
        "services: text\n",
        "services:\n  prometheus: !!null\n",
    ],
)
def test_where_a_program_cannot_put_it_nothing_is_done_and_that_is_said(text: str) -> None:
    try:
        after = with_target(text, "prometheus", "new", TARGET)
    except ConfigurationInvalid:
        return
    assert yaml.safe_load(after)["services"]["prometheus"]["targets"]["new"] == TARGET  # it could, after all
    pytest.fail(f"it was put into {after!r}")


def test_what_a_person_is_to_add_is_a_whole_file() -> None:
    text = target_as_yaml("prometheus", "10-0-0-5", TARGET | {"auth": {"kind": "bearer", "token_env": "TOKEN"}})
    assert yaml.safe_load(text) == {
        "services": {
            "prometheus": {"targets": {"10-0-0-5": TARGET | {"auth": {"kind": "bearer", "token_env": "TOKEN"}}}}
        }
    }


@pytest.mark.parametrize("name", ["1", "true", "10.5", "null", "0x1F", "a.b-c", "yes"])
def test_names_that_yaml_takes_for_something_else_are_quoted(name: str) -> None:
    after = with_target(FULL, "prometheus", name, TARGET)
    assert name in yaml.safe_load(after)["services"]["prometheus"]["targets"]
