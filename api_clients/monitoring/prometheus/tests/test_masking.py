"""No secret of Prometheus' configuration is told, and no more than secrets is hidden."""

from __future__ import annotations

import yaml

from api_clients.monitoring.prometheus.reading import state
from api_clients.monitoring.prometheus.reading.masking import masked_configuration, masked_labels, masked_url
from api_clients.monitoring.prometheus.values import Alertmanagers

# As Prometheus 2.42 writes it.
TOLD = """\
global:
  scrape_interval: 1h
alerting:
  alertmanagers:
  - authorization:
      type: Bearer
      credentials: <secret>
    scheme: http
scrape_configs:
- job_name: a
  params:
    module:
    - http_2xx
    token:
    - S3CRET
    - S3CRET-2
  scrape_interval: 15s
  basic_auth:
    username: u
    password: <secret>
- job_name: h
  http_sd_configs:
  - url: http://u:S3CRET@127.0.0.1:1/?k=S3CRET
remote_write:
- url: http://user:xxxxx@127.0.0.1:1/x?token=S3CRET
  headers:
    X-Api-Key: S3CRET
    X-Scope-OrgID: S3CRET-of-a-tenant
  name: elsewhere
"""


def test_headers_parameters_and_addresses_are_masked_and_the_rest_is_as_it_was() -> None:
    shown = masked_configuration(TOLD)
    assert "S3CRET" not in shown
    before, after = yaml.safe_load(TOLD), yaml.safe_load(shown)
    scrape = after["scrape_configs"][0]
    assert scrape["params"] == {"module": ["http_2xx"], "token": ["<secret>", "<secret>"]}
    assert {**scrape, "params": None} == {**before["scrape_configs"][0], "params": None}
    assert after["scrape_configs"][1]["http_sd_configs"][0]["url"] == "http://<secret>@127.0.0.1:1/?<secret>"
    writing = after["remote_write"][0]
    assert writing["headers"] == {"X-Api-Key": "<secret>", "X-Scope-OrgID": "<secret>"}
    assert writing["name"] == "elsewhere"
    assert (after["global"], after["alerting"]) == (before["global"], before["alerting"])


def test_what_a_target_is_scraped_with_is_masked_where_it_is_named_like_a_secret() -> None:
    assert masked_url("http://h/probe?module=http_2xx&target=x") == "http://h/probe?module=http_2xx&target=x"
    assert masked_url("http://h/metrics?token=S3CRET") == "http://h/metrics?<secret>"
    assert masked_url("http://u:S3CRET@h/metrics") == "http://<secret>@h/metrics"
    labels = {"__param_token": "S3CRET", "__param_module": "http_2xx", "token_of": "nothing"}
    assert masked_labels(labels) == {**labels, "__param_token": "<secret>"}


def test_flags_and_addresses_of_alertmanagers_are_masked_and_the_rest_is_as_it_was() -> None:
    told = {"web.external-url": "http://u:S3CRET@h/", "ruler.client.basic-auth-password": "S3CRET", "log.level": "info"}
    shown = {"web.external-url": "http://<secret>@h/", "ruler.client.basic-auth-password": "<secret>"}
    assert state.flags(told) == {**told, **shown}
    found = state.alertmanagers(
        {"activeAlertmanagers": [{"url": "http://u:S3CRET@h/api/v2/alerts"}], "droppedAlertmanagers": [{"url": "h"}]}
    )
    assert found == Alertmanagers(("http://<secret>@h/api/v2/alerts",), ("h",))
