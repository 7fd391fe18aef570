"""What became of each step for one node: a step that fails takes no other with it, and says why."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from api_clients.domain.errors import ServiceError
from common.application.equipment.values import Problem
from common.domain.errors import HubError
from common.domain.modules import CapabilityFailed

Status = Literal["succeeded", "partial", "failed", "skipped"]
NAMES = ("gns3", "network", "validation", "snmp", "performance", "configuration", "console", "links", "profile")

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(slots=True)
class Step:
    """`reason` says why it was skipped; `details` are what it found beyond the profile itself."""

    name: str
    status: Status = "succeeded"
    problems: list[Problem] = field(default_factory=list)
    reason: str = ""
    details: dict[str, Any] = field(default_factory=dict)

    def skip(self, reason: str) -> None:
        self.status, self.reason = "skipped", reason

    def fail(self, problem: Problem) -> None:
        self.status = "failed"
        self.problems.append(problem)

    def lack(self, problem: Problem) -> None:
        """Note what is missing of a step that has something all the same."""
        self.problems.append(problem)
        if self.status == "succeeded":
            self.status = "partial"

    def as_document(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "status": self.status,
            "errors": [{"code": problem.code, "message": problem.message} for problem in self.problems],
            "reason": self.reason,
            "details": self.details,
        }


class StepLog:
    """The steps of one node, in their order."""

    def __init__(self) -> None:
        self._steps: dict[str, Step] = {}

    def __getitem__(self, name: str) -> Step:
        return self._steps.setdefault(name, Step(name))

    @contextmanager
    def doing(self, name: str) -> Iterator[Step]:
        """What the block raises of outages and refusals fails the step and ends there; defects go on."""
        step = self[name]
        try:
            yield step
        except (HubError, ServiceError, CapabilityFailed) as error:
            step.fail(problem_of(error))

    def outcome(self) -> Literal["succeeded", "partial", "failed"]:
        """failed: nothing but what GNS3 says is known, and something went wrong."""
        tried = [step for name, step in self._steps.items() if name not in {"profile", "links"}]
        wrong = [step for step in tried if step.status in {"failed", "partial"}]
        if not wrong:
            return "succeeded"
        return "failed" if self["gns3"].status == "failed" else "partial"

    def as_documents(self) -> list[dict[str, Any]]:
        return [self._steps[name].as_document() for name in NAMES if name in self._steps]


def problem_of(error: Exception) -> Problem:
    """The error for programs and for people; `login_required` of LoginRequired, a HubError's own code."""
    code = getattr(error, "code", "") or _WORD.sub("_", type(error).__name__).lower()
    message = str(error)
    return Problem(str(code), message[:500])
