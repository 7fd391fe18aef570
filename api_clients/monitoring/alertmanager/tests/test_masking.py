"""No secret of Alertmanager's configuration is told."""

from __future__ import annotations

import pytest
import yaml

from api_clients.monitoring.alertmanager.masking import masked

TOLD = """\
global:
  opsgenie_api_url: https://api.opsgenie.com/
  http_config:
    proxy_url: http://user:S3CRET@proxy.example.org:3128
route:
  receiver: hooks
receivers:
- name: hooks
  webhook_configs:
  - send_resolved: true
    url: http://user:S3CRET@hooks.example.org/S3CRET?token=S3CRET
    max_alerts: 0
  - url: https://hooks.example.org/S3CRET
  slack_configs:
  - api_url: <secret>
    title_link: https://wiki.example.org/page?key=S3CRET
templates: []
"""


def test_logins_queries_and_webhooks_are_masked_and_the_rest_is_as_it_was() -> None:
    shown = masked(TOLD)
    assert "S3CRET" not in shown
    document = yaml.safe_load(shown)
    assert document["global"]["opsgenie_api_url"] == "https://api.opsgenie.com/"
    assert document["global"]["http_config"]["proxy_url"] == "http://<secret>@proxy.example.org:3128"
    hooks = document["receivers"][0]
    assert [hook["url"] for hook in hooks["webhook_configs"]] == ["<secret>", "<secret>"]
    assert hooks["webhook_configs"][0]["max_alerts"] == 0
    assert hooks["slack_configs"][0]["title_link"] == "https://wiki.example.org/page?<secret>"
    assert document["templates"] == []


@pytest.mark.parametrize("text", ["", "route:\n  receiver: x\n", "not: [yaml", "receivers:"])
def test_what_holds_no_secret_is_left_alone(text: str) -> None:
    assert masked(text) == text
