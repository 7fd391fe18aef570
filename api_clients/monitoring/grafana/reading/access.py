"""People, organisations, service accounts and their tokens."""

from __future__ import annotations

from typing import Any

from api_clients.infrastructure.documents import needed, number, rows, text
from api_clients.monitoring.grafana.reading.primitives import moment
from api_clients.monitoring.grafana.values import NewToken, Organisation, ServiceAccount, Statistics, Token, User


def organisation(document: Any) -> Organisation:
    return Organisation(int(document["id"]), needed(document, "name"))


def organisation_id(document: Any) -> int:
    return int(document["orgId"])


def organisation_user(document: Any) -> User:
    return User(
        id=int(document["userId"]),
        login=needed(document, "login"),
        name=text(document, "name"),
        email=text(document, "email"),
        role=needed(document, "role"),
        is_disabled=bool(document.get("isDisabled", False)),
        last_seen=moment(document.get("lastSeenAt")),
    )


def user(document: Any) -> User:
    """Read a row of the server's list, or the profile of one user, which spells the administrator otherwise."""
    return User(
        id=int(document["id"]),
        login=needed(document, "login"),
        name=text(document, "name"),
        email=text(document, "email"),
        is_admin=bool(document.get("isAdmin", document.get("isGrafanaAdmin", False))),
        is_disabled=bool(document.get("isDisabled", False)),
        last_seen=moment(document.get("lastSeenAt")),
    )


def service_accounts(document: Any) -> tuple[ServiceAccount, ...]:
    return rows(service_account)(document["serviceAccounts"])


def service_account(document: Any) -> ServiceAccount:
    return ServiceAccount(
        id=int(document["id"]),
        name=needed(document, "name"),
        login=text(document, "login"),
        role=text(document, "role"),
        is_disabled=bool(document.get("isDisabled", False)),
        tokens=number(document, "tokens"),
    )


def token(document: Any) -> Token:
    return Token(
        id=int(document["id"]),
        name=needed(document, "name"),
        created=moment(document.get("created")),
        expires=moment(document.get("expiration")),
        last_used=moment(document.get("lastUsedAt")),
        has_expired=bool(document.get("hasExpired", False)),
        is_revoked=bool(document.get("isRevoked", False)),
    )


def new_token(document: Any) -> NewToken:
    key = document["key"]
    if not isinstance(key, str) or not key:
        raise ValueError("no key")
    return NewToken(int(document["id"]), needed(document, "name"), key)


def statistics(document: Any) -> Statistics:
    return Statistics(
        organisations=int(document["orgs"]),
        users=int(document["users"]),
        active_users=number(document, "activeUsers"),
        active_sessions=number(document, "activeSessions"),
        dashboards=int(document["dashboards"]),
        datasources=number(document, "datasources"),
        alert_rules=number(document, "alerts"),
    )
