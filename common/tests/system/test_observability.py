"""Health, metrics, documentation and logs: what operators and programs see of the hub."""

from __future__ import annotations

import base64
import io
import json
import logging
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from django.contrib.auth.models import User
from django.db import OperationalError
from django.test import Client

from common.infrastructure import health, logs
from common.infrastructure.memory import Memory
from common.tests.people import ClientOf
from common.tests.rest.test_rest import refused
from common.tests.samples import take_samples

pytestmark = pytest.mark.django_db


# --- Health ---


@pytest.fixture
def enough_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine may be short of memory while it runs other tests."""
    monkeypatch.setattr(health, "available_memory", lambda: Memory(16 * 1024**3, 8 * 1024**3))


@pytest.mark.usefixtures("enough_memory")
def test_health_needs_no_login_and_names_each_check(client: Client) -> None:
    answer = client.get("/health/")
    assert answer.status_code == 200
    body = answer.json()
    assert body["status"] == "ok"
    assert set(body["checks"]) == {"database", "broker", "cache", "disk", "memory", "gns3"}
    assert client.get("/health/ready/").json()["checks"]["migrations"]["detail"] == "applied"
    assert client.post("/health/").status_code == 405


def test_a_failing_check_is_a_503_without_telling_strangers_why(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> str:
        raise OperationalError("connection to 10.0.0.5 as nms with password=hunter2 failed")

    monkeypatch.setitem(health.CHECKS, "database", broken)
    answer = client.get("/health/")
    assert answer.status_code == 503
    assert answer.json()["status"] == "failing"
    assert answer.json()["checks"]["database"]["detail"] == "unreachable"
    assert b"hunter2" not in answer.content
    assert b"10.0.0.5" not in answer.content


def test_a_full_disk_is_a_503(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "LEAST_FREE_BYTES", 2**62)
    assert "MiB free" in client.get("/health/").json()["checks"]["disk"]["detail"]


# --- Metrics ---


def basic(name: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def test_metrics_need_a_login_which_may_be_basic(client: Client, make_user: Callable[..., User]) -> None:
    make_user("viewer")
    refused(client.get("/metrics"), 401, "not_authenticated")
    refused(client.get("/metrics", headers=basic("viewer", "wrong")), 401, "authentication_failed")
    take_samples(1, 3)
    answer = client.get("/metrics", headers=basic("viewer", "a-long-passphrase"))
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain")
    assert "\nnms_event_position 3.0\n" in answer.content.decode()


def test_published_events_are_counted_by_type_once_committed(
    client_of: ClientOf, django_capture_on_commit_callbacks: Any
) -> None:
    def count() -> float:
        text = client_of_viewer.get("/metrics").content.decode()
        found = re.search(r'^gns3_events_total\{priority="normal",type="sample.taken"\} (\S+)', text, re.M)
        return float(found.group(1)) if found else 0.0

    client_of_viewer = Client()
    viewer = User.objects.get_or_create(username="scraper")[0]
    viewer.is_superuser = True
    viewer.save()
    client_of_viewer.force_login(viewer)
    before = count()
    with django_capture_on_commit_callbacks(execute=True):
        take_samples(1, 5)
        assert count() == before
    assert count() == before + 5


# --- The API's description ---


def test_the_schema_and_its_pages_need_a_login(client: Client) -> None:
    refused(client.get("/api/schema/"), 401, "not_authenticated")
    for page in ("/api/docs/", "/api/redoc/"):
        answer = client.get(page)
        assert (answer.status_code, answer["Location"]) == (302, f"/login/?next={page}")


def test_the_documentation_loads_nothing_from_elsewhere(client: Client, make_user: Callable[..., User]) -> None:
    client.force_login(make_user("viewer"))
    for page in ("/api/docs/", "/api/redoc/"):
        text = client.get(page).content.decode()
        sources = re.findall(r'(?:src|href)="([^"#]+)"', text)
        assert any("drf_spectacular_sidecar" in source for source in sources)
        assert [source for source in sources if not source.startswith("/")] == []


def test_the_schema_describes_every_error_and_the_list_envelope(client_of: ClientOf) -> None:
    schema = client_of("viewer").get("/api/schema/").json()
    operation = schema["paths"]["/api/common/api/v1/events/"]["get"]
    assert {"200", "304", "400", "401", "403", "default"} <= set(operation["responses"])
    error = operation["responses"]["400"]["content"]["application/json"]["schema"]
    assert error == {"$ref": "#/components/schemas/Error"}
    listed = operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
    assert schema["components"]["schemas"][listed]["required"] == ["data", "meta", "links"]
    assert {"page", "page_size", "ordering", "after", "type"} <= {p["name"] for p in operation["parameters"]}
    assert operation["responses"]["200"]["content"]["application/json"]["examples"]


@pytest.mark.urls("common.tests.rest.rest_urls")
def test_the_schema_describes_bulk_writes(client_of: ClientOf) -> None:
    paths = client_of("viewer").get("/api/schema/").json()["paths"]
    groups = paths["/api/groups/"]

    def body(method: str) -> Any:
        return groups[method]["requestBody"]["content"]["application/json"]["schema"]

    assert {"type": "array", "maxItems": 1000}.items() <= body("post")["oneOf"][1].items()
    assert body("patch")["type"] == body("delete")["type"] == "array"
    assert body("delete")["items"]["oneOf"][0] == {"type": "integer", "minimum": 1}
    assert "409" in paths["/api/groups/{id}/"]["delete"]["responses"]


# --- Stored events ---


def test_stored_events_are_listed_filtered_and_found(client_of: ClientOf) -> None:
    take_samples(1, 3)
    take_samples(4, 4, urgent=True, source="elsewhere")
    client = client_of("viewer")

    def numbers(query: str) -> list[int]:
        answer = client.get(f"/api/common/api/v1/events/?{query}")
        assert answer.status_code == 200, answer.content
        return [event["data"]["number"] for event in answer.json()["data"]]

    assert numbers("") == [1, 2, 3, 4]
    assert numbers("after=2") == [3, 4]
    assert numbers("after=1&before=3") == [2]
    assert numbers("type=sample.*&source=elsewhere") == [4]
    assert numbers("type=sample.discarded") == []
    assert numbers("subject=sample:2") == [2]
    assert numbers("priority=high") == [4]
    assert numbers("ordering=-position&page_size=1") == [4]
    event = client.get("/api/common/api/v1/events/4/").json()
    assert (event["position"], event["priority"]) == (4, "critical")
    assert event == client.get("/api/common/api/v1/events/?after=3").json()["data"][0]
    refused(client.get("/api/common/api/v1/events/?since=yesterday"), 400, "invalid")
    refused(client.post("/api/common/api/v1/events/", {}), 405, "method_not_allowed")


def test_the_catalogue_of_event_types_carries_schemas(client_of: ClientOf) -> None:
    types = {entry["type"]: entry for entry in client_of("viewer").get("/api/common/api/v1/event-types/").json()}
    assert types["sample.taken"]["description"] == "Something was sampled."
    assert types["sample.taken"]["fields_schema"]["properties"]["number"]["type"] == "integer"


# --- Logs ---


def by(lines: list[dict[str, Any]], *loggers: str) -> list[dict[str, Any]]:
    """Those of these loggers: other threads of the process may log meanwhile."""
    return [line for line in lines if line["logger"] in loggers]


@pytest.fixture
def written(settings: Any) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """What is logged, as the collectors would read it."""
    logs.configure({"level": "INFO", "format": "json"})
    handler = logging.getLogger().handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    stream = io.StringIO()
    handler.setStream(stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logs.configure(settings.LOGGING)


@pytest.mark.usefixtures("enough_memory")
def test_every_line_of_a_request_carries_its_id(client: Client, written: Callable[[], list[dict[str, Any]]]) -> None:
    answer = client.get("/health/", headers={"X-Request-ID": "trace-12345678"})
    (line,) = [line for line in written() if line["event"] == "request"]
    assert answer["X-Request-ID"] == line["request_id"] == "trace-12345678"
    assert (line["method"], line["path"], line["status"]) == ("GET", "/health/", 200)
    structlog.get_logger("later").info("after the request")
    (later,) = by(written(), "later")
    assert "request_id" not in later


def test_a_command_that_was_quiet_leaves_the_next_one_its_lines(settings: Any) -> None:
    logs.say_only_warnings()
    assert not logging.getLogger("nms.task").isEnabledFor(logging.INFO)
    logs.configure({"level": "INFO", "format": "json"})
    assert logging.getLogger("nms.task").isEnabledFor(logging.INFO)
    logs.configure(settings.LOGGING)


def test_lines_of_other_libraries_have_the_same_form(written: Callable[[], list[dict[str, Any]]]) -> None:
    logging.getLogger("celery.worker").warning("lost %s tasks", 3)
    logging.getLogger("uvicorn.error").error("crashed")
    first, second = by(written(), "celery.worker", "uvicorn.error")
    assert (first["event"], first["level"], first["logger"]) == ("lost 3 tasks", "warning", "celery.worker")
    assert second["event"] == "crashed"


@pytest.mark.parametrize(
    ("values", "hidden"),
    [
        ({"password": "hunter2"}, "hunter2"),
        ({"snmp_community": "s3cret"}, "s3cret"),
        ({"auth_password": "hunter2", "name": "ada"}, "hunter2"),
        ({"settings": {"api_key": "k-123", "list": [{"token": "k-123"}]}}, "k-123"),
        ({"url": "redis://:hunter2@localhost/0"}, "hunter2"),
        ({"url": "postgresql://nms:hunter2@db/nms"}, "hunter2"),
        ({"text": "community=s3cret refused"}, "s3cret"),
        ({"text": "GET /ws/events/?token=abc.def.ghi HTTP/1.1"}, "abc.def"),
        ({"headers": {"Authorization": "Bearer abc.def.ghi"}}, "abc.def"),
        ({"text": "Authorization: Bearer abc.def.ghi"}, "abc.def"),
    ],
)
def test_secrets_never_reach_the_log(
    written: Callable[[], list[dict[str, Any]]], values: dict[str, Any], hidden: str
) -> None:
    structlog.get_logger("trial").info("something", **values)
    logging.getLogger("trial").info("something %s", values)
    lines = by(written(), "trial")
    assert len(lines) == 2
    assert hidden not in json.dumps(lines[0])
    assert hidden not in json.dumps(lines[1])


def test_an_exception_is_logged_with_its_trace_and_without_its_secrets(
    written: Callable[[], list[dict[str, Any]]],
) -> None:
    try:
        int("password=hunter2")
    except ValueError:
        structlog.get_logger("trial").exception("failed")
    (line,) = by(written(), "trial")
    assert "ValueError" in json.dumps(line)
    assert "hunter2" not in json.dumps(line)
