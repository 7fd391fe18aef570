"""Registering, heartbeats and calls over REST: what is accepted, and what every kind of nonsense is answered with."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from rest_framework.test import APIClient

from common.application.modules import registry
from common.domain.roles import Role
from common.domain.signatures import signature_headers
from common.models import CapabilityClaim, ModuleRecord, StoredEvent
from common.tests.modules.module_samples import SECRET, manifest
from common.tests.people import ClientOf

pytestmark = pytest.mark.django_db
HUB = "/api/common/api/v1/hub/"
REGISTER = f"{HUB}modules/register/"


@pytest.fixture
def weather(admin: APIClient) -> dict[str, Any]:
    answer = admin.post(REGISTER, manifest())
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def signed(
    path: str,
    body: Any = None,
    *,
    module: str = "weather",
    secret: str = SECRET,
    method: str = "POST",
    clock_ahead_seconds: int = 0,
    sent: bytes | None = None,
) -> Any:
    """A request that a module signs; `sent` is another body than the one that was signed."""
    data = b"" if body is None else json.dumps(body).encode()
    timestamp = int(time.time()) + clock_ahead_seconds
    headers = signature_headers(secret, module=module, method=method, path=path, body=data, timestamp=timestamp)
    return APIClient().generic(
        method, path, sent if sent is not None else data, content_type="application/json", headers=headers
    )


def types() -> list[str]:
    return list(StoredEvent.objects.values_list("type", flat=True))


def test_a_module_registers_and_is_seen_without_its_secret(admin: APIClient, weather: dict[str, Any]) -> None:
    assert weather["name"] == "weather"
    assert weather["state"] == "active"
    assert weather["capabilities"][0]["name"] == "weather.report"
    assert weather["registered_by"] == "admin"
    for path in ("modules/", "modules/weather/", "capabilities/", "capabilities/weather.report/"):
        answer = admin.get(HUB + path)
        assert answer.status_code == 200
        assert SECRET not in answer.content.decode()
    assert SECRET not in ModuleRecord.objects.get().secret
    assert types() == ["module.registered"]
    event = StoredEvent.objects.get()
    assert (event.subject, event.source, event.actor) == ("module:weather", "hub", "admin")


def test_registering_again_replaces_the_entry_at_once_and_tells_what_changed(
    admin: APIClient, weather: dict[str, Any]
) -> None:
    again = manifest(version="1.1.0", capabilities=[{"name": "weather.forecast"}])
    answer = admin.post(REGISTER, again)
    assert answer.status_code == 200
    assert [offered["name"] for offered in answer.json()["capabilities"]] == ["weather.forecast"]
    assert registry.find_capability("weather.report") is None
    assert registry.find_capability("weather.forecast") is not None
    event = StoredEvent.objects.get(type="module.updated")
    assert event.data["changed"] == ["capabilities", "version"]
    assert event.data["added_capabilities"] == ["weather.forecast"]
    assert event.data["removed_capabilities"] == ["weather.report"]


def test_registering_the_same_again_is_no_news(admin: APIClient, weather: dict[str, Any]) -> None:
    assert admin.post(REGISTER, manifest()).status_code == 200
    assert types() == ["module.registered"]


def test_registering_again_without_a_secret_keeps_the_old_one(admin: APIClient, weather: dict[str, Any]) -> None:
    assert admin.post(REGISTER, manifest(secret=None, version="2")).status_code == 200
    assert signed(f"{HUB}modules/weather/heartbeat/").status_code == 200


def test_a_new_secret_takes_effect_at_once(admin: APIClient, weather: dict[str, Any]) -> None:
    fresh = "another-secret-of-enough-length"
    assert admin.post(REGISTER, manifest(secret=fresh)).status_code == 200
    assert StoredEvent.objects.get(type="module.updated").data["changed"] == ["secret"]
    assert signed(f"{HUB}modules/weather/heartbeat/").status_code == 401
    assert signed(f"{HUB}modules/weather/heartbeat/", secret=fresh).status_code == 200


def test_a_new_module_needs_a_secret(admin: APIClient) -> None:
    answer = admin.post(REGISTER, manifest(secret=None))
    assert answer.status_code == 400
    assert [entry["field"] for entry in answer.json()["details"]] == ["secret"]
    assert not ModuleRecord.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "Weather"}, "name"),
        ({"name": "a.b"}, "name"),
        ({"name": "hub"}, "name"),
        ({"name": "register"}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": 7}, "name"),
        ({"version": ""}, "version"),
        ({"version": "1 0"}, "version"),
        ({"version": 1.0}, "version"),
        ({"secret": "short"}, "secret"),
        ({"secret": "x" * 201}, "secret"),
        ({"description": "x" * 1001}, "description"),
        ({"unknown": 1}, "unknown"),
        ({"callback_url": "ftp://host/"}, "callback_url"),
        ({"callback_url": "http://169.254.169.254/latest"}, "callback_url"),
        ({"callback_url": "http://[fe80::1]/"}, "callback_url"),
        ({"callback_url": "http://0.0.0.0:9000/"}, "callback_url"),
        ({"callback_url": "http://224.0.0.1/"}, "callback_url"),
        ({"callback_url": "/nms"}, "callback_url"),
        ({"callback_url": "http://user:password@host/"}, "callback_url"),
        ({"capabilities": [{"name": "Weather Report"}]}, "capabilities.0.name"),
        ({"capabilities": [{}]}, "capabilities.0.name"),
        ({"capabilities": [{"name": "a.b", "role": "root"}]}, "capabilities.0.role"),
        ({"capabilities": [{"name": "a.b", "queue": "fast"}]}, "capabilities.0.queue"),
        ({"capabilities": [{"name": "a.b", "timeout_seconds": 0}]}, "capabilities.0.timeout_seconds"),
        ({"capabilities": [{"name": "a.b", "timeout_seconds": 10**9}]}, "capabilities.0.timeout_seconds"),
        ({"capabilities": [{"name": "a.b", "input_schema": {"type": "thing"}}]}, "capabilities.0.input_schema"),
        ({"capabilities": [{"name": "a.b", "input_schema": []}]}, "capabilities.0.input_schema"),
        ({"capabilities": [{"name": "a.b"}, {"name": "a.b"}]}, "capabilities"),
        ({"capabilities": "all"}, "capabilities"),
        ({"capabilities": [{"name": f"a.b{n}"} for n in range(201)]}, "capabilities"),
        ({"message_types": ["a.b", "a.b"]}, "message_types"),
        ({"message_types": ["A B"]}, "message_types.0"),
        ({"subscriptions": [{"topics": []}]}, "subscriptions.0.topics"),
        ({"subscriptions": [{"topics": ["Device!"]}]}, "subscriptions.0.topics.0"),
        ({"subscriptions": [{"topics": ["*"], "priority": "urgent"}]}, "subscriptions.0.priority"),
    ],
)
def test_a_wrong_registration_names_the_field_and_changes_nothing(
    admin: APIClient, change: dict[str, Any], field: str
) -> None:
    answer = admin.post(REGISTER, {**manifest(), **change})
    assert answer.status_code == 400, answer.content
    assert [entry["field"] for entry in answer.json()["details"]] == [field]
    assert SECRET not in answer.content.decode()
    assert not ModuleRecord.objects.exists()
    assert not CapabilityClaim.objects.exists()


def test_every_problem_has_an_entry_of_its_own(admin: APIClient) -> None:
    answer = admin.post(REGISTER, {"name": "A", "version": "", "callback_url": "x", "capabilities": [{"name": "?"}]})
    fields = {entry["field"] for entry in answer.json()["details"]}
    assert fields == {"name", "version", "callback_url", "capabilities.0.name"}


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"7", b"null"])
def test_a_registration_that_is_no_object_is_refused(admin: APIClient, body: bytes) -> None:
    answer = admin.generic("POST", REGISTER, body, content_type="application/json")
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "change",
    [
        {"description": "a\0b"},
        {"capabilities": [{"name": "a.b", "input_schema": {"title": "\0"}}]},
        {"capabilities": [{"name": f"a.b{n}", "input_schema": {"title": "x" * 60_000}} for n in range(30)]},
    ],
)
def test_what_no_database_keeps_is_refused(admin: APIClient, change: dict[str, Any]) -> None:
    answer = admin.post(REGISTER, {**manifest(), **change})
    assert (answer.status_code, answer.json()["details"][0]["code"]) == (400, "unusable")
    assert not ModuleRecord.objects.exists()


@pytest.mark.parametrize("depth", [300, 1_000, 100_000])
def test_a_body_nested_without_end_is_refused(client_of: ClientOf, echo_module: str, depth: int) -> None:
    body = b'{"input": {"text": ' + b"[" * depth + b"]" * depth + b"}}"
    path = f"{HUB}capabilities/{echo_module}.echo/call/"
    answer = client_of("operator").generic("POST", path, body, content_type="application/json")
    assert answer.status_code == 400


def test_a_claimed_capability_is_a_conflict_that_names_the_module(admin: APIClient, weather: dict[str, Any]) -> None:
    other = manifest(name="other", capabilities=[{"name": "other.own"}, {"name": "weather.report"}])
    answer = admin.post(REGISTER, other)
    assert answer.status_code == 409
    assert answer.json()["code"] == "capability_claimed"
    assert "weather.report" in answer.json()["message"]
    assert "the module weather" in answer.json()["message"]
    assert ModuleRecord.objects.count() == 1
    assert CapabilityClaim.objects.count() == 1
    assert types() == ["module.registered"]


def test_what_is_local_is_taken(admin: APIClient, echo_module: str) -> None:
    answer = admin.post(REGISTER, manifest(name=echo_module))
    assert (answer.status_code, answer.json()["code"]) == (409, "module_local")
    answer = admin.post(REGISTER, manifest(capabilities=[{"name": f"{echo_module}.echo"}]))
    assert (answer.status_code, answer.json()["code"]) == (409, "capability_claimed")
    assert echo_module in answer.json()["message"]
    assert admin.delete(f"{HUB}modules/{echo_module}/").status_code == 409
    assert admin.post(f"{HUB}modules/{echo_module}/heartbeat/").status_code == 409


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("operator", 403), (None, 403)])
def test_only_admins_register_and_unregister(
    client_of: ClientOf, weather: dict[str, Any], role: Role | None, status: int
) -> None:
    person = client_of(role)
    assert person.post(REGISTER, manifest(name="other")).status_code == status
    assert person.delete(f"{HUB}modules/weather/").status_code == status


def test_strangers_are_401() -> None:
    stranger = APIClient()
    for method, path in (("GET", "modules/"), ("POST", "modules/register/"), ("POST", "modules/x/heartbeat/")):
        assert stranger.generic(method, HUB + path).status_code == 401


def test_unregistering_forgets_the_module_and_its_capabilities(admin: APIClient, weather: dict[str, Any]) -> None:
    assert admin.delete(f"{HUB}modules/weather/").status_code == 204
    assert registry.find_capability("weather.report") is None
    assert admin.get(f"{HUB}modules/weather/").status_code == 404
    assert admin.delete(f"{HUB}modules/weather/").status_code == 404
    assert types() == ["module.registered", "module.unregistered"]


# --- Signatures ---


def test_a_module_does_all_it_may_by_its_signature(weather: dict[str, Any]) -> None:
    assert signed(f"{HUB}modules/weather/heartbeat/", {"status": "degraded", "detail": "rain"}).status_code == 200
    assert registry.find_module("weather").health.status == "degraded"  # type: ignore[union-attr]
    assert signed(REGISTER, manifest(version="2.0.0")).status_code == 200
    assert StoredEvent.objects.get(type="module.updated").actor == "module:weather"
    assert signed(f"{HUB}modules/weather/", method="DELETE").status_code == 204


@pytest.mark.parametrize(
    "wrong",
    [
        {"secret": "not-the-secret-at-all"},
        {"clock_ahead_seconds": -3600},
        {"clock_ahead_seconds": 3600},
        {"sent": b'{"status": "unhealthy"}'},
        {"module": "nobody"},
        {"module": "Not A Name\x7f"},
    ],
)
def test_a_wrong_signature_is_401_and_changes_nothing(weather: dict[str, Any], wrong: dict[str, Any]) -> None:
    before = ModuleRecord.objects.values().get()
    answer = signed(f"{HUB}modules/weather/heartbeat/", {"status": "healthy"}, **wrong)
    assert answer.status_code == 401
    assert answer.json()["code"] == "signature_invalid"
    assert ModuleRecord.objects.values().get() == before


@pytest.mark.parametrize("headers", [{}, {"X-NMS-Timestamp": "soon"}, {"X-NMS-Signature": "v1=\u00e9"}])
def test_incomplete_signatures_are_401(weather: dict[str, Any], headers: dict[str, str]) -> None:
    now = {"X-NMS-Module": "weather", "X-NMS-Timestamp": str(int(time.time())), **headers}
    answer = APIClient().post(f"{HUB}modules/weather/heartbeat/", headers=now)
    assert answer.status_code == 401


def test_a_signature_of_one_path_is_not_one_of_another(weather: dict[str, Any]) -> None:
    path = f"{HUB}modules/weather/"
    headers = signature_headers(
        SECRET, module="weather", method="POST", path=f"{path}heartbeat/", body=b"", timestamp=int(time.time())
    )
    assert APIClient().delete(path, headers=headers).status_code == 401


def test_a_module_speaks_for_itself_only(admin: APIClient, weather: dict[str, Any]) -> None:
    admin.post(REGISTER, manifest(name="other", capabilities=[]))
    assert signed(f"{HUB}modules/other/heartbeat/").status_code == 403
    assert signed(f"{HUB}modules/other/", method="DELETE").status_code == 403
    assert signed(REGISTER, manifest(name="third", capabilities=[])).status_code == 403
    assert signed(f"{HUB}modules/weather/", method="GET").status_code == 403


def test_a_signature_opens_no_other_door(weather: dict[str, Any]) -> None:
    assert signed("/api/common/api/v1/events/", method="GET").status_code == 401
    assert signed(f"{HUB}modules/", method="GET").status_code == 401


def test_a_huge_body_is_413_before_it_is_looked_at(admin: APIClient, weather: dict[str, Any], settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2_000
    huge = manifest(description="x" * 3_000)
    assert admin.post(REGISTER, huge).status_code == 413
    assert signed(REGISTER, huge).status_code == 413


# --- Heartbeats ---


@pytest.mark.parametrize(
    "body", [{"status": "fine"}, {"detail": "\0"}, {"detail": 7}, {"status": "healthy", "more": 1}, [1]]
)
def test_a_wrong_heartbeat_is_refused(weather: dict[str, Any], body: Any) -> None:
    assert signed(f"{HUB}modules/weather/heartbeat/", body).status_code == 400


def test_a_heartbeat_of_an_unknown_module_is_404(admin: APIClient) -> None:
    assert admin.post(f"{HUB}modules/nobody/heartbeat/").status_code == 404


# --- Lists ---


def test_modules_are_filtered_and_paged(admin: APIClient, weather: dict[str, Any], echo_module: str) -> None:
    def names(query: str) -> list[str]:
        return [row["name"] for row in admin.get(f"{HUB}modules/{query}").json()["data"]]

    assert "weather" in names("?kind=remote")
    assert echo_module not in names("?kind=remote")
    assert echo_module in names("?kind=local")
    assert names("?state=lost") == []
    page = admin.get(f"{HUB}modules/?page_size=1").json()
    assert len(page["data"]) == 1
    assert page["meta"]["total"] >= 2
    assert page["links"]["next"]
    for wrong in ("?kind=odd", "?state=", "?page=0", "?knd=local", "?page_size=1001"):
        assert admin.get(f"{HUB}modules/{wrong}").status_code == 400
    offered = admin.get(f"{HUB}capabilities/?module=weather").json()["data"]
    assert [row["name"] for row in offered] == ["weather.report"]


@pytest.mark.parametrize("path", ["modules/x%00y/", "modules/%2e%2e/", "capabilities/A/", "capabilities/x%00/call/"])
def test_what_can_be_no_name_is_not_found(admin: APIClient, path: str) -> None:
    assert admin.get(HUB + path).status_code == 404


def test_lists_of_modules_cost_a_constant_number_of_queries(
    admin: APIClient, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        capabilities = [{"name": f"m{number}.c{each}"} for each in range(5)]
        assert admin.post(REGISTER, manifest(name=f"m{number}", capabilities=capabilities)).status_code == 201
    with django_assert_max_num_queries(3):
        assert admin.get(f"{HUB}modules/?page_size=100").status_code == 200
    with django_assert_max_num_queries(3):
        assert admin.get(f"{HUB}capabilities/?page_size=100").status_code == 200


# --- Calls of local capabilities (test_remote_modules.py has the remote ones) ---


def test_a_local_capability_is_called(client_of: ClientOf, echo_module: str) -> None:
    answer = client_of("operator").post(f"{HUB}capabilities/{echo_module}.echo/call/", {"input": {"text": "hi"}})
    assert answer.status_code == 200
    assert answer.json() == {"output": {"text": "hi", "actor": "operator"}}


def test_a_call_needs_the_capabilitys_role(client_of: ClientOf, echo_module: str) -> None:
    viewer = client_of("viewer")
    answer = viewer.post(f"{HUB}capabilities/{echo_module}.echo/call/", {"input": {"text": "hi"}})
    assert answer.status_code == 403
    assert "operator" in answer.json()["message"]
    answer = viewer.post(f"{HUB}capabilities/{echo_module}.read/call/", {"input": {"text": "hi"}})
    assert answer.status_code == 200


def test_a_module_calls_as_an_operator_at_most(weather: dict[str, Any], echo_module: str) -> None:
    answer = signed(f"{HUB}capabilities/{echo_module}.echo/call/", {"input": {"text": "hi"}})
    assert answer.json() == {"output": {"text": "hi", "actor": "module:weather"}}
    assert signed(f"{HUB}capabilities/{echo_module}.admin/call/", {"input": {"text": "hi"}}).status_code == 403


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"input": {"text": 7}}, "text"),
        ({"input": {}}, "text"),
        ({"input": {"text": "a", "more": 1}}, "more"),
        ({"input": []}, "input"),
        ({"input": {"text": "a"}, "timeout_seconds": 0}, "timeout_seconds"),
        ({"input": {"text": "a"}, "timeout_seconds": "5"}, "timeout_seconds"),
        ({"inputs": {"text": "a"}}, "inputs"),
    ],
)
def test_a_wrong_call_names_the_field(client_of: ClientOf, echo_module: str, body: dict[str, Any], field: str) -> None:
    answer = client_of("operator").post(f"{HUB}capabilities/{echo_module}.echo/call/", body)
    assert answer.status_code == 400
    assert field in [entry["field"] for entry in answer.json()["details"]]


def test_a_capability_nobody_offers_is_named_with_what_is_offered(client_of: ClientOf, echo_module: str) -> None:
    answer = client_of("operator").post(f"{HUB}capabilities/no.such/call/", {"input": {}})
    assert answer.status_code == 503
    assert answer.json()["code"] == "capability_unavailable"
    assert "no.such" in answer.json()["message"]
    assert f"{echo_module}.echo" in answer.json()["message"]


def test_a_failure_of_the_capability_is_told_in_its_own_words(client_of: ClientOf, echo_module: str) -> None:
    answer = client_of("operator").post(f"{HUB}capabilities/{echo_module}.fail/call/", {"input": {"text": "no paper"}})
    assert answer.status_code == 502
    assert (answer.json()["code"], answer.json()["message"]) == ("out_of_paper", "no paper")
    counted = registry.find_module(echo_module)
    assert counted is not None
    assert (counted.messages, counted.errors) == (1, 1)
