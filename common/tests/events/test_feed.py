"""The feed's history and its subscribers, without sockets."""

from __future__ import annotations

import pytest
from channels.db import database_sync_to_async

from common.infrastructure.events.feed import EventFeed, FeedEvent, History, Subscriber


def events(first: int, last: int) -> list[FeedEvent]:
    return [
        FeedEvent(position, "sample.taken", "tests", "sample:1", "normal", b"{}") for position in range(first, last + 1)
    ]


@pytest.mark.parametrize(
    ("after", "limit", "expected"),
    [
        (10, 100, [11, 12, 13, 14, 15]),
        (12, 100, [13, 14, 15]),
        (12, 2, [13, 14]),
        (15, 100, []),
        (9, 100, None),  # gone from the history, though not from the store
        (0, 100, None),
    ],
)
def test_the_history_knows_the_newest_events_and_what_it_has_lost(
    after: int, limit: int, expected: list[int] | None
) -> None:
    history = History(position=4, limit=5)
    history.add(events(5, 9))
    history.add(events(10, 15))
    found = history.after(after, limit=limit)
    assert (None if found is None else [event.position for event in found]) == expected
    assert history.position == 15


def test_a_new_history_begins_at_its_position() -> None:
    history = History(position=7, limit=5)
    assert history.position == 7
    assert history.after(7, limit=10) == []
    assert history.after(6, limit=10) is None
    history.add(events(8, 8))
    assert [event.position for event in history.after(7, limit=10) or []] == [8]


@pytest.mark.django_db(transaction=True)
async def test_a_subscriber_that_hung_up_first_is_not_attached_for_ever() -> None:
    feed = EventFeed()
    subscriber = Subscriber()
    feed.detach(subscriber)
    await database_sync_to_async(feed.attach, thread_sensitive=False)(subscriber)
    assert feed.idle
