"""Resuming from where events may have been deleted: a gap first, then what is left, in order."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from common.models import EventCounter, StoredEvent
from common.tests.servers import LiveHub
from common.tests.websocket.talk import PATHS, Talk, dial, in_thread, publish_elsewhere

pytestmark = pytest.mark.django_db(transaction=True)


def _delete(*positions: int, horizon: int) -> None:
    StoredEvent.objects.filter(position__in=positions).delete()
    EventCounter.objects.update(horizon=horizon)


async def delete_elsewhere(*positions: int, horizon: int) -> None:
    await asyncio.to_thread(in_thread, _delete, *positions, horizon=horizon)


@pytest.mark.parametrize(
    ("after", "gap", "numbers"),
    [
        (0, (0, 7), [3, 6, 7, 8, 9]),  # 3 and 6 were kept, being of another kind
        (4, (4, 7), [6, 7, 8, 9]),
        (5, (5, 7), [6, 7, 8, 9]),
        (6, None, [7, 8, 9]),
        (8, None, [9]),
    ],
)
async def test_resuming_from_before_the_horizon_tells_of_a_gap_and_sends_what_is_left(
    live_hub: LiveHub, viewer_token: str, after: int, gap: tuple[int, int] | None, numbers: list[int]
) -> None:
    await publish_elsewhere(1, 9)
    await delete_elsewhere(1, 2, 4, 5, horizon=6)
    async with dial(live_hub, viewer_token) as socket:
        talk = Talk(socket)
        await talk.hear("welcome")
        await talk.subscribe("sample.*", after=after)
        if gap:
            assert await talk.hear("gap") == {"type": "gap", "after": gap[0], "before": gap[1]}
        assert await talk.numbers(len(numbers)) == numbers
        await publish_elsewhere(10, 10)
        assert await talk.numbers(1) == [10]
        await talk.silence()


async def test_everything_deleted_leaves_the_gap_and_then_what_is_new(live_hub: LiveHub, viewer_token: str) -> None:
    await publish_elsewhere(1, 450)  # some pages
    await delete_elsewhere(*range(1, 451), horizon=450)
    async with dial(live_hub, viewer_token) as socket:
        talk = Talk(socket)
        await talk.hear("welcome")
        await talk.subscribe("sample.*", after=0)
        assert await talk.hear("gap") == {"type": "gap", "after": 0, "before": 451}
        await publish_elsewhere(451, 452)
        assert await talk.numbers(2) == [451, 452]


async def test_deletion_that_overtakes_a_client_on_its_way_is_told_as_well(
    live_hub: LiveHub, viewer_token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from common.infrastructure.events import store_pages

    read, pages = store_pages._read, 0

    def read_and_delete(after: int, position: int) -> Any:
        nonlocal pages
        page = read(after, position)
        pages += 1
        if pages == 2:  # while the client is being sent the second page, the third goes
            _delete(*range(401, 501), horizon=500)
        return page

    monkeypatch.setattr(store_pages, "_read", read_and_delete)
    await publish_elsewhere(1, 1000)
    async with dial(live_hub, viewer_token) as socket:
        talk = Talk(socket)
        await talk.hear("welcome")
        await talk.subscribe("sample.*", after=0)
        assert await talk.numbers(400) == list(range(1, 401))
        assert await talk.hear("gap") == {"type": "gap", "after": 400, "before": 501}
        assert await talk.numbers(500) == list(range(501, 1001))
        await talk.silence()


@pytest.mark.parametrize("path", PATHS)
async def test_the_gap_is_told_on_every_path(live_hub: LiveHub, viewer_token: str, path: str) -> None:
    await publish_elsewhere(1, 3)
    await delete_elsewhere(1, 2, horizon=2)
    async with dial(live_hub, viewer_token, path) as socket:
        talk = Talk(socket)
        await talk.hear("welcome")
        await talk.subscribe("*", after=0)
        assert await talk.hear("gap") == {"type": "gap", "after": 0, "before": 3}
