"""The REST foundations: shapes, refusals, roles, ETags."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient
from structlog.testing import capture_logs

from common.domain.roles import Role
from common.tests.people import ClientOf
from common.tests.rest.rest_urls import REFUSALS

pytestmark = [pytest.mark.django_db, pytest.mark.urls("common.tests.rest.rest_urls")]
KEYS = {"error", "code", "message", "type", "details", "request_id", "documentation_url"}


def refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The body of a refusal, whose shape is checked."""
    assert answer.status_code == status, answer.content
    body: dict[str, Any] = answer.json()
    assert set(body) == KEYS
    assert body["error"] is True
    assert body["code"] == code, body
    assert body["request_id"] == answer["X-Request-ID"]
    assert isinstance(body["details"], list)
    return body


# --- Lists ---


def test_a_list_has_data_meta_and_links(admin: APIClient) -> None:
    Group.objects.bulk_create([Group(name=f"team-{number}") for number in range(7)])
    total = Group.objects.count()
    body = admin.get("/api/groups/?page_size=5&page=2&ordering=name").json()
    assert body["meta"] == {"total": total, "page": 2, "per_page": 5}
    assert [row["name"] for row in body["data"]] == sorted(Group.objects.values_list("name", flat=True))[5:10]
    assert body["links"]["self"] == "/api/groups/?ordering=name&page=2&page_size=5"
    assert body["links"]["prev"] == "/api/groups/?ordering=name&page_size=5"
    assert body["links"]["next"] is None
    first = admin.get("/api/groups/?page_size=5").json()
    assert first["links"]["prev"] is None
    assert admin.get(first["links"]["next"]).json()["meta"]["page"] == 2


def test_an_empty_list_is_a_page_of_its_own(admin: APIClient) -> None:
    body = admin.get("/api/groups/?name=nobody").json()
    assert (body["data"], body["meta"]["total"], body["links"]["next"]) == ([], 0, None)


@pytest.mark.parametrize(
    "query",
    [
        *("page=0", "page=-1", "page=x", "page=1.5", "page=", "page=٣", "page=1e3", "page=99999999999999999999"),
        *("page_size=0", "page_size=1001", "page_size=-5", "page_size=many", "page_size="),
    ],
)
def test_a_page_out_of_range_is_refused_with_the_range(admin: APIClient, query: str) -> None:
    body = refused(admin.get(f"/api/groups/?{query}"), 400, "invalid")
    assert body["details"][0]["field"] == query.split("=")[0]
    assert "from 1 to" in body["message"]


def test_a_page_behind_the_last_is_not_found(admin: APIClient) -> None:
    assert "the last one is 1" in refused(admin.get("/api/groups/?page=2"), 404, "no_such_page")["message"]


@pytest.mark.parametrize("query", ["nmae=core", "page_size=5&sort=name", "name__icontains=a", "format=xml", "q="])
def test_an_unknown_query_parameter_is_refused_with_the_known_ones(admin: APIClient, query: str) -> None:
    body = refused(admin.get(f"/api/groups/?{query}"), 400, "invalid")
    assert body["details"][0]["code"] == "unknown_parameter"
    assert "Known: name, ordering, page, page_size." in body["message"]


def test_details_and_writes_refuse_query_parameters_as_well(admin: APIClient) -> None:
    group = Group.objects.create(name="core")
    refused(admin.get(f"/api/groups/{group.pk}/?expand=all"), 400, "invalid")
    refused(admin.post("/api/groups/?dry_run=1", {"name": "edge"}), 400, "invalid")
    refused(admin.delete(f"/api/groups/{group.pk}/?force=1"), 400, "invalid")
    assert set(Group.objects.filter(name__in=["core", "edge"]).values_list("name", flat=True)) == {"core"}


def test_ordering_knows_its_fields_and_reverses(admin: APIClient) -> None:
    Group.objects.bulk_create([Group(name=name) for name in ("b", "a", "c")])
    names = [row["name"] for row in admin.get("/api/groups/?ordering=-name").json()["data"]]
    assert names == sorted(names, reverse=True)
    assert "Known: id, name" in refused(admin.get("/api/groups/?ordering=password"), 400, "invalid")["message"]


# --- Errors ---


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("get", "/api/nothing/", 404, "unknown_path"),
        ("post", "/api/nothing/", 404, "unknown_path"),
        ("get", "/api/", 404, "unknown_path"),
        ("get", "/api", 404, "unknown_path"),
        ("post", "/api/groups", 404, "unknown_path"),
        ("get", "/api/groups/0/", 404, "not_found"),
        ("get", "/api/groups/999999999999999999/", 404, "not_found"),
        ("get", "/api/groups/99999999999999999999/", 404, "unknown_path"),
        ("get", "/api/groups/abc/", 404, "unknown_path"),
        ("get", "/api/groups/1%27--/", 404, "unknown_path"),
        ("put", "/api/groups/", 405, "method_not_allowed"),
        ("put", "/api/groups/?unknown=1", 405, "method_not_allowed"),
        ("trace", "/api/groups/?page=1", 405, "method_not_allowed"),
    ],
)
def test_errors_have_one_shape_wherever_they_arise(
    admin: APIClient, method: str, path: str, status: int, code: str
) -> None:
    refused(getattr(admin, method)(path), status, code)


def test_a_get_that_lacks_the_last_slash_is_sent_on(admin: APIClient) -> None:
    answer = admin.get("/api/groups?page=1")
    assert (answer.status_code, answer["Location"]) == (301, "/api/groups/?page=1")


@pytest.mark.parametrize("body", ["{", " ", "nul", '{"name": NaN}', '{"name": "\\ud800"}', "[" * 2000, "\xff"])
def test_malformed_json_is_refused(admin: APIClient, body: str) -> None:
    refused(
        admin.generic("POST", "/api/groups/", body.encode("latin-1"), content_type="application/json"),
        400,
        "malformed",
    )


@pytest.mark.parametrize("body", ["3", '"x"', "null", "true"])
def test_json_that_is_no_object_is_refused(admin: APIClient, body: str) -> None:
    refused(admin.generic("POST", "/api/groups/", body, content_type="application/json"), 400, "invalid")


def test_a_body_of_another_type_and_an_answer_of_another_type_are_refused(admin: APIClient) -> None:
    refused(admin.generic("POST", "/api/groups/", "name=x", content_type="text/plain"), 415, "unsupported_media_type")
    refused(admin.get("/api/groups/", headers={"Accept": "text/csv"}), 406, "not_acceptable")


def test_a_body_too_large_is_refused(admin: APIClient, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    refused(admin.post("/api/groups/", {"name": "x" * 2000}), 413, "too_large")


def test_each_wrong_field_is_named(admin: APIClient) -> None:
    body = refused(admin.post("/api/permissions/", {"name": "x" * 300, "content_type": "many"}), 400, "invalid")
    assert {(entry["field"], entry["code"]) for entry in body["details"]} == {
        ("name", "max_length"),
        ("codename", "required"),
        ("content_type", "incorrect_type"),
    }
    assert body["type"] == "validation_error"


@pytest.mark.parametrize(
    ("kind", "status", "code", "family"),
    [
        ("invalid", 400, "bad_priority", "validation_error"),
        ("unknown", 404, "not_found", "not_found"),
        ("conflict", 409, "taken", "conflict"),
        ("unavailable", 503, "capability_unavailable", "unavailable"),
    ],
)
def test_what_the_hub_refuses_is_answered_with_its_status_and_words(
    admin: APIClient, kind: str, status: int, code: str, family: str
) -> None:
    with capture_logs() as lines:
        body = refused(admin.post(f"/api/refusals/{kind}/"), status, code)
    assert body["message"] == str(REFUSALS[kind])
    assert body["type"] == family
    assert body["details"] == list(getattr(REFUSALS[kind], "details", ()))
    assert not Group.objects.filter(name="written").exists()
    assert not [line for line in lines if line["event"] == "view failed"]


def test_the_schema_tells_the_refusals_that_a_view_names(admin: APIClient) -> None:
    responses = admin.get("/api/schema/").json()["paths"]["/api/refusals/{kind}/"]["post"]["responses"]
    assert {"400", "404", "409", "503"} <= set(responses)


def test_a_crash_is_a_500_in_shape_and_logged_under_the_request_id(admin: APIClient) -> None:
    with capture_logs() as lines:
        body = refused(admin.get("/api/crash/"), 500, "internal_error")
    assert "hunter2" not in str(body)
    (line,) = [line for line in lines if line["event"] == "view failed"]
    assert isinstance(line["exc_info"], ZeroDivisionError)


def test_a_refused_host_is_a_400_in_shape(client: Any) -> None:
    refused(client.get("/api/groups/", headers={"host": "evil.example"}), 400, "bad_request")


# --- Roles ---


def test_nobody_is_401_and_the_wrong_role_403(client_of: ClientOf) -> None:
    answer = APIClient().get("/api/groups/")
    assert refused(answer, 401, "not_authenticated")["type"] == "authentication_error"
    assert answer["WWW-Authenticate"].startswith("Bearer")
    body = refused(client_of(None).get("/api/groups/"), 403, "role_required")
    assert body["message"] == "This needs the role viewer; you have no role."


@pytest.mark.parametrize(
    ("role", "read", "act", "configure"),
    [("viewer", 200, 403, 403), ("operator", 200, 200, 403), ("admin", 200, 200, 201)],
)
def test_viewers_read_operators_act_admins_configure(
    client_of: ClientOf, role: Role, read: int, act: int, configure: int
) -> None:
    group = Group.objects.create(name="core")
    client = client_of(role)
    assert client.get("/api/groups/").status_code == read
    assert client.post(f"/api/groups/{group.pk}/greet/").status_code == act
    assert client.post("/api/groups/", {"name": "edge"}).status_code == configure


# --- ETags ---


@pytest.mark.parametrize("detail", [False, True])
def test_an_unchanged_answer_is_a_304_and_a_changed_one_is_not(admin: APIClient, detail: bool) -> None:
    group = Group.objects.create(name="core")
    path = f"/api/groups/{group.pk}/" if detail else "/api/groups/"
    first = admin.get(path)
    etag = first["ETag"]
    assert not etag.startswith("W/")
    again = admin.get(path, headers={"If-None-Match": etag})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)
    assert admin.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
    Group.objects.filter(pk=group.pk).update(name="edge")
    changed = admin.get(path, headers={"If-None-Match": etag})
    assert changed.status_code == 200
    assert changed["ETag"] != etag


# --- Request ids ---


@pytest.mark.parametrize(
    ("offered", "kept"),
    [
        ("trace-0123456789", True),
        ("1", True),
        ("", False),
        ("with space and more", False),
        ("x" * 200, False),
        ("ünïcödé-ünïcödé", False),
    ],
)
def test_a_sane_request_id_is_kept_and_any_other_replaced(admin: APIClient, offered: str, kept: bool) -> None:
    answered = admin.get("/api/groups/", headers={"X-Request-ID": offered})["X-Request-ID"]
    assert (answered == offered) is kept
    assert answered


# --- Speed ---


def test_a_list_costs_a_constant_number_of_queries(admin: APIClient) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert admin.get("/api/groups/?page_size=1000").status_code == 200
        return len(captured)

    admin.get("/api/groups/")
    few = queries()
    Group.objects.bulk_create([Group(name=f"team-{number}") for number in range(990)])
    assert queries() == few <= 3
