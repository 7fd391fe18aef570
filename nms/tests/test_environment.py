"""The environment is read strictly: a wrong, unknown or unsafe value stops the start with its name in the message."""

from pathlib import Path

import pytest

from nms.environment import EnvironmentInvalid, read_environment

PRODUCTION = {"NMS_PRODUCTION": "1", "NMS_SECRET_KEY": "s" * 50, "NMS_ALLOWED_HOSTS": "nms.example.org"}


def test_an_empty_environment_is_embedded_mode() -> None:
    environment = read_environment({})
    assert not environment.production
    assert environment.database_url is None
    assert environment.redis_url is None
    assert "10.0.0.0/8" in [str(network) for network in environment.discovery_ranges]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NMS_PRODUCTION", "perhaps"),
        ("NMS_DISCOVERY_RANGES", "10.0.0.0/8,10.0.0.300/24"),
        ("NMS_DISCOVERY_RANGES", "10.0.0.1/8"),
        ("NMS_DISCOVERY_MAX_ADDRESSES", "0"),
        ("NMS_WATCH_INTERVAL_SECONDS", "-1"),
        ("NMS_WATCH_INTERVAL_SECONDS", "inf"),
        ("NMS_LINK_EXPIRY_SECONDS", "1e300"),
        ("DATABASE_URL", "mysql://db/nms"),
        ("REDIS_URL", "localhost:6379"),
        ("NMS_LOG_LEVEL", "LOUD"),
        ("NMS_LOG_FORMAT", "xml"),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_variable(name: str, value: str) -> None:
    with pytest.raises(EnvironmentInvalid, match=name):
        read_environment({name: value})


def test_a_misspelt_setting_is_refused_rather_than_ignored() -> None:
    with pytest.raises(EnvironmentInvalid, match="NMS_ALOWED_HOSTS"):
        read_environment({"NMS_ALOWED_HOSTS": "nms.example.org"})


def test_lists_are_separated_by_commas() -> None:
    environment = read_environment({"NMS_ALLOWED_HOSTS": "a.example.org, b.example.org"})
    assert environment.allowed_hosts == ["a.example.org", "b.example.org"]


def test_a_secret_can_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from-a-file\n")
    environment = read_environment({"NMS_SECRET_KEY_FILE": str(file)})
    assert environment.secret_key is not None
    assert environment.secret_key.get_secret_value() == "from-a-file"


def test_a_secret_given_twice_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("one")
    with pytest.raises(EnvironmentInvalid, match="both set"):
        read_environment({"NMS_SECRET_KEY": "two", "NMS_SECRET_KEY_FILE": str(file)})


def test_a_secret_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentInvalid, match=r"NMS_SECRET_KEY_FILE names .*absent"):
        read_environment({"NMS_SECRET_KEY_FILE": str(tmp_path / "absent")})


@pytest.mark.parametrize(("content", "reason"), [(b" \n", "empty"), (b"\xff\xfe", "not UTF-8")])
def test_a_secret_file_without_a_usable_secret_is_named(tmp_path: Path, content: bytes, reason: str) -> None:
    file = tmp_path / "secret"
    file.write_bytes(content)
    with pytest.raises(EnvironmentInvalid, match=f"NMS_SECRET_KEY_FILE names .*{reason}"):
        read_environment({"NMS_SECRET_KEY_FILE": str(file)})


@pytest.mark.parametrize("missing", ["NMS_SECRET_KEY", "NMS_ALLOWED_HOSTS"])
def test_production_has_no_usable_defaults(missing: str) -> None:
    variables = {name: value for name, value in PRODUCTION.items() if name != missing}
    with pytest.raises(EnvironmentInvalid, match=missing):
        read_environment(variables)


def test_production_refuses_a_short_secret_and_debug_pages() -> None:
    with pytest.raises(EnvironmentInvalid, match="at least 50 characters"):
        read_environment(PRODUCTION | {"NMS_SECRET_KEY": "short"})
    for keys in ("short", f"short,{'o' * 50}", ","):
        with pytest.raises(EnvironmentInvalid, match="NMS_ENCRYPTION_KEY"):
            read_environment(PRODUCTION | {"NMS_ENCRYPTION_KEY": keys})
    with pytest.raises(EnvironmentInvalid, match="NMS_DEBUG"):
        read_environment(PRODUCTION | {"NMS_DEBUG": "1"})


def test_secrets_never_appear_in_a_message_or_a_repr() -> None:
    environment = read_environment(PRODUCTION | {"DATABASE_URL": "postgresql://nms:hunter2@db/nms"})
    assert "hunter2" not in repr(environment)
    with pytest.raises(EnvironmentInvalid) as refusal:
        read_environment(PRODUCTION | {"DATABASE_URL": "postgresql://nms:hunter2@db/nms", "NMS_LOG_LEVEL": "LOUD"})
    assert "hunter2" not in str(refusal.value)
