"""What a configuration refers to rather than says: secrets, values of the environment, whole targets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from pydantic import BaseModel, ConfigDict, SecretStr

from api_clients.configuration import Configuration, ConfigurationInvalid, TargetModel, parse_configuration
from api_clients.configuration_secrets import Secrets, secret_option_files, with_secret_options
from api_clients.container import ClientsContainer, make_container
from api_clients.simulation import serve
from api_clients.tests.example_service import TOKEN, StoreroomSimulator
from api_clients.tests.test_container import CATALOG_WITH_STOREROOM

KNOWN = ["storeroom", "traffic", "traffic_control"]
MARKED = "hunter2-marked-secret"


def parse(text: str, **environment: str) -> Configuration:
    return parse_configuration(text, known_services=KNOWN, source="clients.yaml", environment=environment)


def main(fields: str) -> str:
    return f"services: {{storeroom: {{targets: {{main: {{{fields}}}}}}}}}"


def auth(fields: str) -> str:
    return main(f"instances: [{{url: 'http://x'}}], auth: {{{fields}}}")


def target_of(configuration: Configuration, service: str = "storeroom", target: str = "main") -> TargetModel:
    return configuration.services[service].targets[target]


# --- Secrets ---


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        (f"kind: basic, username: nms, password: {MARKED}", "auth.password"),
        (f"kind: bearer, token: {MARKED}", "auth.token"),
        (f"kind: api_key, header: X-Key, token: '{MARKED}'", "auth.token"),
        (f"kind: bearer, token: 'prefix-${{NAME}}-{MARKED}'", "auth.token"),
        (f"kind: bearer, token: '${{NAME:-{MARKED}}}'", "auth.token"),
    ],
)
def test_a_secret_in_the_file_itself_is_refused_by_its_key(fields: str, key: str) -> None:
    with pytest.raises(ConfigurationInvalid) as caught:
        parse(auth(fields), NAME="x")
    message = str(caught.value)
    assert f"services.storeroom.targets.main.{key}: a secret does not stand in the file" in message
    assert "client_secret" in message
    assert MARKED not in repr(caught.value)
    assert MARKED not in message


def secret(text: str, secrets: Secrets, **environment: str) -> str:
    found = target_of(parse(text, **environment)).auth
    assert found is not None
    assert MARKED not in repr(found)
    return found.secret(secrets, at="services.storeroom.targets.main.auth")


def test_a_secret_is_come_by_in_four_ways(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{MARKED}\n")
    environment = {"STORE_TOKEN": MARKED}
    secrets = Secrets(environment, open_encrypted=lambda token: {"opaque": MARKED}[token])
    for fields in (
        f"kind: bearer, token_file: {tmp_path}/token",
        "kind: bearer, token_env: STORE_TOKEN",
        "kind: bearer, token_encrypted: opaque",
        "kind: bearer, token: '${STORE_TOKEN}'",
    ):
        assert secret(auth(fields), secrets, **environment) == MARKED
    assert MARKED not in repr(secrets)


@pytest.mark.parametrize(
    ("fields", "secrets", "message"),
    [
        ("token_env: NOT_SET", Secrets(), r"main.auth.token_env: the environment variable NOT_SET is not set"),
        ("token_encrypted: x", Secrets(), r"main.auth.token_encrypted: this program has no key"),
    ],
)
def test_a_secret_that_cannot_be_come_by_is_told_by_its_key(fields: str, secrets: Secrets, message: str) -> None:
    with pytest.raises(ConfigurationInvalid, match=message):
        secret(auth(f"kind: bearer, {fields}"), secrets)


@pytest.mark.parametrize("text", [f"{MARKED}\nsecond line", f"{MARKED}\N{EURO SIGN}", f" {MARKED}", f"{MARKED}\0"])
@pytest.mark.parametrize("fields", ["kind: bearer, token_env: STORE", "kind: api_key, header: X-Key, token_env: STORE"])
def test_a_token_that_no_header_can_carry_is_refused_before_it_is_sent(fields: str, text: str) -> None:
    with pytest.raises(ConfigurationInvalid, match=r"^services.storeroom.targets.main.auth.token should be") as caught:
        secret(auth(fields), Secrets({"STORE": text}))
    assert MARKED not in str(caught.value)


def test_a_secret_encrypted_with_another_key_is_told_without_its_text() -> None:
    def refuse(token: str) -> str:
        raise ValueError("A stored secret cannot be decrypted")

    with pytest.raises(ConfigurationInvalid, match=r"auth.token_encrypted: A stored secret cannot") as caught:
        secret(auth("kind: bearer, token_encrypted: opaque-text"), Secrets(open_encrypted=refuse))
    assert "opaque-text" not in str(caught.value)


def container_of(path: Path | None, **environment: str) -> ClientsContainer:
    return make_container(
        clients_file=path,
        catalog=CATALOG_WITH_STOREROOM,
        prometheus_registry=CollectorRegistry(),
        secrets=Secrets(environment, open_encrypted=lambda token: token[::-1]),
    )


def test_a_client_signs_in_with_what_was_encrypted(tmp_path: Path) -> None:
    path = tmp_path / "clients.yaml"
    with serve(StoreroomSimulator()) as server:
        path.write_text(
            main(f"instances: [{{url: '{server.url}'}}], auth: {{kind: bearer, token_encrypted: {TOKEN[::-1]}}}")
        )
        assert container_of(path).clients().get("storeroom").part(1).name == "nut"


class Options(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    place: str = ""
    api_key: SecretStr | None = None


def test_options_refer_to_their_secrets_as_logins_do(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(MARKED)
    secrets = Secrets({"KEY": MARKED}, open_encrypted=lambda token: MARKED)
    ways: list[dict[str, Any]] = [
        {"api_key_file": str(tmp_path / "key")},
        {"api_key_env": "KEY"},
        {"api_key_encrypted": "opaque"},
        {"api_key": SecretStr(MARKED)},
    ]
    for given in ways:
        found = with_secret_options(Options, {"place": "here", **given}, secrets, at="main.options")
        checked = Options.model_validate(found)
        assert checked.api_key is not None
        assert checked.api_key.get_secret_value() == MARKED
    with pytest.raises(ConfigurationInvalid, match=r"main.options.api_key: a secret does not stand") as caught:
        with_secret_options(Options, {"api_key": MARKED}, secrets, at="main.options")
    assert MARKED not in str(caught.value)


def test_secrets_of_options_stand_in_models_below_too(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(MARKED + "\n")

    class Inner(BaseModel):
        url: str
        password: SecretStr

    class Options(BaseModel):
        log_file: Path
        inner: Inner | None = None

    secrets = Secrets({"KEY": MARKED}, lambda token: MARKED)
    for way in ({"password_file": f"{tmp_path}/secret"}, {"password_env": "KEY"}, {"password_encrypted": "opaque"}):
        given = {"log_file": "/var/log/x", "inner": {"url": "u", **way}}
        checked = Options.model_validate(with_secret_options(Options, given, secrets, at="main.options"))
        assert checked.inner is not None
        assert checked.inner.password.get_secret_value() == MARKED
        watched = secret_option_files(Options, given)
        assert watched == ((tmp_path / "secret",) if "password_file" in way else ())
    with pytest.raises(ConfigurationInvalid, match=r"main.options.inner.password: a secret does not stand"):
        with_secret_options(Options, {"inner": {"password": MARKED}}, secrets, at="main.options")
    with pytest.raises(ConfigurationInvalid, match=r"main.options.inner.password_file: .* cannot be read"):
        with_secret_options(Options, {"inner": {"password_file": f"{tmp_path}/none"}}, secrets, at="main.options")


# --- Values of the environment ---


def test_values_come_from_the_environment() -> None:
    text = """
    services:
      storeroom:
        targets:
          main:
            instances:
              - url: https://${HOST}:${PORT:-9090}/${EMPTY:-base}
                weight: ${WEIGHT}
            deadline_seconds: ${DEADLINE:-7.5}
            tls:
              verify: ${VERIFY}
    """
    found = target_of(parse(text, HOST="db.example.org", WEIGHT="5", VERIFY="false", EMPTY=""))
    assert [(one.url, one.weight) for one in found.instances] == [("https://db.example.org:9090/base", 5)]
    assert (found.deadline_seconds, found.tls.verify) == (7.5, False)


def test_in_quotes_a_value_is_text_and_a_variable_brings_no_keys_along() -> None:
    text = auth('kind: basic, username: "${USER_NUMBER}", password_env: X')
    assert target_of(parse(text, USER_NUMBER="0123")).auth.username == "0123"  # type: ignore[union-attr]
    hostile = "x}], auth: {kind: bearer, token_env: PATH}, instances: [{url: http://evil"
    with pytest.raises(ConfigurationInvalid, match=r"instances.0.url: ") as caught:
        parse(main("instances: [{url: '${HOSTILE}'}]"), HOSTILE=hostile)
    assert "evil" not in str(caught.value)


def test_dollars_stand_for_themselves_where_they_are_doubled_or_alone() -> None:
    found = target_of(parse(auth("kind: basic, username: 'a$b$${c}', password_env: X")))
    assert found.auth is not None
    assert found.auth.username == "a$b${c}"


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("${NOT_SET}", r"instances.0.url: the environment variable NOT_SET is not set, and there is no default"),
        ("${EMPTY}", r"instances.0.url: the environment variable EMPTY is not set"),
        ("${not closed", r"instances.0.url: a reference is written \$\{NAME\}"),
        ("${1}", r"instances.0.url: a reference is written"),
    ],
)
def test_a_reference_to_nothing_is_refused_by_its_key(reference: str, message: str) -> None:
    with pytest.raises(ConfigurationInvalid, match=rf"clients.yaml: services.storeroom.targets.main.{message}"):
        parse(main(f"instances: [{{url: 'http://{reference}'}}]"), EMPTY="")


# --- Targets of the environment ---


def test_targets_come_from_the_environment_alone(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN)
    with serve(StoreroomSimulator()) as server:
        container = container_of(
            None,
            NMS_CLIENT_STOREROOM_BACK_OFFICE_URL=server.url,
            NMS_CLIENT_STOREROOM_BACK_OFFICE_TOKEN_FILE=str(tmp_path / "token"),
            NMS_CLIENT_STOREROOM_URL=f"{server.url}, {server.url}/",
            NMS_CLIENT_STOREROOM_TOKEN=TOKEN,
        )
        for target in ("back_office", "main"):
            assert container.clients().get("storeroom", target).part(1).name == "nut"


def test_a_longer_name_of_a_service_is_not_taken_for_a_shorter_one() -> None:
    found = parse("", NMS_CLIENT_TRAFFIC_CONTROL_URL="netns://x/y", NMS_CLIENT_TRAFFIC_LAB_URL="http://y")
    assert target_of(found, "traffic_control").instances[0].url == "netns://x/y"
    assert target_of(found, "traffic", "lab").instances[0].url == "http://y"


def test_the_environment_adds_to_the_file() -> None:
    found = parse(main("instances: [{url: 'http://x'}]"), NMS_CLIENT_STOREROOM_OTHER_URL="http://y")
    assert sorted(found.services["storeroom"].targets) == ["main", "other"]


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"NMS_CLIENT_STORROOM_URL": "http://x"}, r"NMS_CLIENT_STORROOM_URL: no such service. Known: storeroom"),
        ({"NMS_CLIENT_STOREROOM_MAIN_URI": "http://x"}, r"NMS_CLIENT_STOREROOM_MAIN_URI: should end with one of"),
        ({"NMS_CLIENT_STOREROOM__URL": "http://x"}, r"NMS_CLIENT_STOREROOM__URL: should end with one of"),
        ({"NMS_CLIENT_STOREROOM_TOKEN": MARKED}, r"NMS_CLIENT_STOREROOM_MAIN_URL: is needed beside"),
        ({"NMS_CLIENT_STOREROOM_URL": MARKED}, r"NMS_CLIENT_STOREROOM_MAIN.instances.0.url: should be an address"),
        (
            {"NMS_CLIENT_STOREROOM_URL": "http://x", "NMS_CLIENT_STOREROOM_USERNAME": "ada"},
            r"NMS_CLIENT_STOREROOM_MAIN.auth: kind basic needs",
        ),
        (
            {"NMS_CLIENT_STOREROOM_URL": "http://x", "NMS_CLIENT_STOREROOM_TOKEN": MARKED}
            | {"NMS_CLIENT_STOREROOM_TOKEN_FILE": "/dev/null"},
            r"NMS_CLIENT_STOREROOM_MAIN.auth: kind bearer needs .* one of them",
        ),
    ],
)
def test_a_wrong_variable_is_refused_by_its_name(environment: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigurationInvalid, match=message) as caught:
        parse("", **environment)
    assert MARKED not in str(caught.value)


def test_a_target_in_both_the_file_and_the_environment_is_refused() -> None:
    with pytest.raises(ConfigurationInvalid, match=r"services.storeroom.targets.main: is in the environment too"):
        parse(main("instances: [{url: 'http://x'}]"), NMS_CLIENT_STOREROOM_URL="http://y")


def test_a_rotated_secret_of_a_target_without_a_file_takes_effect(tmp_path: Path) -> None:
    secret_file = tmp_path / "token"
    secret_file.write_text("old")
    with serve(StoreroomSimulator()) as server:
        clients = container_of(
            None, NMS_CLIENT_STOREROOM_URL=server.url, NMS_CLIENT_STOREROOM_TOKEN_FILE=str(secret_file)
        ).clients()
        before = clients.get("storeroom")
        secret_file.write_text(TOKEN)
        clients.refresh(now=True)
        assert clients.get("storeroom") is not before
        assert clients.get("storeroom").part(1).name == "nut"
