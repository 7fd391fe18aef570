"""A proposal cannot be accepted with the hub's own secrets for a login: they would go to whoever runs the service."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from common.application.service_discovery import proposals
from common.application.service_discovery.finding import Finding
from common.application.service_discovery.own_secrets import is_own_setting
from common.models import ServiceProposal
from common.tests.people import ClientOf
from common.tests.services.conftest import Storerooms

pytestmark = pytest.mark.django_db(transaction=True)
Accept = Callable[[dict[str, Any]], Any]
SECRET = "of-the-service-alone"


@pytest.fixture
def rooms(make_storerooms: Callable[..., Storerooms]) -> Storerooms:
    return make_storerooms("cellar")


@pytest.fixture
def accept(rooms: Storerooms, client_of: ClientOf) -> Accept:
    """Accept a service with this login, as an admin over REST."""
    (number,) = proposals.propose([Finding("prometheus", "http://10.0.0.9:9090", "network", "an answer")]).proposed
    admin = client_of("admin")

    def ask(auth: dict[str, Any]) -> Any:
        return admin.post(f"/api/common/api/v1/services/proposals/{number}/accept/", {"auth": auth})

    return ask


@pytest.fixture
def refused(accept: Accept, rooms: Storerooms) -> Callable[..., str]:
    """Have it refused, with nothing changed; return the message."""

    def ask(auth: dict[str, Any]) -> str:
        before = rooms.file.read_bytes()
        answer = accept(auth)
        assert (answer.status_code, answer.json()["code"]) == (400, "own_secret"), answer.content
        assert settings.SECRET_KEY not in answer.content.decode()
        assert rooms.file.read_bytes() == before
        assert ServiceProposal.objects.get().state == "proposed"
        return str(answer.json()["message"])

    return ask


@pytest.mark.parametrize(
    "variable",
    ["NMS_SECRET_KEY", "NMS_ENCRYPTION_KEY", "DATABASE_URL", "REDIS_URL", "NMS_SECRET_KEY_FILE", "DATABASE_URL_FILE"],
)
def test_a_setting_of_the_hub_is_no_login(
    variable: str, refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "whatever")
    assert "auth.token_env" in refused({"kind": "bearer", "token_env": variable})
    assert "auth.password_env" in refused({"kind": "basic", "username": "x", "password_env": variable})


@pytest.mark.parametrize(
    "auth",
    [
        {"kind": "basic", "username": "${NMS_SECRET_KEY}", "password_env": "OF_THE_SERVICE"},
        {"kind": "basic", "username": "a$${b", "password_env": "OF_THE_SERVICE"},
        {"kind": "bearer", "token": "${NMS_SECRET_KEY}"},
        {"kind": "bearer", "scheme": "${NMS_SECRET_KEY}", "token_env": "OF_THE_SERVICE"},
        {"kind": "bearer", "token_env": "OF_THE_SERVICE", "${NMS_SECRET_KEY}": 1},
        {"kind": "bearer", "token_env": ["${NMS_SECRET_KEY}"]},
    ],
)
def test_nothing_is_taken_from_the_environment_by_its_name_in_a_text(
    auth: dict[str, Any], refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NMS_SECRET_KEY", "whatever")
    monkeypatch.setenv("OF_THE_SERVICE", SECRET)
    assert "takes no ${NAME}" in refused(auth)


def test_files_of_the_hub_are_no_login(
    refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    own, link, given, hard = (
        Path(settings.DATA_DIR) / "own",
        tmp_path / "link",
        tmp_path / "database",
        tmp_path / "hard",
    )
    own.write_text("of the hub")
    given.write_text("postgresql://nms:of-the-hub@db/nms")
    link.symlink_to(own)
    hard.hardlink_to(given)
    monkeypatch.setenv("DATABASE_URL_FILE", str(given))
    around = f"{tmp_path}/../{tmp_path.name}/database"
    for path in (own, link, given, hard, around, "/proc/self/environ", os.path.relpath(own)):
        assert "auth.token_file" in refused({"kind": "bearer", "token_file": str(path)}), path
        refused({"kind": "basic", "username": "x", "password_file": str(path)})


def test_what_is_no_plain_file_is_not_even_opened(refused: Callable[..., str], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")  # to open it would wait for a writer
    for path in (tmp_path / "pipe", "/dev/zero", tmp_path):
        assert "should be a plain file" in refused({"kind": "bearer", "token_file": str(path)})


def test_the_hubs_key_is_no_login_under_another_name_either(refused: Callable[..., str], tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    for key in (settings.SECRET_KEY, settings.ENCRYPTION_KEY.partition(",")[0]):
        copy.write_text(f"KEY={key}\n")
        assert "a key of the hub" in refused({"kind": "bearer", "token_file": str(copy)})


@pytest.mark.parametrize(
    ("variable", "is_own"),
    [
        ("NMS_CLIENTS_FILE", True),
        ("NMS_CLIENT_GRAFANA_MAIN_TOKEN", False),
        ("nms_secret_key", True),
        ("REDIS_URL_FILE", True),
        ("GRAFANA_TOKEN", False),
        ("GRAFANA_DATABASE_URL", False),
    ],
)
def test_variables_of_the_clients_targets_and_of_others_are_not_the_hubs(variable: str, is_own: bool) -> None:
    assert is_own_setting(variable) is is_own


def test_a_login_of_the_service_is_taken(accept: Accept, rooms: Storerooms, tmp_path: Path) -> None:
    for wrong in ("/no/such/file", "\0", "x" * 5000):
        answer = accept({"kind": "bearer", "token_file": wrong})
        assert (answer.status_code, answer.json()["code"]) == (400, "clients_file_invalid"), answer.content
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    answer = accept({"kind": "basic", "username": "nms", "password_file": str(secret)})
    assert answer.status_code == 200, answer.content
    assert str(secret) in rooms.file.read_text()
