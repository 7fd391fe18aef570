"""Bulk writes: all or nothing, an error entry for each wrong row, no query per row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from common.tests.people import ClientOf
from common.tests.rest.test_rest import refused

pytestmark = [pytest.mark.django_db, pytest.mark.urls("common.tests.rest.rest_urls")]


def teams() -> list[str]:
    return list(Group.objects.filter(name__startswith="team").order_by("pk").values_list("name", flat=True))


def test_many_are_made_at_once(admin: APIClient) -> None:
    answer = admin.post("/api/groups/", [{"name": "team-1"}, {"name": "team-2"}])
    assert answer.status_code == 201
    assert [row["name"] for row in answer.json()["data"]] == ["team-1", "team-2"]
    assert all(row["id"] for row in answer.json()["data"])


def test_one_wrong_row_and_nothing_is_made(admin: APIClient) -> None:
    Group.objects.create(name="team-0")
    rows = [{"name": "team-1"}, {"name": ""}, {"nmae": "team-2"}, {"name": "team-0"}, {"name": "team-3"}, "row"]
    body = refused(admin.post("/api/groups/", rows[:-1]), 400, "rows_invalid")
    assert [(entry["index"], entry["errors"][0]["field"], entry["errors"][0]["code"]) for entry in body["details"]] == [
        (1, "name", "blank"),
        (2, "name", "required"),
        (3, "name", "unique"),
    ]
    assert refused(admin.post("/api/groups/", rows), 400, "rows_invalid")["details"][0]["index"] == 5
    assert teams() == ["team-0"]


def test_a_taken_name_is_found_however_it_is_written(admin: APIClient) -> None:
    Group.objects.create(name="team-0")
    body = refused(admin.post("/api/groups/", [{"name": " team-0"}, {"name": 5}, {"name": "5"}]), 400, "rows_invalid")
    assert [(entry["index"], entry["errors"][0]["code"]) for entry in body["details"]] == [
        (0, "unique"),
        (1, "unique"),
        (2, "unique"),
    ]


def test_nul_characters_are_refused_before_they_reach_a_query(admin: APIClient) -> None:
    """PostgreSQL's driver raises ValueError at one."""
    content_type = ContentType.objects.get_for_model(Group).pk
    parameters: list[str] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        parameters.append(repr(params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        body = refused(admin.post("/api/groups/", [{"name": "team\x00"}]), 400, "rows_invalid")
        rows = [{"name": "x", "codename": "a\x00", "content_type": content_type}]
        refused(admin.post("/api/permissions/", rows), 400, "rows_invalid")
    assert body["details"][0]["errors"][0]["code"] == "null_characters_not_allowed"
    assert parameters
    assert "\\x00" not in "".join(parameters)


def test_two_rows_that_claim_the_same_name_are_both_wrong(admin: APIClient) -> None:
    body = refused(admin.post("/api/groups/", [{"name": "team-1"}, {"name": "team-1"}]), 400, "rows_invalid")
    assert [entry["index"] for entry in body["details"]] == [0, 1]
    assert teams() == []


def test_many_are_changed_at_once_even_if_two_swap_places_with_free_names(admin: APIClient) -> None:
    one, two = (Group.objects.create(name=name) for name in ("team-1", "team-2"))
    answer = admin.patch("/api/groups/", [{"id": one.pk, "name": "team-a"}, {"id": two.pk, "name": "team-2"}])
    assert answer.status_code == 200, answer.content
    assert [row["name"] for row in answer.json()["data"]] == ["team-a", "team-2"]
    assert teams() == ["team-a", "team-2"]


def test_a_change_of_what_is_not_there_changes_nothing(admin: APIClient) -> None:
    one = Group.objects.create(name="team-1")
    rows: list[Any] = [{"id": one.pk, "name": "team-a"}, {"id": 10**6, "name": "team-b"}, {"name": "team-c"}]
    body = refused(admin.patch("/api/groups/", rows), 400, "rows_invalid")
    assert [(entry["index"], entry["errors"][0]["code"]) for entry in body["details"]] == [
        (1, "not_found"),
        (2, "required"),
    ]
    assert teams() == ["team-1"]


def test_many_are_deleted_at_once_by_id_or_object(admin: APIClient) -> None:
    one, two, three = (Group.objects.create(name=f"team-{number}") for number in range(3))
    assert admin.delete("/api/groups/", [one.pk, {"id": two.pk}]).status_code == 204
    assert teams() == ["team-2"]
    for rows in ([three.pk, 10**6], [three.pk, three.pk], [three.pk, "x"], [three.pk, True], [three.pk, 2**63]):
        refused(admin.delete("/api/groups/", rows), 400, "rows_invalid")
    assert teams() == ["team-2"]


@pytest.mark.parametrize("body", [[], {}, [[]], [None], [1, [2]]])
def test_a_list_of_something_else_is_refused(admin: APIClient, body: Any) -> None:
    assert admin.patch("/api/groups/", body).status_code == 400
    assert admin.delete("/api/groups/", body).status_code == 400


def test_too_many_rows_are_refused_with_their_number(admin: APIClient) -> None:
    body = refused(admin.post("/api/groups/", [{"name": f"team-{n}"} for n in range(1001)]), 400, "invalid")
    assert body["details"][0]["code"] == "too_many_rows"
    assert "1001" in body["message"]


def test_bulk_needs_the_role_of_a_single_write(client_of: ClientOf) -> None:
    operator = client_of("operator")
    refused(operator.post("/api/groups/", [{"name": "team-1"}]), 403, "role_required")
    refused(operator.delete("/api/groups/", [1]), 403, "role_required")


def permission_rows(first: int, last: int, content_type: int) -> list[dict[str, Any]]:
    return [
        {"name": f"May {number}", "codename": f"may_{number}", "content_type": content_type}
        for number in range(first, last)
    ]


def test_relations_and_uniqueness_are_checked_without_a_query_per_row(admin: APIClient) -> None:
    content_type = ContentType.objects.get_for_model(Group).pk

    def queries(first: int, last: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            answer = admin.post("/api/permissions/", permission_rows(first, last, content_type))
        assert answer.status_code == 201, answer.content
        return len(captured)

    queries(0, 1)
    few = queries(1, 11)
    many = queries(11, 400)
    assert many <= few + 4  # SQLite limits the variables of a statement, so a long insert takes several
    changes = [
        {"id": pk, "name": "Must"}
        for pk in Permission.objects.filter(codename__startswith="may_").values_list("pk", flat=True)
    ]
    with CaptureQueriesContext(connection) as captured:
        assert admin.patch("/api/permissions/", changes).status_code == 200
    assert len(captured) < 20
    assert Permission.objects.filter(name="Must").count() == 400


def test_a_relation_to_nothing_and_a_taken_combination_are_named_by_row(admin: APIClient) -> None:
    content_type = ContentType.objects.get_for_model(Group).pk
    rows = [
        *permission_rows(0, 2, content_type),
        {**permission_rows(2, 3, content_type)[0], "content_type": 10**6},
        {"name": "Can add group", "codename": "add_group", "content_type": content_type},
        *permission_rows(1, 2, content_type),
        {**permission_rows(5, 6, content_type)[0], "content_type": True},
    ]
    body = refused(admin.post("/api/permissions/", rows), 400, "rows_invalid")
    assert [(entry["index"], entry["errors"][0]["code"]) for entry in body["details"]] == [
        (2, "does_not_exist"),
        (3, "unique"),
        (4, "unique"),
        (5, "incorrect_type"),
    ]
    assert not Permission.objects.filter(codename="may_0").exists()


def test_a_change_into_a_taken_combination_is_refused(admin: APIClient) -> None:
    content_type = ContentType.objects.get_for_model(Group).pk
    add, change = (Permission.objects.get(codename=name) for name in ("add_group", "change_group"))
    body = refused(
        admin.patch("/api/permissions/", [{"id": add.pk, "codename": "change_group"}, {"id": change.pk, "name": "x"}]),
        400,
        "rows_invalid",
    )
    assert [(entry["index"], entry["errors"][0]["code"]) for entry in body["details"]] == [(0, "unique")]
    assert admin.patch("/api/permissions/", [{"id": add.pk, "content_type": content_type}]).status_code == 200
