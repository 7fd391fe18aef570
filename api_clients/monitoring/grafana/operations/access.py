"""Organisations and their users, service accounts and their tokens: for admins, since it is about who may what."""

from __future__ import annotations

from api_clients.domain.errors import InvalidRequest
from api_clients.domain.operation import operation
from api_clients.domain.values import url_path
from api_clients.infrastructure.documents import rows
from api_clients.infrastructure.http import as_done, as_json
from api_clients.monitoring.grafana.connection import GrafanaConnection
from api_clients.monitoring.grafana.reading import access
from api_clients.monitoring.grafana.values import NewToken, Organisation, ServiceAccount, Statistics, Token, User
from api_clients.monitoring.grafana.values.access import OrgRole
from api_clients.monitoring.grafana.writing import named

ACCOUNT = "/api/serviceaccounts/{id}"
MOST_SECONDS = 100 * 365 * 86_400


class AccessOperations(GrafanaConnection):
    @operation(idempotent=True, role="viewer", cache_seconds=60.0)
    def organisation(self) -> Organisation:
        """Return the organisation that the login acts in."""
        return self._get("/api/org", read=as_json(access.organisation))

    @operation(idempotent=True, role="admin", cache_seconds=30.0)
    def organisations(self) -> tuple[Organisation, ...]:
        """List all organisations; needs the login of a server administrator, which no token has."""
        # Their pages count from 0 (Grafana, "Organization API"), those of all other lists from 1.
        return self._all("/api/orgs", rows_name="perpage", read=rows(access.organisation), first_page=None)

    @operation(idempotent=False, role="admin", example={"name": "Branch offices"})
    def create_organisation(self, name: str) -> int:
        """Make an organisation and return its id; needs the login of a server administrator."""
        body = {"name": named(name, "name")}
        return self._send("POST", "/api/orgs", json=body, read=as_json(access.organisation_id))

    @operation(idempotent=True, role="admin", example={"organisation_id": 2})
    def delete_organisation(self, organisation_id: int) -> None:
        """Delete an organisation with everything in it; needs the login of a server administrator."""
        self._send("DELETE", url_path("/api/orgs/{id}", id=organisation_id), read=as_done)

    @operation(idempotent=True, role="admin", cache_seconds=10.0)
    def organisation_users(self) -> tuple[User, ...]:
        """List the users of the login's organisation, with their roles in it."""
        return self._get("/api/org/users", read=as_json(rows(access.organisation_user)))

    @operation(idempotent=True, role="admin", example={"user_id": 2, "role": "Editor"})
    def set_user_role(self, user_id: int, role: OrgRole) -> None:
        """Give a user another role in the login's organisation."""
        self._send("PATCH", url_path("/api/org/users/{id}", id=user_id), json={"role": role}, read=as_done)

    @operation(idempotent=True, role="admin", cache_seconds=10.0)
    def users(self) -> tuple[User, ...]:
        """List all users of the server; needs the login of a server administrator."""
        return self._all("/api/users", rows_name="perpage", read=rows(access.user))

    @operation(idempotent=True, role="admin", cache_seconds=10.0, example={"login_or_email": "ada"})
    def find_user(self, login_or_email: str) -> User:
        """Return the user of this name or address; needs the login of a server administrator."""
        params = {"loginOrEmail": named(login_or_email, "login_or_email")}
        return self._get("/api/users/lookup", params=params, read=as_json(access.user))

    @operation(idempotent=True, role="admin", cache_seconds=30.0)
    def statistics(self) -> Statistics:
        """Count what the server holds; needs the login of a server administrator."""
        return self._get("/api/admin/stats", read=as_json(access.statistics))

    @operation(idempotent=True, role="admin")
    def service_accounts(self) -> tuple[ServiceAccount, ...]:
        """List all service accounts of the organisation."""
        return self._all("/api/serviceaccounts/search", rows_name="perpage", read=access.service_accounts)

    @operation(idempotent=False, role="admin", example={"name": "nms-reader"})
    def create_service_account(self, name: str, role: OrgRole = "Viewer", is_disabled: bool = False) -> ServiceAccount:
        """Make a service account, without a token yet."""
        body = {"name": named(name, "name"), "role": role, "isDisabled": is_disabled}
        return self._send("POST", "/api/serviceaccounts", json=body, read=as_json(access.service_account))

    @operation(idempotent=True, role="admin", example={"account_id": 7})
    def delete_service_account(self, account_id: int) -> None:
        """Delete a service account; its tokens end at once."""
        self._send("DELETE", url_path(ACCOUNT, id=account_id), read=as_done)

    @operation(idempotent=True, role="admin", example={"account_id": 7})
    def service_account_tokens(self, account_id: int) -> tuple[Token, ...]:
        """List the tokens of a service account; what they are Grafana itself does not know any more."""
        return self._get(url_path(f"{ACCOUNT}/tokens", id=account_id), read=as_json(rows(access.token)))

    @operation(
        idempotent=False,
        role="admin",
        example={"account_id": 7, "name": "2026", "lifetime_seconds": 86_400},
        tells_secret=True,
    )
    def create_service_account_token(self, account_id: int, name: str, lifetime_seconds: int = 0) -> NewToken:
        """Make a token and return it, this once: nobody can read it again. A `lifetime_seconds` of 0 has no end."""
        if not 0 <= lifetime_seconds <= MOST_SECONDS:
            raise InvalidRequest("lifetime_seconds should be 0, or up to a hundred years")
        body = {"name": named(name, "name"), "secondsToLive": lifetime_seconds}
        return self._send(
            "POST", url_path(f"{ACCOUNT}/tokens", id=account_id), json=body, read=as_json(access.new_token)
        )

    @operation(idempotent=True, role="admin", example={"account_id": 7, "token_id": 1})
    def delete_service_account_token(self, account_id: int, token_id: int) -> None:
        """Delete a token, which ends at once."""
        self._send("DELETE", url_path(f"{ACCOUNT}/tokens/{{token}}", id=account_id, token=token_id), read=as_done)
