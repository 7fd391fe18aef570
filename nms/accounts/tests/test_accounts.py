"""Signing in, roles, passwords and their commands."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from common.domain.roles import ROLES
from common.infrastructure.user_roles import role_of
from nms.accounts import login_attempts
from nms.accounts.first_admin import prepare
from nms.accounts.login_attempts import PER_ADDRESS, PER_NAME, Attempt
from nms.accounts.roles import assign_role

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def no_earlier_attempts() -> Iterator[None]:
    _forget()
    yield
    _forget()


def _forget() -> None:
    """Also what was counted in this process while a test had the shared cache away."""
    cache.clear()
    login_attempts._of_this_process.clear()


@pytest.fixture
def ada() -> User:
    user = User.objects.create_user("ada", password=PASSWORD)
    user.groups.add(Group.objects.get(name="operator"))
    return user


def token(name: str, password: str, **headers: str) -> Any:
    return APIClient().post("/api/auth/token/", {"username": name, "password": password}, **headers)


def me(access: str) -> Any:
    return APIClient().get("/api/auth/me/", headers={"Authorization": f"Bearer {access}"})


@pytest.mark.django_db(transaction=True)
def test_an_emptied_database_has_its_roles_again() -> None:
    call_command("flush", interactive=False, verbosity=0)
    assert set(Group.objects.values_list("name", flat=True)) == set(ROLES)


def test_a_name_and_a_password_give_two_tokens(ada: User) -> None:
    answer = token("ada", PASSWORD)
    assert answer.status_code == 200
    assert set(answer.json()) == {"access", "refresh"}
    assert me(answer.json()["access"]).json() == {"id": ada.pk, "username": "ada", "role": "operator"}
    refreshed = APIClient().post("/api/auth/token/refresh/", {"refresh": answer.json()["refresh"]})
    assert me(refreshed.json()["access"]).status_code == 200


@pytest.mark.parametrize(("name", "password"), [("ada", "wrong"), ("eve", PASSWORD)])
def test_a_wrong_login_is_a_401_that_does_not_say_what_was_wrong(ada: User, name: str, password: str) -> None:
    answer = token(name, password)
    assert answer.status_code == 401
    assert answer.json()["type"] == "authentication_error"
    assert answer.json()["message"] == token("nobody", "nothing").json()["message"]


def test_a_name_with_a_nul_character_is_nobodys(ada: User) -> None:
    """PostgreSQL's driver raises ValueError at one; the login of /metrics takes any bytes."""
    given = base64.b64encode(f"ada\x00:{PASSWORD}".encode()).decode()

    def refuse(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        assert "\\x00" not in repr(params)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse):
        assert Client().get("/metrics", headers={"Authorization": f"Basic {given}"}).status_code == 401


def test_guessing_must_wait_and_another_address_need_not(ada: User) -> None:
    for _ in range(PER_NAME):
        assert token("ada", "wrong").status_code == 401
    blocked = token("ada", PASSWORD)
    assert blocked.status_code == 429
    assert blocked.json()["type"] == "throttled"
    assert int(blocked["Retry-After"]) > 0
    assert token("ada", PASSWORD, REMOTE_ADDR="10.1.2.3").status_code == 200
    page = Client().post("/login/", {"username": "ada", "password": PASSWORD})
    assert page.status_code == 200  # the form again, not a redirect
    assert b"Too many failed logins" in page.content


def test_people_sign_in_and_guessing_must_wait_while_the_shared_cache_is_away(ada: User, settings: Any) -> None:
    closed = "redis://127.0.0.1:9/0"
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": closed}}
    assert token("ada", PASSWORD).status_code == 200
    for _ in range(PER_NAME):
        assert token("ada", "wrong").status_code == 401
    assert token("ada", PASSWORD).status_code == 429
    assert token("ada", PASSWORD, REMOTE_ADDR="10.1.2.3").status_code == 200


def test_guessing_many_names_from_one_address_must_wait_too(ada: User) -> None:
    for number in range(PER_ADDRESS):
        assert token(f"user-{number}", "wrong").status_code == 401
    assert token("ada", PASSWORD).status_code == 429


def test_guessing_in_parallel_gains_nothing(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    check = ModelBackend.authenticate

    def check_while_others_fail(*args: Any, **kwargs: Any) -> Any:
        for _ in range(PER_NAME):
            Attempt("127.0.0.1", "ada").failed()
        return check(*args, **kwargs)

    monkeypatch.setattr(ModelBackend, "authenticate", check_while_others_fail)
    assert token("ada", PASSWORD).status_code == 401


def test_a_good_login_forgets_the_failed_ones(ada: User) -> None:
    for _ in range(2):
        for _ in range(PER_NAME - 1):
            token("ada", "wrong")
        assert token("ada", PASSWORD).status_code == 200


def test_another_password_ends_tokens_and_a_disabled_user_is_out(ada: User) -> None:
    pair = token("ada", PASSWORD).json()
    ada.set_password("another long passphrase")
    ada.save()
    assert me(pair["access"]).status_code == 401
    assert APIClient().post("/api/auth/token/refresh/", {"refresh": pair["refresh"]}).status_code == 401
    fresh = token("ada", "another long passphrase").json()
    User.objects.filter(pk=ada.pk).update(is_active=False)
    assert me(fresh["access"]).status_code == 401
    ada.delete()
    assert me(fresh["access"]).status_code == 401
    assert APIClient().post("/api/auth/token/refresh/", {"refresh": fresh["refresh"]}).status_code == 401


def test_the_login_page_signs_in_with_a_session_that_the_api_takes(ada: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    page = browser.get("/login/")
    assert page.status_code == 200
    csrf = browser.cookies["csrftoken"].value
    answer = browser.post("/login/", {"username": "ada", "password": PASSWORD, "csrfmiddlewaretoken": csrf})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert browser.get("/api/auth/me/").json()["username"] == "ada"
    assert browser.cookies["sessionid"]["httponly"]


def test_the_roles_exist_after_the_migrations_and_the_highest_counts(ada: User) -> None:
    assert set(Group.objects.values_list("name", flat=True)) >= {"viewer", "operator", "admin"}
    ada.groups.add(Group.objects.get(name="viewer"))
    assert role_of(User.objects.get(pk=ada.pk)) == "operator"
    assert role_of(User.objects.create_superuser("root")) == "admin"
    assert role_of(User.objects.create_user("nobody")) is None


def test_the_first_start_makes_the_admin_once() -> None:
    first = prepare()
    password = first.split("Password: ")[1].split()[0]
    admin = User.objects.get(username="admin")
    assert admin.check_password(password)
    assert role_of(admin) == "admin"
    assert len(password) == 20
    second = prepare()
    assert password not in second
    assert User.objects.count() == 1


def test_the_first_start_makes_an_admin_where_only_others_were_made(ada: User) -> None:
    assert "Password: " in prepare()
    assert role_of(User.objects.get(username="admin")) == "admin"


def test_the_first_start_makes_no_admin_where_people_named_one(ada: User) -> None:
    assign_role(ada, "admin")
    assert prepare() == ""
    assert not User.objects.filter(username="admin").exists()


# --- Commands ---


def run(*arguments: str, stdin: str | None = None, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr("sys.stdin", io.StringIO(stdin or ""))
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_the_password_command_takes_one_from_standard_input(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    out = run("password", "--user", "ada", stdin="a brand new passphrase\n", monkeypatch=monkeypatch)
    assert "a brand new" not in out
    assert User.objects.get(pk=ada.pk).check_password("a brand new passphrase")


def test_the_password_command_generates_one(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    made = json.loads(run("password", "--user", "ada", "--generate", "--json", monkeypatch=monkeypatch))
    assert User.objects.get(pk=ada.pk).check_password(made["password"])


@pytest.mark.parametrize(
    ("arguments", "stdin", "reason"),
    [
        (["--user", "eve"], "x", "no user eve"),
        (["--user", "ada"], "", "No password came"),
        (["--user", "ada"], "short\n", "too short"),
        (["--user", "ada"], "1234567890\n", "too common"),
    ],
)
def test_the_password_command_refuses_and_changes_nothing(
    ada: User, monkeypatch: pytest.MonkeyPatch, arguments: list[str], stdin: str, reason: str
) -> None:
    with pytest.raises(CommandError, match=reason):
        run("password", *arguments, stdin=stdin, monkeypatch=monkeypatch)
    assert User.objects.get(pk=ada.pk).check_password(PASSWORD)


def test_the_user_command_makes_users_and_changes_roles(monkeypatch: pytest.MonkeyPatch) -> None:
    made = json.loads(run("user", "bob", "--role", "viewer", "--generate", "--json", monkeypatch=monkeypatch))
    assert made["created"] is True
    bob = User.objects.get(username="bob")
    assert bob.check_password(made["password"])
    assert "changed: role admin" in run("user", "bob", "--role", "admin", monkeypatch=monkeypatch)
    assert [group.name for group in bob.groups.all()] == ["admin"]
    with pytest.raises(CommandError):
        run("user", "bad name!", "--role", "viewer", "--generate", monkeypatch=monkeypatch)
