"""Events from the store for many who are behind: each page is read once."""

from __future__ import annotations

import asyncio

import pytest

from common.infrastructure.events import store_pages
from common.infrastructure.events.store_pages import StorePages
from common.tests.websocket.talk import publish_elsewhere

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Which pages were read from the database."""
    seen: list[tuple[int, int]] = []
    read = store_pages._read

    def count(after: int, position: int) -> store_pages.Page:
        seen.append((after, position))
        return read(after, position)

    monkeypatch.setattr(store_pages, "_read", count)
    return seen


async def walk(pages: StorePages, position: int, until: int) -> list[int]:
    seen = []
    while position < until:
        page = await pages.after(position, until=until)
        seen += [event.position for event in page.events]
        position = page.position
    return seen


async def test_two_hundred_who_come_back_at_once_cost_one_reading(reads: list[tuple[int, int]]) -> None:
    await publish_elsewhere(1, 1100)
    pages = StorePages()
    seen = await asyncio.gather(*(walk(pages, position, 1100) for position in range(200)))
    assert seen == [list(range(position + 1, 1101)) for position in range(200)]
    complete = [read for read in reads if read[1] % store_pages.PAGE == 0]
    assert sorted(complete) == [(start, start + 200) for start in range(0, 1000, 200)]


async def test_a_page_that_was_not_complete_is_read_again(reads: list[tuple[int, int]]) -> None:
    await publish_elsewhere(1, 10)
    pages = StorePages()
    assert await walk(pages, 3, 10) == list(range(4, 11))
    await publish_elsewhere(11, 20)
    assert await walk(pages, 3, 20) == list(range(4, 21))


async def test_no_more_is_kept_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_pages, "KEPT_PAGES", 2)
    await publish_elsewhere(1, 1000)
    pages = StorePages()
    assert await walk(pages, 0, 1000) == list(range(1, 1001))
    assert list(pages._pages) == [600, 800]
    monkeypatch.setattr(store_pages, "KEPT_BYTES", 1)
    assert await walk(pages, 0, 1000) == list(range(1, 1001))
    assert not pages._pages
    assert pages._bytes == 0
