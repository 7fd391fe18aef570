"""What one WebSocket has asked for, and since which position: the bookkeeping that makes resuming exact.

An event reaches the client through a subscription if the subscription wants it and it lies after the subscription's
start. One connection never sends an event twice. What the path of the WebSocket is about limits them all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from common.domain.topics import Interest
from common.infrastructure.events.feed import FeedEvent


@dataclass(slots=True)
class Subscription:
    interest: Interest
    start: int

    def covers(self, event: FeedEvent) -> bool:
        return event.position > self.start and self.interest.wants(event)


@dataclass(frozen=True, slots=True)
class Selection:
    """What is wanted, positions apart: connections that have asked for the same share one answer for each event.

    `scope` are the interests that the path stands for, of which one must agree; empty for everything.
    """

    interests: frozenset[Interest]
    scope: frozenset[Interest]

    def wants(self, event: FeedEvent) -> bool:
        return (not self.scope or _agrees(self.scope, event)) and _agrees(self.interests, event)


def _agrees(interests: Iterable[Interest], event: FeedEvent) -> bool:
    return any(interest.wants(event) for interest in interests)


class Subscriptions:
    """By topic; subscribing to a topic again replaces its filter."""

    def __init__(self, scope: Iterable[Interest] = ()) -> None:
        self.scope = frozenset(scope)
        self._by_topic: dict[str, Subscription] = {}

    @property
    def selection(self) -> Selection:
        return Selection(frozenset(each.interest for each in self._by_topic.values()), self.scope)

    @property
    def newest_start(self) -> int:
        """After it the selection alone decides."""
        return max((subscription.start for subscription in self._by_topic.values()), default=0)

    @property
    def topics(self) -> list[str]:
        return sorted(self._by_topic)

    def covers(self, event: FeedEvent) -> bool:
        return self.admits(event) and any(subscription.covers(event) for subscription in self._by_topic.values())

    def admits(self, event: FeedEvent) -> bool:
        """Whether the path is about it."""
        return not self.scope or _agrees(self.scope, event)

    def put(self, additions: dict[str, Subscription]) -> None:
        self._by_topic.update(additions)

    def remove(self, topics: Iterable[str]) -> list[str]:
        """Forget `topics`; return those that were not subscribed to."""
        return [topic for topic in topics if self._by_topic.pop(topic, None) is None]

    def skip_to(self, position: int) -> None:
        """Nothing up to `position` is sent any more, except on a new subscription that asks for it."""
        for subscription in self._by_topic.values():
            subscription.start = max(subscription.start, position)
