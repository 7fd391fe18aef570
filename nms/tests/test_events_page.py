"""docs/events.md says what the catalogue says, and the catalogue says enough."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from common.domain.events import Event, describe, event_types, source_of
from nms.environment import BASE_DIR
from nms.events_page import events_page

OURS = [cls for cls in event_types().values() if ".tests." not in f"{cls.__module__}."]


def test_the_page_of_events_is_fresh() -> None:
    assert (BASE_DIR / "docs" / "events.md").read_text() == events_page(), "run `make docs`"


@pytest.mark.parametrize("cls", OURS, ids=lambda cls: cls.type)
def test_every_type_says_what_it_means_and_refuses_other_fields(cls: type[Event]) -> None:
    assert describe(cls).endswith(".")
    assert source_of(cls)
    assert f"### {cls.type}\n" in events_page()
    assert all(part.get("additionalProperties") is False for part in _objects(cls.model_json_schema()))


def _objects(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The event itself and every model in it."""
    return (part for part in (schema, *schema.get("$defs", {}).values()) if "properties" in part)
