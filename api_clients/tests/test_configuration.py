from __future__ import annotations

from pathlib import Path

import pytest

from api_clients.configuration import Configuration, ConfigurationInvalid, parse_configuration, read_configuration
from api_clients.configuration_secrets import Secrets

GOOD = """
services:
  storeroom:
    breaker: {failure_threshold: 3, recovery_seconds: 5}
    targets:
      main:
        instances:
          - url: http://10.0.0.1:8080/base/
            weight: 5
          - url: http://10.0.0.2:8080
        auth: {kind: basic, username: nms, password_env: STOREROOM_PASSWORD}
        rate: {rate_per_second: 10, burst: 5}
        retry: {attempts: 2}
"""


def parse(text: str) -> Configuration:
    return parse_configuration(text, known_services=["storeroom", "snmp"], source="clients.yaml")


def target(fields: str) -> str:
    return f"services: {{storeroom: {{targets: {{main: {{{fields}}}}}}}}}"


def test_a_good_file_is_read() -> None:
    storeroom = parse(GOOD).services["storeroom"]
    main = storeroom.targets["main"]
    assert [(item.url, item.weight) for item in main.instances] == [
        ("http://10.0.0.1:8080/base", 5),
        ("http://10.0.0.2:8080", 1),
    ]
    assert main.auth is not None
    assert main.auth.secret(Secrets({"STOREROOM_PASSWORD": "hunter2-secret"})) == "hunter2-secret"
    assert storeroom.breaker.failure_threshold == 3


@pytest.mark.parametrize("text", ["", "\n# nothing yet\n", "{}"])
def test_an_empty_file_configures_nothing(text: str) -> None:
    assert parse(text).services == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            target("instances: [{url: 'x.example.org:80'}]"),
            r"services.storeroom.targets.main.instances.0.url: should be an address such as http",
        ),
        (target("instances: [{url: 'http://u:p@x'}]"), r"instances.0.url: should hold no user or password"),
        (target("instances: [{url: 'http://x?key=1'}]"), r"instances.0.url: should hold no query"),
        (target("instances: [{url: 'http://x:99999'}]"), r"instances.0.url: should have a port from 1 to 65535"),
        (target("instances: [{url: 'http://x:0'}]"), r"instances.0.url: should have a port from 1 to 65535"),
        (target("instances: [{url: 'http://[::1'}]"), r"instances.0.url: should be an address"),
        (target("instances: []"), r"services.storeroom.targets.main.instances: "),
        (target("instances: [{url: 'http://x', weight: '2'}]"), r"instances.0.weight: Input should be a valid integer"),
        (target("instances: [{url: 'http://x', weight: 0}]"), r"instances.0.weight: .*greater than or equal to 1"),
        (
            target("instances: [{url: 'http://x'}], timeout: 3"),
            r"services.storeroom.targets.main.timeout: Extra inputs",
        ),
        (target("instances: [{url: 'http://x'}], retry: {attempts: true}"), r"retry.attempts: "),
        (target("instances: [{url: 'http://x'}], read_timeout_seconds: .inf"), r"read_timeout_seconds: "),
        (target("instances: [{url: 'http://x'}], read_timeout_seconds: .nan"), r"read_timeout_seconds: "),
        (target("instances: [{url: 'http://x'}], auth: {kind: basic, password_env: X}"), r"auth: username belongs to"),
        (
            target("instances: [{url: 'http://x'}], auth: {kind: bearer}"),
            r"auth: kind bearer needs token_file, token_env or token_encrypted, one of them",
        ),
        (
            target("instances: [{url: 'http://x'}], auth: {kind: bearer, token_env: X, token_file: /dev/null}"),
            r"auth: kind bearer needs token_file, token_env or token_encrypted, one of them",
        ),
        (
            target("instances: [{url: 'http://x'}], tls: {ca_file: /no/such/ca.pem}"),
            r"tls.ca_file: /no/such/ca.pem cannot be read: No such file",
        ),
        ("services: {storerom: {}}", r"services.storerom: no such service. Known: snmp, storeroom"),
        ("service: {}", r"service: Extra inputs"),
        ("[]", r"the file: "),
        ("just text", r"the file: "),
        ("services: {storeroom: {}, storeroom: {}}", r"the key 'storeroom' stands here twice in line 1"),
        ("services: {", r"not YAML: .* line 1"),
        ("a: !!python/object/apply:os.system ['true']", r"not YAML: "),
        ("a: \x00", r"not YAML: "),
        ("[" * 5000, r"nested too deeply|not YAML"),
    ],
)
def test_a_wrong_file_is_refused_and_the_error_names_the_key(text: str, message: str) -> None:
    with pytest.raises(ConfigurationInvalid, match=message) as caught:
        parse(text)
    assert str(caught.value).startswith("clients.yaml")


@pytest.mark.parametrize(
    "text",
    [
        target("instances: [{url: 'http://nms:hunter2-secret@x'}]"),
        target("instances: [{url: 'http://nms:hunter2-secret'}]"),
        target("instances: [{url: 'http://nms:hunter2-secret/more@x'}]"),
        target("instances: [{url: 'http://nms:7/hunter2-secret@x'}]"),
        target("instances: [{url: 'http://nms:hunter2-secret[@x'}]"),
        target("instances: [{url: 'http://nms:hunter2-secret\u2100@x'}]"),
        target("instances: [{url: 'http://x'}], auth: {kind: hunter2-secret}"),
        target("instances: [{url: 'http://x'}], auth: {kind: bearer, token: [hunter2-secret]}"),
        target("instances: [{url: 'http://x'}], auth: {kind: bearer, token: hunter2-secret}"),
        "services:\n  storeroom: {token: 'hunter2-secret\n",
        "token: hunter2-secret: x",
    ],
)
def test_a_refusal_never_quotes_a_value(text: str) -> None:
    with pytest.raises(ConfigurationInvalid) as caught:
        parse(text)
    shown = f"{caught.value} {caught.value.__cause__} {caught.value.args}"
    assert "hunter2-secret" not in shown


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid, match="cannot be read: No such file"):
        read_configuration(tmp_path / "none.yaml", known_services=[])
    (tmp_path / "latin.yaml").write_bytes(b"services: {} # caf\xe9")
    with pytest.raises(ConfigurationInvalid, match="not UTF-8"):
        read_configuration(tmp_path / "latin.yaml", known_services=[])


def test_a_secret_may_live_in_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-a-file\n")
    parsed = parse(target(f"instances: [{{url: 'http://x'}}], auth: {{kind: bearer, token_file: {tmp_path}/token}}"))
    auth = parsed.services["storeroom"].targets["main"].auth
    assert auth is not None
    assert auth.secret() == "from-a-file"
    assert parsed.files() == (tmp_path / "token",)


def test_an_empty_secret_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("\n")
    parsed = parse(target(f"instances: [{{url: 'http://x'}}], auth: {{kind: bearer, token_file: {tmp_path}/token}}"))
    auth = parsed.services["storeroom"].targets["main"].auth
    assert auth is not None
    with pytest.raises(ConfigurationInvalid, match="is empty"):
        auth.secret()
