"""What one WebSocket has asked for, and since which position: the bookkeeping that makes resuming exact.

An event reaches the client through a subscription if the subscription wants it and it lies after the subscription's
start. One connection never sends an event twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from common.domain.topics import Interest
from common.infrastructure.feed import FeedEvent


@dataclass(slots=True)
class Subscription:
    interest: Interest
    start: int

    def covers(self, event: FeedEvent) -> bool:
        return event.position > self.start and self.interest.wants(
            event.type, event.priority, event.source, event.subject
        )


class Subscriptions:
    """By topic; subscribing to a topic again replaces its filter."""

    def __init__(self) -> None:
        self._by_topic: dict[str, Subscription] = {}

    @property
    def topics(self) -> list[str]:
        return sorted(self._by_topic)

    def covers(self, event: FeedEvent) -> bool:
        return any(subscription.covers(event) for subscription in self._by_topic.values())

    def put(self, additions: dict[str, Subscription]) -> None:
        self._by_topic.update(additions)

    def remove(self, topics: Iterable[str]) -> list[str]:
        """Forget `topics`; return those that were not subscribed to."""
        return [topic for topic in topics if self._by_topic.pop(topic, None) is None]

    def skip_to(self, position: int) -> None:
        """Nothing up to `position` is sent any more, except on a new subscription that asks for it."""
        for subscription in self._by_topic.values():
            subscription.start = max(subscription.start, position)
