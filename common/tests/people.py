"""Users with roles, and clients of the REST API that are signed in as one; fixtures of many tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, User
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import RefreshToken

from common.domain.roles import Role

ClientOf = Callable[[Role | None], APIClient]


@pytest.fixture
def make_user() -> Callable[[Role | None], User]:
    def make(role: Role | None, name: str = "") -> User:
        user = User.objects.create_user(name or role or "nobody", password="a-long-passphrase")
        if role:
            user.groups.add(Group.objects.get_or_create(name=role)[0])
        return user

    return make


@pytest.fixture
def token_for() -> Callable[[User], str]:
    return lambda user: str(RefreshToken.for_user(user).access_token)


@pytest.fixture
def viewer_token(make_user: Callable[[Role | None], User], token_for: Callable[[User], str]) -> str:
    return token_for(make_user("viewer"))


@pytest.fixture
def client_of(make_user: Callable[[Role | None], User]) -> ClientOf:
    """A client signed in with a role."""

    def client(role: Role | None) -> APIClient:
        signed_in = APIClient()
        signed_in.force_authenticate(make_user(role))
        return signed_in

    return client


@pytest.fixture
def viewer(client_of: ClientOf) -> APIClient:
    return client_of("viewer")


@pytest.fixture
def operator(client_of: ClientOf) -> APIClient:
    return client_of("operator")


@pytest.fixture
def admin(client_of: ClientOf) -> APIClient:
    return client_of("admin")
