"""What the pipeline hands out while it runs. Whoever consumes it decides what to store, print or count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nms.network_management.profile import DeviceProfile

Step = Literal["alive", "credentials", "identify", "profile", "reconcile", "crawl"]
Kind = Literal[
    "unreachable",  # nobody answered
    "wrong_credentials",  # an agent is there and accepts none of the credentials
    "malformed",  # an agent is there and answers what cannot be used
    "unreadable",  # an essential part could not be read, so that nothing was stored
    "rejected",  # the agent understood and refused
    "too_slow",  # answered, and then not in time: one request, or all that one device may take
    "incomplete",  # stored, but some optional part could not be read
    "outside_ranges",  # a neighbour where discovery may not go
    "no_address",  # a neighbour that nobody knows an address of
    "internal_error",  # a defect of NMS, logged with its traceback
]


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong with one address, at which step, and (in the message) what to do about it."""

    address: str
    port: int
    step: Step
    kind: Kind
    message: str


@dataclass(frozen=True, slots=True)
class Found:
    """A device was read completely; `again` where the profile was read through another address of the same box."""

    profile: DeviceProfile
    again: bool = False


@dataclass(frozen=True, slots=True)
class Silent:
    """These addresses were asked and did not answer SNMP.

    `expected` are those that somebody named or announced, of which silence is news; in a swept range it is not.
    `up` are those of `expected` whose host answers otherwise (ICMP echo).
    """

    addresses: tuple[str, ...]
    expected: frozenset[str] = frozenset()
    up: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the run is, in addresses; `total` grows while neighbours are followed."""

    total: int
    done: int
    alive: int
    profiled: int


Outcome = Found | Problem | Silent | Progress
