from __future__ import annotations

import pytest

from api_clients.domain.alerts import Severity, severity_of


@pytest.mark.parametrize(
    ("word", "severity"),
    [
        ("critical", "critical"),
        (" Page ", "critical"),
        ("error", "high"),
        ("WARNING", "medium"),
        ("notice", "low"),
        ("info", "info"),
        ("none", "info"),
        ("", "medium"),
        ("purple", "medium"),
    ],
)
def test_a_word_for_a_severity_is_understood_or_is_medium(word: str, severity: Severity) -> None:
    assert severity_of(word) == severity
