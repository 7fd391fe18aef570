"""What a decision looks at, and what it results in: plain values between decide.py and the engine.

States are the strings of the tables; they are repeated here because the domain knows no database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from common.domain.events import Event
from common.domain.roles import Role
from common.domain.topics import Priority
from common.domain.workflows.definition import Workflow

BLOCKED, WAITING, RUNNING, HELD, SUSPENDED = "blocked", "waiting", "running", "held", "suspended"
SUCCEEDED, FAILED, SKIPPED, CANCELLED = "succeeded", "failed", "skipped", "cancelled"
PAUSED, COMPENSATING = "paused", "compensating"
FINAL = frozenset({SUCCEEDED, FAILED, SKIPPED, CANCELLED})


@dataclass(frozen=True, slots=True)
class Key:
    """Which row of a run: a step, an item of a step that maps, or what compensates either."""

    step: str
    item: int = -1
    compensates: bool = False

    def __str__(self) -> str:
        what = f"{self.step}[{self.item}]" if self.item >= 0 else self.step
        return f"compensation of {what}" if self.compensates else what


@dataclass(frozen=True, slots=True)
class StepView:
    """A row as the decision sees it; outputs are fetched apart, where an expression asks for them."""

    key: Key
    state: str = BLOCKED
    waits_for: str = ""
    error: str = ""
    count: int = 0  # of the list that is mapped over
    interrupted: bool = False  # it waits because its worker died: what it did so far is not known


@dataclass(frozen=True, slots=True)
class RunView:
    id: int
    workflow: str
    state: str
    input: Mapping[str, Any]
    actor: str = ""
    role: Role = "operator"
    correlation_id: str = ""
    priority: Priority = "normal"
    started_at: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class ItemCounts:
    """How many items of a mapping step are in which state."""

    blocked: int = 0
    active: int = 0  # waiting, held, running, suspended until their child run ends
    busy: int = 0  # those of the active ones that a worker or a child run is at
    done: int = 0  # at any end
    failed: int = 0

    @property
    def made(self) -> int:
        return self.blocked + self.active + self.done


@dataclass(frozen=True, slots=True)
class Unit:
    """Something that was done and can be undone."""

    key: Key
    output: Any


@dataclass(frozen=True, slots=True)
class Offer:
    """A capability that some module offers."""

    role: Role = "operator"
    queue: str | None = None


class Results(Protocol):
    """What is fetched only when it is asked for."""

    def output(self, step: str) -> Any: ...

    def items(self, step: str) -> list[Any]:
        """The list that a mapping step goes through."""

    def item_outputs(self, step: str) -> list[Any]:
        """In the order of the list, None for an item without one."""

    def first_failed_item(self, step: str) -> tuple[int, str]:
        """Its index and error."""

    def next_to_compensate(self) -> Unit | None:
        """The unit that succeeded last, of those whose compensation was not begun."""

    def failed_compensations(self) -> list[tuple[Key, str]]: ...

    def compensated(self) -> list[Key]: ...


@dataclass(frozen=True, slots=True)
class Situation:
    workflow: Workflow
    run: RunView
    steps: Mapping[str, StepView]  # the steps themselves, neither items nor compensations
    results: Results
    offered: Callable[[str], Offer | None]
    now: datetime
    items: Mapping[str, ItemCounts] = field(default_factory=dict)  # of steps that wait for theirs
    compensating: bool = False  # whether a compensation is on its way


# --- Changes ---


@dataclass(frozen=True, slots=True)
class Put:
    """Change the row, which is in the state `was`; if it is no longer, all that was decided is void."""

    key: Key
    was: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Make:
    key: Key
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Activate:
    """Let the next `count` items of a step be taken by workers."""

    step: str
    count: int


@dataclass(frozen=True, slots=True)
class GiveUpItems:
    """Cancel the items of a step that no worker has begun."""

    step: str


@dataclass(frozen=True, slots=True)
class PutRun:
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tell:
    event: Event


Change = Put | Make | Activate | GiveUpItems | PutRun | Tell
