from __future__ import annotations

import pytest

from api_clients.domain.errors import Rejected, ServiceError, Unauthorized
from api_clients.network.gns3.dialect import ProjectClosed, is_unknown_route, route, translated
from api_clients.network.gns3.values import Api


@pytest.mark.parametrize(
    ("api", "path", "address"),
    [
        ("v2", "/projects", "/v2/projects"),
        ("v3", "/projects", "/v3/projects"),
        ("v2", "/projects/p/links/l/capture/start", "/v2/projects/p/links/l/start_capture"),
        ("v3", "/projects/p/links/l/capture/start", "/v3/projects/p/links/l/capture/start"),
        ("v2", "/projects/p/links/l/capture/stop", "/v2/projects/p/links/l/stop_capture"),
        ("v2", "/projects/p/links/l/capture/stream", "/v2/projects/p/links/l/pcap"),
    ],
)
def test_each_version_has_its_own_addresses(api: Api, path: str, address: str) -> None:
    assert route(api, path) == address


@pytest.mark.parametrize(
    ("reason", "status", "unknown"),
    [
        ("answered 404 Not Found: 404: Not Found", 404, True),
        ("answered 404 Not Found: Not Found", 404, True),
        ("answered 404 Not Found", 404, True),
        ("answered 404 Not Found: Project ID x doesn't exist", 404, False),
        ("answered 404 Not Found: GET /files/no such not found", 404, False),
        ("answered 409 Conflict: Not Found", 409, False),
    ],
)
def test_an_address_that_is_unknown_is_told_from_a_thing_that_is(reason: str, status: int, unknown: bool) -> None:
    assert is_unknown_route(Rejected(reason, status=status)) is unknown


def test_a_closed_project_is_no_lack_of_rights() -> None:
    error = Unauthorized("answered 403 Forbidden: The project is not opened", status=403, operation="node")
    closed = translated(error)
    assert isinstance(closed, ProjectClosed)
    assert (closed.status, closed.operation, closed.reason) == (403, "node", error.reason)


@pytest.mark.parametrize(
    "error",
    [
        Unauthorized("answered 403 Forbidden: Permission denied", status=403),
        Unauthorized("answered 401 Unauthorized", status=401),
        Rejected("answered 422: 1 validation error: {'type': 'enum', 'loc': ('body', 'node_type')}", status=422),
    ],
)
def test_other_errors_stay_what_they_are(error: ServiceError) -> None:
    assert translated(error) is error


def test_an_id_that_is_none_is_not_found_on_both_versions() -> None:
    reason = "answered 422: 1 validation error: {'type': 'uuid_parsing', 'loc': ('path', 'node_id'), 'msg': 'Input"
    error = translated(Rejected(reason, status=422))
    assert (type(error), error.status) == (Rejected, 404)
