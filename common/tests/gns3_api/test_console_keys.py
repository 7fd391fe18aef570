"""Lines typed at a console over REST: what a console shows is kept nowhere."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from common.api.gns3 import consoles
from common.application.consoles.lines import Output
from common.models import IdempotentRequest
from common.tests.gns3_api.conftest import ROOT

pytestmark = pytest.mark.django_db
PATH = f"{ROOT}projects/5f4b3c8e-8d0f-4a55-a9e5-3ab5f4f9a001/nodes/5f4b3c8e-8d0f-4a55-a9e5-3ab5f4f9b001/console/"


@pytest.mark.parametrize("body", [{"line": "show run"}, {"command": "show run"}])
def test_what_a_console_shows_is_not_kept_for_a_key(
    operator: APIClient, monkeypatch: pytest.MonkeyPatch, body: dict[str, str]
) -> None:
    typed: list[str] = []

    def type_it(project_id: str, node_id: str, line: str, **options: object) -> Output:
        typed.append(line)
        return Output("username ada secret 0 topsecret", "quiet", 0.1)

    for name in ("type_line", "run_command"):
        monkeypatch.setattr(consoles, name, type_it)
    refused = operator.post(PATH, body, format="json", headers={"Idempotency-Key": "k"})
    assert (refused.status_code, refused.json()["details"][0]["code"]) == (400, "idempotency_key_unsupported")
    assert typed == []
    assert operator.post(PATH, body, format="json").status_code == 200
    assert typed == ["show run"]
    assert not IdempotentRequest.objects.exists()
