"""One project as the listener watches it: what it last knew, and whether a notification may be believed. Pure.

A notification is believed where it continues what is known: nobody else has recorded a change since, no reading has
just found the stream to be behind, and it was not heard before. Else it is a reason to read the project again. Without
this, a "stopped" that was on its way while a node was started would stop it again in the records.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from api_clients.network.gns3.values import Link, Node
from common.application.gns3.known import Known, Step
from common.application.gns3.recording import Seen

GRACE_SECONDS = 0.5  # how long after a reading that changed something older news may still be on its way
QUIET_SECONDS, LONGEST_SECONDS = 0.15, 1.0  # a burst of notices is followed by one reading
POLL_SECONDS = 1.0
LINKS_EVERY = 2  # polls
MOST_PAYLOADS = 1000
REFRESH_SECONDS = 120.0  # all of an open project is read again, and its cached topology made young


@dataclass(slots=True)
class Watched:
    """Moments are monotonic. `streaming`: its own stream is connected, so it is not polled."""

    project_id: str
    known: Known
    revision: int
    streaming: bool = False
    believe_from: float = 0.0
    dirty_since: float | None = None
    heard_at: float = 0.0
    refresh_at: float = 0.0
    poll_at: float = 0.0
    polls: int = 0
    nodes: tuple[Node, ...] | None = None  # as the last poll read them
    links: tuple[Link, ...] | None = None
    overtaken_by: int = 0  # a revision that somebody else recorded
    payloads: dict[str, None] = field(default_factory=dict)  # digests of what was heard, the oldest first
    pending: list[Step] = field(default_factory=list)

    def takes(self, seen: Seen) -> None:
        """The row says so."""
        self.known, self.revision = seen.known, seen.revision

    def hears(self, step: Step | None, at: float, *, payload: str) -> bool:
        """Note a notification; return whether it may be believed. One that was heard before, word for word, may have
        been true then and not now.
        """
        self.heard_at = at
        again = payload in self.payloads
        self.payloads[payload] = None
        if len(self.payloads) > MOST_PAYLOADS:
            del self.payloads[next(iter(self.payloads))]
        if self.dirty_since is None:
            self.dirty_since = at
        if step is not None:
            self.pending.append(step)
        return at >= self.believe_from and not again

    def is_overtaken(self, revision: int, now: float) -> None:
        """Somebody else recorded a change, in another process or on demand: nothing is believed until it was read."""
        if revision == self.overtaken_by:
            return
        self.overtaken_by, self.heard_at, self.believe_from = revision, now, float("inf")
        if self.dirty_since is None:
            self.dirty_since = now

    def differs(self, steps: Sequence[Step]) -> bool:
        known = self.known
        for step in steps:
            after = step(known)
            if after != known:
                return True
            known = after
        return False

    def soil(self, now: float) -> None:
        """Something changed: read it again, at once."""
        self.dirty_since = now - LONGEST_SECONDS

    def is_due(self, now: float) -> bool:
        """Whether all of it is to be read now."""
        if self.dirty_since is not None:
            return now >= min(self.heard_at + QUIET_SECONDS, self.dirty_since + LONGEST_SECONDS)
        return now >= self.refresh_at

    def due_since(self) -> float:
        return self.refresh_at if self.dirty_since is None else self.dirty_since

    def wants_poll(self, now: float) -> bool:
        return not self.streaming and now >= self.poll_at

    def polled(self, now: float) -> bool:
        """A poll begins; return whether it reads the links as well."""
        self.poll_at = max(self.poll_at + POLL_SECONDS, now + POLL_SECONDS / 2)
        self.polls += 1
        return self.polls % LINKS_EVERY == 0

    def was_read(self, seen: Seen, now: float) -> None:
        """All of it was read; where that changed anything, the stream was behind."""
        self.believe_from = now + GRACE_SECONDS if seen.revision != self.revision else min(self.believe_from, now)
        self.takes(seen)
        self.dirty_since = None
        self.refresh_at = now + REFRESH_SECONDS
        self.nodes = self.links = None
        self.pending.clear()
