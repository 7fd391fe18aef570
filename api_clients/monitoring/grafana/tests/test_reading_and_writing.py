"""Grafana's documents of several versions, and arguments as it spells them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from api_clients.domain.errors import InvalidRequest
from api_clients.monitoring.grafana.reading import alerting, content
from api_clients.monitoring.grafana.reading.frames import query_results
from api_clients.monitoring.grafana.reading.primitives import duration_seconds, moment
from api_clients.monitoring.grafana.writing import epoch_milliseconds, matcher, rfc3339

RULE: dict[str, Any] = {"uid": "a", "title": "A", "folderUID": "f", "ruleGroup": "g", "data": []}


@pytest.mark.parametrize(
    ("spelled", "name", "value", "is_regex", "is_equal"),
    [
        ("severity=critical", "severity", "critical", False, True),
        ('severity="critical"', "severity", "critical", False, True),
        ("severity != low ", "severity", "low", False, False),
        ('instance=~"core-.*"', "instance", "core-.*", True, True),
        ("instance!~core-.*", "instance", "core-.*", True, False),
        ('summary="a \\"word\\" = b"', "summary", 'a "word" = b', False, True),
        ("job=", "job", "", False, True),
        ("url=http://x/?a=b", "url", "http://x/?a=b", False, True),
    ],
)
def test_matchers_are_spelled_as_in_amtool_and_read_back(
    spelled: str, name: str, value: str, is_regex: bool, is_equal: bool
) -> None:
    document = matcher(spelled)
    assert document == {"name": name, "value": value, "isRegex": is_regex, "isEqual": is_equal}
    said = {"id": "1", "status": {"state": "active"}, "matchers": [document], "startsAt": None, "endsAt": None}
    assert matcher(alerting.silence(said).matchers[0]) == document


@pytest.mark.parametrize("spelled", ["", "severity", "=x", '{severity="x"}', 'severity="x', 'severity="x"y"', "~x"])
def test_what_is_no_matcher_is_refused(spelled: str) -> None:
    with pytest.raises(InvalidRequest, match="is no matcher"):
        matcher(spelled)


def test_moments_are_sent_in_utc_whatever_their_zone() -> None:
    noon = datetime(2026, 1, 31, 13, 0, 0, 500_000, tzinfo=timezone(timedelta(hours=1)))
    assert rfc3339(noon) == "2026-01-31T12:00:00.500Z"
    assert epoch_milliseconds(noon) == 1_769_860_800_500


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("2026-01-31T12:00:00Z", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31T13:00:00.123456789+01:00", datetime(2026, 1, 31, 12, 0, 0, 123_456, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", None),
        ("", None),
        (None, None),
    ],
)
def test_moments_are_read_with_nanoseconds_and_never(said: str | None, read: datetime | None) -> None:
    assert moment(said) == read


@pytest.mark.parametrize(("said", "seconds"), [("5m", 300), ("1h30m", 5_400), ("0s", 0), ("0", 0), ("1d", 86_400)])
def test_durations_are_seconds(said: str, seconds: float) -> None:
    assert duration_seconds(said) == seconds


@pytest.mark.parametrize("said", ["5", "m", "5 m", "5m!", 5])
def test_what_is_no_duration_is_not_read(said: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        duration_seconds(said)


def test_versions_of_a_dashboard_are_a_bare_list_in_grafana_10_and_an_object_since_11() -> None:
    row = {"version": 2, "parentVersion": 1, "created": "2026-01-31T12:00:00Z", "createdBy": "ada", "message": ""}
    assert content.dashboard_versions([row]) == content.dashboard_versions({"continueToken": "", "versions": [row]})


def test_a_rule_that_records_has_no_state_and_one_of_grafana_10_no_uid() -> None:
    rule = {"name": "r", "query": "up", "health": "ok", "type": "recording", "lastEvaluation": "0001-01-01T00:00:00Z"}
    document = {"status": "success", "data": {"groups": [{"name": "g", "file": "f", "interval": 60, "rules": [rule]}]}}
    (state,) = alerting.rule_states(document)
    assert (state.state, state.uid, state.last_evaluation, state.alerts) == ("inactive", "", None, 0)


def test_an_alertmanager_without_alerts_says_null_or_an_empty_list() -> None:
    assert alerting.alert_instances({"status": "success", "data": {"alerts": None}}) == ()
    for nothing in ([], None):
        assert alerting.rule_states({"status": "success", "data": {"groups": nothing}}) == ()
    with pytest.raises(ValueError):
        alerting.rule_states({"status": "error", "data": {"groups": []}, "error": "no"})


def test_a_rule_as_grafana_10_says_it_and_as_13_does() -> None:
    assert alerting.alert_rule(RULE).pending_seconds == 0
    newer = {**RULE, "for": "2m", "keep_firing_for": "1m", "missingSeriesEvalsToResolve": 2, "provenance": "file"}
    rule = alerting.alert_rule(newer)
    assert (rule.pending_seconds, rule.provenance) == (120, "file")


@pytest.mark.parametrize("lacking", ["uid", "title", "folderUID", "ruleGroup", "data"])
def test_a_rule_without_what_makes_it_one_is_not_read(lacking: str) -> None:
    with pytest.raises(LookupError):
        alerting.alert_rule({name: value for name, value in RULE.items() if name != lacking})


@pytest.mark.parametrize(
    "frame",
    [
        {"schema": {"fields": [{"name": "a", "type": "number"}]}, "data": {"values": [[1], [2]]}},
        {
            "schema": {"fields": [{"name": "a", "type": "number"}, {"name": "b", "type": "number"}]},
            "data": {"values": [[1], [2, 3]]},
        },
        {"schema": {"fields": [{"name": "t", "type": "time"}]}, "data": {"values": [["noon"]]}},
        {"data": {"values": []}},
    ],
)
def test_columns_that_do_not_fit_their_schema_are_not_read(frame: dict[str, Any]) -> None:
    with pytest.raises((ValueError, LookupError)):
        query_results({"results": {"A": {"frames": [frame]}}})


def test_an_answer_without_frames_or_rows_is_empty() -> None:
    (result,) = query_results({"results": {"A": {"status": 200, "frames": None}}})
    assert result.frames == ()
    schema = {"fields": [{"name": "a", "type": "number"}]}
    (result,) = query_results({"results": {"A": {"frames": [{"schema": schema, "data": {"values": []}}]}}})
    assert result.frames[0].columns[0].values == ()


def test_secrets_in_a_data_sources_address_and_settings_are_masked() -> None:
    told = {"uid": "a", "name": "a", "type": "influxdb", "url": "http://u:S3CRET@h:8086"}
    told |= {"jsonData": {"httpMethod": "POST", "apiToken": "S3CRET", "links": [{"url": "http://h/?key=S3CRET"}]}}
    read = content.datasource(told)
    assert read.url == "http://<secret>@h:8086"
    assert read.settings == {"httpMethod": "POST", "apiToken": "<secret>", "links": [{"url": "http://h/?<secret>"}]}


def test_the_query_that_a_data_source_adds_to_each_request_is_masked() -> None:
    document = {"uid": "a", "name": "A", "type": "prometheus", "jsonData": {"customQueryParameters": "apikey=s3cret"}}
    assert content.datasource(document).settings == {"customQueryParameters": "<secret>"}
    assert content.datasource({**document, "jsonData": {"customQueryParameters": ""}}).settings == {
        "customQueryParameters": ""
    }
