"""What people may change: notes on devices, credentials; and who may."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from api_clients.network.snmp.values import Community, UsmUser
from common.models import StoredEvent
from nms.network_management.api.tests.test_reading import Network, refused
from nms.network_management.models import Credential, Device, Interface, Link

pytestmark = pytest.mark.django_db
DEVICES, CREDENTIALS = "/api/network/devices/", "/api/network/credentials/"
V2C = {"name": "campus", "kind": "v2c", "community": "s3cret-community"}
V3 = {
    "name": "secure",
    "kind": "v3",
    "username": "nms",
    "auth_protocol": "SHA-256",
    "auth_password": "s3cret-auth-pass",
    "priv_protocol": "AES-128",
    "priv_password": "s3cret-priv-pass",
}


# --- Devices ---


def test_an_operator_writes_what_people_know_of_a_device(operator: APIClient, network: Network) -> None:
    url = f"{DEVICES}{network['switch-1']}/"
    answer = operator.patch(url, {"site": "Basel", "tags": ["core"], "notes": "behind the door"})
    assert answer.status_code == 200
    assert (answer.json()["site"], answer.json()["tags"]) == ("Basel", ["core"])
    told = StoredEvent.objects.filter(type="device.changed").get()
    assert told.actor == "operator"
    assert {"field": "site", "old": "", "new": "Basel"} in told.data["changes"]
    operator.patch(url, {"site": "Basel"})
    assert StoredEvent.objects.filter(type="device.changed").count() == 1


def test_many_devices_are_annotated_at_once_by_a_constant_number_of_queries(
    operator: APIClient, network: Network
) -> None:
    def count(ids: list[int], site: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            answer = operator.patch(DEVICES, [{"id": pk, "site": site} for pk in ids])
        assert answer.status_code == 200, answer.content
        return len(queries)

    one, two = network.values()
    count([one], "x")
    assert count([one], "a") == count([one, two], "b")
    assert set(Device.objects.values_list("site", flat=True)) == {"b"}


@pytest.mark.parametrize(
    "body",
    [
        *({"vendor": "Other"}, {"status": "reachable"}, {"tags": "core"}, {"tags": [1, {}]}, {"site": "x" * 201}),
        *({"notes": None}, {"notes": "a\u0000b"}, {"colour": "red"}, [], "text", 7),
    ],
)
def test_what_cannot_be_written_is_refused_and_changes_nothing(
    operator: APIClient, network: Network, body: Any
) -> None:
    refused(operator.patch(f"{DEVICES}{network['switch-1']}/", body), 400)
    assert Device.objects.get(name="switch-1").updated_at == Device.objects.get(name="switch-1").first_seen


def test_one_wrong_row_of_many_stops_all(operator: APIClient, network: Network) -> None:
    one, two = network.values()
    body = refused(operator.patch(DEVICES, [{"id": one, "site": "a"}, {"id": two, "vendor": "b"}, {"id": 10**6}]), 400)
    assert body["code"] == "rows_invalid"
    body = refused(operator.patch(DEVICES, [{"id": one, "site": "a"}, {"id": two, "site": "x" * 201}]), 400)
    assert [(entry["index"], entry["id"]) for entry in body["details"]] == [(1, two)]
    assert set(Device.objects.values_list("site", flat=True)) == {""}


@pytest.mark.parametrize("text", ["{", "[1,", '{"site": ', "\x00", "nonsense"])
def test_json_that_is_none_is_refused(operator: APIClient, network: Network, text: str) -> None:
    url = f"{DEVICES}{network['switch-1']}/"
    refused(operator.patch(url, text, content_type="application/json"), 400)
    refused(operator.patch(url, text, content_type="text/plain"), 415)


def test_devices_are_not_made_by_hand(admin: APIClient, network: Network) -> None:
    refused(admin.post(DEVICES, {"name": "x"}), 405)


def test_an_admin_deletes_a_device_with_all_its_facts(admin: APIClient, network: Network) -> None:
    assert admin.delete(f"{DEVICES}{network['switch-1']}/").status_code == 204
    assert Interface.objects.filter(device_id=network["switch-1"]).count() == 0
    assert Link.objects.count() == 0
    assert admin.delete(DEVICES, [network["switch-2"]]).status_code == 204
    assert Device.objects.count() == 0


def test_roles_decide_who_may(viewer: APIClient, operator: APIClient, network: Network) -> None:
    url = f"{DEVICES}{network['switch-1']}/"
    refused(viewer.patch(url, {"site": "x"}), 403)
    refused(viewer.patch(DEVICES, [{"id": network["switch-1"], "site": "x"}]), 403)
    refused(operator.delete(url), 403)
    refused(operator.delete(DEVICES, [network["switch-1"]]), 403)
    refused(operator.post(CREDENTIALS, V2C), 403)
    refused(viewer.post(CREDENTIALS, V2C), 403)


# --- Credentials ---


@pytest.mark.parametrize("body", [V2C, V3])
def test_secrets_go_in_and_never_come_out(admin: APIClient, body: dict[str, str]) -> None:
    answer = admin.post(CREDENTIALS, body)
    assert answer.status_code == 201, answer.content
    row = Credential.objects.get()
    assert answer.json()["url"] == f"{CREDENTIALS}{row.pk}/"
    for said in (answer.content.decode(), admin.get(CREDENTIALS).content.decode(), repr(row), str(row)):
        assert "s3cret" not in said
    assert "s3cret" not in row.encrypted_secrets
    assert "s3cret" not in repr(row.to_snmp())


def test_what_was_stored_is_what_devices_are_asked_with(admin: APIClient) -> None:
    for body in (V2C, V3):
        admin.post(CREDENTIALS, body)
    assert Credential.objects.get(kind="v2c").to_snmp() == Community("s3cret-community")
    assert Credential.objects.get(kind="v3").to_snmp() == UsmUser(
        "nms", "SHA-256", "s3cret-auth-pass", "AES-128", "s3cret-priv-pass"
    )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"auth_protocol": "", "auth_password": "x" * 8}, "auth_protocol"),
        ({"auth_password": "short"}, "auth_password"),
        ({"priv_password": "1234567"}, "priv_password"),
        ({"username": ""}, "username"),
        ({"username": "u" * 33}, "username"),
        ({"username": "ж" * 17}, "username"),  # 34 bytes
        ({"auth_protocol": "ROT13"}, "auth_protocol"),
        ({"priv_protocol": "AES-1"}, "priv_protocol"),
        ({"community": "public"}, "community"),
        ({"kind": "v4"}, "kind"),
        ({"kind": "v2c"}, "community"),
        ({"name": ""}, "name"),
        ({"priority": -1}, "priority"),
        ({"priority": 99999}, "priority"),
        ({"secret": "x"}, "secret"),
        ({"username": "a\u0000b"}, "username"),
    ],
)
def test_a_credential_that_could_not_work_is_refused(admin: APIClient, change: dict[str, Any], field: str) -> None:
    body = refused(admin.post(CREDENTIALS, {**V3, **change}), 400)
    assert field in {detail["field"] for detail in body["details"]}
    assert "s3cret" not in str(body)
    assert not Credential.objects.exists()


def test_secrets_that_cannot_be_decrypted_are_given_anew(admin: APIClient, settings: Any) -> None:
    url = admin.post(CREDENTIALS, V2C).json()["url"]
    settings.ENCRYPTION_KEY = "another"
    refused(admin.patch(url, {"name": "renamed"}), 400)
    assert admin.patch(url, {"community": "s3cret-other"}).status_code == 200
    assert Credential.objects.get().to_snmp() == Community("s3cret-other")


def test_privacy_without_authentication_is_refused(admin: APIClient) -> None:
    body = {"name": "x", "kind": "v3", "username": "u", "priv_protocol": "DES", "priv_password": "12345678"}
    assert "priv_protocol" in {detail["field"] for detail in refused(admin.post(CREDENTIALS, body), 400)["details"]}


@pytest.mark.parametrize("kind", ["v1", "v2c"])
def test_a_community_credential_has_a_community_and_nothing_else(admin: APIClient, kind: str) -> None:
    refused(admin.post(CREDENTIALS, {"name": "x", "kind": kind}), 400)
    refused(admin.post(CREDENTIALS, {"name": "x", "kind": kind, "community": ""}), 400)
    refused(admin.post(CREDENTIALS, {"name": "x", "kind": kind, "community": "a", "username": "b"}), 400)
    refused(admin.post(CREDENTIALS, {"name": "x", "kind": kind, "community": "ж" * 128}), 400)  # 256 bytes


def test_one_field_is_changed_and_the_secrets_stay(admin: APIClient) -> None:
    url = admin.post(CREDENTIALS, V3).json()["url"]
    assert admin.patch(url, {"name": "renamed", "auth_password": "s3cret-new-auth"}).status_code == 200
    user = Credential.objects.get().to_snmp()
    assert isinstance(user, UsmUser)
    assert (user.auth_password, user.priv_password) == ("s3cret-new-auth", "s3cret-priv-pass")
    assert admin.patch(url, {"priv_protocol": ""}).status_code == 200
    user = Credential.objects.get().to_snmp()
    assert isinstance(user, UsmUser)
    assert (user.priv_protocol, user.priv_password) == (None, None)
    refused(admin.patch(url, {"auth_protocol": "SHA", "auth_password": "short"}), 400)


def test_a_change_of_kind_needs_the_new_kinds_secrets_and_forgets_the_old(admin: APIClient) -> None:
    url = admin.post(CREDENTIALS, V3).json()["url"]
    refused(admin.patch(url, {"kind": "v2c"}), 400)
    assert admin.patch(url, {"kind": "v2c", "community": "c"}).json()["username"] == ""
    assert Credential.objects.get().secrets() == {"community": "c"}


def test_a_credential_in_use_is_not_deleted_and_its_devices_are_named(admin: APIClient, network: Network) -> None:
    pk = admin.post(CREDENTIALS, V2C).json()["id"]
    Device.objects.update(credential=pk)
    assert admin.get(f"{CREDENTIALS}{pk}/").json()["device_count"] == 2
    for answer in (admin.delete(f"{CREDENTIALS}{pk}/"), admin.delete(CREDENTIALS, [pk])):
        body = refused(answer, 409)
        assert body["code"] == "in_use"
        assert "switch-1" in str(body["details"])
    Device.objects.update(credential=None)
    assert admin.delete(f"{CREDENTIALS}{pk}/").status_code == 204


def test_names_are_unique(admin: APIClient) -> None:
    admin.post(CREDENTIALS, V2C)
    refused(admin.post(CREDENTIALS, V2C), 400)
    body = refused(admin.post(CREDENTIALS, [{**V2C, "name": "a"}, {**V2C, "name": "campus"}]), 400)
    assert [row["index"] for row in body["details"]] == [1]
    assert admin.post(CREDENTIALS, [{**V2C, "name": "a"}, {**V3, "name": "b"}]).status_code == 201


def test_credentials_are_written_in_bulk_by_a_constant_number_of_queries(admin: APIClient) -> None:
    def count(method: str, body: list[dict[str, Any]]) -> int:
        with CaptureQueriesContext(connection) as queries:
            answer = getattr(admin, method)(CREDENTIALS, body)
        assert answer.status_code in {200, 201}, answer.content
        return len(queries)

    admin.get(CREDENTIALS)  # the first request of a user asks for the role
    few, many = ([{**V2C, "name": f"{size}-{n}"} for n in range(size)] for size in (2, 40))
    assert count("post", few) == count("post", many)
    before = dict(Credential.objects.values_list("id", "updated_at"))
    ids = list(before)
    assert count("patch", [{"id": pk, "community": "new"} for pk in ids[:2]]) == count(
        "patch", [{"id": pk, "community": "new"} for pk in ids[2:]]
    )
    assert {row.secrets()["community"] for row in Credential.objects.all()} == {"new"}
    assert all(row.updated_at > before[row.pk] for row in Credential.objects.all())


def test_the_same_secret_given_on_a_command_line_is_stored_once(db: None) -> None:
    first = Credential.from_snmp(Community("one"))
    assert Credential.from_snmp(Community("one")) == first
    other = Credential.from_snmp(Community("two"))
    assert other != first
    assert {first.name, other.name} == {"v2c #1", "v2c #2"}
    assert Credential.from_snmp(UsmUser("nms", "MD5", "12345678")).name == "v3 nms #1"
